export interface Clock {
  now(): number;
  /** Runs once that much of the workspace's time has passed; returns how to call it off. */
  after(ms: number, run: () => void): () => void;
  /** Lets time jump ahead: whatever falls due on the way runs before this returns. */
  move(ms: number): void;
  stop(): void;
}

interface Waiting {
  due: number;
  run: () => void;
  timer: NodeJS.Timeout | undefined;
}

/** Every lifetime of the workspace (3 s, 30 minutes, a minute's rate) is measured here, so that a test moves time and never sleeps. */
export function createClock(base: () => number = Date.now): Clock {
  let offset = 0;
  const waiting = new Set<Waiting>();
  const now = (): number => base() + offset;

  const fire = (entry: Waiting): void => {
    if (!waiting.delete(entry)) return;
    clearTimeout(entry.timer);
    entry.run();
  };
  // A timer may fire early, and an injected clock may stand still: only the clock says when something is due.
  const arm = (entry: Waiting): void => {
    entry.timer = setTimeout(() => (now() >= entry.due ? fire(entry) : arm(entry)), Math.min(Math.max(entry.due - now(), 1), 2 ** 31 - 1));
    entry.timer.unref();
  };

  return {
    now,
    after(ms, run) {
      const entry: Waiting = { due: now() + ms, run, timer: undefined };
      waiting.add(entry);
      arm(entry);
      return () => {
        clearTimeout(entry.timer);
        waiting.delete(entry);
      };
    },
    move(ms) {
      offset += ms;
      for (const entry of [...waiting].sort((a, b) => a.due - b.due)) if (entry.due <= now()) fire(entry);
      for (const entry of waiting) {
        clearTimeout(entry.timer);
        arm(entry);
      }
    },
    stop() {
      for (const entry of waiting) clearTimeout(entry.timer);
      waiting.clear();
    },
  };
}
