import { createHash } from 'node:crypto';
import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../git/git.js';

/** Content of every file that differs from the commit, by path. */
export type TreeState = ReadonlyMap<string, string>;

export async function treeState(folder: string, ignored: readonly string[]): Promise<TreeState> {
  const status = await git(['status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=all'], { cwd: folder });
  const state = new Map<string, string>();
  for (const entry of status.split('\0')) {
    const path = entry.slice(3);
    if (path === '' || ignored.some((kept) => path === kept || path.startsWith(`${kept}/`))) continue;
    state.set(path, await contentOf(join(folder, path)));
  }
  return state;
}

export function changedBetween(before: TreeState, after: TreeState): string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort();
}

async function contentOf(path: string): Promise<string> {
  try {
    const content = (await lstat(path)).isSymbolicLink() ? await readlink(path) : await readFile(path);
    return createHash('sha256').update(content).digest('hex');
  } catch {
    return 'gone';
  }
}
