import { z } from 'zod';
import { checkBlocks } from './blocks/validate.js';
import type { Clock } from './clock.js';
import { secret } from './ids.js';
import type { WorkspaceState } from './state.js';
import type { Block } from './types.js';

const LIFETIME_MS = 30 * 60_000;
const USES = 5;

const Body = z.looseObject({
  text: z.string().optional(),
  blocks: z.array(z.unknown()).optional(),
  response_type: z.enum(['ephemeral', 'in_channel']).optional(),
  replace_original: z.boolean().optional(),
  delete_original: z.boolean().optional(),
  thread_ts: z.string().optional(),
});

export interface Origin {
  channel: string;
  userId: string;
  /** The message whose element was used; a command has none. */
  messageTs: string | undefined;
  threadTs: string | undefined;
}

export interface Reply {
  status: number;
  body: string;
}

const failed = (error: string, status = 200): Reply => ({ status, body: JSON.stringify({ ok: false, error }) });

/** Five answers within half an hour, without a token: who has the URL may use it. */
export function createResponseUrls({ state, clock }: { state: WorkspaceState; clock: Clock }) {
  const known = new Map<string, Origin & { expires: number; uses: number }>();

  const show = (origin: Origin, raw: unknown): Reply => {
    const parsed = Body.safeParse(raw);
    if (!parsed.success) return failed('invalid_payload', 400);
    const { text, blocks, response_type, replace_original, delete_original, thread_ts } = parsed.data;
    const original = origin.messageTs === undefined ? undefined : state.find(origin.messageTs);
    if (delete_original) {
      if (!original || original.deletedAt !== undefined) return failed('message_not_found', 404);
      state.remove(original, state.app.botUserId);
      return { status: 200, body: 'ok' };
    }
    if ((text === undefined || text === '') && !blocks?.length) return failed('no_text');
    const faults = checkBlocks(blocks ?? [], 'message');
    if (faults.length > 0) {
      const messages = faults.map((fault) => `[ERROR] ${fault}`);
      return { status: 200, body: JSON.stringify({ ok: false, error: 'invalid_blocks', errors: faults, response_metadata: { messages } }) };
    }
    if (replace_original) {
      if (!original || original.deletedAt !== undefined) return failed('message_not_found', 404);
      state.edit(original, { text: text ?? '', blocks: (blocks ?? []) as Block[] }, state.app.botUserId);
      return { status: 200, body: 'ok' };
    }
    if (state.channels.get(origin.channel)?.isArchived) return failed('is_archived');
    state.add({
      channel: origin.channel,
      user: state.app.botUserId,
      botId: state.app.botId,
      text: text ?? '',
      blocks: (blocks ?? []) as Block[],
      threadTs: thread_ts ?? origin.threadTs,
      visibleTo: response_type === 'in_channel' ? undefined : origin.userId,
    });
    return { status: 200, body: 'ok' };
  };

  return {
    create(origin: Origin): string {
      for (const [id, { expires }] of known) {
        if (clock.now() < expires + LIFETIME_MS) break;
        known.delete(id);
      }
      const id = secret();
      known.set(id, { ...origin, expires: clock.now() + LIFETIME_MS, uses: 0 });
      return id;
    },
    answer(id: string, body: unknown): Reply {
      const origin = known.get(id);
      if (!origin) return failed('invalid_url', 404);
      if (clock.now() > origin.expires) return failed('expired_url', 404);
      if (origin.uses >= USES) return failed('used_url', 404);
      origin.uses += 1;
      return show(origin, body);
    },
    /** The answer inside an acknowledgement takes none of the five uses. */
    show,
  };
}

export type ResponseUrls = ReturnType<typeof createResponseUrls>;
