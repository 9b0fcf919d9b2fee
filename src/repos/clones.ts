import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidRequest, ServiceUnavailable } from '../errors.js';
import { GitError, type GitOptions, git } from '../git/git.js';
import { createContents } from './contents.js';
import { deepenUntil } from './deepen.js';
import { fromFolderName, toFolderName } from './folder-name.js';
import { createLocks } from './lock.js';
import { assertGitRepository, isUrl, type Repo } from './source.js';
import { createTrees } from './trees.js';

export interface Place {
  repo: Repo;
  commit: string;
  run: string;
  /** Names the place within its run, such as an issue's id. */
  id: string;
}

export interface Worktree {
  folder: string;
  branch: string;
  /** Safe to repeat. The branch goes too, unless it is to be handed over. */
  remove(options?: { keepBranch?: boolean }): Promise<void>;
}

export interface Checkout {
  folder: string;
  remove(): Promise<void>;
}

/** The files of a commit, to be read. */
export interface Tree extends Checkout {
  /** What differs from the commit that this tree showed last; null when it is a new one. */
  changed: readonly string[] | null;
}

export interface Pin {
  commit: string;
  /** Null when the source has no branch checked out. */
  defaultBranch: string | null;
}

export type Clones = ReturnType<typeof createClones>;

const HEAD = 'refs/mahavishnu/head';
const FETCH_LIMIT_MS = 10 * 60_000;

/**
 * The cached bare clones of a state folder, and what is cut from them: worktrees to change, clean checkouts to judge (FX-2).
 * `gitEnvironment` is for reaching remotes only, such as SSH_AUTH_SOCK.
 */
