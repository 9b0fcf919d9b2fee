import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { ToolMissing } from '../../src/errors.js';
import { abandonAllProcesses, runProcess, shell } from '../../src/process/runner.js';

const request = { cwd: tmpdir(), timeoutMs: 20_000 };
const run = (line: string, more: object = {}) => runProcess({ ...request, ...shell(line), ...more });

describe('a process', () => {
  test('gets nothing of the bot’s environment but what programs need', async () => {
    process.env.SLACK_BOT_TOKEN_OF_TEST = 'never to be seen';
    const { stdout } = await run('env', { env: { GIVEN: 'yes' } });
    delete process.env.SLACK_BOT_TOKEN_OF_TEST;
    expect(stdout).not.toContain('never to be seen');
    expect(stdout).toMatch(/^PATH=/m);
    expect(stdout).toMatch(/^GIVEN=yes$/m);
  });

  test('is ended at its time limit with everything it started', async () => {
    const { timedOut, stdout, exitCode } = await run('sleep 600 & echo $!; wait', { timeoutMs: 300 });
    expect({ timedOut, exitCode }).toEqual({ timedOut: true, exitCode: null });
    // Gone, or dead and waiting for whoever adopted it to notice.
    await expect.poll(async () => (await run(`ps -o stat= -p ${Number(stdout)}`)).stdout).toMatch(/^(Z.*)?\s*$/);
  });

  test('keeps the end of what it prints', async () => {
    const { stdout, truncated } = await run('seq 1 20000', { maxOutputBytes: 100 });
    expect(truncated).toBe(true);
    expect(stdout).toMatch(/19999\n20000\n$/);
    expect(stdout.length).toBeLessThanOrEqual(100);
  });

  test('that does not exist is told by name', async () => {
    await expect(runProcess({ ...request, command: 'no-such-program-here', args: [] })).rejects.toThrow(ToolMissing);
  });

  test('steps back behind the bot, as a process and as a session', async ({ skip }) => {
    const sessions = existsSync('/proc/self/autogroup');
    skip(!sessions && !process.env.CI, 'this kernel does not share its time between sessions');
    const { stdout } = await run('for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1; done; nice; cat /proc/self/autogroup');
    expect(stdout.split('\n')[0]).toBe('10');
    if (sessions && !readFileSync('/proc/self/autogroup', 'utf8').startsWith('/autogroup-0')) expect(stdout).toMatch(/nice 10$/m);
  });
});

test('that is abandoned is ended, and its end is told to nobody', async () => {
  const told: string[] = [];
  const printed = new Promise<void>((resolve) => {
    void run('exec sleep 601.25').finally(() => told.push('abandoned'));
    void run('sleep 0.2').finally(resolve);
  });
  await printed;
  // One that is about to be started never is.
  void run('exec sleep 601.25').finally(() => told.push('abandoned'));
  const other = run('sleep 0.2; echo on', { staysWhenAbandoned: true });
  abandonAllProcesses();
  expect((await other).stdout).toBe('on\n');
  expect(told).toEqual([]);
  expect((await run('pgrep -x -f "sleep 601.25"')).exitCode).toBe(1);
});

test('leaves no clock running for a program that was ended before it was given its input', async () => {
  const input = new PassThrough();
  const cancel = new AbortController();
  const running = runProcess({ command: 'cat', args: [], cwd: '/', input, timeoutMs: 3_600_000, signal: cancel.signal });
  cancel.abort();
  expect((await running).cancelled).toBe(true);
  const clocks = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = clocks();
  input.end('too late');
  input.resume();
  await once(input, 'end');
  expect(clocks()).toBe(before);
});

test('gives a program what comes by and by, and counts its time from the last of it', async () => {
  const input = new PassThrough();
  const running = runProcess({ command: 'cat', args: [], cwd: '/', input, timeoutMs: 60_000 });
  const clocks = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = clocks();
  input.write('one ');
  await new Promise((resolve) => setImmediate(resolve));
  expect(clocks()).toBe(before);
  input.end('two');
  await once(input, 'end');
  expect(clocks()).toBe(before + 1);
  expect(await running).toMatchObject({ stdout: 'one two', exitCode: 0 });
});
