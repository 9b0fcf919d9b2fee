import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { RunRequest } from '../../src/runs/run.js';
import { createRuns, type Runs } from '../../src/runs/store.js';
import { createScheduler } from '../../src/schedules/scheduler.js';
import { loadSettings, type Settings } from '../../src/settings/load.js';
import { freshDatabase, quiet } from '../support/database.js';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let runs: Runs;
let begun: string[] = [];
let digests: { tick: Date; since: Date | null }[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  runs = createRuns(database);
});
beforeEach(async () => {
  begun = [];
  digests = [];
  await database.pool.query('truncate mahavishnu.schedule_ticks, mahavishnu.runs');
});
afterAll(() => database.drop());

function settingsWith(schedules: Record<string, Partial<Settings['schedules'][string]>>): Settings {
  const settings = loadSettings({ env: {}, cwd: '/' });
  const whole = Object.entries(schedules).map(([name, schedule]) => [
    name,
    {
      cron: '0 3 * * *',
      zone: 'UTC',
      target: 'all',
      scope: 'security',
      autoFix: false,
      channel: 'C0456',
      quiet: true,
      missed: 'once',
      digest: null,
      ...schedule,
    },
  ]);
  return { ...settings, schedules: Object.fromEntries(whole) as Settings['schedules'] };
}

function scheduler(settings: Settings, now = new Date('2026-11-21T12:00:00Z')) {
  return createScheduler({
    settings,
    database,
    log: quiet,
    now: () => now,
    bot: {
      record: (request: RunRequest, trigger: string) => runs.record(request, trigger),
      begin: async (runId) => void begun.push(runId),
      repositoryNames: () => ['api', 'web'],
      repositoriesWithTag: () => ['web'],
      checkRepository: () => {},
    },
    postDigest: async (_name, _schedule, tick, since) => void digests.push({ tick, since }),
  });
}

const ticksOf = async () =>
  (await database.pool.query<{ tick: Date }>('select tick from mahavishnu.schedule_ticks order by tick')).rows.map(({ tick }) =>
    tick.toISOString(),
  );

it('runs a tick once, however many processes fire it', async () => {
  const settings = settingsWith({ nightly: {} });
  const tick = new Date('2026-11-21T03:00:00Z');
  await Promise.all([1, 2, 3].map(() => scheduler(settings).fire('nightly', tick)));
  await scheduler(settings).fire('nightly', tick);
  const all = await runs.list({ limit: 50 });
  expect(all.map(({ repository }) => repository).sort()).toEqual(['api', 'web']);
  expect(all[0]?.request).toMatchObject({
    scope: 'security',
    channel: 'C0456',
    quiet: true,
    requestedBy: { kind: 'schedule', id: 'nightly' },
  });
  expect(new Set(begun)).toEqual(new Set(all.map(({ id }) => id)));
});

it('makes up for the last of the ticks that passed while nothing ran, once, or for none', async () => {
  for (const name of ['nightly', 'lazy']) {
    await database.pool.query('insert into mahavishnu.schedule_ticks (schedule, tick, runs) values ($1, $2, $3)', [
      name,
      '2026-11-18T03:00:00Z',
      '[]',
    ]);
  }
  const settings = settingsWith({ nightly: { target: 'api' }, lazy: { target: 'web', missed: 'skip' } });
  for (const _ of ['a start', 'and one more']) {
    const own = scheduler(settings);
    await own.start();
    await own.stop();
  }
  expect((await runs.list()).map(({ repository }) => repository)).toEqual(['api']);
  expect(await ticksOf()).toEqual(['2026-11-18T03:00:00.000Z', '2026-11-18T03:00:00.000Z', '2026-11-21T03:00:00.000Z']);
});

it('has missed nothing when it is seen for the first time', async () => {
  const own = scheduler(settingsWith({ fresh: {} }));
  await own.start();
  await own.stop();
  expect(await runs.list()).toEqual([]);
});

it('keeps to local time when the clocks change', async () => {
  // In Berlin 03:00 is 01:00 UTC in summer and 02:00 UTC in winter; on 25 October 2026 the clocks go back.
  await database.pool.query(`insert into mahavishnu.schedule_ticks (schedule, tick, runs) values ('berlin', '2026-10-24T01:00:00Z', '[]')`);
  const settings = settingsWith({ berlin: { zone: 'Europe/Berlin', target: 'api' } });
  const own = scheduler(settings, new Date('2026-10-25T02:30:00Z'));
  await own.start();
  await own.stop();
  expect((await ticksOf()).at(-1)).toBe('2026-10-25T02:00:00.000Z');
});

it('composes a digest in place of runs, told what the last one covered', async () => {
  const settings = settingsWith({ weekly: { digest: 'weekly' } });
  const [first, second] = [new Date('2026-11-14T09:00:00Z'), new Date('2026-11-21T09:00:00Z')];
  await scheduler(settings).fire('weekly', first);
  await scheduler(settings).fire('weekly', second);
  await scheduler(settings).fire('weekly', second);
  expect(digests).toEqual([
    { tick: first, since: null },
    { tick: second, since: first },
  ]);
  expect(await runs.list()).toEqual([]);
});
