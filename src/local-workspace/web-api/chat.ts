import { z } from 'zod';
import { LIMITS } from '../blocks/limits.js';
import { ApiFailure } from '../errors.js';
import { messageJson } from '../payloads.js';
import type { Message } from '../types.js';
import { type ApiContext, knownChannel, messageAttachments, messageBlocks, messageMetadata, method, writableChannel } from './method.js';

const channel = z.string().min(1);
const content = {
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  attachments: z.unknown().optional(),
  markdown_text: z.string().optional(),
};
const metadata = { metadata: z.unknown().optional() };

interface Content {
  text?: string | undefined;
  blocks?: unknown;
  attachments?: unknown;
  markdown_text?: string | undefined;
}

export function readContent(args: Content, { totalBlockText }: ApiContext) {
  const blocks = messageBlocks(args.blocks, totalBlockText);
  const attachments = messageAttachments(args.attachments);
  if (args.markdown_text === undefined) return { text: args.text, blocks, attachments };
  if (args.text !== undefined || blocks !== undefined) throw new ApiFailure('markdown_text_conflict');
  if (args.markdown_text.length > LIMITS.markdown) throw new ApiFailure('msg_too_long');
  return { text: args.markdown_text, blocks: [{ type: 'markdown', text: args.markdown_text }], attachments };
}

export function parentTs({ state }: ApiContext, channelId: string, threadTs: string | undefined): string | undefined {
  if (threadTs === undefined) return undefined;
  const parent = state.find(threadTs);
  // Slack takes a reply whose parent is unknown or gone, too: it then stands by itself in a thread nobody can open.
  if (!parent || parent.channel !== channelId) return threadTs;
  return parent.threadTs ?? parent.ts;
}

export function ownMessage({ state }: ApiContext, channelId: string, ts: string, refusal: string): Message {
  const message = state.publicMessage(channelId, ts);
  if (message.user !== state.app.botUserId) throw new ApiFailure(refusal);
  return message;
}

export const chat = {
  'chat.postMessage': method({
    scope: 'chat:write',
    tier: 'post',
    args: z.object({ channel, thread_ts: z.string().optional(), ...content, ...metadata }),
    run(args, context) {
      const { state } = context;
      const target = writableChannel(state, args.channel);
      const { text, blocks, attachments } = readContent(args, context);
      if (!text && !blocks?.length && !attachments?.length) throw new ApiFailure('no_text');
      const message = state.add({
        channel: target.id,
        user: state.app.botUserId,
        botId: state.app.botId,
        text: (text ?? '').slice(0, LIMITS.messageText),
        blocks,
        attachments,
        metadata: messageMetadata(args.metadata),
        threadTs: parentTs(context, target.id, args.thread_ts),
      });
      return { channel: target.id, ts: message.ts, message: messageJson(state, message, { metadata: true }) };
    },
  }),
  'chat.postEphemeral': method({
    scope: 'chat:write',
    tier: 4,
    args: z.object({ channel, user: z.string().min(1), thread_ts: z.string().optional(), ...content }),
    run(args, context) {
      const { state } = context;
      const target = writableChannel(state, args.channel);
      if (!target.members.includes(args.user)) throw new ApiFailure('user_not_in_channel');
      const { text, blocks, attachments } = readContent(args, context);
      if (!text && !blocks?.length && !attachments?.length) throw new ApiFailure('no_text');
      if ((text ?? '').length > LIMITS.messageText) throw new ApiFailure('msg_too_long');
      const threadTs = parentTs(context, target.id, args.thread_ts);
      const { botUserId, botId } = state.app;
      const shown = { channel: target.id, user: botUserId, botId, text: text ?? '', blocks, attachments, threadTs };
      return { message_ts: state.add({ ...shown, visibleTo: args.user }).ts };
    },
  }),
  'chat.update': method({
    scope: 'chat:write',
    tier: 3,
    args: z.object({ channel, ts: z.string().min(1), ...content, ...metadata }),
    run(args, context) {
      const { state } = context;
      const target = knownChannel(state, args.channel);
      const { text, blocks, attachments } = readContent(args, context);
      const message = ownMessage(context, target.id, args.ts, 'cant_update_message');
      if (message.streaming) throw new ApiFailure('streaming_state_conflict');
      if (target.isArchived) throw new ApiFailure('is_inactive');
      if ((text ?? '').length > LIMITS.updateText) throw new ApiFailure('msg_too_long');
      if (text === undefined && blocks === undefined && attachments === undefined) throw new ApiFailure('no_text');
      if (text === '' && !blocks?.length && !attachments?.length) throw new ApiFailure('no_text');
      state.edit(message, { text, blocks, attachments, metadata: messageMetadata(args.metadata) }, state.app.botUserId);
      const shown = messageJson(state, message, { metadata: true });
      return { channel: target.id, ts: message.ts, text: message.text, message: shown };
    },
  }),
  'chat.delete': method({
    scope: 'chat:write',
    tier: 3,
    args: z.object({ channel, ts: z.string().min(1) }),
    run(args, context) {
      const target = knownChannel(context.state, args.channel);
      const message = ownMessage(context, target.id, args.ts, 'cant_delete_message');
      context.state.remove(message, context.state.app.botUserId);
      return { channel: target.id, ts: message.ts };
    },
  }),
  'chat.getPermalink': method({
    tier: 'none',
    args: z.object({ channel, message_ts: z.string().min(1) }),
    run(args, { state, host }) {
      const target = knownChannel(state, args.channel);
      const message = state.publicMessage(target.id, args.message_ts);
      const thread = message.threadTs === undefined ? '' : `?thread_ts=${message.threadTs}&cid=${target.id}`;
      return { channel: target.id, permalink: `http://${host()}/archives/${target.id}/p${message.ts.replace('.', '')}${thread}` };
    },
  }),
};
