import { Avatar } from './message.js';
import { userName } from './names.js';
import { become, openChannel, openHome, set, state } from './store.js';
import type { Channel, WorkspaceInfo } from './types.js';

export function channelLabel(channel: Channel, info: WorkspaceInfo): string {
  if (channel.kind === 'im') return info.app.name;
  if (channel.kind === 'mpim')
    return channel.members
      .filter((id) => id !== info.me)
      .map(userName)
      .join(', ');
  return channel.name;
}

export const channelSign = ({ kind }: Channel): string => ({ public: '#', private: '🔒', im: '●', mpim: '●' })[kind];

function Item({
  sign,
  label,
  current,
  unread,
  open,
}: {
  sign: string;
  label: string;
  current: boolean;
  unread: { count: number; mentions: number } | undefined;
  open: () => void;
}) {
  return (
    <li>
      <button type="button" class={unread ? 'unread' : ''} aria-current={current ? 'page' : undefined} onClick={open}>
        <span class="sign" aria-hidden="true">
          {sign}
        </span>
        <span class="label">{label}</span>
        {unread ? (
          unread.mentions > 0 ? (
            <span class="count">
              {unread.mentions}
              <span class="visually-hidden"> mentions</span>
            </span>
          ) : (
            <span class="visually-hidden">, unread</span>
          )
        ) : null}
      </button>
    </li>
  );
}

/** Whose eyes and hands the page has. */
function You({ info }: { info: WorkspaceInfo }) {
  return (
    <label class="you">
      <Avatar id={info.me} />
      <span>
        <span class="hint">You are</span>
        <select value={info.me} onChange={(event) => void become(event.currentTarget.value)}>
          {info.users
            .filter((user) => !user.isBot)
            .map((user) => (
              <option key={user.id} value={user.id}>
                {user.realName}
                {user.roles ? ` (${user.roles})` : ''}
              </option>
            ))}
        </select>
      </span>
    </label>
  );
}

export function Sidebar({ info }: { info: WorkspaceInfo }) {
  const { place } = state;
  const channels = info.channels.filter((channel) => channel.kind === 'public' || channel.kind === 'private');
  const direct = info.channels.filter((channel) => channel.kind === 'im' || channel.kind === 'mpim');
  const item = (channel: Channel) => (
    <Item
      key={channel.id}
      sign={channelSign(channel)}
      label={channelLabel(channel, info) + (channel.isArchived ? ' (archived)' : '')}
      current={place?.kind === 'channel' && place.id === channel.id}
      unread={state.unread.get(channel.id)}
      open={() => void openChannel(channel.id)}
    />
  );
  return (
    <nav class={state.sideOpen ? 'side open' : 'side'} aria-label="Channels">
      <h1>{info.team.name}</h1>
      <You info={info} />
      <h2>Channels</h2>
      <ul>{channels.map(item)}</ul>
      {direct.length > 0 ? (
        <>
          <h2>Direct messages</h2>
          <ul>{direct.map(item)}</ul>
        </>
      ) : null}
      {info.app.homeTab ? (
        <>
          <h2>Apps</h2>
          <ul>
            <Item
              sign="⌂"
              label={`${info.app.name} Home`}
              current={place?.kind === 'home'}
              unread={undefined}
              open={() => void openHome()}
            />
          </ul>
        </>
      ) : null}
      <div class="foot">
        <p role="status" class={info.connections > 0 ? 'state up' : 'state down'}>
          <span aria-hidden="true">{info.connections > 0 ? '●' : '○'}</span>{' '}
          {info.connections > 0 ? `${info.app.name} is connected` : `${info.app.name} has no connection`}
        </p>
        <button type="button" class="plain" onClick={() => set({ panel: { kind: 'faults' }, sideOpen: false })}>
          ⚡ Faults and clock
        </button>
      </div>
    </nav>
  );
}
