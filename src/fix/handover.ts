import { dirname, resolve } from 'node:path';
import { InvalidRequest, ServiceUnavailable } from '../errors.js';
import { GitError, git } from '../git/git.js';
import type { Clones } from '../repos/clones.js';
import { isUrl, type Repo } from '../repos/source.js';

export type HandoverResult =
  /** `already`: an earlier try, cut short by a crash, had pushed it. */
  | { status: 'pushed'; branch: string; commit: string; already: boolean }
  /** Somebody pushed meanwhile. Nothing was changed there; the gates judged another state, so it is not rebased. */
  | { status: 'moved'; reason: string }
  | { status: 'patch'; patch: string };

export interface PushParts {
  clones: Clones;
  repo: Repo;
  base: string;
  head: string;
  branch: string;
  signal?: AbortSignal | undefined;
}

/** Pushes to the branch the policy names (FX-6). Safe to repeat after a crash. */
export async function handOverByPush({ clones, repo, base, head, branch, signal }: PushParts): Promise<HandoverResult> {
  const cwd = clones.cloneOf(repo);
  const env = await clones.remoteEnvironment();
  const remote = async (args: readonly string[]) => git(args, { cwd, env, signal, timeoutMs: 10 * 60_000 });
  const target = await pushTarget(repo);
  const ref = `refs/heads/${branch}`;
  try {
    // Everything the target has, so that what is about to be pushed can be compared with it.
    const space = 'refs/mahavishnu/target';
    const flags = ['--quiet', '--prune', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head'];
    await clones.alone(repo, () => remote(['fetch', ...flags, '--', target, `+refs/heads/*:${space}/*`]));
    const tip = (await git(['for-each-ref', '--format=%(objectname)', `${space}/${branch}`], { cwd })).trim().split('\n')[0] ?? '';
    if (tip !== '' && (await clones.isAncestor(repo, head, tip))) return { status: 'pushed', branch, commit: head, already: true };
    if (tip !== '' && !(await clones.isAncestor(repo, tip, head)))
      return { status: 'moved', reason: `${branch} moved to ${tip.slice(0, 10)} since ${base.slice(0, 10)} was reviewed` };
    // The push would carry along commits that nobody here was asked about.
    const known = (await git(['for-each-ref', '--count=1', `--contains=${base}`, space], { cwd })).trim() !== '';
    if (!known)
      return {
        status: 'moved',
        reason: `${base.slice(0, 10)}, which was reviewed, is not on any branch of the remote; push it there first`,
      };
    await remote([
      'push',
      '--quiet',
      '--no-verify',
      '--no-follow-tags',
      `--force-with-lease=${ref}:${tip}`,
      '--',
      target,
      `${head}:${ref}`,
    ]);
    return { status: 'pushed', branch, commit: head, already: false };
  } catch (error) {
    if (!(error instanceof GitError) || signal?.aborted) throw error;
    if (/stale info|non-fast-forward|fetch first/.test(error.stderr))
      return { status: 'moved', reason: `${branch} moved while it was being pushed to` };
    if (/denyCurrentBranch|branch is currently checked out/.test(error.stderr)) {
      throw new InvalidRequest(
        `Repository "${repo.name}": ${branch} is checked out where it would be pushed to. Name a bare repository or a URL, or hand over a patch.`,
      );
    }
    throw new ServiceUnavailable(`The remote of repository "${repo.name}"`, `Check that this machine may push to ${branch}.`, error);
  }
}

/** The changes as a text that `git apply` takes. */
export async function handOverAsPatch({
  clones,
  repo,
  base,
  head,
}: Pick<PushParts, 'clones' | 'repo' | 'base' | 'head'>): Promise<HandoverResult> {
  return { status: 'patch', patch: await clones.patch(repo, base, head) };
}

/** A working copy is never pushed to: its own `origin` is, as its owner would. */
export async function pushTarget({ name, source }: Repo): Promise<string> {
  if (isUrl(source)) return source;
  const here = (args: readonly string[]) =>
    git(['-c', 'safe.directory=*', ...args], { cwd: source, env: { GIT_CEILING_DIRECTORIES: dirname(source) } });
  if ((await here(['rev-parse', '--is-bare-repository'])).trim() === 'true') return source;
  const origin = (await here(['config', '--get', '--default', '', 'remote.origin.url'])).trim();
  if (origin === '')
    throw new InvalidRequest(`Repository "${name}" at ${source} has no remote "origin" to push to. Add one, or set "handover: patch".`);
  return isUrl(origin) ? origin : resolve(source, origin);
}
