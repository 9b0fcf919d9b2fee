import type { ShownMessage, ThreadSummary } from '../seen.js';
import type { Channel as BareChannel, Bookmark, Json, LogEntry, Pin, Shortcut, SlashCommand, User, UserGroup, View } from '../types.js';

export type { ShownMessage, ThreadSummary } from '../seen.js';
export type { ApiCall, DeliveryRecord, Json, Message, User, View } from '../types.js';

export type Channel = BareChannel & { bookmarks: Bookmark[]; pins: Pin[] };

export interface WorkspaceInfo {
  me: string;
  app: { id: string; name: string; botUserId: string; commands: SlashCommand[]; shortcuts: Shortcut[]; homeTab: boolean };
  team: { name: string };
  users: User[];
  groups: UserGroup[];
  channels: Channel[];
  /** The newest message of each channel. */
  latest: Record<string, string | undefined>;
  home: View | undefined;
  views: View[];
  connections: number;
  now: number;
  seq: number;
  /** The channel that opens by itself. */
  start: string | undefined;
}

export interface ChannelPage {
  messages: ShownMessage[];
  more: boolean;
  seq: number;
}

/** What the page brings along. */
export interface First {
  info: WorkspaceInfo;
  history: ChannelPage | undefined;
}

export type Frame =
  | { type: 'hello'; seq: number }
  | { type: 'status'; connections: number }
  | {
      type: 'change';
      entry: Omit<LogEntry, 'message'> & { message?: ShownMessage };
      root?: { ts: string; replies?: ThreadSummary };
    };

export interface ChannelMessages {
  roots: ShownMessage[];
  more: boolean;
  loading: boolean;
}

/** An element may hold anything; what is read from it is checked where it is drawn. */
export const list = (value: unknown): Json[] =>
  Array.isArray(value) ? value.filter((item): item is Json => typeof item === 'object' && item !== null) : [];
export const object = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
export const text = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');
/** The words of a text object. */
export const plain = (value: unknown): string => (typeof value === 'string' ? value : text(object(value)?.text));
