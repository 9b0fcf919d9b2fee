import { ask, listen } from './api.js';
import type { ChannelMessages, ChannelPage, First, Frame, ShownMessage, View, WorkspaceInfo } from './types.js';

export type Place = { kind: 'channel'; id: string } | { kind: 'home' };
export type Panel = { kind: 'payloads'; ts: string } | { kind: 'faults' };

export interface Confirmation {
  dialog: Record<string, unknown>;
  answer: (yes: boolean) => void;
}

interface State {
  info: WorkspaceInfo | undefined;
  connected: boolean;
  place: Place | undefined;
  messages: Map<string, ChannelMessages>;
  threadTs: string | undefined;
  thread: ShownMessage[];
  panel: Panel | undefined;
  /** What is new in each channel: how many, and whether I was named. */
  unread: Map<string, { count: number; mentions: number }>;
  confirmations: Confirmation[];
  toast: string | undefined;
  /** Read aloud by a screen reader. */
  announcement: string;
  sideOpen: boolean;
  /** How often the person here said something: what one says oneself is looked at. */
  said: number;
}

/** The newest change that was heard live: an answer that was made before it is out of date. */
let heardSeq = 0;
/** Up to where what is shown is true. */
let shownSeq = 0;
const TRIES = 10;

const PAGE = 200;
const OLDER = 1000;
const TOAST_MS = 8000;

export const state: State = {
  info: undefined,
  connected: true,
  place: undefined,
  messages: new Map(),
  threadTs: undefined,
  thread: [],
  panel: undefined,
  unread: new Map(),
  confirmations: [],
  toast: undefined,
  announcement: '',
  sideOpen: false,
  said: 0,
};

const watchers = new Set<() => void>();
let scheduled = false;

/** Redraws once, however much changed in this turn. */
export function changed(): void {
  if (scheduled) return;
  scheduled = true;
  queueMicrotask(() => {
    scheduled = false;
    for (const watcher of watchers) watcher();
  });
}

export function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function set(change: Partial<State>): void {
  Object.assign(state, change);
  changed();
}

let toastTimer: ReturnType<typeof setTimeout> | undefined;
export function toast(words: string): void {
  set({ toast: words });
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => set({ toast: undefined }), TOAST_MS);
}

export const me = (): string => state.info?.me ?? '';

