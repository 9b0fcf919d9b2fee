import { mkdtemp, rm } from 'node:fs/promises';

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clusterFolder, type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { openDatabase } from '../../src/database/open.js';
import { quiet } from '../support/database.js';
import { poll } from '../support/poll.js';
import { channel, press, runOf, runsOf } from '../support/shop.js';
import { expectPublishedOnce, few, tellStories } from '../support/story.js';

let folder: string;
let cluster: EmbeddedPostgres;
const startCluster = () => startEmbeddedPostgres({ stateFolder: folder, log: quiet, flags: { fsync: 'off' } });

beforeAll(async () => {
  folder = await mkdtemp(join('/tmp', 'mahavishnu-outage-'));
  cluster = await startCluster();
});
const story = tellStories();
afterAll(async () => {
  await cluster.stop();
  await rm(await clusterFolder(folder), { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
});

it('the database goes away for some seconds: the run still ends right, and nobody is told what is not so', {
  timeout: 180_000,
}, async () => {
  const database = await openDatabase(cluster.url, quiet);
  const shop = await story.open({ name: 'shop-outage', database: { ...database, drop: () => database.close() } });
  const bot = await shop.start();
  const runId = await shop.ask(few);
  await poll('the review to be under way', async () => (await runOf(shop, runId)).progress.scope);

  const away = async (whileAway: () => Promise<void>) => {
    await cluster.stop();
    await Promise.all([whileAway(), pause(5_000)]);
    cluster = await startCluster();
  };
  await away(async () => {
    const { outcome, response } = await shop.driver.as('mei').command(channel, '/review-and-fix', `${shop.name} --dry-run`);
    expect(outcome).toBe('acked');
    expect(JSON.stringify(response)).toContain('Nothing was started');
  });
  await poll('the fixes to be under way', async () => (await runOf(shop, runId)).progress.fixes.length > 0, 90_000);
  await away(async () => {});
  await press(shop, /^Patch /);
  await press(shop, /^npm$/);
  await expectPublishedOnce(shop, story.registry, runId);
  expect(await runsOf(shop)).toHaveLength(1);
  expect(await Promise.race([bot.gone, Promise.resolve('running')])).toBe('running');
});
