import { createHash } from 'node:crypto';
import type { WebClient } from '@slack/web-api';
import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../database/open.js';
import { slackMessages } from '../database/schema.js';
import { crashPoint } from '../engine/crash-points.js';
import { deleted, failureOf, frozen, layout, noParent } from './failures.js';
import { findSent, metadataOf } from './lookup.js';
import { type Pace, postBuckets } from './pace.js';
import type { DesiredMessage } from './views/run.js';

export type Sent = typeof slackMessages.$inferSelect;

/** How the sending of one message went. */
export type Step =
  | { done: true }
  /** Not now: the pace, or a lookup that failed. Nothing is lost. */
  | { done: false; waitMs: number; error: string | null }
  /** The channel refuses us. */
  | { done: false; stuck: string };

interface Parts {
  db: Db;
  client: WebClient;
  pace: Pace;
  time: () => SQL;
  log: { warn(fields: object, message: string): void };
}

export const hashOf = ({ text, blocks }: { text: string; blocks: unknown }) =>
  createHash('sha256')
    .update(JSON.stringify([text, blocks]))
    .digest('hex');

/** At most one edit of a message in this time, unless it is its last word. */
const betweenEditsMs = 3000;
/** A post that was under way when we lost it is given this long to appear before it counts as never sent. */
const settlesInMs = 3000;

export interface Outbox {
  messages(threadKey: string): Promise<Map<string, Sent & { ageMs: number }>>;
  post(
    threadKey: string,
    channel: string,
    message: DesiredMessage,
    thread: string | null,
    before: (Sent & { ageMs: number }) | null,
  ): Promise<Step>;
  edit(sent: Sent & { ageMs: number }, message: DesiredMessage): Promise<Step>;
}

