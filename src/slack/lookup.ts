import type { WebClient } from '@slack/web-api';
import { z } from 'zod';

const eventType = 'mahavishnu_message';

/** Marks a message so that a later process recognises it as sent. */
export const metadataOf = (threadKey: string, messageKey: string) => ({
  event_type: eventType,
  event_payload: { key: `${threadKey}/${messageKey}` },
});

const Page = z.object({
  messages: z
    .array(
      z.object({
        ts: z.string(),
        metadata: z
          .object({ event_type: z.string(), event_payload: z.object({ key: z.unknown() }).loose() })
          .optional()
          .catch(undefined),
      }),
    )
    .default([]),
  has_more: z.boolean().optional(),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

interface Lookup {
  client: WebClient;
  channel: string;
  thread: string | null;
  threadKey: string;
  messageKey: string;
  /** An older message of the same key that is known and not meant. */
  after: string | null;
  since: Date;
}

const mostPages = 20;
/** Slack's clock and ours may differ by this much. */
const clocksDifferMs = 10 * 60_000;

/** The timestamp of the message with this key, or null when it is certainly not there. Throws when that cannot be told. */
export async function findSent({ client, channel, thread, threadKey, messageKey, after, since }: Lookup): Promise<string | null> {
  const { event_payload: wanted } = metadataOf(threadKey, messageKey);
  const oldest = String(Math.floor((since.getTime() - clocksDifferMs) / 1000));
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const arguments_ = { channel, oldest, limit: 200, include_all_metadata: true, ...(cursor ? { cursor } : {}) };
    const answer = Page.parse(
      thread ? await client.conversations.replies({ ...arguments_, ts: thread }) : await client.conversations.history(arguments_),
    );
    const found = answer.messages.find(
      ({ ts, metadata }) =>
        metadata?.event_type === eventType && metadata.event_payload.key === wanted.key && (after === null || ts > after),
    );
    if (found) return found.ts;
    cursor = answer.response_metadata?.next_cursor || undefined;
    if (!cursor) return null;
  }
  throw new Error(`more than ${mostPages} pages of history without an end`);
}
