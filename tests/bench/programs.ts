import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Workspace } from '../../src/local-workspace/index.js';
import { entryPoint, packageRoot } from '../../src/process/entry-point.js';
import { until } from './bench.js';

/** A process under measurement: the bot or its floor. Its output is kept, to be told when it fails. */
export interface Program {
  pid: number;
  startedAt: number;
  output(): string;
  /** Asks it to end and waits. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export function startProgram(file: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Program {
  const startedAt = performance.now();
  endWithUs();
  const child = spawn(process.execPath, [file, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  const keep = (chunk: Buffer) => {
    printed = (printed + chunk.toString()).slice(-20_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  running.add(child);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.once('close', () => running.delete(child));
  const end = async (signal: NodeJS.Signals) => {
    if (!hasEnded(child)) child.kill(signal);
    await ended;
  };
  if (child.pid === undefined) throw new Error(`${file} could not be started`);
  return { pid: child.pid, startedAt, output: () => printed, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

const running = new Set<ChildProcess>();

/** Whoever stops the benchmark half way is not left with bots that go on. */
function endWithUs(): void {
  if (process.listenerCount('SIGTERM') > 0) return;
  process.on('exit', () => {
    for (const child of running) child.kill('SIGTERM');
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(1));
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

export interface BotOptions {
  workspace: Workspace;
  settings: string;
  state: string;
  /** The embedded database when left out. */
  databaseUrl?: string;
  logLevel?: 'warn' | 'info';
}

/** The bot as a user starts it, with real tokens of a workspace that is not Slack's. */
export function startBot({ workspace, settings, state, databaseUrl, logLevel = 'warn' }: BotOptions): Program {
  const env = {
    ...cleanEnvironment(),
    SLACK_BOT_TOKEN: workspace.botToken,
    SLACK_APP_TOKEN: workspace.appToken,
    SLACK_SIGNING_SECRET: workspace.signingSecret,
    MAHAVISHNU_SLACK_API_URL: workspace.apiUrl,
    MAHAVISHNU_LOG__LEVEL: logLevel,
    ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
  };
  return startProgram(entryPoint('cli/main'), ['--settings', settings, '--state', state, 'start'], env, state);
}

export interface BareOptions {
  workspace: Workspace;
  http?: number;
  /** Inserts one row into this database before it acknowledges. */
  databaseUrl?: string;
}

/** The floor: a Bolt app that does nothing but acknowledge. */
export function startBareBolt({ workspace, http, databaseUrl }: BareOptions): Program {
  const env = {
    ...cleanEnvironment(),
    BARE_BOT_TOKEN: workspace.botToken,
    BARE_APP_TOKEN: workspace.appToken,
    BARE_SIGNING_SECRET: workspace.signingSecret,
    BARE_API_URL: workspace.apiUrl,
    ...(http === undefined ? {} : { BARE_HTTP_PORT: String(http) }),
    ...(databaseUrl ? { BARE_DATABASE_URL: databaseUrl } : {}),
  };
  return startProgram(fileURLToPath(new URL('bare/bolt.js', import.meta.url)), [], env, '/');
}

/** Nothing of whoever runs the benchmark may steer the bot. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'TZ'];
  return { ...Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))), NO_PROXY: '127.0.0.1' };
}

/** Until a command is acknowledged; the milliseconds since the process was started. */
export async function untilCommandsAnswered(workspace: Workspace, program: Program, timeoutMs = 60_000): Promise<number> {
  const dana = workspace.driver.as('dana');
  await until(
    `an acknowledged command; the process printed: ${program.output().slice(-2_000)}`,
    async () => {
      if (!isRunning(program.pid)) throw new Error(`the process ended: ${program.output().slice(-2_000)}`);
      return (await dana.command('platform', '/mahavishnu', 'help')).outcome === 'acked';
    },
    { timeoutMs, everyMs: 5 },
  );
  return performance.now() - program.startedAt;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port'))));
    });
  });
}

export const manifest = join(packageRoot, 'manifest.yml');
