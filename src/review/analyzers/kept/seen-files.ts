import type { Stats } from 'node:fs';
import type { SeenFiles, Verdict } from '../../inventory.js';
import { ownBuild } from './build.js';
import { type KeptFolder, KeptResults } from './kept-results.js';

/** Fewer files are read again as quickly. */
const MIN_FILES = 1_000;
/** Written to again so soon, a file can have the same times. */
const TICK_MS = 50;

/** A file that still has these has not been written to since: nobody can set the last one. Git itself goes by them. */
type Marks = [inode: number, size: number, modified: number, changed: number];

/**
 * What was found in the files of a tree that stays between reviews, so that the next review reads only those that were written since.
 * In a tree that was written afresh, no file is the same.
 */
export async function openSeenFiles(kept: KeptFolder): Promise<SeenFiles & { save(): Promise<void> }> {
  const results = await KeptResults.open<[file: string, marks: Marks, verdict: Verdict][]>(kept, 'inventory', ownBuild());
  const before = new Map((results.get('files') ?? []).map(([file, marks, verdict]) => [file, { marks, verdict }]));
  const now: [string, Marks, Verdict][] = [];
  let isNew = false;
  return {
    get(file, stats) {
      const known = before.get(file);
      return known && marksOf(stats).every((mark, at) => mark === known.marks[at]) ? known.verdict : undefined;
    },
    put(file, stats, verdict) {
      if (stats.ctimeMs > Date.now() - TICK_MS) return;
      isNew ||= verdict !== before.get(file)?.verdict;
      now.push([file, marksOf(stats), verdict]);
    },
    async save() {
      if (now.length < MIN_FILES || (!isNew && now.length === before.size)) return;
      results.put('files', now);
      await results.save((files) => files);
    },
  };
}

function marksOf({ ino, size, mtimeMs, ctimeMs }: Stats): Marks {
  return [ino, size, mtimeMs, ctimeMs];
}
