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

/** Takes the first slot that no live process on this database holds. `onLost` is called when its connection breaks. */
export async function takeSlot(url: string, onLost: (error: Error) => void): Promise<Slot> {
  const client = new pg.Client({ connectionString: url, keepAlive: true });
  await client.connect();
  let releasing = false;
  client.on('error', (error) => {
    if (!releasing) onLost(error);
  });
  const tryLock = async (number: number) => {
    const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1, $2) as locked', [namespace, number]);
    return rows[0]?.locked === true;
  };
  let number = 1;
  while (!(await tryLock(number))) number++;
  const name = `slot-${number}`;
  return {
    name,
    async isFree(other) {
      if (other === name) return false;
      const otherNumber = Number(other.replace(/^slot-/, ''));
      if (!Number.isInteger(otherNumber)) return true;
      if (!(await tryLock(otherNumber))) return false;
      await client.query('select pg_advisory_unlock($1, $2)', [namespace, otherNumber]);
      return true;
    },
    async release() {
      releasing = true;
      await client.end();
    },
  };
}
