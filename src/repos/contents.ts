import { InvalidRequest } from '../errors.js';
import type { GitOptions } from '../git/git.js';
import type { Repo } from './source.js';

const MAX_FILE_BYTES = 16 * 1024 * 1024;

export interface DiffStat {
  /** Renames are a removal and an addition. Binary files count no lines. */
  files: { path: string; added: number; removed: number; binary: boolean }[];
  added: number;
  removed: number;
}

type InClone = (repo: Repo, args: readonly string[], options?: Partial<GitOptions>) => Promise<string>;

/** Reading commits without a checkout. */
export function createContents(inClone: InClone) {
  const entryAt = async (repo: Repo, commit: string, path: string) => {
    if (path === '' || path.startsWith('/') || path.split('/').includes('..')) return null; // No commit has such a path.
    const listed = await inClone(repo, ['--literal-pathspecs', 'ls-tree', '-l', '-z', commit, '--', path]);
    return /^\d+ (\w+) ([0-9a-f]+) +(\d+|-)\t/.exec(listed);
  };

  return {
    /** Null when the commit has no such file. Anything else that keeps it from being read is an error, never "no file". */
    async readFileAt(repo: Repo, commit: string, path: string): Promise<string | null> {
      const entry = await entryAt(repo, commit, path);
      if (!entry?.[2] || entry[1] !== 'blob') return null;
      if (Number(entry[3]) > MAX_FILE_BYTES)
        throw new InvalidRequest(`${path} of repository "${repo.name}" is larger than ${MAX_FILE_BYTES / 1024 / 1024} MB.`);
      return inClone(repo, ['cat-file', 'blob', entry[2]]);
    },

    /** Files and symbolic links of a commit; a submodule's folder is not followed. Names that are not UTF-8 have U+FFFD in them. */
    async listFilesAt(repo: Repo, commit: string): Promise<string[]> {
      const listed = await inClone(repo, ['ls-tree', '-r', '-z', '--full-tree', commit]);
      return listed.split('\0').flatMap((line) => {
        const match = /^\d+ blob [0-9a-f]+\t([\s\S]+)$/.exec(line);
        return match?.[1] === undefined ? [] : [match[1]];
      });
    },

    async diffStat(repo: Repo, base: string, commit: string): Promise<DiffStat> {
      const text = await inClone(repo, ['diff', '--numstat', '-z', '--no-renames', '--no-ext-diff', '--no-textconv', base, commit]);
      const files = text.split('\0').flatMap((line) => {
        const match = /^(\d+|-)\t(\d+|-)\t([\s\S]+)$/.exec(line);
        if (match?.[3] === undefined) return [];
        const binary = match[1] === '-';
        return [{ path: match[3], added: binary ? 0 : Number(match[1]), removed: binary ? 0 : Number(match[2]), binary }];
      });
      const sum = (key: 'added' | 'removed') => files.reduce((total, file) => total + file[key], 0);
      return { files, added: sum('added'), removed: sum('removed') };
    },

    /** Files that have changed, or are new, since the branch was last seen before a day, and when that was; null when its history begins later. */
    async unchangedSince(repo: Repo, commit: string, day: Date): Promise<{ since: Date; changed: Set<string> } | null> {
      const before = `--before=${Math.floor(day.getTime() / 1000)}`;
      const found = await inClone(repo, ['log', '-1', '--first-parent', '--format=%H %ct', before, commit]);
      const [, base, seconds] = /^([0-9a-f]{40,64}) (\d{1,12})$/.exec(found.trim()) ?? [];
      if (base === undefined) return null;
      const text = await inClone(repo, ['diff', '--name-only', '-z', '--no-renames', '--no-ext-diff', '--no-textconv', base, commit]);
      return { since: new Date(Number(seconds) * 1000), changed: new Set(text.split('\0').filter(Boolean)) };
    },

    /** Files of `commit` that another name had in `base`: new name to old one. */
    async renamesBetween(repo: Repo, base: string, commit: string): Promise<Map<string, string>> {
      const flags = ['--find-renames=50%', '-l5000', '--diff-filter=R', '--name-status', '-z', '--no-ext-diff', '--no-textconv'];
      const parts = (await inClone(repo, ['diff', ...flags, base, commit])).split('\0');
      const renames = new Map<string, string>();
      for (let at = 0; at + 2 < parts.length; at += 3) renames.set(parts[at + 2] ?? '', parts[at + 1] ?? '');
      return renames;
    },

    /** Who wrote a line of a commit's file, and when; null when the history does not reach that far. */
    async blame(repo: Repo, commit: string, file: string, line: number): Promise<{ by: string; at: Date } | null> {
      const text = await inClone(repo, ['--literal-pathspecs', 'blame', '--porcelain', `-L${line},${line}`, commit, '--', file]);
      const seconds = Number(/^author-time (\d{1,12})$/m.exec(text)?.[1] ?? Number.NaN);
      const by = (/^author (.*)$/m.exec(text)?.[1] ?? '')
        .replace(/[\p{Cc}\p{Cf}]/gu, ' ')
        .trim()
        .slice(0, 100);
      return by === '' || !Number.isFinite(seconds) ? null : { by, at: new Date(seconds * 1000) };
    },

    /** All changes between two commits, as `git apply` takes them. */
    async patch(repo: Repo, base: string, commit: string): Promise<string> {
      return inClone(repo, ['diff', '--binary', '--full-index', '--no-ext-diff', '--no-textconv', base, commit]);
    },

    async isAncestor(repo: Repo, ancestor: string, commit: string): Promise<boolean> {
      return (await inClone(repo, ['rev-list', '--max-count=1', ancestor, `^${commit}`])).trim() === '';
    },
  };
}
