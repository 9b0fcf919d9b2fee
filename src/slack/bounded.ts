import { ServiceUnavailable } from '../errors.js';

/**
 * Slack waits 3 s for an acknowledgement, and all of this comes before it: who may, then what is stored. `Bot.record` gives up
 * by itself after 2 s and leaves nothing behind; the bound here only stands behind it.
 */
const allowsWithinMs = 900;
const recordsWithinMs = 2100;
const storesWithinMs = 2000;

/** The answer, or `ServiceUnavailable` when there is none in time. What was asked may still get done: `advice` says what to do. */
export async function bounded<T>(answer: Promise<T>, { ms, service, advice }: { ms: number; service: string; advice: string }): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ServiceUnavailable(service, advice)), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether someone may. A lookup that takes too long goes on, so that the next try finds its answer. */
export const allowed = (answer: Promise<void>) =>
  bounded(answer, { ms: allowsWithinMs, service: 'Slack', advice: 'I could not look up what you may do, so nothing was done. Try again.' });

/** A run's row. */
export const recorded = <T>(answer: Promise<T>) =>
  bounded(answer, { ms: recordsWithinMs, service: 'The database', advice: 'Nothing was started. Try again in a minute.' });

/** For what a click changes. */
export const stored = <T>(answer: Promise<T>) =>
  bounded(answer, {
    ms: storesWithinMs,
    service: 'The database',
    advice: 'What you asked may not be done. Look at the thread, and ask again if it still waits.',
  });
