import { createHash } from 'node:crypto';
import type { HomeView } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import { failureOf } from './failures.js';
import type { Pace } from './pace.js';

interface Parts<News> {
  /** What all Homes have in common; asked once for all that change together. */
  news(): Promise<News>;
  view(userId: string, news: News): Promise<HomeView>;
  /** The client of the outbox: it rejects on 429. */
  client: Pick<WebClient, 'views'>;
  pace: Pick<Pace, 'take' | 'block'>;
  log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
  everyMs?: number;
  now?: () => number;
}

export interface Homes {
  /** Someone looks at theirs: it is drawn, and kept up to date for an hour. */
  opened(userId: string): void;
  /** Someone pressed something on theirs. */
  seen(userId: string): void;
  /** Something that Homes show may have changed. */
  changed(): void;
  stop(): Promise<void>;
}

interface Home {
  seenAt: number;
  /** Not published again before. */
  notBefore: number;
  /** What was published last. */
  hash: string | null;
  dirty: boolean;
  /** Someone waits for it: it goes ahead of others, and is published even if nothing changed. */
  asked: boolean;
  active: boolean;
}

const freshForMs = 60 * 60_000;
const mostHomes = 500;
const atOnce = 3;
const afterFailureMs = 10_000;
/** Trying again would be answered the same. */
const hopeless = new Set(['not_enabled', 'user_not_found', 'invalid_arguments', 'invalid_blocks', 'view_too_large', 'missing_scope']);

/** Publishes Home tabs anew when something on them changes (SL-6): at most one every 3 s for each person, within the workspace's budget. */
export function createHomes<News>({ news, view, client, pace, log, everyMs = 3000, now = Date.now }: Parts<News>): Homes {
  const homes = new Map<string, Home>();
  const underWay = new Set<Promise<void>>();
  let current: Promise<News> | null = null;
  let budgetFrom = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopping = false;

  const remember = (userId: string): Home => {
    const home = homes.get(userId) ?? { seenAt: 0, notBefore: 0, hash: null, dirty: false, asked: false, active: false };
    home.seenAt = now();
    homes.delete(userId); // Behind all others: the first in the map was seen the longest ago.
    homes.set(userId, home);
    if (homes.size > mostHomes) homes.delete(homes.keys().next().value!);
    return home;
  };

  const startAt = (home: Home) => Math.max(home.notBefore, home.asked ? 0 : budgetFrom);

  const work = () => {
    clearTimeout(timer);
    if (stopping) return;
    for (const [userId, home] of homes) if (now() - home.seenAt > freshForMs) homes.delete(userId);
    const due = [...homes].filter(([, home]) => home.dirty && !home.active);
    due.sort(([, a], [, b]) => Number(b.asked) - Number(a.asked) || startAt(a) - startAt(b));
    for (const [userId, home] of due) {
      if (underWay.size >= atOnce) return; // Whoever ends first goes on from here.
      if (startAt(home) > now()) continue;
      home.active = true;
      const task = publish(userId, home).finally(() => {
        home.active = false;
        underWay.delete(task);
        work();
      });
      underWay.add(task);
    }
    const waits = due.filter(([, home]) => !home.active).map(([, home]) => startAt(home) - now());
    if (waits.length > 0) timer = setTimeout(work, Math.max(10, Math.min(...waits))).unref();
  };

  const publish = async (userId: string, home: Home): Promise<void> => {
    const { asked } = home;
    home.dirty = false;
    home.asked = false;
    const later = (ms: number) => {
      home.dirty = true;
      home.notBefore = Math.max(home.notBefore, now() + ms);
    };
    try {
      current ??= news();
      const drawn = await view(userId, await current);
      const hash = createHash('sha256').update(JSON.stringify(drawn)).digest('hex');
      if (hash === home.hash && !asked) return;
      const waitMs = await pace.take(['views.publish'], asked);
      if (waitMs > 0) {
        home.asked ||= asked;
        budgetFrom = Math.max(budgetFrom, now() + waitMs);
        return later(waitMs);
      }
      home.notBefore = now() + everyMs;
      await client.views.publish({ user_id: userId, view: drawn });
      home.hash = hash;
    } catch (error) {
      current = null;
      const failure = failureOf(error);
      if (failure.kind === 'paced') {
        await pace.block('views.publish', failure.retryAfterMs).catch(() => {});
        budgetFrom = Math.max(budgetFrom, now() + failure.retryAfterMs);
        home.asked ||= asked;
        later(failure.retryAfterMs);
      } else if (failure.kind === 'refused' && hopeless.has(failure.code)) {
        log.error({ err: error, user: userId, error: failure.code }, 'Slack refuses a Home tab');
      } else {
        log.warn({ err: error, user: userId, error: failure.code }, 'a Home tab could not be published, trying again');
        later(afterFailureMs);
      }
    }
  };

  const mark = (home: Home) => {
    home.dirty = true;
    // What is being loaded may be older than what is told of here.
    current = null;
  };

  return {
    opened(userId) {
      const home = remember(userId);
      home.asked = true;
      mark(home);
      work();
    },
    seen: (userId) => void remember(userId),
    changed() {
      for (const home of homes.values()) mark(home);
      work();
    },
    async stop() {
      stopping = true;
      clearTimeout(timer);
      await Promise.all(underWay);
    },
  };
}
