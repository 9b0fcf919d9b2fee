import { z } from 'zod';
import { LIMITS } from '../blocks/limits.js';
import { asBlocks, checkBlocks, shownLength } from '../blocks/validate.js';
import type { Clock } from '../clock.js';
import type { SocketMode } from '../delivery/socket-mode.js';
import { ApiFailure } from '../errors.js';
import type { Tier } from '../rate-limits.js';
import type { WorkspaceState } from '../state.js';
import type { Triggers } from '../triggers.js';
import type { Block, Channel, Json } from '../types.js';
import type { ViewStore } from '../views.js';

export interface ApiContext {
  state: WorkspaceState;
  views: ViewStore;
  triggers: Triggers;
  clock: Clock;
  socketMode: SocketMode | undefined;
  /** `127.0.0.1:<port>` */
  host: () => string;
  /** Most characters the blocks of one message may show. */
  totalBlockText: number;
  uploads: Uploads;
}

export interface Uploads {
  expect(name: string, length: number): { ticket: string; id: string };
  /** What was uploaded under this id; undefined until the bytes arrived. */
  take(id: string): { name: string; bytes: Buffer } | undefined;
  receive(ticket: string, bytes: Buffer): number | undefined;
}

export interface Method {
  token: 'bot' | 'app';
  scope: string | undefined;
  tier: Tier;
  args: z.ZodType<Json>;
  run: (args: Json, context: ApiContext) => Json;
}

/** Ties the handler to the type of its own arguments; the table itself only knows objects. */
export function method<T extends z.ZodType<Json>>(definition: {
  token?: 'bot' | 'app';
  scope?: string;
  tier: Tier;
  args: T;
  run: (args: z.output<T>, context: ApiContext) => Json;
}): Method {
  return {
    token: definition.token ?? 'bot',
    scope: definition.scope,
    tier: definition.tier,
    args: definition.args,
    run: (args, context) => definition.run(args as z.output<T>, context),
  };
}

const parseText = (value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};

/** A form carries everything as text; a JSON body carries it as it is. */
export const bool = z.preprocess(
  (value) => (value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value),
  z.boolean(),
);
export const int = z.preprocess((value) => (typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value), z.number().int());
export const json = <T extends z.ZodType>(schema: T) => z.preprocess(parseText, schema);
export const list = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== '')
      : value,
  z.array(z.string()),
);
export const object = z.record(z.string(), z.unknown());

/** A conversation the app may know of: a private one it is not in does not exist for it. */
export function knownChannel(state: WorkspaceState, idOrName: string): Channel {
  const channel = state.findChannel(idOrName);
  const hidden = channel && channel.kind !== 'public' && !channel.members.includes(state.app.botUserId);
  if (!channel || hidden) throw new ApiFailure('channel_not_found');
  return channel;
}

/** Where the app may write. A user's id stands for the direct conversation with that person. */
export function writableChannel(state: WorkspaceState, idOrName: string): Channel {
  if (idOrName.startsWith('U')) {
    if (!state.users.has(idOrName)) throw new ApiFailure('channel_not_found');
    return state.openDirect(idOrName);
  }
  const channel = knownChannel(state, idOrName);
  if (channel.isArchived) throw new ApiFailure('is_archived');
  const mayWrite = channel.members.includes(state.app.botUserId) || state.app.scopes.includes('chat:write.public');
  if (!mayWrite) throw new ApiFailure('not_in_channel');
  return channel;
}

/** `blocks` as an array, or the failure Slack answers. */
export function messageBlocks(raw: unknown, totalBlockText: number): Block[] | undefined {
  if (raw === undefined || raw === '') return undefined;
  const blocks = parseText(raw);
  if (!Array.isArray(blocks)) throw new ApiFailure('invalid_blocks_format');
  const faults = checkBlocks(blocks, 'message');
  if (faults.length > 0) {
    throw new ApiFailure('invalid_blocks', {
      errors: faults,
      response_metadata: { messages: faults.map((fault) => `[ERROR] ${fault}`) },
    });
  }
  if (shownLength(blocks) > totalBlockText) throw new ApiFailure('msg_blocks_too_long');
  return asBlocks(blocks);
}

const Metadata = z.strictObject({ event_type: z.string().min(1), event_payload: object });

export function messageMetadata(raw: unknown): Json | undefined {
  if (raw === undefined || raw === '') return undefined;
  const metadata = Metadata.safeParse(parseText(raw));
  if (!metadata.success) throw new ApiFailure('invalid_metadata_format');
  if (JSON.stringify(metadata.data).length > LIMITS.metadataBytes) throw new ApiFailure('metadata_too_large');
  return metadata.data;
}

export function messageAttachments(raw: unknown): Json[] | undefined {
  if (raw === undefined || raw === '') return undefined;
  const attachments = z.array(object).safeParse(parseText(raw));
  if (!attachments.success) throw new ApiFailure('invalid_attachments');
  if (attachments.data.length > LIMITS.attachments) throw new ApiFailure('too_many_attachments');
  return attachments.data;
}

/** One page of a list; the cursor is the position, wrapped as Slack's opaque cursors are. */
export function page<T>(
  items: readonly T[],
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): { items: T[]; next: string } {
  if (limit < 1 || limit > 1000) throw new ApiFailure('invalid_limit');
  const start = cursor ? Number(Buffer.from(cursor, 'base64').toString('utf8').replace(/^at:/, '')) : 0;
  if (!Number.isInteger(start) || start < 0 || start > items.length) throw new ApiFailure('invalid_cursor');
  const end = start + limit;
  return { items: items.slice(start, end), next: end < items.length ? Buffer.from(`at:${end}`).toString('base64') : '' };
}
