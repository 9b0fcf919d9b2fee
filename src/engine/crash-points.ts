import { existsSync, writeFileSync } from 'node:fs';

/**
 * A failpoint: kills this process with SIGKILL the first time it comes here, when `MAHAVISHNU_CRASH_AT` names it and
 * `MAHAVISHNU_CRASH_ONCE` is a file that does not exist yet (so that the restarted process gets past). Crash tests use it to hit
 * instants too short to aim at from outside; without the variables it does nothing.
 */
export function crashPoint(name: CrashPoint): void {
  if (process.env.MAHAVISHNU_CRASH_AT !== name) return;
  const once = process.env.MAHAVISHNU_CRASH_ONCE;
  if (!once || existsSync(once)) return;
  writeFileSync(once, name);
  process.kill(process.pid, 'SIGKILL');
}

export const crashPoints = ['recorded', 'reviewing', 'committed', 'decided', 'pushed', 'publishing', 'posted'] as const;
export type CrashPoint = (typeof crashPoints)[number];
