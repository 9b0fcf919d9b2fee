import { DBOS, DBOSClient, type DLogger } from '@dbos-inc/dbos-sdk';
import { DBOSExecutor } from '@dbos-inc/dbos-sdk/internal/dbos-executor';
import { migrateSystemDatabase } from '@dbos-inc/dbos-sdk/internal/system_database';
import { INTERNAL_QUEUE_NAME } from '@dbos-inc/dbos-sdk/internal/utils';
import { registerInternalQueue } from '@dbos-inc/dbos-sdk/internal/wfqueue';
import type { Database } from '../database/open.js';
import { freeze } from './freeze.js';
import { readRecordedSteps, replayFrom } from './replay.js';
import { takeSlot } from './slots.js';

/** A constant: with DBOS's own (a hash of the code) every new build would strand the runs that wait. Changes are guarded by `DBOS.patch`. */
export const applicationVersion = 'bot-1';
export const applicationName = 'mahavishnu';

export interface QueueSettings {
  /** Busy stages (review, gates) at once over all processes. */
  maxConcurrentWorkflows: number;
  /** Workers of each pool, per process. */
  pools: Readonly<Record<string, number>>;
}

export interface Engine {
  /** Name of this process's slot; its leases from a previous life may be taken back. */
  owner: string;
  /** From here on it works: first on what it left itself, then on what dead processes leave. Workflows must be registered before. */
  launch(): Promise<void>;
  /** At once: what is under way is left as it was recorded last, and is gone on with by the next process. */
  stop(): Promise<void>;
}

/**
 * DBOS on our pool, in a slot of its own.
 * Queues form an order, so that no parent waits on its own queue: run (none) → repo → busy → pool.
 */
export async function prepareEngine({
  database,
  queues,
  log,
  warn,
  onCaughtUp,
  onLost,
}: {
  database: Database;
  queues: QueueSettings;
  log: DLogger;
  warn: (fields: object, message: string) => void;
  /** When all workflows of an earlier life of this slot are where they were, waiting or at work. Not called when there are none. */
  onCaughtUp: (found: { workflows: number; ms: number }) => void;
  onLost: (error: Error) => void;
}): Promise<Engine> {
  const slot = await takeSlot(database.url, onLost);
  DBOS.setConfig({
    name: applicationName,
    systemDatabaseUrl: database.url,
    systemDatabasePool: database.pool,
    systemDatabaseSchemaName: 'dbos',
    applicationVersion,
    enablePatching: true,
    executorID: slot.name,
    logger: log,
    runMigrations: false, // Done by `prepareEngineTables`.
  });
  let timer: NodeJS.Timeout | undefined;
  // Open-source DBOS recovers only what this slot itself left; the work of other dead processes is ours to take over.
  const reap = async () => {
    const { rows } = await database.pool.query<{ executor_id: string }>(
      `select distinct executor_id from dbos.workflow_status where status = 'PENDING' and executor_id is not null and executor_id <> $1`,
      [slot.name],
    );
    for (const { executor_id: dead } of rows) {
      if (await slot.isFree(dead)) await DBOSExecutor.globalInstance?.recoverPendingWorkflows([dead]);
    }
  };
  let reaping: Promise<void> | null = null;
  return {
    owner: slot.name,
    async launch() {
      // Before the launch: a queue that has its row then is polled at once, one registered later only after some seconds.
      await registerQueues(database, queues, log);
      // What this slot left comes back through this queue, which DBOS looks at for the first time a whole second after the launch.
      const recovered = registerInternalQueue(INTERNAL_QUEUE_NAME, { minPollingIntervalMs: 50 });
      const steps = await readRecordedSteps(database, slot.name);
      await DBOS.launch();
      const [workflows, began] = [steps.size, performance.now()];
      const caughtUp = () => onCaughtUp({ workflows, ms: Math.round(performance.now() - began) });
      if (DBOSExecutor.globalInstance) replayFrom(steps, DBOSExecutor.globalInstance.systemDatabase, caughtUp);
      setTimeout(() => {
        recovered.minPollingIntervalMs = 1_000;
      }, 1_000).unref();
      timer = setInterval(() => {
        reaping ??= reap()
          .catch((error) => warn({ err: error }, 'looking for the work of dead processes failed'))
          .finally(() => {
            reaping = null;
          });
      }, 2_000);
    },
    async stop() {
      if (DBOSExecutor.globalInstance) freeze(DBOSExecutor.globalInstance.systemDatabase);
      clearInterval(timer);
      await reaping;
      await DBOS.shutdown();
      await slot.release();
    },
  };
}

async function registerQueues(database: Database, queues: QueueSettings, log: DLogger): Promise<void> {
  const client = await openClient(database, log);
  // Each look at a queue is a transaction, and together they are most of what an idle bot does. A review waits for `busy`, a person
  // behind it; a fix takes seconds, so that its pool may look less often.
  const polling = (minPollingIntervalMs: number) => ({ minPollingIntervalMs, onConflict: 'always_update' as const });
  try {
    await client.registerQueue('repo', { partitionConcurrency: 1, ...polling(200) });
    await client.registerQueue('busy', { globalConcurrency: queues.maxConcurrentWorkflows, ...polling(150) });
    for (const [pool, workers] of Object.entries(queues.pools)) {
      await client.registerQueue(poolQueue(pool), { workerConcurrency: workers, ...polling(300) });
    }
  } finally {
    await client.destroy();
  }
}

/** For wake-ups inside our own transactions, from any process. */
export function openClient(database: Database, logger: DLogger): Promise<DBOSClient> {
  return DBOSClient.create({ systemDatabaseUrl: database.url, systemDatabasePool: database.pool, applicationName, logger });
}

export function poolQueue(pool: string): `pool-${string}` {
  return `pool-${pool}`;
}

/** Brings DBOS's own tables up to date. Its public call prints to standard output, which is not ours to write to. */
export function prepareEngineTables(database: Database, log: DLogger): Promise<void> {
  return migrateSystemDatabase(database.url, log as unknown as Parameters<typeof migrateSystemDatabase>[1], 'dbos');
}
