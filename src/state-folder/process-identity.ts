import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { runProcess } from '../process/runner.js';

/** Where process ids mean the same: one boot of one machine and, on Linux, one namespace of process ids. */
export function processSpace(): string {
  if (process.platform !== 'linux') return hostname();
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${boot}/${readlinkSync('/proc/self/ns/pid')}`;
}

/** When a process started, in whatever words the system has for it; null when there is none. Told apart from a later one with the same id. */
export async function processStart(pid: number): Promise<string | null> {
  return process.platform === 'linux' ? startOnLinux(pid) : startFromPs(pid);
}

function startOnLinux(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // `pid (name) state …`: the name may hold spaces and brackets, so the fields are counted from the last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  // A killed process stays listed until its parent asks for it; it owns nothing any more.
  return state === 'Z' || state === 'X' || start === undefined ? null : start;
}

async function startFromPs(pid: number): Promise<string | null> {
  const { stdout, exitCode } = await runProcess({
    command: 'ps',
    args: ['-o', 'stat=,lstart=', '-p', String(pid)],
    cwd: '/',
    env: { LC_ALL: 'C', TZ: 'UTC' },
    timeoutMs: 10_000,
    niceness: 0,
  });
  const [, state, start] = /^\s*(\S+)\s+(.+?)\s*$/.exec(stdout) ?? [];
  return exitCode !== 0 || start === undefined || state?.startsWith('Z') ? null : start;
}
