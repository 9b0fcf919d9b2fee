import { z } from 'zod';
import { entryPoint } from '../../process/entry-point.js';
import { type ProcessResult, runProcess } from '../../process/runner.js';
import type { AnalyzeRequest } from '../analyze.js';
import { AnalyzerAnswer, type Tool } from '../hit.js';
import {
  type AnalyzerContext,
  type AnalyzerRun,
  cleanRun,
  failedRun,
  MAX_ANSWER_BYTES,
  parseJson,
  programOf,
  type UnreadFile,
  whyIncomplete,
  whyUnusable,
} from './outcome.js';

/** So many files may end the child before the rest is given up. */
const MAX_RESTARTS = 5;
/** For one file of at most a megabyte; on a busy machine too. */
const PER_FILE_MS = 60_000;

const Ready = z.object({ ready: z.literal(true) });
const Line = AnalyzerAnswer.extend({ file: z.string() });

/**
 * Runs one of the analyzers that are libraries, in a child of its own. A file at which the child dies or stays is named and left out,
 * and another child goes on behind it. Never throws for what the child does.
 */
export async function analyzeInChild(request: AnalyzeRequest, context: AnalyzerContext): Promise<AnalyzerRun> {
  const { analyzer: tool, files } = request;
  const deadline = performance.now() + context.timeoutMs;
  const run: AnalyzerRun = cleanRun(tool);
  const silence = Math.min(PER_FILE_MS, context.timeoutMs / 3);
  const unread: UnreadFile[] = [];
  let left = files;
  for (let restarts = 0; left.length > 0; restarts++) {
    const timeoutMs = Math.max(1, deadline - performance.now());
    const result = await start({ ...request, files: left }, { ...context, timeoutMs }, silence);
    run.durationMs += result.durationMs;
    const lines = result.stdout.split('\n');
    const isReady = Ready.safeParse(parseJson(lines[0] ?? '')).success;
    const hasEnded = result.timedOut && performance.now() >= deadline;
    const isStuck = result.timedOut && !hasEnded && !result.cancelled;
    const died = isStuck
      ? `${tool} was stopped after ${Math.round(silence / 1000)} s of silence`
      : whyUnusable(tool, result, context.timeoutMs);
    if (died !== null && (!isReady || result.cancelled || result.truncated)) {
      // What an earlier child said of other files counts all the same.
      if (unread.length === 0 && left.length === files.length) return failedRun(tool, died, run.durationMs);
      const rest = left.map((file) => ({ file, message: died }));
      return {
        ...run,
        unread: [...unread, ...rest],
        reason: `${died}; ${unread.length + rest.length} of ${files.length} files were not looked at`,
      };
    }
    const looked = isReady ? take(lines.slice(1), left, run, unread) : null;
    // A child that ended well has a line for each file.
    if (looked === null || (died === null && looked < left.length)) {
      return failedRun(tool, `${tool} printed something that cannot be read`, run.durationMs);
    }
    left = left.slice(looked);
    if (died === null || left.length === 0) continue;
    const culprit = left[0]!;
    unread.push({ file: culprit, message: hasEnded ? died : died.replace(`${tool} `, '') });
    left = left.slice(1);
    if (hasEnded || restarts >= MAX_RESTARTS) {
      const why = hasEnded ? died : `${tool} failed at ${restarts + 1} files, the last time at ${culprit}`;
      unread.push(...left.map((file) => ({ file, message: why })));
      return { ...run, unread, reason: `${why}; ${unread.length} of ${files.length} files were not looked at` };
    }
  }
  return { ...run, unread, reason: whyIncomplete(tool, unread, files.length) };
}

function start(request: AnalyzeRequest, context: AnalyzerContext, silentMs: number): Promise<ProcessResult> {
  const tool = request.analyzer;
  return runProcess({
    ...programOf(tool, context, [...engineFlags(tool, request.files.length), entryPoint('review/analyze')]),
    cwd: context.scratch,
    input: JSON.stringify(request),
    timeoutMs: context.timeoutMs,
    silentMs,
    maxOutputBytes: MAX_ANSWER_BYTES,
    signal: context.signal,
    niceness: context.niceness,
  });
}

/** Adds what the lines say to the run, and tells how many of the files have one; null when they make no sense. */
function take(lines: readonly string[], files: readonly string[], run: AnalyzerRun, unread: UnreadFile[]): number | null {
  // What follows the last line end was cut off by the child's end.
  const whole = lines.slice(0, -1);
  if (whole.length > files.length) return null;
  for (const [at, line] of whole.entries()) {
    const answer = Line.safeParse(parseJson(line));
    if (!answer.success || answer.data.file !== files[at]) return null;
    const { file, hits, scopes, unreadable } = answer.data;
    for (const hit of hits) if (hit.file === file) run.hits.push(hit);
    for (const [name, named] of scopes ?? []) if (name === file) run.scopes.set(file, named);
    unread.push(...unreadable.map(({ message }) => ({ file, message })));
  }
  return whole.length;
}

/**
 * Ruff is WebAssembly: left alone, Node's optimising compiler spends seconds on it. With the quick compiler alone, one file takes
 * 0.5 s instead of 2 and 220,000 lines take 1.4 s instead of 3.5 (measured on two cores). Pyright forgets what it knows of files when
 * its heap is nearly full, and works it out again: 158,000 lines take 921 MB and 84 s of the cores with this limit, 1,040 MB without
 * one, and 914 MB and 111 s with a limit of 800, at which it forgets four times. With few files it ends before it has the good of
 * being compiled so early: compiled later, and with more room for what is soon forgotten, three files take 6.2 s of the cores instead
 * of 8.4, and forty 23 instead of 29; told that its heap will be large, it does not go through it again and again while it grows, which
 * is a tenth of what three files take. Not with many: it saves them 4 %, and two of ten reviews of 158,000 lines with it took half as
 * long again as the others, which none did without.
 */
export function engineFlags(tool: Tool, files: number): string[] {
  if (tool === 'ruff') return ['--liftoff-only'];
  if (tool !== 'pyright') return [];
  // Newer versions of Node know no such option.
  const compileLater = process.versions.node.startsWith('20.') ? ['--interrupt-budget=400000'] : [];
  const room = ['--min-semi-space-size=32', '--max-semi-space-size=32', '--initial-heap-size=600'];
  return ['--max-old-space-size=900', ...(files < FEW_FILES ? [...room, ...compileLater] : [])];
}

export const FEW_FILES = 100;
