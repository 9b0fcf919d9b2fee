import type { NamedScope, RawHit, Tool } from '../../hit.js';
import { groupBy } from '../../merge.js';
import { type AnalyzerRun, cleanRun } from '../outcome.js';
import { toolBuild } from './build.js';
import type { Keeping } from './keeping.js';
import { type KeptFolder, KeptResults } from './kept-results.js';

interface FileResult {
  hits: Omit<RawHit, 'file'>[];
  scopes?: NamedScope[];
}

interface PerFile {
  tool: Tool;
  files: readonly string[];
  /** Everything the tool's answer depends on besides the file: rules, options. */
  key: unknown;
  analyze(files: string[]): Promise<AnalyzerRun>;
}

/** Runs a tool that looks at each file by itself, on the files whose result for this very content is not kept yet. */
export async function perFile({ tool, files, key, analyze }: PerFile, keeping: Keeping): Promise<AnalyzerRun> {
  if (!keeping.kept) return analyze([...files]);
  const results = await openResults(keeping.kept, tool, key);
  const known = cleanRun(tool);
  const unknown: string[] = [];
  for (const file of files) {
    const id = keeping.idOf(file);
    const result = id === undefined ? undefined : results.get(id);
    if (result === undefined) unknown.push(file);
    else add(known, file, result);
  }
  const run = unknown.length > 0 ? await analyze(unknown) : cleanRun(tool);
  // What failed is never kept: the next review tries it again.
  if (run.reason === null || run.unread.length > 0) {
    const unread = new Set(run.unread.map(({ file }) => file));
    const hits = groupBy(run.hits, ({ file }) => file);
    for (const file of unknown) {
      const id = keeping.idOf(file);
      if (unread.has(file) || id === undefined) continue;
      const scopes = run.scopes.get(file);
      results.put(id, {
        hits: (hits.get(file) ?? []).map(({ file: _, ...hit }) => hit),
        ...(scopes ? { scopes: [...scopes] } : {}),
      });
    }
    keeping.later((mask) =>
      results.save(({ hits, ...rest }) => ({ hits: hits.map((hit) => ({ ...hit, message: mask(hit.message) })), ...rest })),
    );
  }
  return {
    ...run,
    hits: [...known.hits, ...run.hits],
    scopes: new Map([...known.scopes, ...run.scopes]),
  };
}

function openResults(kept: KeptFolder, tool: Tool, key: unknown): Promise<KeptResults<FileResult>> {
  return KeptResults.open(kept, tool, JSON.stringify([toolBuild(tool), key]));
}

function add(run: AnalyzerRun, file: string, { hits, scopes }: FileResult): void {
  for (const hit of hits) run.hits.push({ ...hit, file });
  if (scopes) run.scopes.set(file, scopes);
}
