import { runProcess } from '../process/runner.js';

export class GitError extends Error {
  constructor(
    readonly args: readonly string[],
    readonly exitCode: number | null,
    readonly stderr: string,
  ) {
    super(`git ${args[0] ?? ''} failed: ${stderr.trim().split('\n').slice(-3).join(' ')}`);
    this.name = 'GitError';
  }
}

/** The bot's own git never runs a repository's hooks, filters, pagers or editors, and reads no configuration but the repository's. */
const safety = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.pager', 'cat'],
  ['core.quotePath', 'false'],
  ['core.autocrlf', 'false'],
  ['commit.gpgSign', 'false'],
  ['tag.gpgSign', 'false'],
  ['gc.auto', '0'],
  ['protocol.ext.allow', 'never'],
  ['user.name', 'Mahavishnu'],
  ['user.email', 'mahavishnu@localhost'],
].flatMap(([key, value]) => ['-c', `${key}=${value}`]);

export interface GitOptions {
  cwd: string;
  env?: Record<string, string>;
  input?: string;
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
  maxOutputBytes?: number;
}

/** Runs git and returns its standard output, untrimmed. Throws `GitError` when it fails and `ToolMissing` without git. */
export async function git(args: readonly string[], options: GitOptions): Promise<string> {
  const result = await runProcess({
    command: 'git',
    args: [...safety, ...args],
    cwd: options.cwd,
    env: {
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_ALLOW_PROTOCOL: 'file:https:ssh:git',
      LC_ALL: 'C.UTF-8',
      ...options.env,
    },
    timeoutMs: options.timeoutMs ?? 120_000,
    maxOutputBytes: options.maxOutputBytes ?? 64 * 1024 * 1024,
    ...(options.input === undefined ? {} : { input: options.input }),
    signal: options.signal,
    niceness: 0,
  });
  if (result.exitCode !== 0) throw new GitError(args, result.exitCode, result.timedOut ? 'took too long' : result.stderr);
  return result.stdout;
}
