import { randomBytes } from 'node:crypto';
import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import { explain, InvalidRequest } from '../errors.js';
import { section } from './blocks.js';
import { failureOf } from './failures.js';
import { readCarried, reading } from './modals/parts.js';
import { code, duration, outside } from './text.js';

/** What of Slack's payloads is needed to answer the person behind it. Everything is optional: payloads differ by kind. */
const Payload = z.object({
  type: z.string().optional(),
  command: z.string().optional(),
  response_url: z.url().optional(),
  trigger_id: z.string().optional(),
  user: z.object({ id: z.string() }).optional(),
  user_id: z.string().optional(),
  view: z.object({ type: z.string().optional(), private_metadata: z.string().default('') }).optional(),
  event: z
    .object({ type: z.string(), user: z.string().optional(), channel: z.string().optional(), thread_ts: z.string().optional() })
    .optional(),
});
type Payload = z.infer<typeof Payload>;

export interface Asked {
  /** Tells the person privately, by the best way that is still open. `words` is mrkdwn, escaped. Never throws. */
  answer(words: string): Promise<void>;
  /** Acknowledges an event whose acknowledgement was held back until it was stored. */
  acknowledge(): Promise<void>;
}

type Ack = (response?: unknown) => Promise<void>;

interface Parts {
  client: WebClient;
  log: { warn(fields: object, message: string): void };
}

/** Knows how to answer whoever sent this payload. */
export function answersTo(body: unknown, { ack, isAcked }: { ack: Ack; isAcked: () => boolean }, { client, log }: Parts): Asked['answer'] {
  const payload = Payload.safeParse(body).data ?? {};
  return async (words) => {
    try {
      await tell(payload, words, { ack, isAcked, client });
    } catch (error) {
      log.warn({ err: error }, 'someone could not be answered');
    }
  };
}

async function tell(
  payload: Payload,
  words: string,
  { ack, isAcked, client }: { ack: Ack; isAcked: () => boolean; client: WebClient },
): Promise<void> {
  const message = { response_type: 'ephemeral', replace_original: false, text: words };
  const user = payload.user?.id ?? payload.user_id ?? payload.event?.user;
  if (payload.command !== undefined && !isAcked()) return ack(message);
  if (payload.type === 'view_submission' && !isAcked())
    return ack({ response_action: 'update', view: reading('Not done', [section(words)]) });
  if (!isAcked()) await ack();
  if (payload.response_url) {
    await respondTo(payload.response_url, message);
    return;
  }
  if (payload.type === 'block_actions' && payload.view && payload.trigger_id) {
    const show = payload.view.type === 'home' ? client.views.open : client.views.push;
    await show({ trigger_id: payload.trigger_id, view: reading('Not done', [section(words)]) });
    return;
  }
  const channel = payload.event?.channel ?? (payload.view ? readCarried(payload.view.private_metadata).channel : undefined);
  if (!channel || !user) throw new Error(`no way to answer ${payload.type ?? 'this'}`);
  const thread = payload.event?.thread_ts;
  await client.chat.postEphemeral({ channel, user, text: words, ...(thread ? { thread_ts: thread } : {}) });
}

export async function respondTo(url: string, message: object): Promise<Response> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(message),
    redirect: 'error',
    signal: AbortSignal.timeout(5000),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`response_url answered ${response.status}`);
  return response;
}

/** An error in words for the person, as mrkdwn; the repaired command stands in code marks, to copy. */
export function explained(error: unknown): { words: string; reference: string } {
  const reference = randomBytes(4).toString('hex');
  const fixed = (error as Partial<InvalidRequest>).fixed;
  if (error instanceof InvalidRequest && typeof fixed === 'string')
    return { reference, words: `${outside(error.message, 1500)}  ${code(fixed, 500)}` };
  return { reference, words: slackRefused(error) ?? escapedLines(explain(error, reference)) };
}

/** What Slack refuses through nobody's fault, and what the person can do. */
function slackRefused(error: unknown): string | null {
  const { kind, code: reason, ...failure } = failureOf(error);
  if (/_trigger_id$/.test(reason)) return 'It took too long, so Slack opens no window for it any more. Press it, or type it, again.';
  if (kind === 'paced')
    return `Slack lets me do this again in ${duration('retryAfterMs' in failure ? failure.retryAfterMs : 0)}. Try it then.`;
  return null;
}

/** Several lines from outside, each escaped. */
export function escapedLines(words: string): string {
  return words
    .split('\n')
    .map((line) => outside(line, 1200))
    .join('\n');
}
