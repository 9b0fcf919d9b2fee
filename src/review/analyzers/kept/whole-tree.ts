import type { RawHit, Tool } from '../../hit.js';
import { type AnalyzerRun, cleanRun } from '../outcome.js';
import { toolBuild } from './build.js';
import type { Keeping } from './keeping.js';
import { digest, KeptResults } from './kept-results.js';

/** Runs a tool that looks at the tree as a whole, unless nothing changed in what its answer depends on. */
export async function wholeTree(
  {
    tool,
    name = tool,
    files,
    key,
    analyze,
    dependsOn = () => true,
  }: {
    tool: Tool;
    /** What its results are kept as, for a tool that is run more than once. */
    name?: string;
    files: readonly string[];
    key: unknown;
    analyze(files: string[]): Promise<AnalyzerRun>;
    /** Which files of the tree, asked about or not, the answer depends on; by default any. */
    dependsOn?: (file: string) => boolean;
  },
  keeping: Keeping,
): Promise<AnalyzerRun> {
  const { kept, tree } = keeping;
  if (!kept || !tree) return analyze([...files]);
  const results = await KeptResults.open<RawHit[]>(kept, name, JSON.stringify([toolBuild(tool), key]));
  const id = digest(...[...tree].filter(([file]) => dependsOn(file)).flat(), ...files);
  const hits = results.get(id);
  if (hits) {
    keeping.later(() => results.save((value) => value));
    return { ...cleanRun(tool), hits };
  }
  const run = await analyze([...files]);
  if (run.reason === null) {
    results.put(id, run.hits);
    keeping.later((mask) => results.save((list) => list.map((hit) => ({ ...hit, message: mask(hit.message) }))));
  }
  return run;
}
