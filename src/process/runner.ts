import { writeFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { Readable } from 'node:stream';
import { setTimeout as delay, setImmediate as othersFirst } from 'node:timers/promises';
import { execa } from 'execa';
import { ToolMissing } from '../errors.js';
import { guardGroup } from './guard.js';

export interface ProcessRequest {
  /** Program by name (looked up on the scrubbed PATH) or by absolute path. Never a shell line: use `shell()` for those. */
  command: string;
  args: readonly string[];
  cwd: string;
  /** Added to the scrubbed environment; nothing of the bot's own environment is inherited but what `scrubbedEnvironment` names. */
  env?: Readonly<Record<string, string>>;
  timeoutMs: number;
  /** Ends it when it has begun to print and then stays silent for this long; it counts as timed out. */
  silentMs?: number;
  /** Bytes kept of each stream (the end is kept, the beginning dropped). Default 4 MiB. */
  maxOutputBytes?: number;
  /** A stream: the program starts at once and reads what comes; its time runs from when it has everything. */
  input?: string | Uint8Array | Readable;
  signal?: AbortSignal | undefined;
  /** 0 (as the bot) to 19; default 10, so that a busy gate never starves the bot's own loop. */
  niceness?: number | undefined;
  /** Not ended by `abandonAllProcesses`: whoever started it ends it, at the latest by ending. */
  staysWhenAbandoned?: boolean;
}

export interface ProcessResult {
  /** Null when a signal ended it. */
  exitCode: number | null;
  signal: string | null;
  timedOut: boolean;
  cancelled: boolean;
  /** True when `stdout` or `stderr` is only the end of what was printed. */
  truncated: boolean;
  stdout: string;
  stderr: string;
  durationMs: number;
}

/**
 * Runs a program in a process group of its own, with a scrubbed environment, a time limit and an output limit; the whole
 * group is killed at the limit, on `signal`, when the program leaves children behind, and when the bot itself dies. Never throws for how
 * the program ended; throws `ToolMissing` when it cannot be started.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const limit = request.maxOutputBytes ?? 4 * 1024 * 1024;
  const life: Life = { isAbandoned: false, end: () => {} };
  if (!request.staysWhenAbandoned) live.add(life);
  await ownTurn();
  if (life.isAbandoned) return never();
  const started = performance.now();
  const child = execa(request.command, request.args, {
    cwd: request.cwd,
    env: { ...scrubbedEnvironment(), ...request.env },
    extendEnv: false,
    preferLocal: false,
    reject: false,
    buffer: false,
    detached: process.platform !== 'win32', // A group of its own, so that grandchildren can be ended with it.
    stdin: request.input === undefined ? 'ignore' : 'pipe',
    ...(request.input === undefined || request.input instanceof Readable ? {} : { input: request.input }),
  });
  const release = child.pid === undefined ? () => {} : guardGroup(child.pid);
  if (child.pid !== undefined) void lowerPriority(child.pid, request.niceness ?? 10, () => child.exitCode === null && !child.killed);

  const stdout = collectTail(child.stdout, limit);
  const stderr = collectTail(child.stderr, limit);
  let timedOut = false;
  let cancelled = false;
  const end = () => killGroup(child.pid);
  life.end = end;
  const stop = () => {
    timedOut = true;
    end();
  };
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const startClock = () => {
    // Its number may belong to another process by then.
    if (!ended) timer = setTimeout(stop, request.timeoutMs);
  };
  if (request.input instanceof Readable) {
    child.stdin?.on('error', () => {}); // It ended before: how, is in the result.
    request.input.once('end', startClock);
    if (child.stdin) request.input.pipe(child.stdin);
  } else startClock();
  let silence: NodeJS.Timeout | undefined;
  if (request.silentMs !== undefined) {
    child.stdout?.on('data', () => {
      silence ??= setTimeout(stop, request.silentMs);
      silence.refresh();
    });
  }
  const onAbort = () => {
    cancelled = true;
    end();
  };
  if (request.signal?.aborted) onAbort();
  request.signal?.addEventListener('abort', onAbort, { once: true });

  try {
    const result = await child;
    if (life.isAbandoned) return never();
    if (result.failed && child.pid === undefined) {
      const cause = result.cause as NodeJS.ErrnoException | undefined;
      if (cause?.code === 'ENOENT' || cause?.code === 'EACCES') throw new ToolMissing(request.command, cause);
      throw new Error(`${request.command} could not be started: ${result.originalMessage ?? 'unknown reason'}`, { cause });
    }
    return {
      exitCode: result.exitCode ?? null,
      signal: result.signal ?? null,
      timedOut,
      cancelled,
      truncated: stdout.truncated() || stderr.truncated(),
      stdout: stdout.text(),
      stderr: stderr.text(),
      durationMs: Math.round(performance.now() - started),
    };
  } finally {
    ended = true;
    clearTimeout(timer);
    clearTimeout(silence);
    request.signal?.removeEventListener('abort', onAbort);
    live.delete(life);
    end(); // What the program left running in its group goes too.
    release();
  }
}

let turn: Promise<void> = Promise.resolve();

/** To start a program takes the bot's own loop some milliseconds, and a review starts several: between two everybody else goes first. */
function ownTurn(): Promise<void> {
  turn = turn.then(() => othersFirst());
  return turn;
}

/** A command line as people write it in settings (`npx biome check .`), run by /bin/sh. */
export function shell(line: string): Pick<ProcessRequest, 'command' | 'args'> {
  return { command: '/bin/sh', args: ['-c', line] };
}

/**
 * Ends every process of the bot that is still running; for the bot's own shutdown. Who waits for one of them is never told: how it ended is
 * no answer of the program, and must not be taken for one in the moments that are left.
 */
export function abandonAllProcesses(): void {
  for (const life of live) {
    life.isAbandoned = true;
    life.end();
  }
  live.clear();
}

interface Life {
  isAbandoned: boolean;
  end(): void;
}

const live = new Set<Life>();
const never = () => new Promise<never>(() => {});

/** Only what programs need to find files and speak a language; tokens and settings of the bot never reach a child. */
export function scrubbedEnvironment(): Record<string, string> {
  const kept = [
    'PATH',
    'HOME',
    'LANG',
    'LC_ALL',
    'TZ',
    'TMPDIR',
    'USER',
    'LOGNAME',
    'SHELL',
    'SystemRoot',
    'PATHEXT',
    'PYENV_ROOT',
    'NVM_DIR',
  ];
  const result: Record<string, string> = { CI: 'true', NO_COLOR: '1' };
  for (const name of kept) {
    const value = process.env[name];
    if (value !== undefined) result[name] = value;
  }
  return result;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}

/**
 * People's commands come before tools. A process group of its own is a session of its own, and Linux shares the cores between
 * sessions first: without lowering that too, ten analyzers get ten times the time of the bot, however nice each of them is.
 */
async function lowerPriority(pid: number, niceness: number, isRunning: () => boolean): Promise<void> {
  const nice = Math.min(constants.priority.PRIORITY_LOW, niceness);
  try {
    setPriority(pid, nice);
  } catch {
    // The process may have ended already, or the platform may not allow it; neither harms the result.
  }
  if (process.platform !== 'linux') return;
  // An ordinary user may do this ten times a second, over all processes.
  for (let attempt = 0; attempt < 20 && isRunning(); attempt++) {
    const failure = await writeFile(`/proc/${pid}/autogroup`, String(nice)).then(
      () => null,
      (error: NodeJS.ErrnoException) => error.code,
    );
    if (failure !== 'EAGAIN') return; // Done, or a kernel that has no such thing.
    await delay(100 + Math.random() * 100, undefined, { ref: false });
  }
}

function collectTail(stream: NodeJS.ReadableStream | null | undefined, limit: number) {
  let chunks: Buffer[] = [];
  let size = 0;
  let cut = false;
  stream?.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit * 2) {
      chunks = [Buffer.concat(chunks).subarray(-limit)];
      size = limit;
      cut = true;
    }
  });
  return {
    truncated: () => cut || size > limit,
    text: () => Buffer.concat(chunks).subarray(-limit).toString('utf8'),
  };
}
