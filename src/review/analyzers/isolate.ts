import { type AnalyzerRun, cleanRun, type UnreadFile, whyIncomplete } from './outcome.js';

/** Runs of the tool to find the files that it cannot bear; beyond that the rest is given up. */
const MAX_RUNS = 24;

/** What is left of the time for another run, of which none may take more than a third. */
export function timeKeeper(timeoutMs: number): () => number {
  const deadline = performance.now() + timeoutMs;
  return () => Math.max(1, Math.min(Math.ceil(timeoutMs / 3), deadline - performance.now()));
}

/**
 * Runs a program that is given all files at once. When it fails, the files are halved until those that it fails at are known; they are
 * named, and what counts is a run over all others together, because some of what is found takes more than one file.
 */
export async function isolate(files: readonly string[], run: (files: string[]) => Promise<AnalyzerRun>): Promise<AnalyzerRun> {
  const first = await run([...files]);
  if (!isFailed(first) || files.length < 2) return first;
  let runs = 1;
  let durationMs = first.durationMs;
  const attempt = async (some: readonly string[]) => {
    runs += 1;
    const outcome = await run([...some]);
    durationMs += outcome.durationMs;
    return outcome;
  };
  const unread: UnreadFile[] = [];
  const pending = [...halves(files)];
  for (let some = pending.pop(); some; some = pending.pop()) {
    // Many files that fail, or a program that fails whatever it is given: there is nothing to be found by asking on.
    if (runs >= MAX_RUNS || unread.length > 3) return { ...first, durationMs };
    const outcome = await attempt(some);
    if (!isFailed(outcome)) continue;
    if (some.length === 1) unread.push({ file: some[0]!, message: outcome.reason ?? '' });
    else pending.push(...halves(some));
  }
  const bad = new Set(unread.map(({ file }) => file));
  const rest = files.filter((file) => !bad.has(file));
  const outcome = rest.length > 0 ? await attempt(rest) : cleanRun(first.tool);
  if (isFailed(outcome)) return { ...first, durationMs };
  const all = [...outcome.unread, ...unread];
  return { ...outcome, durationMs, unread: all, reason: whyIncomplete(first.tool, all, files.length) };
}

const isFailed = ({ reason, unread }: AnalyzerRun): boolean => reason !== null && unread.length === 0;

function halves(files: readonly string[]): string[][] {
  const middle = Math.ceil(files.length / 2);
  return [files.slice(0, middle), files.slice(middle)].filter((half) => half.length > 0);
}
