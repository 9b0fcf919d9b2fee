import type { Clock } from './clock.js';
import type { Deliveries } from './delivery/delivery.js';
import { refused, WorkspaceError } from './errors.js';
import type { Fault, Faults } from './faults.js';
import { createPerson, type Person, type PersonParts } from './person.js';
import { renderMessage } from './render.js';
import { SLACKBOT, type WorkspaceState } from './state.js';
import type { ApiCall, Bookmark, BotApp, Channel, DeliveryRecord, LogEntry, Message, Pin, Team, User, UserGroup } from './types.js';

export interface ReadOptions {
  /** Whose eyes: private messages of others are left out. Without it only public messages are seen. */
  as?: string;
}

/** Everything a test or a script can do and see, as several people and as fate. */
export interface Driver {
  readonly app: Readonly<Pick<BotApp, 'id' | 'name' | 'botId' | 'botUserId' | 'commands' | 'shortcuts' | 'scopes' | 'homeTab'>>;
  readonly team: Readonly<Team>;
  users(): User[];
  groups(): UserGroup[];
  channels(): Channel[];
  /** By id or name. */
  as(user: string): Person;
  channel(idOrName: string): { readonly id: string; messages(options?: ReadOptions): Message[]; latestTs(): string | undefined };
  /** What stands above the channel, and what was pinned in it. */
  kept(channelId: string): { bookmarks: readonly Bookmark[]; pins: readonly Pin[] };
  isMember(channelId: string, userId: string): boolean;
  /** What stands under a message and everybody may see. */
  replies(ts: string): Message[];
  /** The root and its replies, oldest first. */
  thread(ts: string, options?: ReadOptions): Message[];
  /** Also a deleted one; every state it had is in `versions`. */
  message(ts: string): Message | undefined;
  /** As a person would read it. */
  render(message: Message): string;
  /** Everything that happened, in order. */
  readonly log: readonly LogEntry[];
  readonly calls: readonly ApiCall[];
  readonly deliveries: readonly DeliveryRecord[];
  onChange(listener: (entry: LogEntry) => void): () => void;
  /** Resolves with the first truthy answer; asked again after every change, delivery and API call. */
  waitFor<T>(look: () => T, options?: { timeoutMs?: number; what?: string }): Promise<NonNullable<T>>;
  /** The next calls of a method (`*`: of any) go wrong. */
  fault(method: string, fault: Fault, times?: number): void;
  clearFaults(): void;
  /** Cuts the app's connections, or says goodbye first as Slack does. */
  dropConnection(reason?: 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets'): void;
  connections(): number;
  /** The same envelope again, as when an acknowledgement was lost. */
  redeliver(deliveryId: string): Promise<boolean>;
  deleteMessage(ts: string): void;
  archiveChannel(idOrName: string): void;
  removeAppFrom(idOrName: string): void;
  /** Lets time jump ahead; also the app's, where `onClockMoved` was given at the start. */
  moveClock(ms: number): void;
  now(): number;
}

interface DriverParts extends PersonParts {
  state: WorkspaceState;
  deliveries: Deliveries;
  faults: Faults;
  clock: Clock;
  calls: ApiCall[];
  onCall(listener: () => void): () => void;
  drop: Driver['dropConnection'];
  connections: () => number;
  onClockMoved: ((ms: number) => void) | undefined;
}

export function createDriver(parts: DriverParts): Driver {
  const { state, deliveries, faults, clock } = parts;
  const people = new Map<string, Person>();

  const channelOf = (idOrName: string): Channel => {
    const channel = state.findChannel(idOrName);
    if (!channel) throw refused(`there is no channel "${idOrName}"`);
    return channel;
  };
  const userOf = (idOrName: string): User => {
    const user = state.findUser(idOrName);
    if (!user) throw refused(`there is nobody called "${idOrName}"`);
    return user;
  };
  const seenBy = ({ as }: ReadOptions): ((message: Message) => boolean) => {
    const viewer = as === undefined ? undefined : userOf(as).id;
    return (message) => message.deletedAt === undefined && (message.visibleTo === undefined || message.visibleTo === viewer);
  };

  return {
    app: state.app,
    team: state.team,
    users: () => [...state.users.values()],
    groups: () => [...state.groups],
    channels: () => [...state.channels.values()],
    as(user) {
      const known = userOf(user);
      const person = people.get(known.id) ?? createPerson(known, parts);
      people.set(known.id, person);
      return person;
    },
    channel(idOrName) {
      const { id } = channelOf(idOrName);
      return {
        id,
        messages(options = {}) {
          const seen = seenBy(options);
          return state.history(id).filter((one) => one.threadTs === undefined && seen(one));
        },
        latestTs: () => state.history(id).at(-1)?.ts,
      };
    },
    kept: (channelId) => ({ bookmarks: state.bookmarks.get(channelId) ?? [], pins: state.pins.get(channelId) ?? [] }),
    isMember: (channelId, userId) => state.channels.get(channelId)?.members.includes(userId) ?? false,
    replies(ts) {
      const root = state.find(ts);
      return root ? state.replies(root) : [];
    },
    thread(ts, options = {}) {
      const root = state.find(ts);
      if (!root) throw refused(`there is no message ${ts}`);
      return [root, ...state.inThread(ts)].filter(seenBy(options));
    },
    message: (ts) => state.find(ts),
    render: (message) => renderMessage(message, namesOf(state)),
    log: state.log,
    calls: parts.calls,
    deliveries: deliveries.records,
    onChange: (listener) => state.onChange(listener),
    waitFor<T>(look: () => T, { timeoutMs = 10_000, what = 'what was waited for' }: { timeoutMs?: number; what?: string } = {}) {
      return new Promise<NonNullable<T>>((resolve, reject) => {
        const stops: Array<() => void> = [];
        const finish = (run: () => void): void => {
          clearTimeout(timer);
          for (const stop of stops) stop();
          run();
        };
        const timer = setTimeout(
          () => finish(() => reject(new WorkspaceError('timed_out', `${what} did not happen within ${timeoutMs} ms`))),
          timeoutMs,
        );
        const ask = (): void => {
          try {
            const found = look();
            if (found) finish(() => resolve(found));
          } catch (error) {
            finish(() => reject(error instanceof Error ? error : new Error(String(error))));
          }
        };
        stops.push(state.onChange(ask), deliveries.onSettled(ask), parts.onCall(ask));
        ask();
      });
    },
    fault: (method, fault, times) => faults.add(method, fault, times),
    clearFaults: () => faults.clear(),
    dropConnection: parts.drop,
    connections: parts.connections,
    redeliver: (id) => deliveries.redeliver(id),
    deleteMessage(ts) {
      const message = state.find(ts);
      if (!message) throw refused(`there is no message ${ts}`);
      state.remove(message, message.user);
    },
    archiveChannel(idOrName) {
      const channel = channelOf(idOrName);
      channel.isArchived = true;
      state.record('channel', { channel: channel.id, note: 'archived' });
    },
    removeAppFrom(idOrName) {
      const channel = channelOf(idOrName);
      channel.members = channel.members.filter((member) => member !== state.app.botUserId);
      state.record('channel', { channel: channel.id, user: state.app.botUserId, note: 'removed' });
    },
    moveClock(ms) {
      // The app first: what falls due here may be answered by what it then knows.
      parts.onClockMoved?.(ms);
      clock.move(ms);
    },
    now: () => clock.now(),
  };
}

const namesOf = (state: WorkspaceState) => ({
  user: (id: string): string | undefined => (id === SLACKBOT ? 'Slackbot' : state.users.get(id)?.name),
  channel: (id: string): string | undefined => state.channels.get(id)?.name,
  group: (id: string): string | undefined => state.groups.find((group) => group.id === id)?.handle,
});
