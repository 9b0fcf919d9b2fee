import type { RawHit } from '../../hit.js';
import { inTurns } from '../../in-turns.js';
import { groupBy } from '../../merge.js';
import { type AnalyzerRun, cleanRun } from '../outcome.js';
import { readSource } from '../source-file.js';
import { toolBuild } from './build.js';
import type { Keeping } from './keeping.js';
import { KeptResults } from './kept-results.js';
import { filesReached } from './python-reach.js';
import { type PythonSummary, summarisePython } from './python-units.js';

interface State {
  /** Reviews since everything was looked at. */
  steps: number;
  /** Every file that could be imported; what is no module counts by its content alone. */
  tree: [file: string, hash: string, summary: PythonSummary | null][];
  hits: [file: string, hits: Omit<RawHit, 'file'>[]][];
  /** Files that it could not look at. */
  unread: string[];
}

/** After so many reviews in parts, one looks at everything again: should a path over which a change is felt be missing, not for ever. */
const MAX_STEPS = 25;

const isModule = (file: string): boolean => /\.pyi?$/i.test(file);

interface Types {
  folder: string;
  files: readonly string[];
  key: unknown;
  /** `again`: files that it could not look at the last time either, of which nothing changed. */
  analyze(files: string[], again: string[]): Promise<AnalyzerRun>;
}

/**
 * Pyright on the files that a change since the last review can have an effect on, with what is kept of the others. What it says of a
 * file depends on what that imports, so a file is looked at again when it can come over imports to something that changed and names
 * it, or names something made of it. The inside of a function that says what it returns is nobody else's business.
 */
export async function keptTypes({ folder, files, key, analyze }: Types, keeping: Keeping): Promise<AnalyzerRun> {
  const { kept, tree } = keeping;
  if (!kept || !tree) return analyze([...files], []);
  const results = await KeptResults.open<State>(kept, 'pyright', JSON.stringify([toolBuild('pyright'), key]));
  const before = results.get('state');
  const now = new Map([...tree].filter(([file, hash]) => isModule(file) || hash.startsWith('link ')));
  // Without an earlier state the files are summed up while pyright is at work.
  const comparing = compare(folder, before, now);
  const early = before ? null : analyze([...files], []);
  const { reached, summaries } = await comparing.catch(async (error: unknown) => {
    await early;
    throw error;
  });
  const asked = reached === null ? [...files] : files.filter((file) => reached.has(file));
  const unread = new Set(before?.unread);
  const again = reached === null ? [] : files.filter((file) => unread.has(file) && !reached.has(file));
  const looked = new Set([...asked, ...again]);
  const run = await (early ?? (looked.size > 0 ? analyze(asked, again) : cleanRun('pyright')));
  // Of a run that failed as a whole nothing is known.
  const mayKeep = run.reason === null || run.unread.length > 0;
  if (!before || reached === null) {
    if (mayKeep) keep(run, 0);
    return run;
  }
  const whole = withKept(run, before, looked);
  if (mayKeep && (looked.size > 0 || before.tree.length !== now.size || before.tree.some(([file, hash]) => now.get(file) !== hash)))
    keep(whole, before.steps + 1);
  return whole;

  function withKept(run: AnalyzerRun, state: State, looked: ReadonlySet<string>): AnalyzerRun {
    const still = new Set(files);
    const known = state.hits.flatMap(([file, hits]) => (still.has(file) && !looked.has(file) ? hits.map((hit) => ({ ...hit, file })) : []));
    return { ...run, hits: [...known, ...run.hits] };
  }

  function keep({ hits, unread }: AnalyzerRun, steps: number): void {
    const byFile = groupBy(hits, ({ file }) => file);
    results.put('state', {
      steps,
      tree: [...now].map(([file, hash]) => [file, hash, summaries.get(file) ?? null]),
      hits: [...byFile].map(([file, list]) => [file, list.map(({ file: _, ...hit }) => hit)]),
      unread: unread.map(({ file }) => file),
    });
    keeping.later((mask) =>
      results.save((state) => ({
        ...state,
        hits: state.hits.map(([file, list]) => [file, list.map((hit) => ({ ...hit, message: mask(hit.message) }))]),
      })),
    );
  }
}

/** `reached` is null when everything has to be looked at. */
async function compare(folder: string, before: State | undefined, now: ReadonlyMap<string, string>) {
  const known = new Map((before?.tree ?? []).map(([file, hash, summary]) => [file, { hash, summary }]));
  const summaries = new Map<string, PythonSummary>();
  const changed = new Set<string>();
  let others = false;
  const turn = inTurns();
  for (const [file, hash] of now) {
    const last = known.get(file);
    if (last?.hash !== hash) changed.add(file);
    if (/^(?:link|unread) /.test(hash)) others ||= last?.hash !== hash;
    else if (last?.hash === hash && last.summary) summaries.set(file, last.summary);
    else {
      await turn();
      summaries.set(file, summarisePython(readSource(`${folder}/${file}`)));
    }
  }
  for (const [file, { summary }] of known) {
    if (now.has(file)) continue;
    changed.add(file);
    others ||= summary === null;
  }
  const isAmbient = [...changed].some((file) => /(?:^|\/)__builtins__\.pyi$/.test(file));
  if (!before || before.steps >= MAX_STEPS || others || isAmbient) return { reached: null, summaries };
  const old = new Map(before.tree.flatMap(([file, , summary]) => (summary ? [[file, summary] as const] : [])));
  return { reached: filesReached(old, summaries, changed), summaries };
}
