import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../app.js';
import type { Run } from '../bot.js';
import { ServiceUnavailable } from '../errors.js';
import type { RunEvent } from '../runs/events.js';
import { hasEnded } from '../runs/run.js';
import { commandLine } from './text.js';

export interface Follower {
  onEvent(event: RunEvent, at: Date): void;
  /** After each look, also when nothing happened: the clock goes on. */
  onProgress(run: Run): void;
}

interface FollowOptions extends Follower {
  app: App;
  runId: string;
  /** Someone leaves the terminal; the run goes on. */
  leaving: AbortSignal;
}

const everyMs = 100;
/** A run that waits for a person waits for minutes. */
const everyMsWhenQuiet = 500;
const quietAfterMs = 3_000;
const patienceMs = 15_000;

/** Follows a run until it ends or the person leaves, and returns it as it is then. */
export async function followRun({ app, runId, onEvent, onProgress, leaving }: FollowOptions): Promise<Run> {
  // Ids are given out before they can be seen, so an event may show up behind later ones: the last few are read again.
  const seen: number[] = [];
  let lastAnswer = Date.now();
  let lastEvent = Date.now();
  const look = async (): Promise<Run> => {
    const run = await app.bot.run(runId); // Before the events, so that an ended run's last event is among them.
    if (!run) throw new Error(`run ${runId} is gone`);
    for (const { id, at, event } of await app.runs.events(runId, seen.at(-50) ?? 0)) {
      if (seen.includes(id)) continue;
      seen.push(id);
      seen.sort((a, b) => a - b);
      lastEvent = Date.now();
      onEvent(event, at);
    }
    lastAnswer = Date.now();
    onProgress(run);
    return run;
  };
  for (;;) {
    try {
      const run = await look();
      if (hasEnded(run.status) || leaving.aborted) return run;
    } catch (error) {
      // A database that restarts, or whose owner was just killed, is waited for a little.
      if (Date.now() - lastAnswer > patienceMs || leaving.aborted) {
        throw new ServiceUnavailable('The database', `The run is kept: ${commandLine(['runs', 'show', runId])}`, error);
      }
    }
    await sleep(Date.now() - lastEvent > quietAfterMs ? everyMsWhenQuiet : everyMs, undefined, { signal: leaving }).catch(() => {});
  }
}
