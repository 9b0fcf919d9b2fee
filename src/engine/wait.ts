import { DBOS } from '@dbos-inc/dbos-sdk';

/** DBOS's own default would be 60 s; a person may be away for a year. */
const longest = 365 * 24 * 3600;

/**
 * How often a workflow that waits for people may be taken up again: every start of the bot counts, planned ones too, and a nightly one
 * over a year of waiting must not end it. What could take the process down with it works in children, whose limit is low.
 */
export const startsWhileWaiting = 100_000;

/**
 * The one way a workflow waits for a person: until woken on `topic` or until `remainingMs` (null: no deadline) are over. The
 * marker must stand directly before the `recv`, with nothing between: it is what lets a later release put a patch here.
 * What woke it is only a hint; the caller reads the row.
 */
export async function waitForWake(topic: string, remainingMs: number | null): Promise<void> {
  const timeoutSeconds = remainingMs === null ? longest : Math.max(0, Math.min(remainingMs / 1000, longest));
  await DBOS.setEvent('waiting', topic);
  await DBOS.recv(topic, { timeoutSeconds, pollingIntervalMs: 5_000 });
}
