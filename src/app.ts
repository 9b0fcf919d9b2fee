import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DBOS } from '@dbos-inc/dbos-sdk';
import type { Roles } from './approvals/authorise.js';
import { type Approvals, createApprovals } from './approvals/store.js';
import type { Bot, Directory } from './bot.js';
import { createBot, workflowIdOf } from './bot-functions.js';
import { type Ecosystem, openEcosystem } from './coordination/ecosystem.js';
import { type ClaimedDatabase, type ClaimOptions, claimDatabase } from './database/claim.js';
import { type Database, openDatabase } from './database/open.js';
import { hearCommands, sendCommand } from './engine/commands.js';
import { type Engine, openClient, prepareEngine, prepareEngineTables } from './engine/engine.js';
import { abandonAllProcesses } from './process/runner.js';
import { type Catalogue, createCatalogue } from './repos/catalogue.js';
import { createClones } from './repos/clones.js';
import { createSuppressions, type Suppressions } from './review/suppressions/store.js';
import { createRuns, type Runs } from './runs/store.js';
import { upcoming } from './schedules/upcoming.js';
import type { Settings } from './settings/load.js';
import { ecosystemFile, type StateFolder } from './state-folder/state-folder.js';
import { dbosLogger } from './telemetry/adapters.js';
import type { Log } from './telemetry/log.js';
import { registerCancelRun } from './workflows/cancel-run.js';
import type { WorkflowParts } from './workflows/parts.js';
import { registerReviewAndFix } from './workflows/review-and-fix.js';

export interface App {
  settings: Settings;
  state: StateFolder;
  log: Log;
  database: Database;
  runs: Runs;
  approvals: Approvals;
  ecosystem: Ecosystem;
  suppressions: Suppressions;
  bot: Bot;
  catalogue(): Catalogue<Settings['repos'][number]>;
  /** Null in a process that only asks the one that has the engine. */
  engine: Engine | null;
  /** Put in by the Slack side once it is up; until then no membership can be looked up, and what cannot be looked up is denied. */
  useDirectory(directory: Directory): void;
  /**
   * From here on this process works on runs, those of an earlier life first. Until then people can already be answered: what they
   * ask for is recorded, and is what the work begins with. Nothing to do for a process without the engine.
   */
  begin(): Promise<void>;
  close(): Promise<void>;
}

interface AppOptions extends ClaimOptions {
  /** Claimed by the caller, who had something else to do meanwhile; it is released with the app. */
  database?: Promise<ClaimedDatabase>;
  /** Called when the engine cannot go on in this process. */
  onFatal?: (error: Error) => void;
}

/** Assembles the process: settings in, functions for the doors out. Everything is closed in the reverse order. */
export async function openApp(options: AppOptions): Promise<App> {
  const { settings, state, log } = options;
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const closer of closers.reverse()) await closer();
    closers.length = 0;
  };
  try {
    const { url, withEngine, release } = await (options.database ?? claimDatabase(options));
    closers.push(release);
    const database = await openDatabase(url, log, settings.database.poolSize);
    closers.push(() => database.close());
    await alone(database, async () => {
      if (withEngine || !(await hasEngineTables(database))) await prepareEngineTables(database, dbosLogger(log));
    });

    const client = await openClient(database, dbosLogger(log));
    closers.push(() => client.destroy());
    let directory = noDirectory;
    const lookUp: Directory = {
      isMemberOf: (group, user) => directory.isMemberOf(group, user),
      isWorkspaceAdmin: (user) => directory.isWorkspaceAdmin(user),
    };
    const roles = rolesOf(settings);
    const runs = createRuns(database);
    const approvals = createApprovals({ database, client, roles, directory: lookUp });
    const ecosystem = openEcosystem({ file: ecosystemFile(settings, state), prefix: settings.coordination.idPrefix });
    const suppressions = createSuppressions({ database, limits: settings.review.suppressions });
    const catalogue = createCatalogue({ repos: settings.repos, allowedFolders: settings.allowedFolders });
    const parts: WorkflowParts = {
      settings: () => settings,
      database,
      runs,
      approvals,
      catalogue: () => catalogue,
      clones: createClones({ root: state.root, gitEnvironment: gitEnvironment() }),
      ecosystem,
      suppressions,
      folders: { scratch: join(state.cache, 'scratch'), cache: state.cache },
      log,
    };
    const engine = withEngine ? await openEngine(parts, options, closers) : null;
    const bot = createBot({
      database,
      engine: client,
      runs,
      approvals,
      roles,
      directory: lookUp,
      repositories: {
        checkRepository: (name) => void catalogue.find(name),
        repositoryNames: () => catalogue.all().map(({ name }) => name),
        repositoriesWithTag: (tag) => catalogue.byTag(tag).map(({ name }) => name),
      },
      start: engine?.start ?? {
        run: (runId) => sendCommand(database, { command: 'begin', runId }),
        cancel: (runId) => sendCommand(database, { command: 'cancel', runId }),
      },
      ecosystem,
      suppressions,
      upcomingSchedules: () => upcoming(settings.schedules, new Date()),
      checks: () => checkHealth(database),
    });
    return {
      settings,
      state,
      log,
      database,
      runs,
      approvals,
      ecosystem,
      suppressions,
      bot,
      catalogue: () => catalogue,
      engine: engine?.engine ?? null,
      useDirectory(found) {
        directory = found;
      },
      begin: async () => engine?.begin(),
      close,
    };
  } catch (error) {
    await close().catch((again) => log.warn({ err: again }, 'closing failed'));
    throw error;
  }
}

