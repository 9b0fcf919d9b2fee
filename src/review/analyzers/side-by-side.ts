import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type AnalyzerRun, type UnreadFile, whyIncomplete } from './outcome.js';

/** Beyond that the two would need the memory of two whole trees. */
const FEW_FILES = 100;

/** Runs a tool twice at the same time, over half of a few files each: for one that works on one core and looks at each file by itself. */
export async function sideBySide(
  files: readonly string[],
  folder: string,
  run: (files: string[]) => Promise<AnalyzerRun>,
): Promise<AnalyzerRun> {
  if (files.length < 2 || files.length > FEW_FILES || availableParallelism() < 2) return run([...files]);
  const parts = [
    { files: [] as string[], bytes: 0 },
    { files: [] as string[], bytes: 0 },
  ];
  const sized = files.map((file) => ({ file, bytes: statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0 }));
  for (const { file, bytes } of sized.sort((a, b) => b.bytes - a.bytes)) {
    const smaller = parts[0]!.bytes <= parts[1]!.bytes ? parts[0]! : parts[1]!;
    smaller.files.push(file);
    smaller.bytes += bytes;
  }
  const [one, two] = parts.map((part) => part.files.sort()) as [string[], string[]];
  const [first, second] = await Promise.all([run(one), run(two)]);
  if (isLost(first) && isLost(second)) return first;
  const unread = [...unreadOf(first, one), ...unreadOf(second, two)];
  return {
    tool: first.tool,
    hits: [...first.hits, ...second.hits],
    scopes: new Map([...first.scopes, ...second.scopes]),
    durationMs: Math.max(first.durationMs, second.durationMs),
    reason: whyIncomplete(first.tool, unread, files.length),
    unread,
  };
}

const isLost = ({ reason, unread }: AnalyzerRun): boolean => reason !== null && unread.length === 0;

const unreadOf = (run: AnalyzerRun, files: readonly string[]): readonly UnreadFile[] =>
  isLost(run) ? files.map((file) => ({ file, message: run.reason ?? '' })) : run.unread;
