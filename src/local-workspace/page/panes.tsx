import { Blocks } from './blocks.js';
import { Composer } from './composer.js';
import { MessageRow } from './message.js';
import { Emoji, Link } from './mrkdwn.js';
import { channelLabel, channelSign } from './sidebar.js';
import { loadOlder, openThread, set, state } from './store.js';
import type { Channel, ShownMessage, WorkspaceInfo } from './types.js';
import { ViewSurface } from './views.js';
import { VirtualList } from './virtual-list.js';

const keyOf = (message: ShownMessage): string => message.ts;

const SideButton = () => (
  <button
    type="button"
    class="icon burger"
    aria-label="Channels"
    aria-expanded={state.sideOpen}
    onClick={() => set({ sideOpen: !state.sideOpen })}
  >
    ☰
  </button>
);

const titleOf = (channel: Channel, info: WorkspaceInfo): string =>
  `${channelSign(channel)} ${channelLabel(channel, info)}`.replace('# ', '#');

/** What the app keeps above the channel. */
function Kept({ channel }: { channel: Channel }) {
  const { bookmarks, pins } = channel;
  if (bookmarks.length + pins.length === 0) return null;
  return (
    <div class="kept">
      {pins.length > 0 ? (
        <button type="button" class="plain" onClick={() => void openThread(pins[0]?.ts ?? '')}>
          📌 {pins.length} pinned
        </button>
      ) : null}
      {bookmarks.map((bookmark) => (
        <Link key={bookmark.id} url={bookmark.link}>
          {bookmark.emoji ? <Emoji name={bookmark.emoji.replaceAll(':', '')} /> : '🔖'} {bookmark.title}
        </Link>
      ))}
    </div>
  );
}

export function ChannelPane({ channel, info }: { channel: Channel; info: WorkspaceInfo }) {
  const known = state.messages.get(channel.id);
  const roots = known?.roots ?? [];
  const title = titleOf(channel, info);
  return (
    <main class="pane" aria-label={title}>
      <header>
        <SideButton />
        <h2>{title}</h2>
        <p class="topic">{channel.topic}</p>
        <p class="hint members">{channel.members.length} members</p>
      </header>
      <Kept channel={channel} />
      {known && roots.length === 0 ? (
        <div class="empty">
          <p>Nothing has been said in {title} yet.</p>
          {info.app.commands[0] ? (
            <p>
              Type <code>{info.app.commands[0].command}</code> to begin.
            </p>
          ) : null}
        </div>
      ) : (
        <VirtualList
          key={channel.id}
          items={roots}
          keyOf={keyOf}
          jump={state.said}
          label={`Messages in ${title}`}
          onNearTop={() => void loadOlder(channel.id)}
          draw={(message, index) => <MessageRow message={message} previous={roots[index - 1]} position={index + 1} total={roots.length} />}
        />
      )}
      <Composer key={channel.id} channel={channel.id} name={title} disabled={channel.isArchived} />
    </main>
  );
}

export function ThreadPane({ channel, info, ts }: { channel: Channel; info: WorkspaceInfo; ts: string }) {
  const { thread } = state;
  return (
    <aside class="pane beside" aria-label="Thread">
      <header>
        <h2>Thread</h2>
        <p class="topic">{titleOf(channel, info)}</p>
        <button type="button" class="icon" aria-label="Close the thread" onClick={() => set({ threadTs: undefined, thread: [] })}>
          ✕
        </button>
      </header>
      <VirtualList
        key={ts}
        items={thread}
        keyOf={keyOf}
        jump={state.said}
        label="Messages in the thread"
        draw={(message, index) => (
          <MessageRow
            message={message}
            previous={index < 2 ? undefined : thread[index - 1]}
            inThread
            position={index + 1}
            total={thread.length}
          />
        )}
      />
      <Composer key={ts} channel={channel.id} threadTs={ts} name="the thread" disabled={channel.isArchived} />
    </aside>
  );
}

export function HomePane({ info }: { info: WorkspaceInfo }) {
  const { home } = info;
  return (
    <main class="pane" aria-label={`${info.app.name} Home`}>
      <header>
        <SideButton />
        <h2>{info.app.name}</h2>
        <p class="topic">Home</p>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
      <section class="home" tabIndex={0} aria-label="Home tab">
        {home ? (
          <ViewSurface key={home.id} view={home}>
            <Blocks blocks={home.blocks} />
          </ViewSurface>
        ) : (
          <p class="empty">{info.app.name} has not published a Home tab for you yet.</p>
        )}
      </section>
    </main>
  );
}
