import { mkdir, open, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GitError, git } from '../git/git.js';
import type { Place, Tree } from './clones.js';
import { toFolderName } from './folder-name.js';
import type { Repo } from './source.js';

/** Of fewer files, writing and removing them takes no longer than looking at what is there. */
const MIN_FILES = 1_000;
const MAX_KEPT = 5;
const MAX_AGE_MS = 30 * 86_400_000;
const LIMIT_MS = 10 * 60_000;

/**
 * The files of a commit and nothing of git, to be read. Those of a large repository stay behind when they are let go, one tree for each
 * of the repositories that were looked at last, so that the next look writes no more than what differs.
 */
export function createTrees({ root, cloneOf }: { root: string; cloneOf(repo: Repo): string }) {
  const keptTrees = join(root, 'trees');
  const keptTreeOf = (repo: Repo) => join(keptTrees, toFolderName(repo.name));
  const filesOf = (place: string) => join(place, 'files');
  const indexOf = (place: string) => join(place, 'index');
  /** Stands in a tree that was let go, and names its commit. */
  const markOf = (place: string) => join(place, 'commit');

  const inTree = (repo: Repo, place: string, args: readonly string[]) =>
    git([`--git-dir=${cloneOf(repo)}`, `--work-tree=${filesOf(place)}`, ...args], {
      cwd: filesOf(place),
      env: { GIT_INDEX_FILE: indexOf(place) },
      timeoutMs: LIMIT_MS,
    });
  /** Whatever is there is made to be as the commit has it. */
  const write = (repo: Repo, place: string, commit: string) => inTree(repo, place, ['read-tree', '-u', '--reset', commit]);

  /** Makes a tree that was kept as a fresh one would be, and tells what changed; null when that cannot be. */
  const renew = async (repo: Repo, place: string, commit: string): Promise<string[] | null> => {
    const before = await readFile(markOf(place), 'utf8').catch(() => '');
    if (!/^[0-9a-f]{40,64}$/.test(before)) return null;
    try {
      const differing =
        before === commit ? '' : await inTree(repo, place, ['diff-tree', '-r', '-z', '--name-only', '--no-renames', before, commit]);
      const changed = differing.split('\0').filter(Boolean);
      // They decide how lines end in files that are otherwise the same.
      if (changed.some((file) => /(?:^|\/)\.gitattributes$/i.test(file))) return null;
      await write(repo, place, commit);
      return (await inTree(repo, place, ['ls-files', '--others', '-z'])) === '' ? changed : null;
    } catch (error) {
      if (error instanceof GitError) return null;
      throw error;
    }
  };

  /** Whether the tree was laid aside for the next look. */
  const keep = async (repo: Repo, place: string, commit: string): Promise<boolean> => {
    if ((await countFiles(indexOf(place))) < MIN_FILES) return false;
    await writeFile(markOf(place), commit);
    await mkdir(keptTrees, { recursive: true });
    // Not when another look, which went on at the same time, was quicker.
    const isKept = await rename(place, keptTreeOf(repo)).then(
      () => true,
      () => false,
    );
    if (isKept) await removeOldTrees();
    return isKept;
  };

  const removeOldTrees = async (): Promise<void> => {
    const found = await Promise.all(
      (await readdir(keptTrees).catch(() => [] as string[])).map(async (name) => {
        const at = await stat(markOf(join(keptTrees, name))).catch(() => null);
        return { name, at: at?.mtimeMs ?? 0 };
      }),
    );
    const sorted = found.sort((a, b) => b.at - a.at);
    const old = sorted.filter(({ at }, index) => index >= MAX_KEPT || at < Date.now() - MAX_AGE_MS);
    for (const { name } of old) await rm(join(keptTrees, name), { recursive: true, force: true });
  };

  const tree = async ({ repo, commit, run, id }: Place): Promise<Tree> => {
    const place = join(root, 'checkouts', toFolderName(run), toFolderName(id));
    const discard = () => rm(place, { recursive: true, force: true });
    await discard();
    await mkdir(dirname(place), { recursive: true });
    // Taken by moving it, so that no other look has it, and a crash leaves it where what a run left is removed.
    const isTaken = await rename(keptTreeOf(repo), place).then(
      () => true,
      () => false,
    );
    const changed = isTaken ? await renew(repo, place, commit) : null;
    if (changed === null) {
      await discard();
      await mkdir(filesOf(place), { recursive: true });
      await write(repo, place, commit);
    }
    const remove = async () => {
      if (!(await keep(repo, place, commit))) await discard();
      // Others of the same run may still be there.
      await rmdir(dirname(place)).catch(() => {});
    };
    return { folder: filesOf(place), changed, remove };
  };

  return { tree, removeOldTrees };
}

/** From the head of git's index; 0 when there is none. */
async function countFiles(index: string): Promise<number> {
  const file = await open(index, 'r').catch(() => null);
  if (!file) return 0;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(12), 0, 12, 0);
    return bytesRead === 12 && buffer.toString('latin1', 0, 4) === 'DIRC' ? buffer.readUInt32BE(8) : 0;
  } finally {
    await file.close();
  }
}
