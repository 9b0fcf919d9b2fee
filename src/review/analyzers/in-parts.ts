import { type AnalyzerRun, type UnreadFile, whyIncomplete } from './outcome.js';

export interface PartRun extends AnalyzerRun {
  /** It died or did not end, and so said nothing of any file. */
  isLost: boolean;
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
/** Of a tool that fails so often, nothing is to be found by asking on. */
const MAX_LOST = 24;

/**
 * Runs a tool on all files at once and, when it dies or does not end, on smaller and smaller parts of them, so that a file that it cannot
 * bear takes only itself with it. Where patience would take most of the time there is, the first run gets it all.
 */
export async function inParts({
  files,
  again = [],
  timeoutMs,
  patienceMs,
  run,
  now = () => performance.now(),
}: InParts): Promise<AnalyzerRun> {
  const end = now() + timeoutMs;
  const mostMs = patienceMs > (timeoutMs * 2) / 3 ? timeoutMs : patienceMs;
  const runs: PartRun[] = [];
  const unread: UnreadFile[] = [];
  const parts = [files, again].filter((part) => part.length > 0);
  for (let part = parts.shift(); part; part = parts.shift()) {
    const leftMs = end - now();
    const lost = runs.filter(({ isLost }) => isLost).length;
    // Too little for any program to start, read what comes with the language and say something.
    if (leftMs < timeoutMs / 40 || lost >= MAX_LOST) {
      const message = lost < MAX_LOST ? 'no time was left' : `given up, as it failed ${lost} times before`;
      unread.push(...part.map((file) => ({ file, message })));
      continue;
    }
    const limitMs = part === again ? Math.min(leftMs, timeoutMs / 10) : Math.min(mostMs, leftMs / (parts.length + 1));
    const outcome = await run(part, limitMs);
    runs.push(outcome);
    if (outcome.isLost && part !== again && part.length > 1) parts.push(...split(part));
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
