import { isAbsolute } from 'node:path';
import { GitError, type GitOptions, git } from '../git/git.js';
import { isUrl, type Repo } from './source.js';

interface Parts {
  inClone(args: readonly string[], options?: Partial<GitOptions>): Promise<string>;
  /** For reaching remotes. */
  env: Record<string, string>;
  signal?: AbortSignal | undefined;
  timeoutMs: number;
}

const steps = ['--deepen=100', '--deepen=1000', '--unshallow'] as const;

/**
 * Fetches more history into a shallow clone until `found` has what it looks for. Returns what it found, or why there is none, in
 * words; the source itself is never touched: what it lacks comes from where it was cloned from.
 */
export async function deepenUntil<T>(
  { source }: Repo,
  { inClone, env, signal, timeoutMs }: Parts,
  found: () => Promise<T | null>,
): Promise<{ found: T } | { why: string }> {
  const isShallow = async () => (await inClone(['rev-parse', '--is-shallow-repository'])).trim() === 'true';
  if (!(await isShallow())) return { why: '' };
  const origin = isUrl(source) ? source : await originOf(source);
  if (origin === null)
    return { why: 'its clone is shallow and names no origin to fetch more history from; run "git fetch --unshallow" there' };
  for (const step of steps) {
    if (!(await isShallow())) break;
    try {
      const flags = ['--quiet', '--force', '--tags', '--no-recurse-submodules', '--no-write-fetch-head', '--no-auto-maintenance'];
      await inClone(['fetch', ...flags, '--update-shallow', step, '--', origin, '+refs/heads/*:refs/remotes/origin/*'], {
        env,
        signal,
        timeoutMs,
      });
    } catch (error) {
      if (!(error instanceof GitError) || signal?.aborted) throw error;
      return { why: 'its clone is shallow and its origin cannot be reached; run "git fetch --unshallow" there' };
    }
    const result = await found();
    if (result !== null) return { found: result };
  }
  return { why: 'not even the whole history of its origin has it' };
}

async function originOf(source: string): Promise<string | null> {
  try {
    const origin = (await git(['-c', 'safe.directory=*', 'config', '--get', 'remote.origin.url'], { cwd: source })).trim();
    const path = origin.replace(/^file:\/\//, '');
    return origin !== '' && !/\p{Cc}/u.test(origin) && !origin.startsWith('-') && (isUrl(origin) || isAbsolute(path)) ? origin : null;
  } catch (error) {
    if (error instanceof GitError) return null;
    throw error;
  }
}
