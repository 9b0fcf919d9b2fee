import { AsyncResource } from 'node:async_hooks';
import { simpleGit } from 'simple-git';
import { ToolMissing } from '../errors.js';
import { scrubbedEnvironment } from '../process/runner.js';

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
const config = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.pager=cat',
  'core.quotePath=false',
  'core.autocrlf=false',
  'commit.gpgSign=false',
  'tag.gpgSign=false',
  'gc.auto=0',
  'protocol.ext.allow=never',
  'user.name=Mahavishnu',
  'user.email=mahavishnu@localhost',
];

/** simple-git refuses arguments and variables that make git run other programs. Those that we set ourselves, to safe values, are let through; the rest stays refused. */
const unsafe = {
  allowUnsafeHooksPath: true,
  allowUnsafeFsMonitor: true,
  allowUnsafePager: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeSshCommand: true,
  allowUnsafeTemplateDir: true,
};

/** What simple-git would otherwise not hand on; all of it is set below or by our own callers, never inherited. */
const allowEnvironment = [
  'GIT_CONFIG_NOSYSTEM',
  'GIT_CONFIG_GLOBAL',
  'GIT_TERMINAL_PROMPT',
  'GIT_OPTIONAL_LOCKS',
  'GIT_ALLOW_PROTOCOL',
  'GIT_SSH_COMMAND',
  'GIT_CEILING_DIRECTORIES',
  'GIT_AUTHOR_DATE',
  'GIT_COMMITTER_DATE',
  'GIT_AUTHOR_NAME',
  'GIT_AUTHOR_EMAIL',
  'GIT_COMMITTER_NAME',
  'GIT_COMMITTER_EMAIL',
  'GIT_INDEX_FILE',
];

export interface GitOptions {
  cwd: string;
  env?: Record<string, string>;
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

/** Its timers outlive a command: in the context of whoever asked they would hold all that one knew, a whole review. */
const outside = new AsyncResource('git');

/** Runs git and returns its standard output, untrimmed. Throws `GitError` when it fails and `ToolMissing` without git. */
export async function git(args: readonly string[], { cwd, env = {}, timeoutMs = 120_000, signal }: GitOptions): Promise<string> {
  signal?.throwIfAborted();
  const deadline = AbortSignal.timeout(timeoutMs);
  let failure: GitError | null = null; // simple-git passes on no more than the text of an error.
  try {
    const run = () =>
      simpleGit({
        baseDir: cwd,
        config,
        trimmed: false,
        abort: signal ? AbortSignal.any([signal, deadline]) : deadline,
        unsafe,
        allowEnvironment,
        // By default it takes what has arrived 50 ms after the exit for all there is, which on a busy machine it need not be. So long, not
        // `false`: for that it waits on a promise that it never settles, and which remembers every command there ever was. The deadline comes first.
        completion: { onClose: true, onExit: timeoutMs },
        errors(error, { exitCode, stdErr }) {
          if (exitCode > 0) failure = new GitError(args, exitCode, Buffer.concat(stdErr).toString('utf8'));
          return exitCode === 0 ? undefined : (error ?? failure ?? undefined);
        },
      })
        .env({
          ...scrubbedEnvironment(),
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_CONFIG_GLOBAL: '/dev/null',
          GIT_TERMINAL_PROMPT: '0',
          GIT_OPTIONAL_LOCKS: '0',
          GIT_ALLOW_PROTOCOL: 'file:https:ssh:git',
          LC_ALL: 'C.UTF-8',
          ...env,
        })
        // It waits another 50 ms for the words of a command that said none, and most of ours say none: so it is given an empty one.
        .outputHandler((_command, stdout) => process.nextTick(() => stdout.emit('data', Buffer.alloc(0))))
        .raw([...args]);
    return await outside.runInAsyncScope(run);
  } catch (error) {
    signal?.throwIfAborted();
    if (deadline.aborted) throw new GitError(args, null, 'took too long');
    if (failure) throw failure;
    const message = error instanceof Error ? error.message : String(error);
    if (/ENOENT/.test(message)) throw new ToolMissing('git', error);
    throw new GitError(args, null, message);
  }
}