export function createClones({ root, gitEnvironment = {} }: { root: string; gitEnvironment?: Record<string, string> }) {
  const locked = createLocks();
  const cloneOf = (repo: Repo) => join(root, 'clones', `${toFolderName(repo.name)}.git`);
  const { tree, removeOldTrees } = createTrees({ root, cloneOf });
  const inClone = (repo: Repo, args: readonly string[], options: Partial<GitOptions> = {}) => git(args, { cwd: cloneOf(repo), ...options });

  /** For every fetch into a clone: git looks at the HEAD of each worktree then, and gives up at one that is just being made. */
  const alone = <T>(repo: Repo, work: () => Promise<T>): Promise<T> => locked(repo.name, work);

  /** Fetching runs git of the source's side too, which has to accept folders of other owners: the settings name them. */
  const remoteEnvironment = async () => {
    const config = join(root, 'gitconfig');
    await mkdir(root, { recursive: true });
    await writeFile(config, '[safe]\n\tdirectory = *\n');
    // A connection that ssh keeps for later would hold git's output open, so that git never ends.
    return { GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ControlMaster=no', GIT_CONFIG_GLOBAL: config, ...gitEnvironment };
  };

  /** Brings the cached clone up to date with its source; what is uncommitted there plays no part. */
  const refresh = (repo: Repo, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> =>
    locked(repo.name, async () => {
      await assertGitRepository(repo);
      const folder = cloneOf(repo);
      const env = await remoteEnvironment();
      if (!(await exists(join(folder, 'HEAD')))) {
        await rm(folder, { recursive: true, force: true });
        await mkdir(folder, { recursive: true });
        await git(['init', '--quiet', '--bare', '--template=', '-b', 'mahavishnu'], { cwd: folder });
        // Gates get exactly one commit, which need not be on a branch any more.
        await git(['config', 'uploadpack.allowAnySHA1InWant', 'true'], { cwd: folder });
      }
      try {
        const head = await inClone(repo, ['ls-remote', '--symref', '--', repo.source, 'HEAD'], { env, signal, timeoutMs: FETCH_LIMIT_MS });
        if (!/^[0-9a-f]{40,64}\tHEAD$/m.test(head)) throw new InvalidRequest(`Repository "${repo.name}" has no commits yet.`);
        const refs = ['+refs/heads/*:refs/remotes/origin/*', `+HEAD:${HEAD}`];
        const flags = [
          '--quiet',
          '--force',
          '--prune',
          '--tags',
          '--update-shallow', // A checkout of CI has a few commits only; without this, git leaves all its branches out.
          '--no-recurse-submodules',
          '--no-write-fetch-head',
          '--no-auto-maintenance',
        ];
        await inClone(repo, ['fetch', ...flags, '--', repo.source, ...refs], { env, signal, timeoutMs: FETCH_LIMIT_MS });
        const branch = /^ref: refs\/heads\/(.+)\tHEAD$/m.exec(head)?.[1] ?? '';
        await inClone(repo, ['config', 'mahavishnu.defaultBranch', branch]);
      } catch (error) {
        if (!(error instanceof GitError) || signal?.aborted) throw error;
        const advice = isUrl(repo.source)
          ? 'Check its address, and that this machine may read it.'
          : `Check the repository at ${repo.source} with "git fsck".`;
        throw new ServiceUnavailable(`Repository "${repo.name}"`, advice, error);
      }
    });

  /** Fetches only when the clone lacks the commit. */
  const ensure = async (repo: Repo, commit: string, options: { signal?: AbortSignal | undefined } = {}): Promise<void> => {
    if ((await exists(join(cloneOf(repo), 'HEAD'))) && (await holds(repo, commit))) return;
    await refresh(repo, options);
  };

  const holds = async (repo: Repo, commit: string): Promise<boolean> => {
    // What came with a few others lies in a file of its own, which is seen without a process.
    if (/^[0-9a-f]{40,64}$/.test(commit) && (await exists(join(cloneOf(repo), 'objects', commit.slice(0, 2), commit.slice(2)))))
      return true;
    return inClone(repo, ['cat-file', '-e', `${commit}^{commit}`]).then(
      () => true,
      (error: unknown) => {
        if (error instanceof GitError) return false;
        throw error;
      },
    );
  };

  /** The commit a ref means now; without a ref, the one the source has checked out. */
  const pin = async (repo: Repo, ref?: string): Promise<Pin> => {
    if (!(await exists(join(cloneOf(repo), 'HEAD')))) throw new InvalidRequest(`Repository "${repo.name}" was not fetched yet.`);
    const branch = (await inClone(repo, ['config', '--get', '--default', '', 'mahavishnu.defaultBranch'])).trim();
    const commit = await resolve(repo, ref ?? 'HEAD');
    if (commit === null) {
      throw new InvalidRequest(
        ref === undefined
          ? `Repository "${repo.name}" has no commits yet.`
          : `"${ref.slice(0, 100)}" is no branch, tag or commit of repository "${repo.name}".`,
      );
    }
    return { commit, defaultBranch: branch || null };
  };

  /**
   * The commit that a change is judged against: where its history and the ref's part. A shallow clone is given more history when it
   * lacks the ref; when that does not help, it is said why.
   */
  const pinBase = async (
    repo: Repo,
    ref: string,
    commit: string,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<string> => {
    const mergeBase = async (): Promise<string | null> => {
      const at = await resolve(repo, ref);
      if (at === null) return null;
      return inClone(repo, ['merge-base', at, commit]).then(
        (text) => text.trim().split('\n')[0] ?? null,
        (error: unknown) => {
          if (error instanceof GitError) return null;
          throw error;
        },
      );
    };
    const known = await mergeBase();
    if (known !== null) return known;
    const env = await remoteEnvironment();
    const deepened = await locked(repo.name, () =>
      deepenUntil(repo, { inClone: (args, options) => inClone(repo, args, options), env, signal, timeoutMs: FETCH_LIMIT_MS }, mergeBase),
    );
    if ('found' in deepened) return deepened.found;
    const unrelated = await resolve(repo, ref); // Histories that never met: the ref itself is what came before.
    if (unrelated !== null && deepened.why === '') return unrelated;
    const why = deepened.why === '' ? '' : `: ${deepened.why}`;
    throw new InvalidRequest(`"${ref.slice(0, 100)}" is no branch, tag or commit of repository "${repo.name}"${why}.`);
  };

  const resolve = async (repo: Repo, ref: string): Promise<string | null> => {
    if (!/^[\w@][^\p{Cc}\s]{0,250}$/u.test(ref) || ref.includes('..') || ref.includes('@{')) return null;
    const fromHead = /^(?:HEAD|@)([~^].*)?$/.exec(ref);
    const candidates = fromHead
      ? [`${HEAD}${fromHead[1] ?? ''}`]
      : [`refs/remotes/origin/${ref}`, `refs/tags/${ref}`, `refs/remotes/${ref}`];
    if (/^[0-9a-f]{7,64}(?:[~^].*)?$/.test(ref)) candidates.push(ref);
    for (const candidate of candidates) {
      try {
        return (await inClone(repo, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${candidate}^{commit}`])).trim();
      } catch (error) {
        if (!(error instanceof GitError)) throw error;
      }
    }
    return null;
  };

  /** A worktree on a branch of its own. Asked for again, as after a crash, it starts afresh from the commit. */
  const worktree = async ({ repo, commit, run, id }: Place): Promise<Worktree> => {
    const folder = join(root, 'worktrees', toFolderName(run), toFolderName(id));
    const branch = `mahavishnu/${toFolderName(run)}/${toFolderName(id)}`;
    const remove = ({ keepBranch = false } = {}) =>
      locked(repo.name, async () => {
        await rm(folder, { recursive: true, force: true });
        await removeIfEmpty(join(root, 'worktrees', toFolderName(run)));
        if (!(await exists(cloneOf(repo)))) return;
        await pruneWorktrees(cloneOf(repo));
        if (!keepBranch) await inClone(repo, ['update-ref', '-d', `refs/heads/${branch}`]);
      });
    await remove();
    await locked(repo.name, () =>
      inClone(repo, ['worktree', 'add', '--quiet', '--force', '-B', branch, folder, commit], { timeoutMs: FETCH_LIMIT_MS }),
    );
    return { folder, branch, remove };
  };

  /** Exactly one commit in a repository of its own, with no way back to the clone: gates may do there what they like. */
  const checkout = async ({ repo, commit, run, id }: Place): Promise<Checkout> => {
    const folder = join(root, 'checkouts', toFolderName(run), toFolderName(id));
    const remove = async () => {
      await rm(folder, { recursive: true, force: true });
      await removeIfEmpty(join(root, 'checkouts', toFolderName(run)));
    };
    await remove();
    await mkdir(folder, { recursive: true });
    await git(['init', '--quiet', '--template=', '-b', 'main'], { cwd: folder });
    const flags = ['--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head', '--update-head-ok'];
    await git(['fetch', ...flags, '--', pathToFileURL(cloneOf(repo)).href, `${commit}:refs/heads/main`], {
      cwd: folder,
      timeoutMs: FETCH_LIMIT_MS,
    });
    await git(['reset', '--quiet', '--hard', commit], { cwd: folder, timeoutMs: FETCH_LIMIT_MS });
    return { folder, remove };
  };

  /** Removes what a crash left of runs that do not go on (FX-7). For the start, before anything else works here. */
  const reap = async ({ keep }: { keep: (run: string) => boolean }): Promise<{ removed: string[] }> => {
    const removed = new Set<string>();
    for (const kind of ['worktrees', 'checkouts']) {
      for (const name of await entries(join(root, kind))) {
        const run = fromFolderName(name);
        if (keep(run)) continue;
        await rm(join(root, kind, name), { recursive: true, force: true });
        removed.add(run);
      }
    }
    await rm(join(root, 'passing'), { recursive: true, force: true });
    await removeOldTrees();
    for (const name of await entries(join(root, 'clones'))) {
      const cwd = join(root, 'clones', name);
      if (!(await exists(join(cwd, 'HEAD')))) continue;
      // Two processes of git for each of a hundred clones would keep people waiting for ten seconds at every start.
      if ((await entries(join(cwd, 'worktrees'))).length > 0) await pruneWorktrees(cwd);
      const branches = (await mayHaveBranches(cwd))
        ? await git(['for-each-ref', '--format=%(refname)', 'refs/heads/mahavishnu/'], { cwd })
        : '';
      for (const ref of branches.split('\n').filter(Boolean)) {
        const run = fromFolderName(ref.split('/')[3] ?? '');
        if (keep(run)) continue;
        await git(['update-ref', '-d', ref], { cwd });
        removed.add(run);
      }
      for (const lock of ['index.lock', 'packed-refs.lock', 'shallow.lock', 'config.lock', 'HEAD.lock'])
        await rm(join(cwd, lock), { force: true });
    }
    return { removed: [...removed].sort() };
  };

  /** Everything that was cut for one run (FX-7). Safe to repeat. */
  const removeRun = (repo: Repo, run: string): Promise<void> =>
    locked(repo.name, async () => {
      for (const kind of ['worktrees', 'checkouts']) await rm(join(root, kind, toFolderName(run)), { recursive: true, force: true });
      const cwd = cloneOf(repo);
      if (!(await exists(join(cwd, 'HEAD')))) return;
      await pruneWorktrees(cwd);
      const refs = await git(['for-each-ref', '--format=%(refname)', `refs/heads/mahavishnu/${toFolderName(run)}/`], { cwd });
      for (const ref of refs.split('\n').filter(Boolean)) await git(['update-ref', '-d', ref], { cwd });
    });

  /** The commits after `base` up to `commit`, to be stored and unpacked on any machine that has `base`. */
  const bundle = async (repo: Repo, base: string, commit: string): Promise<Buffer> =>
    withPassingFile(async (file) => {
      const ref = `refs/mahavishnu/bundle/${commit}`;
      await inClone(repo, ['update-ref', ref, commit]);
      await inClone(repo, ['bundle', 'create', '--quiet', file, ref, `^${base}`]);
      return readFile(file);
    });

  /** Unpacks a bundle and returns its commit. Safe to repeat. */
  const unbundle = async (repo: Repo, content: Uint8Array): Promise<string> =>
    withPassingFile(async (file) => {
      await writeFile(file, content);
      const heads = (await inClone(repo, ['bundle', 'list-heads', file])).trim().split('\n');
      const commit = /^([0-9a-f]{40,64}) refs\/mahavishnu\/bundle\/\1$/.exec(heads.length === 1 ? (heads[0] ?? '') : '')?.[1];
      if (!commit) throw new InvalidRequest('The stored fix is not a bundle of one commit.');
      const ref = `refs/mahavishnu/bundle/${commit}`;
      await alone(repo, () => inClone(repo, ['fetch', '--quiet', '--no-write-fetch-head', file, `+${ref}:${ref}`]));
      return commit;
    });

  const withPassingFile = async <T>(work: (file: string) => Promise<T>): Promise<T> => {
    const folder = join(root, 'passing');
    await mkdir(folder, { recursive: true });
    const file = join(folder, randomUUID());
    try {
      return await work(file);
    } finally {
      await rm(file, { force: true });
    }
  };

  return {
    refresh,
    ensure,
    pin,
    pinBase,
    worktree,
    checkout,
    tree,
    reap,
    removeRun,
    bundle,
    unbundle,
    alone,
    cloneOf,
    remoteEnvironment,
    ...createContents(inClone),
  };
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
const entries = (folder: string) => readdir(folder).catch(() => [] as string[]);

/** Forgets worktrees whose folder is gone. For when none is being made. */
async function pruneWorktrees(clone: string): Promise<void> {
  const all = join(clone, 'worktrees');
  // Git locks a worktree until it is made. One that was cut short stays locked, is never pruned, and stops every fetch.
  for (const name of await entries(all))
    if (await exists(join(all, name, 'locked'))) await rm(join(all, name), { recursive: true, force: true });
  await git(['worktree', 'prune', '--expire=now'], { cwd: clone });
}

/** Whether branches of runs can stand in this clone: loose, or packed by whoever tidied it up. */
async function mayHaveBranches(clone: string): Promise<boolean> {
  if ((await entries(join(clone, 'refs', 'heads', 'mahavishnu'))).length > 0) return true;
  const packed = await readFile(join(clone, 'packed-refs'), 'utf8').catch(() => '');
  return packed.includes(' refs/heads/mahavishnu/');
}

/** Others of the same run may still be there. */
async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => {});
}
