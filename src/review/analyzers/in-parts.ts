import { type AnalyzerRun, type UnreadFile, whyIncomplete } from './outcome.js';

export interface PartRun extends AnalyzerRun {
  timedOut: boolean;
}

interface InParts {
  files: readonly string[];
  /** Files that it did not end in when it was last asked, of which nothing changed: they get a little time at the end. */
  again?: readonly string[] | undefined;
  /** For all together. */
  timeoutMs: number;
  /** Longer than any files of this size should take. */
  patienceMs: number;
  run(files: readonly string[], limitMs: number): Promise<PartRun>;
  now?: () => number;
}

/** Few enough that what the parts have in common is not read too often, and enough that the second round is among some ten files. */
const PARTS = 8;

/**
 * Runs a tool on all files at once and, when it does not end, on smaller and smaller parts of them, so that a file in which it cannot
 * come to an end takes only itself with it. Where patience would take most of the time there is, the one run gets it all.
 */
export async function inParts({
  files,
  again = [],
  timeoutMs,
  patienceMs,
  run,
  now = () => performance.now(),
}: InParts): Promise<AnalyzerRun> {
  if (patienceMs > (timeoutMs * 2) / 3) return run([...files, ...again], timeoutMs);
  const end = now() + timeoutMs;
  const runs: PartRun[] = [];
  const unread: UnreadFile[] = [];
  const parts = [files, again].filter((part) => part.length > 0);
  for (let part = parts.shift(); part; part = parts.shift()) {
    const leftMs = end - now();
    // Too little for any program to start, read what comes with the language and say something.
    if (leftMs < timeoutMs / 40) {
      unread.push(...part.map((file) => ({ file, message: 'no time was left' })));
      continue;
    }
    const limitMs = part === again ? Math.min(leftMs, timeoutMs / 10) : Math.min(patienceMs, leftMs / (parts.length + 1));
    const outcome = await run(part, limitMs);
    runs.push(outcome);
    if (outcome.timedOut && part !== again && part.length > 1) parts.push(...split(part));
    else if (outcome.reason !== null && outcome.unread.length === 0)
      unread.push(...part.map((file) => ({ file, message: outcome.reason!.replace(`${outcome.tool} `, '') })));
  }
  unread.push(...runs.flatMap((outcome) => outcome.unread));
  const [first] = runs;
  const durationMs = runs.reduce((sum, outcome) => sum + outcome.durationMs, 0);
  // It looked at nothing: no file is to blame.
  if (again.length === 0 && unread.length === files.length) return { ...first!, durationMs };
  const reason = whyIncomplete(first!.tool, unread, files.length + again.length);
  return { ...first!, hits: runs.flatMap(({ hits }) => hits), durationMs, unread, reason };
}

function split(files: readonly string[]): string[][] {
  const size = Math.ceil(files.length / PARTS);
  return Array.from({ length: Math.ceil(files.length / size) }, (_, at) => files.slice(at * size, (at + 1) * size));
}
