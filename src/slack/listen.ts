import type pg from 'pg';

/** Hears the database's notifications on one connection of its own; a lost connection is made again, the caller polls meanwhile. */
export async function listen(
  pool: pg.Pool,
  channel: string,
  heard: (payload: string) => void,
  log: { warn(fields: object, message: string): void },
): Promise<() => Promise<void>> {
  let stopped = false;
  let hangUp: (() => void) | null = null;
  let retry: NodeJS.Timeout | null = null;

  const connect = async (): Promise<void> => {
    const client = await pool.connect();
    let over = false;
    const end = (error?: Error) => {
      if (over) return;
      over = true;
      hangUp = null;
      // Destroyed, not given back: a pooled connection must not go on listening.
      client.release(error ?? true);
      if (!stopped) again();
    };
    client.on('notification', (message) => {
      if (message.channel === channel && message.payload) heard(message.payload);
    });
    client.on('error', end);
    client.on('end', () => end());
    hangUp = end;
    if (stopped) return end();
    await client.query(`listen ${channel}`).catch(end);
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
    hangUp?.();
  };
}
