import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type LocalRegistry, startVerdaccio } from '../../src/demo/verdaccio.js';
import type { CrashPoint } from '../../src/engine/crash-points.js';
import { ask, messagesOf, openShop, press, type Shop, untilEnded } from '../support/shop.js';
import { commitsOf, expectNothingTwice, issuesOf, publishedVersions, tagsOf } from '../support/traces.js';

let folder: string;
let registry: LocalRegistry;
let shop: Shop;
const killed: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mahavishnu-crash-'));
  registry = await startVerdaccio({ folder: join(folder, 'registry') });
});
afterEach(() => shop.close());
afterAll(async () => {
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
  console.log(`stages killed: ${killed.join(', ')}`);
});

/** Fixed, approved, published: the whole story, told once. */
async function expectPublishedOnce(runId: string): Promise<void> {
  const run = await untilEnded(shop, runId);
    console.log(
      JSON.stringify(
        (await shop.database.pool.query('select at, key from mahavishnu.run_events order by id')).rows.map(
          (r: { at: Date; key: string }) => `${r.at.toISOString().slice(14, 22)} ${r.key}`,
        ),
        null,
        1,
      ),
      (await shop.database.pool.query('select name from dbos.workflow_status order by created_at desc limit 3')).rows,
    );
  expect(run.status).toBe('done');
  expect(run.progress.end?.line).toContain('2.4.1 published to npm');
  expect(run.progress.fixes.filter(({ status }) => status === 'fixed').length).toBeGreaterThan(2);
  await expectNothingTwice(shop);
  expect(await publishedVersions(registry.url, shop.packageName)).toEqual(['2.4.1']);
  expect(await tagsOf(shop)).toEqual(['v2.4.0', 'v2.4.1']);
  expect((await commitsOf(shop)).filter((subject) => subject.includes('2.4.1'))).toHaveLength(1);
  const fixed = run.progress.fixes.filter(({ status }) => status === 'fixed').map(({ issueId }) => issueId);
  const resolved = (await issuesOf(shop)).filter(({ status }) => status === 'resolved').map(({ id }) => id);
  expect(resolved.toSorted()).toEqual(fixed.toSorted());
  const [root, ...replies] = messagesOf(shop);
  expect(root?.text).toContain('2.4.1 published to npm');
  expect(replies.at(-1)?.text).toContain('2.4.1 published to npm');
}

/** Runs a bot that dies at this point; resolves once it is dead. */
async function startToDieAt(point: CrashPoint): Promise<{ dead: Promise<void> }> {
  const once = join(folder, `${shop.name}.once`);
  const bot = await shop.start({ env: { MAHAVISHNU_CRASH_AT: point, MAHAVISHNU_CRASH_ONCE: once } });
  const dead = bot.gone.then(({ signal }) => {
    expect(signal, bot.log()).toBe('SIGKILL');
    expect(existsSync(once)).toBe(true);
    killed.push(point);
  });
  return { dead };
}

it('goes on after a kill while reviewing', async () => {
  shop = await openShop({ name: 'shop-reviewing', registry: registry.url });
  const { dead } = await startToDieAt('reviewing');
  const runId = await ask(shop);
  await dead;
  await shop.start();
  await press(shop, /^Patch /);
  await press(shop, /^npm$/);
  await expectPublishedOnce(runId);
});
