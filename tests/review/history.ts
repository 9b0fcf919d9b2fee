import { execFileSync } from 'node:child_process';
import { languageOf } from '../../src/review/languages.js';

/** One file as a real commit found and left it. */
export interface Change {
  /** What stands before its path in both trees: the files of one commit lie beside each other, as in the repository. */
  commit: string;
  oldPath: string;
  path: string;
  before: string;
  after: string;
  hunks: Hunk[];
}

/** Lines `[from, from + count)` of the old text became `[newFrom, newFrom + newCount)`; nothing taken out: it was put in before line `from`. */
export interface Hunk {
  from: number;
  count: number;
  newFrom: number;
  newCount: number;
}

const git = (args: readonly string[], input?: string): string =>
  execFileSync('git', ['-c', 'core.quotePath=false', ...args], { encoding: 'utf8', maxBuffer: 512 * 1024 * 1024, ...(input && { input }) });

/** Null when this clone does not hold so much of the history. */
export function commitsBefore(last: string, count: number, folder: string): string[] | null {
  try {
    const found = git(['rev-list', '--no-merges', `--max-count=${count}`, last, '--', folder])
      .trim()
      .split('\n');
    // The oldest one is compared with its parent: it has to be there, too.
    git(['cat-file', '-e', `${found.at(-1)}^`]);
    return found.length === count ? found : null;
  } catch {
    return null;
  }
}

/** The files with code that a commit changed or renamed, with git's own account of which lines. */
export function changesOf(commit: string, folder: string): Change[] {
  const range = [`${commit}^`, commit];
  const raw = git(['diff', '--raw', '-M', '--no-abbrev', '-z', '--diff-filter=MR', ...range, '--', folder]).split('\0');
  const named: { from: string; to: string; oldPath: string; path: string }[] = [];
  for (let at = 0; at < raw.length - 1; ) {
    const [, , from = '', to = '', status = ''] = raw[at]!.split(' ');
    const oldPath = raw[at + 1]!;
    const renamed = status.startsWith('R');
    named.push({ from, to, oldPath, path: renamed ? raw[at + 2]! : oldPath });
    at += renamed ? 3 : 2;
  }
  return named
    .filter(({ path, oldPath }) => languageOf(path) !== null && languageOf(oldPath) !== null)
    .map(({ from, to, oldPath, path }) => ({
      commit: commit.slice(0, 10),
      oldPath,
      path,
      before: git(['cat-file', 'blob', from]),
      after: git(['cat-file', 'blob', to]),
      hunks: hunksOf(from, to),
    }));
}

function hunksOf(from: string, to: string): Hunk[] {
  const heads = git(['diff', '-U0', '--no-color', '--no-ext-diff', from, to]).matchAll(/^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/gm);
  return [...heads].map(([, start = '', count = '1', newStart = '', newCount = '1']) => ({
    from: count === '0' ? Number(start) + 1 : Number(start),
    count: Number(count),
    newFrom: newCount === '0' ? Number(newStart) + 1 : Number(newStart),
    newCount: Number(newCount),
  }));
}

/** Where these lines are afterwards; null when the commit touched one of them or put something in between. */
export function movedTo(hunks: readonly Hunk[], startLine: number, endLine: number): number | null {
  let by = 0;
  for (const { from, count, newCount } of hunks) {
    if (count === 0 ? from > startLine && from <= endLine : from <= endLine && from + count > startLine) return null;
    if (from <= startLine) by += newCount - count;
  }
  return startLine + by;
}

/**
 * Whether the commit touched a line that encloses this one, told by indentation alone: the beginning of a function or class whose name
 * is part of a fingerprint.
 */
export function touchedAbove({ before, after, hunks }: Change, line: number, newLine: number): boolean {
  const old = headersOf(before, line);
  const now = headersOf(after, newLine);
  return old.length !== now.length || old.some(([at, text], index) => now[index]?.[1] !== text || movedTo(hunks, at, at) === null);
}

function headersOf(text: string, line: number): [number, string][] {
  const lines = text.split('\n');
  const depth = (at: number) => /^\s*/.exec(lines[at - 1] ?? '')![0].length;
  const found: [number, string][] = [];
  let within = depth(line);
  for (let at = line - 1; at > 0 && within > 0; at -= 1) {
    if ((lines[at - 1] ?? '').trim() === '' || depth(at) >= within) continue;
    within = depth(at);
    found.push([at, lines[at - 1]!.trim()]);
  }
  return found;
}
