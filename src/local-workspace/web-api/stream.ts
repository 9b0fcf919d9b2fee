import { z } from 'zod';
import { LIMITS } from '../blocks/limits.js';
import { checkBlocks } from '../blocks/validate.js';
import { ApiFailure } from '../errors.js';
import { messageJson } from '../payloads.js';
import type { Block, Json, Message } from '../types.js';
import { ownMessage, parentTs } from './chat.js';
import { type ApiContext, json, knownChannel, messageBlocks, messageMetadata, method, object, writableChannel } from './method.js';

const Status = z.enum(['pending', 'in_progress', 'complete', 'error']);
const Chunk = z.discriminatedUnion('type', [
  z.object({ type: z.literal('markdown_text'), text: z.string() }),
  z.object({
    type: z.literal('task_update'),
    id: z.string().min(1),
    title: z.string().min(1),
    status: Status,
    details: z.string().optional(),
    output: z.string().optional(),
    sources: z.array(object).optional(),
  }),
  z.object({ type: z.literal('plan_update'), title: z.string().min(1) }),
  z.object({ type: z.literal('blocks'), blocks: z.array(object) }),
]);
type Chunk = z.output<typeof Chunk>;
type Task = Extract<Chunk, { type: 'task_update' }>;

const content = { markdown_text: z.string().max(LIMITS.markdown).optional(), chunks: json(z.array(z.unknown())).optional() };
const target = { channel: z.string().min(1), ts: z.string().min(1) };

function readChunks({ markdown_text, chunks }: { markdown_text?: string | undefined; chunks?: unknown[] | undefined }): Chunk[] {
  const parsed = z.array(Chunk).safeParse(chunks ?? []);
  if (!parsed.success) throw new ApiFailure('invalid_chunks');
  return [...(markdown_text ? [{ type: 'markdown_text' as const, text: markdown_text }] : []), ...parsed.data];
}

const rich = (text: string): Json => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }],
});

const taskCard = ({ id, title, status, details, output, sources }: Task): Json => ({
  task_id: id,
  title,
  status,
  ...(details && { details: rich(details) }),
  ...(output && { output: rich(output) }),
  ...(sources && { sources }),
});

/** One task stands once: in the plan where there is one, else as a card of its own. */
function withTask(blocks: readonly Block[], task: Task): Block[] {
  const plan = blocks.find((block) => block.type === 'plan');
  const known = (card: Json): boolean => card.task_id === task.id;
  if (plan) {
    const tasks = (plan.tasks ?? []) as Json[];
    const card = { type: 'task_card', ...taskCard(task) };
    const next = tasks.some(known) ? tasks.map((one) => (known(one) ? { ...one, ...card } : one)) : [...tasks, card];
    return blocks.map((block) => (block === plan ? { ...plan, tasks: next } : block));
  }
  if (blocks.some(known)) return blocks.map((block) => (known(block) ? { ...block, ...taskCard(task) } : block));
  return [...blocks, { type: 'task_card', ...taskCard(task) }];
}

function withChunk(blocks: readonly Block[], chunk: Chunk): Block[] {
  const last = blocks.at(-1);
  switch (chunk.type) {
    case 'markdown_text':
      if (last?.type !== 'markdown') return [...blocks, { type: 'markdown', text: chunk.text }];
      return [...blocks.slice(0, -1), { ...last, text: String(last.text) + chunk.text }];
    case 'task_update':
      return withTask(blocks, chunk);
    case 'plan_update': {
      const plan = blocks.find((block) => block.type === 'plan');
      if (!plan) return [...blocks, { type: 'plan', title: chunk.title, tasks: [] }];
      return blocks.map((block) => (block === plan ? { ...plan, title: chunk.title } : block));
    }
    case 'blocks':
      return [...blocks, ...(chunk.blocks as Block[])];
  }
}

function grown(blocks: readonly Block[], chunks: readonly Chunk[]): Block[] {
  const next = chunks.reduce((known: Block[], chunk) => withChunk(known, chunk), [...blocks]);
  if (next.length > LIMITS.blocksPerMessage) throw new ApiFailure('msg_blocks_too_many');
  const faults = checkBlocks(next, 'message');
  if (faults.length > 0) {
    throw new ApiFailure('invalid_blocks', {
      errors: faults,
      response_metadata: { messages: faults.map((fault) => `[ERROR] ${fault}`) },
    });
  }
  return next;
}

/** What a notification says of it: the words without their cards. */
const wordsOf = (blocks: readonly Block[]): string =>
  blocks
    .filter((block) => block.type === 'markdown')
    .map((block) => String(block.text))
    .join('\n')
    .slice(0, LIMITS.messageText);

function streamed(context: ApiContext, channel: string, ts: string): Message {
  const message = ownMessage(context, knownChannel(context.state, channel).id, ts, 'message_not_owned_by_app');
  if (!message.streaming) throw new ApiFailure('message_not_in_streaming_state');
  return message;
}

export const stream = {
  'chat.startStream': method({
    scope: 'chat:write',
    tier: 2,
    args: z.object({
      channel: z.string().min(1),
      thread_ts: z.string().min(1),
      recipient_user_id: z.string().optional(),
      recipient_team_id: z.string().optional(),
      task_display_mode: z.enum(['timeline', 'plan']).default('timeline'),
      ...content,
    }),
    run(args, context) {
      const { state } = context;
      const channel = writableChannel(state, args.channel);
      if (channel.kind !== 'im' && !args.recipient_user_id) throw new ApiFailure('missing_recipient_user_id');
      if (channel.kind !== 'im' && !args.recipient_team_id) throw new ApiFailure('missing_recipient_team_id');
      const start: Block[] = args.task_display_mode === 'plan' ? [{ type: 'plan', title: 'Tasks', tasks: [] }] : [];
      const blocks = grown(start, readChunks(args));
      const { botUserId, botId } = state.app;
      const threadTs = parentTs(context, channel.id, args.thread_ts);
      const shown = { channel: channel.id, user: botUserId, botId, text: wordsOf(blocks), blocks, threadTs };
      return { channel: channel.id, ts: state.add({ ...shown, streaming: true }).ts };
    },
  }),
  'chat.appendStream': method({
    scope: 'chat:write',
    tier: 4,
    args: z.object({ ...target, ...content }),
    run(args, context) {
      const message = streamed(context, args.channel, args.ts);
      const chunks = readChunks(args);
      if (chunks.length === 0) throw new ApiFailure('no_text');
      const blocks = grown(message.blocks, chunks);
      context.state.edit(message, { text: wordsOf(blocks), blocks }, context.state.app.botUserId);
      return { channel: message.channel, ts: message.ts };
    },
  }),
  'chat.stopStream': method({
    scope: 'chat:write',
    tier: 2,
    args: z.object({ ...target, ...content, blocks: z.unknown().optional(), metadata: z.unknown().optional() }),
    run(args, context) {
      const { state } = context;
      const message = streamed(context, args.channel, args.ts);
      const added = messageBlocks(args.blocks, context.totalBlockText) ?? [];
      const blocks = [...grown(message.blocks, readChunks(args)), ...added];
      if (blocks.length > LIMITS.blocksPerMessage) throw new ApiFailure('msg_blocks_too_many');
      const metadata = messageMetadata(args.metadata);
      state.edit(message, { text: wordsOf(blocks), blocks, metadata, streaming: false }, state.app.botUserId);
      return { channel: message.channel, ts: message.ts, message: messageJson(state, message, { metadata: true }) };
    },
  }),
};
