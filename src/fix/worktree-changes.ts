import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GitError, git } from '../git/git.js';
import type { ChangedText } from './weakened-tests.js';

export interface WorktreeAt {
  folder: string;
  /** The commit it was cut from. */
  base: string;
}

/** Back to exactly the base commit, whatever an earlier try left there. */
export async function resetWorktree({ folder, base }: WorktreeAt): Promise<void> {
  await git(['reset', '--quiet', '--hard', base], { cwd: folder });
  await git(['clean', '-ffdxq'], { cwd: folder });
}

/** Stages everything and says what changed, from git's own view and not from what a fixer claims. */
export async function stageChanges({ folder, base }: WorktreeAt): Promise<{ files: string[]; odd: string[] }> {
  await git(['add', '--all'], { cwd: folder });
  const raw = (await git(['diff', '--cached', '--raw', '-z', '--no-renames', '--abbrev=40', base], { cwd: folder })).split('\0');
  const files: string[] = [];
  const odd: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [, before, after] = /^:(\d+) (\d+) /.exec(raw[at] ?? '') ?? [];
    const file = raw[at + 1];
    if (!before || !after || file === undefined) continue;
    files.push(file);
    const isPlain = after === '000000' || after === '100644' || after === '100755';
    if (!isPlain || (before !== '000000' && after !== '000000' && before !== after)) odd.push(file);
  }
  return { files: files.sort(), odd: odd.sort() };
}

/** Both sides of the changed files, for looking at what happened to their tests. */
export async function changedTexts({ folder, base }: WorktreeAt, files: readonly string[]): Promise<ChangedText[]> {
  return Promise.all(
    files.map(async (path) => ({ path, before: await textAt(folder, base, path), after: await textIn(join(folder, path)) })),
  );
}

async function textAt(folder: string, commit: string, path: string): Promise<string | null> {
  try {
    return await git(['cat-file', 'blob', `${commit}:${path}`], { cwd: folder });
  } catch (error) {
    if (error instanceof GitError) return null;
    throw error;
  }
}

async function textIn(path: string): Promise<string | null> {
  const found = await lstat(path).catch(() => null);
  return found?.isFile() ? readFile(path, 'utf8') : null;
}