/**
 * Making the engine's tables: one process at a time, and nobody goes on while another one is half way. The lock is tried, not waited
 * for: a statement that waits holds a snapshot, which the engine's `create index concurrently` would wait for in turn.
 */
async function alone({ pool }: Database, work: () => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    const tryLock = () => client.query<{ locked: boolean }>('select pg_try_advisory_lock(20261121, 2) as locked');
    while ((await tryLock()).rows[0]?.locked !== true) await sleep(100);
    await work();
  } finally {
    await client.query('select pg_advisory_unlock(20261121, 2)').catch(() => {});
    client.release();
  }
}

async function hasEngineTables({ pool }: Database): Promise<boolean> {
  const { rows } = await pool.query<{ there: boolean }>(`select to_regclass('dbos.workflow_status') is not null as there`);
  return rows[0]?.there === true;
}

async function openEngine(parts: WorkflowParts, { settings, log, onFatal }: AppOptions, closers: (() => unknown)[]) {
  const { database, runs, approvals, clones } = parts;
  const reviewAndFix = registerReviewAndFix(parts);
  const cancelRun = registerCancelRun(parts);
  const engine = await prepareEngine({
    database,
    queues: {
      maxConcurrentWorkflows: settings.limits.maxConcurrentWorkflows,
      pools: Object.fromEntries(Object.entries(settings.pools).map(([name, pool]) => [name, pool.workers])),
    },
    log: dbosLogger(log),
    warn: (fields, message) => log.warn(fields, message),
    onCaughtUp: (found) => log.info(found, 'the runs of an earlier life are where they were'),
    onLost: (error) => onFatal?.(error),
  });
  closers.push(async () => {
    abandonAllProcesses();
    await engine.stop();
  });
  let begun = false;
  const start = {
    // Before the work begins nothing is lost: the row is the order, and the first sweep finds it.
    run: async (runId: string) => {
      if (begun) await DBOS.startWorkflow(reviewAndFix, { workflowID: workflowIdOf(runId) })(runId);
    },
    cancel: async (runId: string) => {
      if (begun) await DBOS.startWorkflow(cancelRun, { workflowID: `cancel:${runId}` })(runId);
    },
  };
  const begin = async () => {
    // Nothing works here yet, so whatever lies here is left from before (FX-7).
    const active = new Set((await runs.list({ active: true, limit: 10_000 })).map(({ id }) => id));
    const reaped = await clones.reap({ keep: (run) => active.has(run) });
    if (reaped.removed.length > 0) log.info({ runs: reaped.removed }, 'leftovers of a crash removed');
    await engine.launch();
    begun = true;
    const commands = hearCommands({
      url: database.url,
      everyMs: 5_000,
      log,
      onCommand: ({ command, runId }) => (command === 'begin' ? start.run(runId) : start.cancel(runId)),
      // A run that was recorded and not begun, or asked to be cancelled, when a process died; a deadline that passed unseen.
      async sweep() {
        await approvals.settleOverdue();
        const { rows } = await database.pool.query<{ paused: boolean }>('select paused_at is not null as paused from mahavishnu.control');
        if (!rows[0]?.paused) for (const runId of await runs.recorded()) await start.run(runId);
        for (const runId of await runs.beingCancelled()) await start.cancel(runId);
      },
    });
    closers.push(() => commands.stop());
  };
  return { engine, start, begin };
}

const noDirectory: Directory = {
  isMemberOf: async () => {
    throw new Error('no workspace is connected, so no membership can be looked up');
  },
  isWorkspaceAdmin: async () => {
    throw new Error('no workspace is connected, so no role can be looked up');
  },
};

function rolesOf({ roles }: Settings): Roles {
  return { admin: roles.admin, operator: roles.operator, viewer: roles.viewer === 'everyone' ? ['everyone'] : roles.viewer };
}

/** What git needs to reach remotes as the bot's account does; never handed to a repository's own commands. */
function gitEnvironment(): Record<string, string> {
  const names = ['SSH_AUTH_SOCK', 'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'https_proxy', 'http_proxy', 'no_proxy'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

async function checkHealth({ pool }: Database): Promise<Awaited<ReturnType<Bot['health']>>> {
  const started = performance.now();
  const answered = await pool.query('select 1').then(
    () => true,
    () => false,
  );
  const ms = Math.round(performance.now() - started);
  return [
    {
      name: 'database',
      state: answered ? (ms < 1_000 ? 'healthy' : 'degraded') : 'unhealthy',
      detail: answered ? `answered in ${ms} ms` : 'did not answer',
    },
  ];
}
