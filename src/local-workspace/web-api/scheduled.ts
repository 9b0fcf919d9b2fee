import { z } from 'zod';
import { LIMITS } from '../blocks/limits.js';
import type { Clock } from '../clock.js';
import { ApiFailure } from '../errors.js';
import { newId } from '../ids.js';
import type { WorkspaceState } from '../state.js';
import type { Scheduled } from '../types.js';
import { parentTs, readContent } from './chat.js';
import { int, method, page, writableChannel } from './method.js';

const FURTHEST_MS = 120 * 24 * 60 * 60_000;
/** Slack refuses to delete what is due within a minute. */
const TOO_LATE_MS = 60_000;

/** Posts it when its time comes, unless it was called off or its channel is gone by then. */
export function postLater({ state, clock }: { state: WorkspaceState; clock: Clock }, item: Scheduled): void {
  clock.after(Math.max(0, item.postAt * 1000 - clock.now()), () => {
    if (!state.scheduled.delete(item.id) || state.channels.get(item.channel)?.isArchived !== false) return;
    const { botUserId, botId } = state.app;
    const { channel, text, blocks, threadTs } = item;
    state.add({ channel, user: botUserId, botId, text, blocks, threadTs });
  });
}

export const scheduled = {
  'chat.scheduleMessage': method({
    scope: 'chat:write',
    tier: 3,
    args: z.object({
      channel: z.string().min(1),
      post_at: int,
      text: z.string().optional(),
      blocks: z.unknown().optional(),
      attachments: z.unknown().optional(),
      thread_ts: z.string().optional(),
    }),
    run(args, context) {
      const { state, clock } = context;
      const target = writableChannel(state, args.channel);
      const { text, blocks } = readContent(args, context);
      if (!text && !blocks?.length) throw new ApiFailure('no_text');
      if (args.post_at * 1000 <= clock.now()) throw new ApiFailure('time_in_past');
      if (args.post_at * 1000 > clock.now() + FURTHEST_MS) throw new ApiFailure('time_too_far');
      const item: Scheduled = {
        id: newId('Q'),
        channel: target.id,
        postAt: args.post_at,
        created: Math.floor(clock.now() / 1000),
        text: (text ?? '').slice(0, LIMITS.messageText),
        blocks,
        threadTs: parentTs(context, target.id, args.thread_ts),
      };
      state.scheduled.set(item.id, item);
      postLater(context, item);
      const { botUserId: user, botId: bot_id } = state.app;
      const message = { text: item.text, user, bot_id, team: state.team.id, type: 'delayed_message', ...(blocks && { blocks }) };
      return { channel: target.id, scheduled_message_id: item.id, post_at: item.postAt, message };
    },
  }),
  'chat.deleteScheduledMessage': method({
    scope: 'chat:write',
    tier: 3,
    args: z.object({ channel: z.string().min(1), scheduled_message_id: z.string().min(1) }),
    run(args, { state, clock }) {
      const item = state.scheduled.get(args.scheduled_message_id);
      if (!item || item.channel !== state.findChannel(args.channel)?.id || item.postAt * 1000 < clock.now() + TOO_LATE_MS) {
        throw new ApiFailure('invalid_scheduled_message_id');
      }
      state.scheduled.delete(item.id);
      return {};
    },
  }),
  'chat.scheduledMessages.list': method({
    tier: 3,
    args: z.object({ channel: z.string().optional(), cursor: z.string().optional(), limit: int.default(100) }),
    run(args, { state }) {
      const wanted = args.channel === undefined ? undefined : state.findChannel(args.channel)?.id;
      if (args.channel !== undefined && wanted === undefined) throw new ApiFailure('invalid_channel');
      const known = [...state.scheduled.values()].filter((item) => wanted === undefined || item.channel === wanted);
      const { items, next } = page(known, args);
      return {
        scheduled_messages: items.map((item) => ({
          id: item.id,
          channel_id: item.channel,
          post_at: item.postAt,
          date_created: item.created,
          text: item.text,
        })),
        response_metadata: { next_cursor: next },
      };
    },
  }),
};
