import type { Driver } from './driver.js';
import { refused } from './errors.js';
import type { ApiCall, DeliveryRecord, LogEntry, Message } from './types.js';

/** A message as the page draws it: without its former states, with what stands under it as "3 replies". */
export type ShownMessage = Omit<Message, 'versions'> & { replies: ThreadSummary | undefined };

export interface ThreadSummary {
  count: number;
  users: string[];
  latestTs: string;
}

export interface ShownEntry {
  entry: Omit<LogEntry, 'message'> & { message: ShownMessage | undefined };
  /** The state of the thread a reply stands in. */
  root: { ts: string; replies: ThreadSummary | undefined } | undefined;
}

function summaryOf(driver: Driver, ts: string): ThreadSummary | undefined {
  const replies = driver.replies(ts);
  const latest = replies.at(-1);
  return latest && { count: replies.length, users: [...new Set(replies.map((reply) => reply.user))].slice(0, 5), latestTs: latest.ts };
}

function shownMessage(driver: Driver, { versions: _versions, ...message }: Message): ShownMessage {
  return { ...message, replies: message.threadTs === undefined ? summaryOf(driver, message.ts) : undefined };
}

export function shownEntry(driver: Driver, { message, ...entry }: LogEntry): ShownEntry {
  const threadTs = message?.threadTs;
  return {
    entry: { ...entry, message: message && shownMessage(driver, message) },
    root: threadTs === undefined ? undefined : { ts: threadTs, replies: summaryOf(driver, threadTs) },
  };
}

/** Up to where in the log an answer tells the truth: what the page heard live may be newer. */
const seqOf = (driver: Driver): number => driver.log.at(-1)?.seq ?? 0;

type SeenWorkspace = ReturnType<typeof workspaceSeenBy>;

export function workspaceSeenBy(driver: Driver, as: string) {
  const people = driver.users().filter((user) => !user.isBot);
  // A page that was open before a restart may remember somebody who is gone.
  const me = driver.as(people.find((user) => user.id === as || user.name === as)?.id ?? people[0]?.id ?? as);
  const { id, name, botUserId, commands, shortcuts, homeTab } = driver.app;
  return {
    me: me.id,
    app: { id, name, botUserId, commands, shortcuts, homeTab },
    team: driver.team,
    users: driver.users(),
    groups: driver.groups(),
    channels: driver
      .channels()
      .filter((channel) => channel.members.includes(me.id))
      .map((channel) => ({ ...channel, ...driver.kept(channel.id) })),
    latest: Object.fromEntries(driver.channels().map((channel) => [channel.id, driver.channel(channel.id).latestTs()])),
    home: me.home(),
    views: me.views(),
    connections: driver.connections(),
    now: driver.now(),
    seq: seqOf(driver),
    start: startOf(driver, me.id),
  };
}

/** The channel that opens by itself. */
function startOf(driver: Driver, me: string): string | undefined {
  const mine = driver.channels().filter((channel) => channel.members.includes(me));
  return (mine.find(({ name }) => name === 'platform') ?? mine[0])?.id;
}

const FIRST_MESSAGES = 100;

/** What a page that opens shows first, so that it has nothing to ask for. */
export function firstSeen(driver: Driver): { info: SeenWorkspace; history: SeenHistory | undefined } {
  const info = workspaceSeenBy(driver, '');
  const { me, start } = info;
  return { info, history: start === undefined ? undefined : historySeenBy(driver, { as: me, channel: start, limit: FIRST_MESSAGES }) };
}

function channelSeenBy(driver: Driver, as: string, channel: string): { me: string; channel: string } {
  const me = driver.as(as).id;
  const found = driver.channels().find((one) => one.id === channel);
  if (!found?.members.includes(me)) throw refused('you are not in that channel');
  return { me, channel: found.id };
}

/** All messages of a channel with their replies, for scripts. */
export function messagesSeenBy(driver: Driver, as: string, wanted: string): unknown {
  const { me, channel } = channelSeenBy(driver, as, wanted);
  return driver
    .channel(channel)
    .messages({ as: me })
    .flatMap((root) => driver.thread(root.ts, { as: me }));
}

interface Wanted {
  as: string;
  channel: string;
  before?: string | undefined;
  limit: number;
}

interface SeenHistory {
  messages: ShownMessage[];
  more: boolean;
  seq: number;
}

/** The newest messages of a channel, or those before one that is known. */
export function historySeenBy(driver: Driver, { as, channel: wanted, before, limit }: Wanted): SeenHistory {
  const { me, channel } = channelSeenBy(driver, as, wanted);
  const roots = driver.channel(channel).messages({ as: me });
  const end = before === undefined ? roots.length : roots.findIndex((message) => message.ts === before);
  const from = Math.max(0, end - limit);
  return {
    messages: roots.slice(from, Math.max(end, 0)).map((message) => shownMessage(driver, message)),
    more: from > 0,
    seq: seqOf(driver),
  };
}

export function threadSeenBy(driver: Driver, as: string, ts: string): { messages: ShownMessage[]; seq: number } {
  const message = driver.message(ts);
  if (!message) throw refused('this message is not there');
  const { me } = channelSeenBy(driver, as, message.channel);
  return { messages: driver.thread(ts, { as: me }).map((one) => shownMessage(driver, one)), seq: seqOf(driver) };
}

const names = (value: unknown, ts: string): boolean => value !== undefined && JSON.stringify(value).includes(ts);

/** What went over the wire because of one message: for who writes the app. */
export function payloadsOf(driver: Driver, as: string, ts: string): { message: Message; calls: ApiCall[]; deliveries: DeliveryRecord[] } {
  const message = driver.message(ts);
  const me = driver.as(as).id;
  if (!message || (message.visibleTo !== undefined && message.visibleTo !== me)) throw refused('this message is not there');
  channelSeenBy(driver, as, message.channel);
  const made = (call: ApiCall): boolean =>
    [call.result.ts, call.result.message_ts, call.args.ts, call.args.timestamp, call.args.message_ts].includes(ts);
  return {
    message,
    calls: driver.calls.filter(made).slice(-50),
    deliveries: driver.deliveries
      .slice(-2000)
      .filter((record) => names(record.payload, ts))
      .slice(-50),
  };
}

/** Whether this person could see it happen. */
export function visible(driver: Driver, entry: LogEntry, me: string): boolean {
  if (entry.message?.visibleTo !== undefined) return entry.message.visibleTo === me;
  if (entry.view) return entry.view.userId === me;
  if (entry.kind === 'pressed' || entry.kind === 'typed' || entry.kind === 'failure') return entry.user === me;
  if (entry.channel === undefined) return true;
  return driver.isMember(entry.channel, me);
}
