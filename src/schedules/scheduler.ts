import { Cron } from 'croner';
import { desc, eq } from 'drizzle-orm';
import cron from 'node-cron';
import type { Bot } from '../bot.js';
import type { Database } from '../database/open.js';
import * as schema from '../database/schema.js';
import type { Settings } from '../settings/load.js';

type Schedule = Settings['schedules'][string];

interface Parts {
  settings: Settings;
  database: Database;
  bot: Pick<Bot, 'record' | 'begin' | 'repositoryNames' | 'repositoriesWithTag' | 'checkRepository'>;
  /** Composes and posts the digest of a tick; once over all processes. */
  postDigest(name: string, schedule: Schedule, tick: Date, since: Date | null): Promise<void>;
  log: { info(fields: object, message: string): void; error(fields: object, message: string): void };
  now?: () => Date;
}

/** Fires the schedules of the settings. A tick's runs are named after schedule and tick, so that no tick runs twice (SC-2). */
export function createScheduler(parts: Parts): {
  start(): Promise<void>;
  stop(): Promise<void>;
  fire(name: string, tick: Date): Promise<string[]>;
} {
  const { settings, database, bot, log, now = () => new Date() } = parts;
  const tasks: { stop(): unknown }[] = [];

  async function fire(name: string, tick: Date): Promise<string[]> {
    const schedule = settings.schedules[name];
    if (!schedule) throw new Error(`no schedule ${name}`);
    const since = await lastTick(database, name);
    if (since && since.getTime() >= tick.getTime()) return [];
    const runs: string[] = [];
    if (schedule.digest) await parts.postDigest(name, schedule, tick, since);
    else {
      for (const repository of targets(schedule.target, bot)) {
        const { runId } = await bot.record(
          {
            repository,
            scope: schedule.scope,
            autoFix: schedule.autoFix,
            dryRun: false,
            since: null,
            channel: schedule.channel ?? settings.slack.homeChannel,
            requestedBy: { kind: 'schedule', id: name },
            offersFixes: (schedule.channel ?? settings.slack.homeChannel) !== null,
            quiet: schedule.quiet,
          },
          `schedule:${name}:${tick.toISOString()}:${repository}`,
        );
        runs.push(runId);
      }
    }
    // Last: a crash before this line repeats the tick, and its runs are found by their names.
    await database.db.insert(schema.scheduleTicks).values({ schedule: name, tick, runs }).onConflictDoNothing();
    for (const runId of runs) await bot.begin(runId);
    log.info({ schedule: name, tick, runs }, 'schedule fired');
    return runs;
  }

  return {
    fire,
    async start() {
      for (const [name, schedule] of Object.entries(settings.schedules)) {
        const missed = await missedTick(database, name, schedule, now());
        const task = cron.schedule(
          schedule.cron,
          ({ date }) => fire(name, wholeSecond(date)).then(ignore, (error) => log.error({ err: error, schedule: name }, 'schedule failed')),
          { timezone: schedule.zone, name, noOverlap: true },
        );
        tasks.push(task);
        if (missed) await fire(name, missed).catch((error) => log.error({ err: error, schedule: name }, 'schedule failed'));
      }
    },
    async stop() {
      for (const task of tasks) await task.stop();
    },
  };
}

function ignore(): void {}

/** Null when nothing was missed or the schedule's policy is to skip. A schedule that was never seen has missed nothing. */
async function missedTick(database: Database, name: string, schedule: Schedule, now: Date): Promise<Date | null> {
  const last = await lastTick(database, name);
  if (!last) {
    await database.db.insert(schema.scheduleTicks).values({ schedule: name, tick: now, runs: [] }).onConflictDoNothing();
    return null;
  }
  const ticks = new Cron(schedule.cron, { timezone: schedule.zone, paused: true });
  let missed: Date | null = null;
  for (
    let next = ticks.nextRun(last), seen = 0;
    next && next.getTime() <= now.getTime() && seen < 100_000;
    next = ticks.nextRun(next), seen++
  ) {
    missed = next;
  }
  return schedule.missed === 'skip' ? null : missed;
}

async function lastTick(database: Database, name: string): Promise<Date | null> {
  const [row] = await database.db
    .select({ tick: schema.scheduleTicks.tick })
    .from(schema.scheduleTicks)
    .where(eq(schema.scheduleTicks.schedule, name))
    .orderBy(desc(schema.scheduleTicks.tick))
    .limit(1);
  return row?.tick ?? null;
}

function targets(target: string, bot: Parts['bot']): string[] {
  if (target === 'all') return bot.repositoryNames();
  if (target.startsWith('tag:')) return bot.repositoriesWithTag(target.slice('tag:'.length));
  bot.checkRepository(target);
  return [target];
}

function wholeSecond(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}
