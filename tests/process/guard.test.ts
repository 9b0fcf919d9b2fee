import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { packageRoot } from '../../src/process/entry-point.js';

const module = (name: string) => JSON.stringify(pathToFileURL(join(packageRoot, 'dist', 'process', name)).href);

/** A process of ours that runs `code`, and the numbers that it prints in one line. */
async function start(code: string): Promise<{ bot: ChildProcess; pids: number[] }> {
  const bot = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void bot.kill('SIGKILL'));
  const line = await once(createInterface(bot.stdout!), 'line');
  return { bot, pids: String(line[0]).split(' ').map(Number) };
}

async function kill(bot: ChildProcess): Promise<void> {
  bot.kill('SIGKILL');
  await once(bot, 'exit');
}

const isRunning = (pid: number) => {
  try {
    process.kill(pid, 0);
    // Dead, and waiting for whoever adopted it to notice.
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

/** Starts a program that does not end by itself, and prints the numbers of its two processes. */
function runsForEver(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guard-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return `
    import { existsSync, readFileSync } from 'node:fs';
    import { runProcess, shell } from ${module('runner.js')};
    const cwd = ${JSON.stringify(folder)};
    await runProcess({ ...shell('exit 0'), cwd, timeoutMs: 60_000 });
    void runProcess({ ...shell('sleep 602 & echo $$ $! > part; mv part pids; wait'), cwd, timeoutMs: 600_000 });
    while (!existsSync(cwd + '/pids')) await new Promise((resolve) => setTimeout(resolve, 20));
    process.stdout.write(readFileSync(cwd + '/pids', 'utf8'));
  `;
}

test('what a process runs ends with it, however it ends: after SIGKILL too', async () => {
  const { bot, pids } = await start(runsForEver());
  expect(pids.map(isRunning)).toEqual([true, true]);
  await kill(bot);
  await expect.poll(() => pids.map(isRunning)).toEqual([false, false]);
});

test('the guard is started again when somebody ends it', async () => {
  const { bot, pids } = await start(`${runsForEver()}
    const { execFileSync } = await import('node:child_process');
    const guards = () => execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args=']).toString().split('\\n')
      .map((line) => line.trim().split(/ +/))
      .filter(([, parent, ...args]) => Number(parent) === process.pid && args.includes('mahavishnu-guard'))
      .map(([pid]) => Number(pid));
    const [first] = guards();
    process.kill(first, 'SIGKILL');
    // One look for both: between two, the first can go, and no other be there yet.
    while (!guards().some((guard) => guard !== first)) await new Promise((resolve) => setTimeout(resolve, 20));
    process.stdout.write('again');
  `);
  await once(bot.stdout!, 'data');
  await kill(bot);
  await expect.poll(() => pids.map(isRunning)).toEqual([false, false]);
});

test('a group that was given back is left alone', async () => {
  const { bot, pids } = await start(`
    import { spawn } from 'node:child_process';
    import { guardGroup } from ${module('guard.js')};
    const [a, b, c] = [1, 2, 3].map(() => spawn('sleep', ['603'], { detached: true, stdio: 'ignore' }).pid);
    const [, release] = [a, b, c].map(guardGroup);
    release();
    console.log(a, b, c);
    setInterval(() => {}, 1000);
  `);
  onTestFinished(() => void process.kill(pids[1]!, 'SIGKILL'));
  await kill(bot);
  await expect.poll(() => pids.map(isRunning)).toEqual([false, true, false]);
});