/** Sends messages so that each stands in the channel once, whatever dies on the way (SL-3, SL-10). */
export function createOutbox({ db, client, pace, time, log }: Parts): Outbox {
  const record = (threadKey: string, messageKey: string, change: Partial<Sent>) =>
    db
      .update(slackMessages)
      .set(change)
      .where(and(eq(slackMessages.threadKey, threadKey), eq(slackMessages.messageKey, messageKey)));

  const sendAnew = async (
    threadKey: string,
    channel: string,
    message: DesiredMessage,
    thread: string | null,
    before: Sent | null,
  ): Promise<Step> => {
    const waitMs = await pace.take(postBuckets(channel), message.final);
    if (waitMs > 0) return { done: false, waitMs, error: null };
    const at = time() as unknown as Date;
    // Committed before the call: if we die in between, whoever finds the row looks before sending again.
    await db
      .insert(slackMessages)
      .values({ threadKey, messageKey: message.key, channel, state: 'sending', at })
      .onConflictDoUpdate({
        target: [slackMessages.threadKey, slackMessages.messageKey],
        set: { state: 'sending', channel, at, error: null },
      });
    const arguments_ = {
      channel,
      text: message.text,
      ...(thread ? { thread_ts: thread } : {}),
      metadata: metadataOf(threadKey, message.key),
      unfurl_links: false,
      unfurl_media: false,
    };
    const takeBack = () =>
      before
        ? record(threadKey, message.key, { state: before.state, error: before.error })
        : db.delete(slackMessages).where(and(eq(slackMessages.threadKey, threadKey), eq(slackMessages.messageKey, message.key)));
    try {
      const { ts } = await client.chat.postMessage({ ...arguments_, blocks: message.blocks }).catch(async (error: unknown) => {
        const failure = failureOf(error);
        if (failure.kind !== 'refused' || !layout.has(failure.code)) throw error;
        log.warn(
          { thread: threadKey, message: message.key, error: failure.code },
          'Slack refused the layout of a message, its words are sent alone',
        );
        return client.chat.postMessage(arguments_);
      });
      crashPoint('posted');
      await record(threadKey, message.key, { state: 'sent', ts: ts ?? null, hash: hashOf(message), error: null, at });
      return { done: true };
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'paced') {
        await takeBack();
        await pace.block(`chat.postMessage:${channel}`, failure.retryAfterMs);
        return { done: false, waitMs: failure.retryAfterMs, error: null };
      }
      if (failure.kind === 'unknown') return { done: false, waitMs: settlesInMs, error: failure.code };
      await takeBack();
      if (thread && noParent.has(failure.code)) {
        await record(threadKey, 'root', { state: 'gone', error: 'thread_not_found' });
        return { done: false, waitMs: 0, error: null };
      }
      return { done: false, stuck: failure.code };
    }
  };

  return {
    async messages(threadKey) {
      const rows = await db
        .select({ row: slackMessages, ageMs: sql<number>`extract(epoch from ${time()} - ${slackMessages.at})::float8 * 1000` })
        .from(slackMessages)
        .where(eq(slackMessages.threadKey, threadKey));
      return new Map(rows.map(({ row, ageMs }) => [row.messageKey, { ...row, ageMs: Number(ageMs) }]));
    },
    async post(threadKey, channel, message, thread, before) {
      if (before?.state !== 'sending') return sendAnew(threadKey, channel, message, thread, before);
      const method = thread ? 'conversations.replies' : 'conversations.history';
      const waitMs = await pace.take([method], message.final);
      if (waitMs > 0) return { done: false, waitMs, error: before.error };
      try {
        const found = await findSent({ client, channel, thread, threadKey, messageKey: message.key, after: before.ts, since: before.at });
        if (found) {
          // What it says may be old by now; the missing hash makes the next round compare and edit.
          await record(threadKey, message.key, { state: 'sent', ts: found, hash: null, error: null });
          return { done: false, waitMs: 0, error: null };
        }
      } catch (error) {
        const failure = failureOf(error);
        if (failure.kind === 'paced') await pace.block(method, failure.retryAfterMs);
        // Without an answer it waits: twice the same message is worse than one that comes late.
        else if (!(failure.kind === 'refused' && deleted.has(failure.code))) {
          log.warn({ thread: threadKey, message: message.key, error: failure.code }, 'cannot look up whether a message was sent');
          return { done: false, waitMs: 15_000, error: `lookup: ${failure.code}` };
        }
        if (failure.kind === 'paced') return { done: false, waitMs: failure.retryAfterMs, error: null };
      }
      if (before.ageMs < settlesInMs) return { done: false, waitMs: settlesInMs - before.ageMs, error: before.error };
      return sendAnew(threadKey, channel, message, thread, before);
    },
    async edit(sent, message) {
      const { threadKey, messageKey, channel, ts } = sent;
      if (!message.final && sent.ageMs < betweenEditsMs) return { done: false, waitMs: betweenEditsMs - sent.ageMs, error: null };
      const waitMs = await pace.take(['chat.update'], message.final);
      if (waitMs > 0) return { done: false, waitMs, error: null };
      try {
        await client.chat.update({ channel, ts: ts!, text: message.text, blocks: message.blocks }).catch((error: unknown) => {
          const failure = failureOf(error);
          if (failure.kind !== 'refused' || !layout.has(failure.code)) throw error;
          log.warn(
            { thread: threadKey, message: messageKey, error: failure.code },
            'Slack refused the layout of an edit, its words are sent alone',
          );
          return client.chat.update({ channel, ts: ts!, text: message.text, blocks: [] });
        });
        await record(threadKey, messageKey, { hash: hashOf(message), error: null, at: time() as unknown as Date });
        return { done: true };
      } catch (error) {
        const failure = failureOf(error);
        if (failure.kind === 'paced') {
          await pace.block('chat.update', failure.retryAfterMs);
          return { done: false, waitMs: failure.retryAfterMs, error: null };
        }
        // An edit may be repeated: it says the same again.
        if (failure.kind === 'unknown') return { done: false, waitMs: 2000, error: failure.code };
        if (deleted.has(failure.code) || frozen.has(failure.code)) {
          log.warn({ thread: threadKey, message: messageKey, error: failure.code }, 'a message cannot be edited any more');
          await record(threadKey, messageKey, { state: 'gone', error: failure.code });
          return { done: false, waitMs: 0, error: null };
        }
        return { done: false, stuck: failure.code };
      }
    },
  };
}
