import type pg from 'pg';

/** Hears the database's notifications on one connection of its own; a lost connection is made again, the caller polls meanwhile. */
export async function listen(
  pool: pg.Pool,
  channel: string,
  heard: (payload: string) => void,
  log: { warn(fields: object, message: string): void },
): Promise<() => Promise<void>> {
  let stopped = false;
  let client: pg.PoolClient | null = null;
  let retry: NodeJS.Timeout | null = null;

  const connect = async (): Promise<void> => {
    const fresh = await pool.connect();
    let lost = false;
    const lose = (error?: Error) => {
      if (lost) return;
      lost = true;
      if (client === fresh) client = null;
      fresh.release(error ?? true);
      if (!stopped) again();
    };
    fresh.on('notification', (message) => {
      if (message.channel === channel && message.payload) heard(message.payload);
    });
    fresh.on('error', lose);
    fresh.on('end', () => lose());
    try {
      await fresh.query(`listen ${channel}`);
    } catch (error) {
      lose(error as Error);
      return;
    }
    if (stopped) lose();
    else client = fresh;
  };
  const again = () => {
    retry = setTimeout(() => {
      connect().catch((error: unknown) => {
        log.warn({ err: error }, 'cannot listen to the database, polling meanwhile');
        if (!stopped) again();
      });
    }, 1000);
    retry.unref();
  };

  await connect();
  return async () => {
    stopped = true;
    if (retry) clearTimeout(retry);
    // Destroyed, not given back: a pooled connection must not go on listening.
    client?.release(true);
    client = null;
  };
}
