import { fileUrl } from './api.js';
import { Blocks } from './blocks.js';
import { memo } from './memo.js';
import { Menu } from './menu.js';
import { Emoji, Mrkdwn } from './mrkdwn.js';
import { dayName, dayOf, isoOf, sizeWords, tellsInFull, timeOf, userName, userOf } from './names.js';
import { act, openThread, set, state } from './store.js';
import { SurfaceContext } from './surface.js';
import type { ShownMessage } from './types.js';

const GROUPED_S = 300;

const COLOURS = 8;
const hue = (id: string): number => ((state.info?.users.findIndex((user) => user.id === id) ?? 0) + COLOURS) % COLOURS;

export function Avatar({ id, small = false }: { id: string; small?: boolean }) {
  const name = userName(id);
  const initials = name
    .split(/\s+/)
    .map((word) => word[0] ?? '')
    .join('')
    .slice(0, 2)
    .toUpperCase();
  return (
    <span class={`avatar c${hue(id)}${small ? ' small' : ''}`} aria-hidden="true">
      {id === 'USLACKBOT' ? '⚑' : initials}
    </span>
  );
}

function Files({ message }: { message: ShownMessage }) {
  return (
    <>
      {message.files.map((file) =>
        file.mimetype.startsWith('image/') ? (
          <figure key={file.id} class="block">
            <figcaption>{file.title}</figcaption>
            <a href={fileUrl(file.id, file.name)} target="_blank" rel="noopener noreferrer">
              <img class="shared" src={fileUrl(file.id, file.name)} alt={file.title} loading="lazy" />
            </a>
          </figure>
        ) : (
          <a key={file.id} class="block file" href={fileUrl(file.id, file.name, true)} download={file.name}>
            <span aria-hidden="true">📄</span>
            <span>
              <strong>{file.title}</strong>
              <span class="hint">
                {file.name} · {sizeWords(file.size)}
              </span>
            </span>
          </a>
        ),
      )}
    </>
  );
}

function Reactions({ message }: { message: ShownMessage }) {
  if (message.reactions.length === 0) return null;
  return (
    <div class="reactions">
      {message.reactions.map(({ name, users }) => (
        <button
          key={name}
          type="button"
          class="chip"
          title={users.map(userName).join(', ')}
          onClick={() => void act({ do: 'react', ts: message.ts, name })}
        >
          <Emoji name={name} /> {users.length}
        </button>
      ))}
    </div>
  );
}

function Replies({ message }: { message: ShownMessage }) {
  const { replies } = message;
  if (!replies) return null;
  return (
    <button type="button" class="replies" onClick={() => void openThread(message.ts)}>
      {replies.users.slice(0, 3).map((id) => (
        <Avatar key={id} id={id} small />
      ))}
      <strong>
        {replies.count} {replies.count === 1 ? 'reply' : 'replies'}
      </strong>
      <span class="hint">Last at {timeOf(replies.latestTs)}</span>
    </button>
  );
}

function Tools({ message, inThread }: { message: ShownMessage; inThread: boolean }) {
  const isPrivate = message.visibleTo !== undefined;
  const shortcuts = isPrivate ? [] : (state.info?.app.shortcuts ?? []).filter((shortcut) => shortcut.type === 'message');
  const react = (name: string) => ({ label: <Emoji name={name} />, run: () => void act({ do: 'react', ts: message.ts, name }) });
  const items = [
    ...shortcuts.map((shortcut) => ({
      label: shortcut.name,
      hint: state.info?.app.name ?? '',
      run: () => void act({ do: 'shortcut', what: shortcut.callbackId, on: message.ts }),
    })),
    { label: 'Copy text', run: () => void navigator.clipboard.writeText(message.text) },
    { label: 'Show payloads', hint: 'for who writes the app', run: () => set({ panel: { kind: 'payloads', ts: message.ts } }) },
    ...(isPrivate
      ? []
      : [{ label: 'Delete under the app', hint: 'a fault', danger: true, run: () => void act({ do: 'deleteMessage', ts: message.ts }) }]),
  ];
  return (
    <div class="tools">
      {isPrivate ? null : <Menu label="Add a reaction" sign="☺" items={['white_check_mark', 'eyes', 'thumbsup', 'tada'].map(react)} />}
      {inThread || isPrivate ? null : (
        <button type="button" class="icon" aria-label="Reply in thread" title="Reply in thread" onClick={() => void openThread(message.ts)}>
          💬
        </button>
      )}
      <Menu label="More for this message" sign="⋮" items={items} />
    </div>
  );
}

interface Props {
  message: ShownMessage;
  /** The one above it: a new day or another writer begins anew. */
  previous: ShownMessage | undefined;
  inThread?: boolean;
  position: number;
  total: number;
}

const nothing = { values: {}, errors: {}, keep: () => undefined, flush: () => Promise.resolve() };

/** One message with everything on it. Drawn again only when it, or the one above it, changed. */
export const MessageRow = memo(({ message, previous, inThread = false, position, total }: Props) => {
  const newDay = previous === undefined || dayOf(previous.ts) !== dayOf(message.ts);
  const grouped =
    !newDay &&
    previous?.user === message.user &&
    previous.visibleTo === message.visibleTo &&
    // What an app composed stands by itself.
    previous.blocks.length + message.blocks.length === 0 &&
    Number(message.ts) - Number(previous.ts) < GROUPED_S &&
    !previous.replies;
  const writer = userOf(message.user);
  const id = `m-${inThread ? 't-' : ''}${message.ts}`;
  return (
    <>
      {newDay && !inThread ? (
        <div class="day">
          <span>{dayName(message.ts)}</span>
        </div>
      ) : null}
      <article
        class={`message${message.visibleTo === undefined ? '' : ' private'}${grouped ? ' grouped' : ''}`}
        data-ts={message.ts}
        aria-labelledby={`${id}-who`}
        aria-posinset={position}
        aria-setsize={total}
        tabIndex={-1}
      >
        {grouped ? <span class="gutter" aria-hidden="true" /> : <Avatar id={message.user} />}
        <div class="body">
          {message.visibleTo === undefined ? null : <div class="hint">👁 Only visible to you</div>}
          <div class={grouped ? 'visually-hidden' : 'who'} id={`${id}-who`}>
            <strong>{userName(message.user)}</strong>
            {message.botId ? <span class="badge">APP</span> : null}
            {!message.botId && writer?.roles ? <span class="role">{writer.roles}</span> : null}
            <time dateTime={isoOf(message.ts)} {...tellsInFull(message.ts)}>
              {timeOf(message.ts)}
            </time>
          </div>
          <SurfaceContext.Provider value={{ ...nothing, where: message.ts }}>
            {message.blocks.length > 0 ? (
              <Blocks blocks={message.blocks} />
            ) : (
              <div class="pre">
                <Mrkdwn text={message.text} />
              </div>
            )}
          </SurfaceContext.Provider>
          {message.editedTs === undefined ? null : <span class="hint edited">(edited)</span>}
          {message.streaming ? (
            <span class="streaming" role="status">
              writing…
            </span>
          ) : null}
          <Files message={message} />
          <Reactions message={message} />
          {inThread ? null : <Replies message={message} />}
        </div>
        <Tools message={message} inThread={inThread} />
      </article>
    </>
  );
});
