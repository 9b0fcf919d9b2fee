import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPace, postBuckets } from '../../src/slack/pace.js';
import { freshDatabase } from '../support/database.js';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let clock: number;
const pace = (limits = {}) => createPace({ db: database.db, limits, now: () => new Date(clock) });

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.pool.query('truncate mahavishnu.slack_pace');
  clock = Date.parse('2026-11-21T15:00:00Z');
});

/** The most calls that any minute saw. */
const busiest = (calls: number[]) => Math.max(...calls.map((from) => calls.filter((at) => at >= from && at < from + 60_000).length));

it('lets no minute see more than Slack’s limit, however hard it is asked, by two processes (SL-3)', async () => {
  const both = [pace(), pace()];
  const edits: number[] = [];
  const posts: number[] = [];
  for (let n = 0; n < 300; n += 1, clock += 500) {
    if ((await both[n % 2]!.take(['chat.update'], true)) === 0) edits.push(clock);
    if ((await both[n % 2]!.take(postBuckets('C1'), true)) === 0) posts.push(clock);
  }
  expect(busiest(edits)).toBeLessThanOrEqual(50);
  expect(busiest(posts)).toBeLessThanOrEqual(60);
  expect(edits.length).toBeGreaterThan(90);
});

it('keeps a part of the burst for last words', async () => {
  const own = pace();
  let lively = 0;
  while ((await own.take(['chat.update'], false)) === 0) lively += 1;
  expect(lively).toBe(6);
  expect(await own.take(['chat.update'], true)).toBe(0);
});

it('takes from all buckets or from none, and one channel does not hold up another', async () => {
  const own = pace();
  while ((await own.take(postBuckets('C1'), true)) === 0);
  const { rows } = await database.pool.query(`select tokens from mahavishnu.slack_pace where bucket = 'chat.postMessage'`);
  expect(rows[0].tokens).toBe(17);
  expect(await own.take(postBuckets('C2'), true)).toBe(0);
});

it('says how long to wait, and waits out a block', async () => {
  const own = pace({ 'chat.update': 12 });
  expect(await own.take(['chat.update'], true)).toBe(0);
  expect(await own.take(['chat.update'], true)).toBe(0);
  const waitMs = await own.take(['chat.update'], true);
  clock += waitMs;
  expect(await own.take(['chat.update'], true)).toBe(0);
  await own.block('chat.update', 30_000);
  clock += 20_000;
  expect(await own.take(['chat.update'], true)).toBe(10_000);
  clock += 10_000;
  expect(await own.take(['chat.update'], true)).toBe(0);
});