/** Does it as the chosen person; a refusal is shown, and told to the caller as undefined. */
export async function act<T = unknown>(body: Record<string, unknown>): Promise<T | undefined> {
  try {
    return await ask<T>({ as: me(), ...body });
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

export const confirmed = (dialog: Record<string, unknown>): Promise<boolean> =>
  new Promise((resolve) => {
    const mine: Confirmation = {
      dialog,
      answer(yes) {
        set({ confirmations: state.confirmations.filter((one) => one !== mine) });
        resolve(yes);
      },
    };
    set({ confirmations: [...state.confirmations, mine] });
  });

// ——— what was read, per person, over reloads

const readKey = (): string => `read:${me()}`;
const lastRead = (): Record<string, string> => {
  try {
    return JSON.parse(localStorage.getItem(readKey()) ?? '{}') as Record<string, string>;
  } catch {
    return {};
  }
};
function markRead(channel: string): void {
  state.unread.delete(channel);
  const latest = state.messages.get(channel)?.roots.at(-1)?.ts ?? state.info?.latest[channel];
  if (latest !== undefined) localStorage.setItem(readKey(), JSON.stringify({ ...lastRead(), [channel]: latest }));
}

// ——— loading

let stopListening: (() => void) | undefined;

async function fresh<T extends { seq: number }>(order: Record<string, unknown>): Promise<T | undefined> {
  for (let tries = 1; ; tries += 1) {
    const answer = await act<T>(order);
    if (!answer || answer.seq >= heardSeq || tries === TRIES) return answer;
  }
}

async function refresh(): Promise<void> {
  const info = await fresh<WorkspaceInfo>({ do: 'workspace' });
  if (!info) return;
  set({ info });
  document.title = info.team.name;
}

/** Takes the place of one person: what they see, what they have read. Asks nothing when the page brought it along. */
export async function become(who: string, first?: First): Promise<void> {
  stopListening?.();
  const brought = first && (who === '' || who === first.info.me) ? first : undefined;
  const info = brought?.info ?? (await ask<WorkspaceInfo>({ do: 'workspace', as: who }));
  sessionStorage.setItem('me', info.me);
  document.title = info.team.name;
  shownSeq = info.seq;
  set({ info, messages: new Map(), threadTs: undefined, thread: [], unread: new Map(), panel: undefined, announcement: '' });
  const read = lastRead();
  for (const { id } of info.channels) {
    const latest = info.latest[id];
    if (latest !== undefined && latest > (read[id] ?? '')) state.unread.set(id, { count: 1, mentions: 0 });
  }
  stopListening = listen(
    info.me,
    (frame) => hear(frame as Frame),
    (yes) => set({ connected: yes }),
  );
  const wanted = sessionStorage.getItem('place') ?? '';
  const channel = info.channels.find(({ id }) => id === wanted) ?? info.channels.find(({ id }) => id === info.start);
  if (brought?.history && info.start !== undefined) {
    state.messages.set(info.start, { roots: brought.history.messages, more: brought.history.more, loading: false });
  }
  if (wanted === 'home' && info.app.homeTab) await openHome();
  else if (channel) await openChannel(channel.id);
}

/** Something was missed: before the live channel was open, or while it was broken. */
function catchUp(): void {
  void refresh();
  const open = openChannelId();
  for (const id of [...state.messages.keys()]) if (id !== open) state.messages.delete(id);
  if (open) void load(open);
  if (state.threadTs) void openThread(state.threadTs);
}

const openChannelId = (): string | undefined => (state.place?.kind === 'channel' ? state.place.id : undefined);

async function load(channel: string): Promise<void> {
  const found = await fresh<ChannelPage>({ do: 'history', channel, limit: PAGE });
  if (!found) return;
  state.messages.set(channel, { roots: found.messages, more: found.more, loading: false });
  if (openChannelId() === channel) markRead(channel);
  changed();
}

export async function loadOlder(channel: string): Promise<void> {
  const known = state.messages.get(channel);
  const oldest = known?.roots[0];
  if (!known?.more || known.loading || !oldest) return;
  known.loading = true;
  const order = { do: 'history', channel, before: oldest.ts, limit: OLDER };
  const found = await fresh<ChannelPage>(order);
  const now = state.messages.get(channel);
  if (now) now.loading = false;
  // Loaded anew in the meantime: what is older than that is asked for again.
  if (!found || now?.roots[0]?.ts !== oldest.ts) return;
  state.messages.set(channel, { roots: [...found.messages, ...now.roots], more: found.more, loading: false });
  changed();
}

export async function openChannel(id: string): Promise<void> {
  sessionStorage.setItem('place', id);
  set({ place: { kind: 'channel', id }, threadTs: undefined, thread: [], sideOpen: false });
  if (state.messages.has(id)) {
    markRead(id);
    changed();
  } else await load(id);
}

export async function openHome(): Promise<void> {
  sessionStorage.setItem('place', 'home');
  set({ place: { kind: 'home' }, threadTs: undefined, thread: [], sideOpen: false });
  await act({ do: 'openHome' });
}

export async function openThread(ts: string): Promise<void> {
  if (state.threadTs !== ts) set({ threadTs: ts, thread: [], panel: undefined });
  const found = await fresh<{ messages: ShownMessage[]; seq: number }>({ do: 'thread', ts });
  if (found && state.threadTs === ts) set({ thread: found.messages });
}

// ——— what happens

function upsert(known: readonly ShownMessage[], message: ShownMessage): ShownMessage[] {
  const at = known.findLastIndex((one) => one.ts === message.ts);
  if (message.deletedAt !== undefined && message.deletedAt !== null) return at < 0 ? [...known] : known.toSpliced(at, 1);
  return at < 0 ? [...known, message] : known.with(at, message);
}

function namesMe(message: ShownMessage): boolean {
  const words = message.text + JSON.stringify(message.blocks);
  const groups = state.info?.groups.filter((group) => group.users.includes(me())) ?? [];
  return words.includes(`<@${me()}>`) || groups.some(({ id }) => words.includes(`<!subteam^${id}`));
}

function hearMessage(kind: string, message: ShownMessage, root: Extract<Frame, { type: 'change' }>['root']): void {
  const known = state.messages.get(message.channel);
  const isReply = message.threadTs !== undefined && message.threadTs !== message.ts;
  if (known && !isReply) state.messages.set(message.channel, { ...known, roots: upsert(known.roots, message) });
  else if (known && root) {
    const parent = known.roots.find((one) => one.ts === root.ts);
    if (parent) state.messages.set(message.channel, { ...known, roots: upsert(known.roots, { ...parent, replies: root.replies }) });
  }
  if (state.threadTs !== undefined && (message.ts === state.threadTs || message.threadTs === state.threadTs)) {
    state.thread = upsert(state.thread, message);
  }
  const isNew = kind === 'post' || kind === 'ephemeral';
  if (isNew && message.user === me()) state.said += 1;
  if (!isNew || message.user === me()) return;
  const here = openChannelId() === message.channel && !document.hidden;
  const who = state.info?.users.find((user) => user.id === message.user)?.realName ?? '';
  if (here) {
    state.announcement = `${who}: ${message.text}`.slice(0, 300);
    markRead(message.channel);
    return;
  }
  const named = namesMe(message);
  if (isReply && !named) return;
  const before = state.unread.get(message.channel) ?? { count: 0, mentions: 0 };
  state.unread.set(message.channel, { count: before.count + 1, mentions: before.mentions + (named ? 1 : 0) });
}

const replaced = (views: readonly View[], view: View): View[] => views.map((one) => (one.id === view.id ? view : one));

function hearView(kind: string, view: View): void {
  const { info } = state;
  if (!info) return;
  if (kind === 'home_published') info.home = view;
  else if (kind === 'view_opened') info.views = [view];
  else if (kind === 'view_pushed') info.views = [...info.views, view];
  else if (kind === 'view_closed') {
    info.views = info.views.filter((one) => one.id !== view.id);
    // What lies under it was filled in before it was covered.
    if (info.views.length > 0) void refresh();
  } else if (view.type === 'home') info.home = view;
  else info.views = replaced(info.views, view);
}

function hear(frame: Frame): void {
  if (frame.type === 'status' && state.info) state.info.connections = frame.connections;
  if (frame.type === 'hello') {
    // A workspace that was started anew counts anew.
    heardSeq = frame.seq;
    if (frame.seq !== shownSeq) catchUp();
    shownSeq = frame.seq;
  }
  if (frame.type === 'change') {
    heardSeq = frame.entry.seq;
    shownSeq = frame.entry.seq;
    const { kind, message, view, note } = frame.entry;
    if (message) hearMessage(kind, message, frame.root);
    if (view) hearView(kind, view);
    if (kind === 'channel' || kind === 'pin') void refresh();
    if (kind === 'failure' && !frame.entry.channel && note) toast(note);
  }
  changed();
}
