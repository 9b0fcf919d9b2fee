import { ServiceUnavailable } from '../errors.js';

/** Slack waits 3 s for an acknowledgement; what has to be stored before it gets this much. */
export const recordWithinMs = 2200;

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

/** For what a click changes. */
export const stored = <T>(answer: Promise<T>) =>
  bounded(answer, {
    ms: recordWithinMs,
    service: 'The database',
    advice: 'Your click may not count. Look at the message, and press again if it still asks.',
  });
