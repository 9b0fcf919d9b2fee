import { createInterface } from 'node:readline/promises';
import { commandLine } from './text.js';

interface Parts {
  runId: string;
  cancel(): Promise<void>;
  pause(): void;
  resume(): void;
  say(text: string): void;
}

/**
 * The first Ctrl-C asks whether the run is to be cancelled, the second leaves: the run is kept and goes on with the next process.
 * Without a terminal there is nobody to ask, so the first one cancels. SIGTERM leaves.
 */
export function createInterrupts({ runId, cancel, pause, resume, say }: Parts) {
  const leaving = new AbortController();
  const ended = new AbortController();
  let times = 0;

  const ask = async (): Promise<boolean> => {
    if (!process.stdin.isTTY || !process.stderr.isTTY) return true;
    pause();
    const terminal = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
    terminal.on('SIGINT', interrupt);
    try {
      const signal = AbortSignal.any([leaving.signal, ended.signal]);
      const answer = await terminal.question(`\nCancel run ${runId}? (y: cancel, Enter: go on, Ctrl-C: leave it running) `, { signal });
      return /^y(?:es)?$/i.test(answer.trim());
    } catch {
      return false; // Left, or ended meanwhile.
    } finally {
      terminal.close();
      resume();
    }
  };

  function interrupt(): void {
    times += 1;
    if (times > 1) {
      leave();
      return;
    }
    void ask()
      .then(async (wanted) => {
        if (leaving.signal.aborted || ended.signal.aborted) return;
        if (wanted) await cancel();
        else times = 0;
      })
      .catch((error: unknown) => {
        times = 0;
        say(
          `The run could not be cancelled (${error instanceof Error ? error.message : String(error)}). Try ${commandLine(['runs', 'cancel', runId])}`,
        );
      });
  }

  function leave(): void {
    leaving.abort();
  }

  process.on('SIGINT', interrupt);
  process.on('SIGTERM', leave);
  return {
    leaving: leaving.signal,
    interrupt,
    stop() {
      ended.abort();
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', leave);
    },
  };
}
