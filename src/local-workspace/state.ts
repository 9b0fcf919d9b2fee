import type { Clock } from './clock.js';
import { ApiFailure } from './errors.js';
import { createTsSource, newId, shortId } from './ids.js';
import type { Seeded } from './seed.js';
import type {
  Block,
  Bookmark,
  BotApp,
  Channel,
  Json,
  LogEntry,
  LogKind,
  Message,
  Pin,
  Scheduled,
  Team,
  UploadedFile,
  User,
  UserGroup,
  View,
} from './types.js';

export const SLACKBOT = 'USLACKBOT';

const MOST_LOGGED = 50_000;
const MOST_VERSIONS = 1000;

/** Forgets the oldest tenth of a list that grew too long. */
export function trim(list: unknown[], most: number): void {
  if (list.length > most) list.splice(0, list.length - most + Math.ceil(most / 10));
}

export interface NewMessage {
  channel: string;
  user: string;
  text: string;
  blocks?: Block[] | undefined;
  attachments?: Json[] | undefined;
  threadTs?: string | undefined;
  metadata?: Json | undefined;
  files?: UploadedFile[] | undefined;
  botId?: string | undefined;
  visibleTo?: string | undefined;
  isNotice?: boolean | undefined;
  streaming?: boolean | undefined;
}

export interface MessageChange {
  text?: string | undefined;
  blocks?: Block[] | undefined;
  attachments?: Json[] | undefined;
  metadata?: Json | undefined;
  streaming?: boolean | undefined;
}

interface LogDetails {
  user?: string | undefined;
  channel?: string | undefined;
  ts?: string | undefined;
  message?: Message | undefined;
  view?: View | undefined;
  note?: string | undefined;
}

/** Everything the workspace holds, and the only place that changes it: each change is logged and told to whoever watches. */
export class WorkspaceState {
  readonly team: Team;
  readonly app: BotApp;
  readonly users = new Map<string, User>();
  readonly groups: UserGroup[];
  readonly channels = new Map<string, Channel>();
  readonly messages = new Map<string, Message[]>();
  readonly files = new Map<string, UploadedFile>();
  readonly contents = new Map<string, Buffer>();
  readonly pins = new Map<string, Pin[]>();
  readonly bookmarks = new Map<string, Bookmark[]>();
  readonly scheduled = new Map<string, Scheduled>();
  readonly log: LogEntry[] = [];
  readonly nextTs: () => string;
  /** `http://127.0.0.1:<port>`, as soon as the port is known. */
  origin = '';
  private readonly byTs = new Map<string, Message>();
  private readonly threads = new Map<string, Message[]>();
  private seq = 0;
  private readonly listeners = new Set<(entry: LogEntry) => void>();

  constructor(
    seeded: Seeded,
    private readonly clock: Clock,
    private readonly mostLogged: number = MOST_LOGGED,
  ) {
    this.team = seeded.team;
    this.app = seeded.app;
    this.groups = seeded.groups;
    for (const user of seeded.users) this.users.set(user.id, user);
    for (const channel of seeded.channels) this.channels.set(channel.id, channel);
    this.nextTs = createTsSource(() => clock.now());
  }

