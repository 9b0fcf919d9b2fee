import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

/** First key of the advisory locks that processes hold; the second is the slot's number. */
const namespace = 20261122;

export interface Slot {
  /** `slot-1`, `slot-2`, …: DBOS's executor id, stable over restarts and never shared by two live processes. */
  name: string;
  /** Whether the process that last had this slot is gone. */
  isFree(name: string): Promise<boolean>;
  release(): Promise<void>;
}

/** How long the server may keep our lock after the connection broke, before it must be another process that holds it. */
const patienceMs = 30_000;

/**
 * Takes the first slot that no live process on this database holds. When its connection breaks, the same slot is taken again as
 * soon as the database is back; `onLost` is called when another process has it by then. Meanwhile others may take up our runs, which
 * DBOS fences: only the step that was under way is done twice.
 */
export async function takeSlot(url: string, onLost: (error: Error) => void): Promise<Slot> {
  let releasing = false;
  let client = await connect(url);
  let number = 1;
  while (!(await tryLock(client, number))) number++;
  const name = `slot-${number}`;

  const takeAgain = async () => {
    let refusedSince: number | null = null;
    for (let wait = 100; !releasing; wait = Math.min(wait * 2, 2_000)) {
      await pause(wait);
      const fresh = await connect(url).catch(() => null);
      if (!fresh) continue;
      if (await tryLock(fresh, number).catch(() => false)) {
        client = fresh;
        if (releasing) return void (await client.end());
        return watch();
      }
      await fresh.end().catch(() => {});
      refusedSince ??= performance.now();
      if (performance.now() - refusedSince > patienceMs) return onLost(new Error(`another process has taken ${name}`));
    }
  };
  const watch = () => {
    client.once('end', () => void takeAgain());
  };
  watch();
  return {
    name,
    async isFree(other) {
      if (other === name) return false;
      const otherNumber = Number(other.replace(/^slot-/, ''));
      if (!Number.isInteger(otherNumber)) return true;
      if (!(await tryLock(client, otherNumber))) return false;
      await client.query('select pg_advisory_unlock($1, $2)', [namespace, otherNumber]);
      return true;
    },
    async release() {
      releasing = true;
      await client.end();
    },
  };
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {}); // `end` follows, and is what is listened to.
  await client.connect();
  return client;
}

async function tryLock(client: pg.Client, number: number): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1, $2) as locked', [namespace, number]);
  return rows[0]?.locked === true;
}
