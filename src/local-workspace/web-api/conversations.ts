import { z } from 'zod';
import { ApiFailure } from '../errors.js';
import { messageJson } from '../payloads.js';
import type { WorkspaceState } from '../state.js';
import type { Channel, Json, Message } from '../types.js';
import { bool, int, knownChannel, list, method, page } from './method.js';

const channel = z.string().min(1);
const paging = (limit: number) => ({ cursor: z.string().optional(), limit: int.default(limit) });
const range = {
  oldest: z.coerce.string().optional(),
  latest: z.coerce.string().optional(),
  inclusive: bool.default(false),
  include_all_metadata: bool.default(false),
};

function channelJson(state: WorkspaceState, one: Channel): Json {
  const isDirect = one.kind === 'im';
  const isGroup = one.kind === 'mpim';
  const common = {
    id: one.id,
    created: one.created,
    is_im: isDirect,
    is_org_shared: false,
    context_team_id: state.team.id,
    is_archived: one.isArchived,
  };
  if (isDirect) return { ...common, user: one.members.find((member) => member !== state.app.botUserId), is_open: true };
  return {
    ...common,
    name: one.name,
    name_normalized: one.name,
    is_channel: one.kind === 'public',
    is_group: one.kind === 'private',
    is_mpim: isGroup,
    is_private: one.kind !== 'public',
    is_general: one.name === 'general',
    is_shared: false,
    is_ext_shared: false,
    is_member: one.members.includes(state.app.botUserId),
    creator: one.members[0],
    topic: { value: one.topic, creator: '', last_set: 0 },
    purpose: { value: one.purpose, creator: '', last_set: 0 },
    num_members: one.members.length,
  };
}

const SCOPED = { public: 'channels', private: 'groups', im: 'im', mpim: 'mpim' } as const;

/** Each kind of conversation has a scope of its own for the same method. */
function needScope({ app }: WorkspaceState, kind: Channel['kind'], right: 'read' | 'history'): void {
  const needed = `${SCOPED[kind]}:${right}`;
  if (!app.scopes.includes(needed)) throw new ApiFailure('missing_scope', { needed, provided: app.scopes.join(',') });
}

function readableChannel(state: WorkspaceState, idOrName: string): Channel {
  const found = knownChannel(state, idOrName);
  needScope(state, found.kind, 'read');
  return found;
}

function memberChannel(state: WorkspaceState, idOrName: string): Channel {
  const found = knownChannel(state, idOrName);
  needScope(state, found.kind, 'history');
  if (!found.members.includes(state.app.botUserId)) throw new ApiFailure('not_in_channel');
  return found;
}

interface Range {
  oldest?: string | undefined;
  latest?: string | undefined;
  inclusive: boolean;
}

// The fraction has always six digits, so that padding the seconds makes text order the order in time.
const key = (ts: string): string => {
  const [seconds = '0', fraction = ''] = ts.split('.');
  return `${seconds.padStart(12, '0')}.${fraction.padEnd(6, '0')}`;
};

function within(message: Message, { oldest, latest, inclusive }: Range): boolean {
  const at = key(message.ts);
  if (oldest !== undefined && (inclusive ? at < key(oldest) : at <= key(oldest))) return false;
  return latest === undefined || (inclusive ? at <= key(latest) : at < key(latest));
}

const fetchable = (message: Message): boolean => message.deletedAt === undefined && message.visibleTo === undefined;

function openChannel(state: WorkspaceState, idOrName: string): Channel {
  const found = knownChannel(state, idOrName);
  if (!found.members.includes(state.app.botUserId)) throw new ApiFailure('not_in_channel');
  if (found.isArchived) throw new ApiFailure('is_archived');
  return found;
}

const MOST_IN_GROUP = 7;

/** Channels may be put away; conversations between people may not. */
function archivable(state: WorkspaceState, idOrName: string): Channel {
  const found = knownChannel(state, idOrName);
  if (found.kind === 'im' || found.kind === 'mpim') throw new ApiFailure('method_not_supported_for_channel_type');
  if (!found.members.includes(state.app.botUserId)) throw new ApiFailure('not_in_channel');
  return found;
}