  onChange(listener: (entry: LogEntry) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  record(kind: LogKind, details: LogDetails): LogEntry {
    const entry: LogEntry = {
      seq: ++this.seq,
      at: this.clock.now(),
      kind,
      user: details.user,
      channel: details.channel,
      ts: details.ts ?? details.message?.ts,
      // Only the last two states: a live message is edited hundreds of times, and each edit would copy all before it.
      message: details.message && structuredClone({ ...details.message, versions: details.message.versions.slice(-2) }),
      view: details.view && structuredClone(details.view),
      note: details.note,
    };
    this.log.push(entry);
    trim(this.log, this.mostLogged);
    for (const listener of this.listeners) listener(entry);
    return entry;
  }

  findUser(idOrName: string): User | undefined {
    return this.users.get(idOrName) ?? [...this.users.values()].find((user) => user.name === idOrName.replace(/^@/, ''));
  }

  findChannel(idOrName: string): Channel | undefined {
    const wanted = idOrName.replace(/^#/, '');
    return this.channels.get(idOrName) ?? [...this.channels.values()].find((channel) => channel.kind !== 'im' && channel.name === wanted);
  }

  /** The direct conversation of the app with one person, made on first use. */
  openDirect(userId: string): Channel {
    const members = [userId, this.app.botUserId];
    const existing = [...this.channels.values()].find((channel) => channel.kind === 'im' && channel.members.includes(userId));
    return existing ?? this.openConversation('im', '', members, userId);
  }

  /** The conversation of the app with several people, made on first use. */
  openGroup(userIds: readonly string[]): Channel {
    const members = [...new Set([...userIds, this.app.botUserId])].sort();
    const existing = [...this.channels.values()].find(
      (channel) =>
        channel.kind === 'mpim' && channel.members.length === members.length && members.every((id) => channel.members.includes(id)),
    );
    if (existing) return existing;
    const names = members.map((id) => this.users.get(id)?.name ?? id);
    return this.openConversation('mpim', `mpdm-${names.join('--')}-1`, members, members[0] ?? '');
  }

  private openConversation(kind: 'im' | 'mpim', name: string, members: string[], userId: string): Channel {
    const created = Math.floor(this.clock.now() / 1000);
    const channel: Channel = {
      id: newId(kind === 'im' ? 'D' : 'G'),
      name,
      kind,
      members,
      isArchived: false,
      topic: '',
      purpose: '',
      created,
    };
    this.channels.set(channel.id, channel);
    this.record('channel', { channel: channel.id, user: userId, note: 'opened' });
    return channel;
  }

  history(channelId: string): Message[] {
    return this.messages.get(channelId) ?? [];
  }

  find(ts: string): Message | undefined {
    return this.byTs.get(ts);
  }

  /** A stored, not deleted and not private message, as the API sees it. */
  publicMessage(channelId: string, ts: string): Message {
    const message = this.byTs.get(ts);
    if (!message || message.channel !== channelId || message.deletedAt !== undefined || message.visibleTo !== undefined) {
      throw new ApiFailure('message_not_found');
    }
    return message;
  }

  replies(message: Message): Message[] {
    return this.inThread(message.ts).filter((reply) => reply.deletedAt === undefined && reply.visibleTo === undefined);
  }

  /** Every reply to a message, private and deleted ones too, oldest first. */
  inThread(ts: string): readonly Message[] {
    return this.threads.get(ts) ?? [];
  }

  private keep(message: Message): void {
    const list = this.messages.get(message.channel) ?? [];
    list.push(message);
    this.messages.set(message.channel, list);
    this.byTs.set(message.ts, message);
    if (message.threadTs === undefined || message.threadTs === message.ts) return;
    const replies = this.threads.get(message.threadTs) ?? [];
    replies.push(message);
    this.threads.set(message.threadTs, replies);
  }

  /** Takes up what an earlier start stored; nobody is told of it. */
  restore(messages: readonly Message[]): void {
    for (const message of messages) this.keep(message);
  }

  add(input: NewMessage): Message {
    const blocks = withIds(input.blocks ?? []);
    const message: Message = {
      channel: input.channel,
      ts: this.nextTs(),
      threadTs: input.threadTs,
      user: input.user,
      botId: input.botId,
      text: input.text,
      blocks,
      attachments: input.attachments ?? [],
      metadata: input.metadata,
      files: input.files ?? [],
      reactions: [],
      editedTs: undefined,
      editedBy: undefined,
      deletedAt: undefined,
      visibleTo: input.visibleTo,
      isNotice: input.isNotice ?? false,
      streaming: input.streaming ?? false,
      versions: [{ at: this.clock.now(), text: input.text, blocks }],
    };
    this.keep(message);
    this.record(message.visibleTo ? 'ephemeral' : 'post', { user: message.user, channel: message.channel, message });
    return message;
  }

  /** `blocks` left out stay when `text` is left out too; `text` alone removes them, as in Slack. */
  edit(message: Message, change: MessageChange, by: string): void {
    if (change.blocks !== undefined) message.blocks = withIds(change.blocks);
    else if (change.text !== undefined) message.blocks = [];
    if (change.text !== undefined) message.text = change.text;
    if (change.attachments !== undefined) message.attachments = change.attachments;
    if (change.metadata !== undefined) message.metadata = change.metadata;
    const wasStreaming = message.streaming;
    if (change.streaming !== undefined) message.streaming = change.streaming;
    // What arrives while the app is still writing is no edit.
    if (!wasStreaming) {
      message.editedTs = this.nextTs();
      message.editedBy = by;
    }
    message.versions.push({ at: this.clock.now(), text: message.text, blocks: message.blocks });
    trim(message.versions, MOST_VERSIONS);
    this.record(message.visibleTo ? 'ephemeral_edit' : 'edit', { user: by, channel: message.channel, message });
  }

  remove(message: Message, by: string): void {
    message.deletedAt = this.clock.now();
    this.record(message.visibleTo ? 'ephemeral_delete' : 'delete', { user: by, channel: message.channel, message });
  }

  /** What Slack itself tells one person, such as a command that got no answer. */
  notice(channel: string, userId: string, text: string, threadTs?: string): Message {
    return this.add({ channel, user: SLACKBOT, text, visibleTo: userId, isNotice: true, threadTs });
  }
}

const INTERACTIVE_PARENTS = ['elements', 'child_blocks', 'actions', 'tasks'] as const;
const PASSIVE = new Set(['image', 'plain_text', 'mrkdwn', 'url', 'card', 'task_card']);

/** Slack makes up the ids an app left out and keeps them: a click names them. */
export function withIds(blocks: readonly Block[]): Block[] {
  return structuredClone(blocks as Block[]).map((block) => {
    block.block_id ??= shortId();
    nameElements(block);
    return block;
  });
}

function nameElements(block: Json): void {
  if (block.type === 'rich_text') return;
  for (const key of INTERACTIVE_PARENTS) {
    const parts = block[key];
    if (Array.isArray(parts)) for (const part of parts as Json[]) name(part);
  }
  for (const key of ['accessory', 'element']) if (block[key] !== undefined) name(block[key] as Json);
}

function name(part: Json): void {
  if (Array.isArray(part.elements) || Array.isArray(part.actions) || part.element !== undefined || part.accessory !== undefined) {
    part.block_id ??= shortId();
    nameElements(part);
  } else if (
    typeof part.type === 'string' &&
    !PASSIVE.has(part.type) &&
    !['divider', 'header', 'file', 'rich_text', 'table', 'video'].includes(part.type)
  ) {
    if (part.type === 'section' || part.type === 'context') part.block_id ??= shortId();
    else part.action_id ??= shortId();
  }
}
