export type Json = Record<string, unknown>;
export type Block = Json & { type: string; block_id?: string };

export interface User {
  id: string;
  name: string;
  realName: string;
  email: string;
  /** Shown beside the name in the page, such as "release team": what this person may do in the app. */
  roles: string;
  tz: string;
  isAdmin: boolean;
  isBot: boolean;
  isDeactivated: boolean;
}

export interface UserGroup {
  id: string;
  handle: string;
  name: string;
  users: string[];
}

export interface Channel {
  id: string;
  name: string;
  kind: 'public' | 'private' | 'im' | 'mpim';
  members: string[];
  isArchived: boolean;
  topic: string;
  purpose: string;
  created: number;
}

export interface SlashCommand {
  command: string;
  description: string;
  usageHint: string;
  shouldEscape: boolean;
}

export interface Shortcut {
  name: string;
  type: 'global' | 'message';
  callbackId: string;
  description: string;
}

export interface Pin {
  ts: string;
  user: string;
  created: number;
}

export interface Bookmark {
  id: string;
  title: string;
  link: string;
  emoji: string;
  created: number;
}

/** A message that is posted when its time comes. */
export interface Scheduled {
  id: string;
  channel: string;
  postAt: number;
  created: number;
  text: string;
  blocks: Block[] | undefined;
  threadTs: string | undefined;
}

export interface BotApp {
  id: string;
  name: string;
  botId: string;
  botUserId: string;
  botToken: string;
  appToken: string;
  signingSecret: string;
  verificationToken: string;
  scopes: string[];
  commands: SlashCommand[];
  shortcuts: Shortcut[];
  events: string[];
  homeTab: boolean;
}

export interface Team {
  id: string;
  name: string;
  domain: string;
}

/** One state of a message; a message keeps all of them, oldest first. */
export interface MessageVersion {
  at: number;
  text: string;
  blocks: Block[];
}

export interface Reaction {
  name: string;
  users: string[];
}

export interface Message {
  channel: string;
  ts: string;
  threadTs: string | undefined;
  user: string;
  botId: string | undefined;
  text: string;
  blocks: Block[];
  attachments: Json[];
  metadata: Json | undefined;
  files: UploadedFile[];
  reactions: Reaction[];
  editedTs: string | undefined;
  editedBy: string | undefined;
  deletedAt: number | undefined;
  /** Set when only this user sees it: it is in no history and cannot be fetched. */
  visibleTo: string | undefined;
  /** A notice of the workspace itself, such as a command that failed. */
  isNotice: boolean;
  /** The app is still writing it (`chat.startStream`). */
  streaming: boolean;
  versions: MessageVersion[];
}

export interface UploadedFile {
  id: string;
  name: string;
  title: string;
  mimetype: string;
  size: number;
  user: string;
  created: number;
}

export interface View {
  id: string;
  type: 'modal' | 'home';
  hash: string;
  callbackId: string;
  externalId: string;
  privateMetadata: string;
  title: Json | undefined;
  submit: Json | undefined;
  close: Json | undefined;
  clearOnClose: boolean;
  notifyOnClose: boolean;
  blocks: Block[];
  rootViewId: string;
  previousViewId: string | undefined;
  /** What the person has filled in so far, by block_id and action_id. */
  state: StateValues;
  /** What the app refused at the last submission, by block_id. */
  errors: Record<string, string>;
  userId: string;
}

export type StateValues = Record<string, Record<string, Json>>;

export type LogKind =
  | 'post'
  | 'edit'
  | 'delete'
  | 'ephemeral'
  | 'ephemeral_edit'
  | 'ephemeral_delete'
  | 'reaction'
  | 'view_opened'
  | 'view_pushed'
  | 'view_updated'
  | 'view_closed'
  | 'view_errors'
  | 'home_published'
  | 'channel'
  | 'pin'
  | 'typed'
  | 'pressed'
  | 'failure';

/** One thing that somebody in the workspace could see happen, with the message or view as it was then. */
export interface LogEntry {
  seq: number;
  at: number;
  kind: LogKind;
  user: string | undefined;
  channel: string | undefined;
  ts: string | undefined;
  message: Message | undefined;
  view: View | undefined;
  /** What was typed or pressed, or what failed. */
  note: string | undefined;
}

export interface ApiCall {
  at: number;
  method: string;
  args: Json;
  result: Json;
  status: number;
  tookMs: number;
}

export type DeliveryKind = 'slash_commands' | 'interactive' | 'events_api';

export interface DeliveryRecord {
  id: string;
  kind: DeliveryKind;
  at: number;
  payload: Json;
  attempts: number;
  /** `open` until the app acknowledged or the time for it ran out. */
  outcome: 'open' | 'acked' | 'operation_timeout' | 'dispatch_failed' | 'http_service_error';
  latencyMs: number | undefined;
  response: unknown;
  status: number | undefined;
}
