import { type ChildProcess, spawn } from 'node:child_process';
import { entryPoint } from '../../src/process/entry-point.js';
import { scrubbedEnvironment } from '../../src/process/runner.js';

/** The bot as a user runs it: a process of its own, that can be killed. */
export interface BotProcess {
  pid: number;
  /** Resolves when it is gone, however it went. */
  gone: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** SIGKILL: nothing of its own is asked or told. */
  kill(): Promise<void>;
  /** SIGTERM, as a service manager stops it. */
  stop(): Promise<void>;
  /** What it wrote to its log so far. */
  log(): string;
}

interface BotOptions {
  settings: string;
  state: string;
  env: Readonly<Record<string, string>>;
}

const patienceMs = 40_000;

/** Starts the compiled bot and waits until it is connected; rejects with its log when it ends before that. */
export async function startBotProcess({ settings, state, env }: BotOptions): Promise<BotProcess> {
  const child = spawn(process.execPath, [entryPoint('cli/main'), '--settings', settings, '--state', state, 'start'], {
    cwd: settings,
    env: { ...scrubbedEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  let logged = '';
  child.stderr.on('data', (chunk: Buffer) => {
    logged += chunk.toString();
  });
  const gone = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const endWith = async (signal: NodeJS.Signals) => {
    if (isRunning(child)) child.kill(signal);
    await gone;
  };
  const connected = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes('Connected to Slack')) resolve();
    });
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the bot was not connected within ${patienceMs / 1000} s:\n${logged}`)), patienceMs);
  });
  const early = gone.then(({ code, signal }) => {
    throw new Error(`the bot ended at once (${signal ?? code}):\n${printed}${logged}`);
  });
  early.catch(() => {}); // Only the start is to fail by it.
  try {
    await Promise.race([connected, early, late]);
  } catch (error) {
    await endWith('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return { pid: child.pid ?? 0, gone, kill: () => endWith('SIGKILL'), stop: () => endWith('SIGTERM'), log: () => logged };
}

const isRunning = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;