export const conversations = {
  'conversations.list': method({
    tier: 2,
    args: z.object({ types: list.default(['public_channel']), exclude_archived: bool.default(false), ...paging(100) }),
    run(args, { state }) {
      const kinds: Readonly<Record<string, Channel['kind']>> = {
        public_channel: 'public',
        private_channel: 'private',
        im: 'im',
        mpim: 'mpim',
      };
      const wanted = args.types.map((type) => {
        const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
        if (kind === undefined) throw new ApiFailure('invalid_types');
        return kind;
      });
      for (const kind of wanted) needScope(state, kind, 'read');
      const known = [...state.channels.values()].filter(
        (one) =>
          wanted.includes(one.kind) &&
          (one.kind === 'public' || one.members.includes(state.app.botUserId)) &&
          !(args.exclude_archived && one.isArchived),
      );
      const { items, next } = page(known, args);
      return { channels: items.map((one) => channelJson(state, one)), response_metadata: { next_cursor: next } };
    },
  }),
  'conversations.info': method({
    tier: 3,
    args: z.object({ channel }),
    run: (args, { state }) => ({ channel: channelJson(state, readableChannel(state, args.channel)) }),
  }),
  'conversations.members': method({
    tier: 4,
    args: z.object({ channel, ...paging(100) }),
    run(args, { state }) {
      const { items, next } = page(readableChannel(state, args.channel).members, args);
      return { members: items, response_metadata: { next_cursor: next } };
    },
  }),
  'conversations.history': method({
    tier: 3,
    args: z.object({ channel, ...range, ...paging(100) }),
    run(args, { state }) {
      const target = memberChannel(state, args.channel);
      const roots = state
        .history(target.id)
        .filter((message) => fetchable(message) && message.threadTs === undefined && within(message, args));
      const { items, next } = page(roots.reverse(), args);
      return {
        messages: items.map((message) => messageJson(state, message, { metadata: args.include_all_metadata })),
        has_more: next !== '',
        pin_count: state.pins.get(target.id)?.length ?? 0,
        response_metadata: { next_cursor: next },
      };
    },
  }),
  'conversations.replies': method({
    tier: 3,
    args: z.object({ channel, ts: z.string().min(1), ...range, ...paging(1000) }),
    run(args, { state }) {
      const target = memberChannel(state, args.channel);
      const named = state.find(args.ts);
      if (!named || named.channel !== target.id || !fetchable(named)) throw new ApiFailure('thread_not_found');
      const root = (named.threadTs === undefined ? named : state.find(named.threadTs)) ?? named;
      const replies = state.replies(root).filter((message) => within(message, args));
      const { items, next } = page([root, ...replies], args);
      return {
        messages: items.map((message) => messageJson(state, message, { metadata: args.include_all_metadata })),
        has_more: next !== '',
        response_metadata: { next_cursor: next },
      };
    },
  }),
  'conversations.join': method({
    scope: 'channels:join',
    tier: 3,
    args: z.object({ channel }),
    run(args, { state }) {
      const target = knownChannel(state, args.channel);
      if (target.kind !== 'public') throw new ApiFailure('method_not_supported_for_channel_type');
      if (target.isArchived) throw new ApiFailure('is_archived');
      if (!target.members.includes(state.app.botUserId)) {
        target.members.push(state.app.botUserId);
        state.record('channel', { channel: target.id, user: state.app.botUserId, note: 'joined' });
      }
      return { channel: channelJson(state, target) };
    },
  }),
  'conversations.invite': method({
    scope: 'channels:manage',
    tier: 3,
    args: z.object({ channel, users: list }),
    run(args, { state }) {
      const target = openChannel(state, args.channel);
      for (const user of args.users) if (!state.users.has(user)) throw new ApiFailure('user_not_found');
      const fresh = args.users.filter((user) => !target.members.includes(user));
      if (fresh.length === 0) throw new ApiFailure('already_in_channel');
      target.members.push(...fresh);
      for (const user of fresh) state.record('channel', { channel: target.id, user, note: 'invited' });
      return { channel: channelJson(state, target) };
    },
  }),
  'conversations.archive': method({
    scope: 'channels:manage',
    tier: 2,
    args: z.object({ channel }),
    run(args, { state }) {
      const target = archivable(state, args.channel);
      if (target.isArchived) throw new ApiFailure('already_archived');
      if (target.name === 'general') throw new ApiFailure('cant_archive_general');
      target.isArchived = true;
      state.record('channel', { channel: target.id, user: state.app.botUserId, note: 'archived' });
      return {};
    },
  }),
  'conversations.unarchive': method({
    scope: 'channels:manage',
    tier: 2,
    args: z.object({ channel }),
    run(args, { state }) {
      const target = archivable(state, args.channel);
      if (!target.isArchived) throw new ApiFailure('not_archived');
      target.isArchived = false;
      state.record('channel', { channel: target.id, user: state.app.botUserId, note: 'unarchived' });
      return {};
    },
  }),
  'conversations.open': method({
    scope: 'im:write',
    tier: 3,
    args: z.object({ users: list.optional(), channel: z.string().optional(), return_im: bool.default(false) }),
    run(args, { state }) {
      if (args.channel !== undefined) return { channel: channelJson(state, knownChannel(state, args.channel)) };
      const [user, ...more] = args.users ?? [];
      if (user === undefined) throw new ApiFailure('users_list_not_supplied');
      for (const one of [user, ...more]) if (!state.users.has(one)) throw new ApiFailure('user_not_found');
      if (more.length > MOST_IN_GROUP) throw new ApiFailure('too_many_users');
      if (more.length > 0 && !state.app.scopes.includes('mpim:write')) {
        throw new ApiFailure('missing_scope', { needed: 'mpim:write', provided: state.app.scopes.join(',') });
      }
      const direct = more.length > 0 ? state.openGroup([user, ...more]) : state.openDirect(user);
      return { channel: args.return_im ? channelJson(state, direct) : { id: direct.id } };
    },
  }),
};
