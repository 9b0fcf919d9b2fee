import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type LocalRegistry, startVerdaccio } from '../../src/demo/verdaccio.js';
import type { CrashPoint } from '../../src/engine/crash-points.js';
import { messagesOf, openShop, type Shop, type ShopOptions, untilEnded } from './shop.js';
import { expectNothingTwice, issuesOf, publishedVersions } from './traces.js';

/** What the tests of one file share: a registry, and the shop of the test that runs. */
export interface Story {
  registry: string;
  open(options: Omit<ShopOptions, 'registry'>): Promise<Shop>;
  /** A bot that kills itself when it first comes to this point. */
  startToDieAt(shop: Shop, point: CrashPoint): Promise<{ dead: Promise<void> }>;
  /** Where processes were killed so far. */
  killed: string[];
}

/** Sets up what stories need around the tests of a file, and prints at the end where it killed. */
export function tellStories(): Story {
  let folder = '';
  let registry: LocalRegistry | null = null;
  const shops: Shop[] = [];
  const killed: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mahavishnu-stories-'));
    registry = await startVerdaccio({ folder: join(folder, 'registry') });
  });
  afterEach(async ({ task }) => {
    for (const shop of shops.splice(0)) {
      if (task.result?.state === 'fail') console.error(await shop.account());
      await shop.close();
    }
  });
  afterAll(async () => {
    await registry?.stop();
    await rm(folder, { recursive: true, force: true });
    if (killed.length > 0) console.log(`stages killed: ${killed.join(', ')}`);
  });

  return {
    get registry() {
      return registry?.url ?? '';
    },
    killed,
    async open(options) {
      const shop = await openShop({ ...options, registry: registry?.url ?? '' });
      shops.push(shop);
      return shop;
    },
    async startToDieAt(shop, point) {
      const once = join(folder, `${shop.name}-${point}.once`);
      const bot = await shop.start({ env: { MAHAVISHNU_CRASH_AT: point, MAHAVISHNU_CRASH_ONCE: once } });
      const dead = bot.gone.then(({ signal }) => {
        expect(signal, bot.log()).toBe('SIGKILL');
        expect(existsSync(once)).toBe(true);
        killed.push(point);
      });
      dead.catch(() => {}); // A test that fails before it looks has said why.
      return { dead };
    },
  };
}

/** Two fixes instead of eight. */
export const few = '--scope security --auto-fix';

/** Fixed, approved, published: the whole story, told once, and shown as it was. */
export async function expectPublishedOnce(shop: Shop, registry: string, runId: string, versions = ['2.4.1']): Promise<void> {
  const run = await untilEnded(shop, runId);
  const version = versions.at(-1) ?? '';
  const line = `${version} published to npm`;
  expect(run.status, run.progress.end?.line).toBe('done');
  expect(run.progress.end?.line).toContain(line);
  const fixed = run.progress.fixes.filter(({ status }) => status === 'fixed').map(({ issueId }) => issueId);
  expect(fixed.length).toBeGreaterThan(0);
  await expectNothingTwice(shop);
  expect(await publishedVersions(registry, shop.packageName)).toEqual(versions);
  expect(await shop.tags()).toEqual(['v2.4.0', ...versions.map((each) => `v${each}`)]);
  const releases = (await shop.commits()).filter((subject) => /\d+\.\d+\.\d+/.test(subject));
  expect(releases).toHaveLength(versions.length);
  const resolved = (await issuesOf(shop)).filter(({ status }) => status === 'resolved').map(({ id }) => id);
  expect(resolved).toEqual(expect.arrayContaining(fixed));
  const shown = messagesOf(shop).filter(({ metadata }) => JSON.stringify(metadata ?? null).includes(`"${runId}/`));
  expect(shown[0]?.text).toContain(line);
  expect(shown.at(-1)?.text).toContain(line);
  // One commit for each fix that was kept, none twice.
  const subjects = (await shop.commits()).filter((subject) => subject.startsWith('fix'));
  expect(subjects).toHaveLength(new Set(subjects).size);
}
