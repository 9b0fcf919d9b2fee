import { sql } from 'drizzle-orm';
import type { Db } from '../database/open.js';

/** A token bucket: `burst` at once, then `perMinute` evenly. */
interface Rate {
  perMinute: number;
  burst: number;
}

/** Slack's published limits, calls a minute: tier 3, tier 4 for views, and one post a second and channel. */
const published: Readonly<Record<string, number>> = {
  'chat.postMessage': 60,
  'chat.update': 50,
  'conversations.history': 50,
  'conversations.replies': 50,
  'views.publish': 100,
};
/** Over all channels; Slack names no figure but "several hundred a minute". */
const allPosts: Rate = { perMinute: 240, burst: 20 };

/** So that no minute, burst included, sees more than the limit. */
function within(limit: number, mostAtOnce: number): Rate {
  const burst = Math.max(1, Math.min(mostAtOnce, Math.floor(limit / 5)));
  return { perMinute: Math.max(1, limit - burst), burst };
}

/** The share of a burst that only last words (decided and expired approvals, ends) may use: they go first. */
const keptForLastWords = 0.25;

export interface Pace {
  /** Takes one from each bucket, or none: then the milliseconds until it is worth another try. */
  take(buckets: string[], urgent: boolean): Promise<number>;
  /** After a 429: nothing more for this long. */
  block(bucket: string, ms: number): Promise<void>;
}

export const postBuckets = (channel: string) => ['chat.postMessage', `chat.postMessage:${channel}`];

interface Parts {
  db: Db;
  /** Calls a minute by method, where they differ from what Slack publishes. */
  limits?: Readonly<Record<string, number>>;
  now?: () => Date;
}

/** One budget for the whole workspace, over all processes (in the database), by the database's clock. */
export function createPace({ db, limits = {}, now }: Parts): Pace {
  const time = () => (now ? sql`${now().toISOString()}::timestamptz` : sql`clock_timestamp()`);
  const rateOf = (bucket: string): Rate => {
    const [method = '', channel] = bucket.split(':');
    if (method === 'chat.postMessage' && channel === undefined) return allPosts;
    return within(limits[method] ?? published[method] ?? 20, channel === undefined ? 8 : 3);
  };

  return {
    async take(buckets, urgent) {
      return db.transaction(async (tx) => {
        const sorted = [...buckets].sort(); // Always in one order, so that two processes cannot wait for each other.
        let wait = 0;
        for (const bucket of sorted) {
          const { perMinute, burst } = rateOf(bucket);
          await tx.execute(sql`
            insert into mahavishnu.slack_pace (bucket, tokens, updated_at) values (${bucket}, ${burst}::float8, ${time()})
            on conflict (bucket) do nothing`);
          const { rows } = await tx.execute<{ tokens: number; blocked: number }>(sql`
            update mahavishnu.slack_pace set
              tokens = least(${burst}::float8, tokens + greatest(0, extract(epoch from ${time()} - updated_at)) * ${perMinute / 60}::float8),
              updated_at = ${time()}
            where bucket = ${bucket}
            returning tokens as tokens, coalesce(extract(epoch from blocked_until - ${time()}) * 1000, 0)::float8 as blocked`);
          const { tokens, blocked } = rows[0]!;
          const needed = urgent || burst < 4 ? 1 : 1 + burst * keptForLastWords;
          if (blocked > 0) wait = Math.max(wait, blocked);
          if (tokens < needed) wait = Math.max(wait, ((needed - tokens) / perMinute) * 60_000);
        }
        if (wait > 0) return Math.ceil(wait);
        for (const bucket of sorted) {
          await tx.execute(sql`update mahavishnu.slack_pace set tokens = tokens - 1 where bucket = ${bucket}`);
        }
        return 0;
      });
    },
    async block(bucket, ms) {
      await db.execute(sql`
        insert into mahavishnu.slack_pace (bucket, tokens, updated_at, blocked_until)
        values (${bucket}, 0, ${time()}, ${time()} + make_interval(secs => ${ms / 1000}::float8))
        on conflict (bucket) do update set tokens = 0, updated_at = excluded.updated_at,
          blocked_until = greatest(slack_pace.blocked_until, excluded.blocked_until)`);
    },
  };
}
