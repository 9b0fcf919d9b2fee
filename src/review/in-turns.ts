import { setImmediate as othersFirst } from 'node:timers/promises';

/** So long everybody else waits at a time. */
const AT_ONCE_MS = 5;

/**
 * For long work in the bot's own loop. What it returns is called between two parts of that work, and lets everybody else go first
 * when the loop was held for some milliseconds.
 */
export function inTurns(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < AT_ONCE_MS) return;
    await othersFirst();
    since = performance.now();
  };
}
