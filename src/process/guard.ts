import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * A shell that lives as long as our end of its standard input. It is told which process groups there are, and ends those that are left
 * when we are gone, however that happened: after SIGKILL nobody of ours is there to do it, and a program that does not end by itself
 * would take a core for ever, or write into a worktree that the next bot works in.
 */
const script = `trap '' HUP INT TERM
groups=' '
while read -r change group; do
  case $change in
    start) groups="$groups$group " ;;
    end) groups="\${groups%%" $group "*} \${groups#*" $group "}" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done`;

const groups = new Set<number>();
let shell: ChildProcess | null = null;

/** The process group is ended should this process die before it has called what it gets here. */
export function guardGroup(group: number): () => void {
  if (process.platform === 'win32') return () => {}; // No process groups.
  groups.add(group);
  if (shell) tell('start', group);
  else startShell();
  return () => {
    if (groups.delete(group)) tell('end', group);
  };
}

function startShell(): void {
  const child = spawn('/bin/sh', ['-c', script, 'mahavishnu-guard'], {
    cwd: '/',
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // What a terminal sends to us is not for it.
  });
  shell = child;
  const lost = () => {
    if (shell === child) shell = null;
  };
  child.once('error', lost);
  child.stdin?.on('error', () => {}); // It is gone, and its exit says so.
  child.once('exit', () => {
    lost();
    if (groups.size > 0 && !shell) startShell();
  });
  // It must not keep a process alive that has nothing else to do.
  child.unref();
  (child.stdin as Socket | null)?.unref();
  for (const group of groups) tell('start', group);
}

function tell(change: 'start' | 'end', group: number): void {
  shell?.stdin?.write(`${change} ${group}\n`);
}
