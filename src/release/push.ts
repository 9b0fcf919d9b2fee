import { crashPoint } from '../engine/crash-points.js';
import { GitError, git } from '../git/git.js';
import { ReleaseFault } from './fault.js';

export interface PushRequest {
  /** A clone or worktree that has the commit and the tag. */
  clone: string;
  remote?: string;
  branch: string;
  commit: string;
  tag: string;
  /** For git alone, such as credentials. */
  env?: Record<string, string>;
  /** Runs a fetch while no worktree of the clone is being made. */
  alone?: <T>(work: () => Promise<T>) => Promise<T>;
}

export interface Pushed {
  /** False when it was there before. */
  commit: boolean;
  tag: boolean;
}

/** Pushes the release commit, then its tag; each is looked up first, so that a repetition finds its own work (RL-3). */
export async function pushRelease({
  clone,
  remote = 'origin',
  branch,
  commit,
  tag,
  env = {},
  alone = (work) => work(),
}: PushRequest): Promise<Pushed> {
  const run = async (...args: string[]) => (await git(args, { cwd: clone, env })).trim();
  const refs = async () => {
    const out = await run('ls-remote', remote, `refs/heads/${branch}`, `refs/tags/${tag}`, `refs/tags/${tag}^{}`);
    return new Map(out.split('\n').map((line): [string, string] => [line.split('\t')[1] ?? '', line.split('\t')[0] ?? '']));
  };

  const before = await refs();
  const taggedAt = before.get(`refs/tags/${tag}^{}`) ?? before.get(`refs/tags/${tag}`);
  if (taggedAt !== undefined && taggedAt !== commit) {
    throw new ReleaseFault(
      `The tag ${tag} already exists in the repository, at ${taggedAt.slice(0, 12)} and not at ${commit.slice(0, 12)}. Choose another version.`,
    );
  }
  const tip = before.get(`refs/heads/${branch}`);
  const done = { commit: false, tag: false };
  if (tip !== commit && !(await holds(tip, commit))) {
    try {
      await run('push', remote, `${commit}:refs/heads/${branch}`); // Never forced: what others pushed stays.
    } catch (error) {
      if (error instanceof GitError && /Updates were rejected/.test(error.stderr)) {
        throw new ReleaseFault(
          `${branch} has moved on since ${commit.slice(0, 12)} was approved. Start the release again from its new head.`,
        );
      }
      throw error;
    }
    done.commit = true;
  }
  crashPoint('pushed');
  if (taggedAt === undefined) {
    await run('push', remote, `refs/tags/${tag}:refs/tags/${tag}`);
    done.tag = true;
  }
  return done;

  /** Whether others have pushed on top of our commit since. */
  async function holds(tipOfBranch: string | undefined, ours: string): Promise<boolean> {
    if (tipOfBranch === undefined) return false;
    const known = await run('cat-file', '-e', tipOfBranch).then(
      () => true,
      () => false,
    );
    const fetch = (ref: string) => alone(() => run('fetch', '--quiet', '--no-tags', remote, ref));
    if (!known) await fetch(tipOfBranch).catch(() => fetch(`refs/heads/${branch}`));
    return run('merge-base', '--is-ancestor', ours, tipOfBranch).then(
      () => true,
      () => false,
    );
  }
}
