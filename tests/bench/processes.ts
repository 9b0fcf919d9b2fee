import { readdirSync, readFileSync } from 'node:fs';

interface Process {
  pid: number;
  parent: number;
  name: string;
}

export interface Tree {
  /** Resident memory in MB of the process itself. */
  own: number;
  /** Sum over its children and theirs, the database left out. Pages that several share are counted in each. */
  children: number;
  /** Proportional share of the Postgres processes below it, so that their common buffers count once. */
  database(): number;
}

/** Reads /proc, so Linux only. */
export function memoryOf(pid: number): Tree {
  const all = processes();
  const below = descendants(pid, all);
  const postgres = new Set(below.filter(({ name }) => name === 'postgres').map((each) => each.pid));
  // The guard, a shell, waits for the server and is part of it.
  const guards = below
    .filter((each) => all.some(({ parent, pid: child }) => parent === each.pid && postgres.has(child)))
    .map((each) => each.pid);
  const database = new Set([...postgres, ...guards]);
  return {
    own: resident(pid),
    children: below.reduce((sum, each) => sum + (database.has(each.pid) ? 0 : resident(each.pid)), 0),
    database: () => [...database].reduce((sum, each) => sum + proportional(each), 0),
  };
}

/** Looks every `everyMs` until stopped, and keeps the highest it saw. */
export function watchMemory(pid: number, everyMs = 100): { stop(): { own: number; children: number; all: number } } {
  const peak = { own: 0, children: 0, all: 0 };
  const look = () => {
    const { own, children } = memoryOf(pid);
    peak.own = Math.max(peak.own, own);
    peak.children = Math.max(peak.children, children);
    peak.all = Math.max(peak.all, own + children);
  };
  look();
  const timer = setInterval(look, everyMs);
  return {
    stop() {
      clearInterval(timer);
      return peak;
    },
  };
}

function processes(): Process[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    const stat = read(`/proc/${entry}/stat`);
    const parts = /^(\d+) \((.*)\) \S (\d+)/s.exec(stat);
    return parts ? [{ pid: Number(parts[1]), name: parts[2] ?? '', parent: Number(parts[3]) }] : [];
  });
}

function descendants(pid: number, all: readonly Process[]): Process[] {
  const children = all.filter(({ parent }) => parent === pid);
  return children.flatMap((child) => [child, ...descendants(child.pid, all)]);
}

const kilobytes = (text: string, name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) / 1024;
const resident = (pid: number) => kilobytes(read(`/proc/${pid}/status`), 'VmRSS');
const proportional = (pid: number) => kilobytes(read(`/proc/${pid}/smaps_rollup`), 'Pss') || resident(pid);

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // It has ended meanwhile.
  }
}
