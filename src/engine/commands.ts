import pg from 'pg';
import type { Database } from '../database/open.js';

const channel = 'mahavishnu_commands';

/** What a process without the engine asks of the one that has it. It is a hint: the row it speaks of is the order, and is found without it too. */
export interface EngineCommand {
  command: 'begin' | 'cancel';
  runId: string;
}

export async function sendCommand({ pool }: Database, command: EngineCommand): Promise<void> {
  await pool.query('select pg_notify($1, $2)', [channel, JSON.stringify(command)]);
}

/** Hears commands on a connection of its own and reconnects when it breaks; what was missed meanwhile is found by `sweep`. */
export function hearCommands({
  url,
  onCommand,
  sweep,
  everyMs,
  log,
}: {
  url: string;
  onCommand: (command: EngineCommand) => Promise<void>;
  sweep: () => Promise<void>;
  everyMs: number;
  log: { warn(fields: object, message: string): void };
}): { stop(): Promise<void> } {
  let client: pg.Client | null = null;
  let stopped = false;
  const guarded = (work: Promise<void>, what: string) => work.catch((error) => log.warn({ err: error }, `${what} failed`));
  const connect = async () => {
    const fresh = new pg.Client({ connectionString: url, keepAlive: true });
    fresh.on('error', () => {
      client = null;
    });
    fresh.on('notification', ({ payload }) => {
      void guarded(
        Promise.resolve().then(() => onCommand(JSON.parse(payload ?? '{}') as EngineCommand)),
        'a command from another process',
      );
    });
    await fresh.connect();
    await fresh.query(`listen ${channel}`);
    client = fresh;
  };
  const tick = async () => {
    if (!client && !stopped) await connect();
    await sweep();
  };
  let running: Promise<void> = guarded(tick(), 'hearing commands');
  const timer = setInterval(() => {
    running = running.then(() => guarded(tick(), 'looking for work'));
  }, everyMs);
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
      await client?.end().catch(() => {});
    },
  };
}
