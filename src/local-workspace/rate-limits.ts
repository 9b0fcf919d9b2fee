import type { Clock } from './clock.js';

export type Tier = 'none' | 'post' | 1 | 2 | 3 | 4;

export interface RateLimits {
  /** Calls per minute and method; the burst a method may make at once is as large. */
  tiers: Readonly<Record<1 | 2 | 3 | 4, number>>;
  /** `chat.postMessage`, per channel. Slack publishes one a second and no burst size. */
  post: { perSecond: number; burst: number };
}

export const SLACK_RATES: RateLimits = { tiers: { 1: 1, 2: 20, 3: 50, 4: 100 }, post: { perSecond: 1, burst: 5 } };

interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets; `take` answers the seconds to wait when there is nothing left. */
export function createRateLimiter(clock: Clock, rates: RateLimits | 'off') {
  const buckets = new Map<string, Bucket>();
  const takeFrom = (key: string, capacity: number, perSecond: number): number => {
    const now = clock.now();
    const bucket = buckets.get(key) ?? { tokens: capacity, at: now };
    buckets.set(key, bucket);
    bucket.tokens = Math.min(capacity, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
    bucket.at = now;
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return 0;
    }
    return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
  };
  return {
    take(method: string, tier: Tier, channel: string): number {
      if (rates === 'off' || tier === 'none') return 0;
      if (tier === 'post') return takeFrom(`post:${channel}`, rates.post.burst, rates.post.perSecond);
      return takeFrom(method, rates.tiers[tier], rates.tiers[tier] / 60);
    },
  };
}
