import type { Asked } from './analyzers/found/asked.js';
import { runBandit } from './analyzers/found/bandit.js';
import { cruised, runDependencyCruiser } from './analyzers/found/dependency-cruiser.js';
import { findTool } from './analyzers/found/find-tool.js';
import { runKnip } from './analyzers/found/knip.js';
import { runMypy } from './analyzers/found/mypy.js';
import type { OwnersTools } from './analyzers/found/owners-tools.js';
import { publishable, runPublint } from './analyzers/found/publint.js';
import { isShellScript, runShellcheck } from './analyzers/found/shellcheck.js';
import { isWorkflow, runZizmor } from './analyzers/found/zizmor.js';
import type { Keeping } from './analyzers/kept/keeping.js';
import { perFile } from './analyzers/kept/per-file.js';
import { wholeTree } from './analyzers/kept/whole-tree.js';
import type { AnalyzerRun } from './analyzers/outcome.js';
import type { OptionalTool } from './finding.js';
import { type FoundToolName, foundTools } from './hit.js';
import { languageOf } from './languages.js';
import type { Rule } from './rules/rule.js';

interface FoundAnalyzer {
  /** What of a tree it has something to say of. */
  looksAt(files: readonly string[], folder: string): string[] | Promise<string[]>;
  run(files: readonly string[], asked: Asked): Promise<AnalyzerRun>;
  /** What its results can be kept by; `never`: they depend on more than is hashed. */
  kept: 'by file' | 'by tree' | 'never';
  /** It executes code of what it looks at: only where the owner trusts the repository. */
  runsCode?: true;
}

const python = (files: readonly string[]) => files.filter((file) => languageOf(file) === 'python');

const analyzers: Record<FoundToolName, FoundAnalyzer> = {
  bandit: { looksAt: python, run: runBandit, kept: 'by file' },
  shellcheck: { looksAt: (files) => files.filter(isShellScript), run: runShellcheck, kept: 'by file' },
  zizmor: { looksAt: (files) => files.filter(isWorkflow), run: runZizmor, kept: 'by file' },
  // Its arguments stand in a file, one a line.
  mypy: { looksAt: (files) => python(files).filter((file) => !file.includes('\n')), run: runMypy, kept: 'by tree' },
  publint: { looksAt: publishable, run: runPublint, kept: 'never' },
  knip: {
    looksAt: (files) => (files.includes('package.json') ? files.filter((file) => languageOf(file) === 'typescript') : []),
    run: runKnip,
    kept: 'never',
    runsCode: true,
  },
  'dependency-cruiser': {
    looksAt: cruised,
    run: runDependencyCruiser,
    kept: 'never',
    runsCode: true,
  },
};

/** Whether it executes code of what it looks at. */
export const runsCode = (tool: FoundToolName): boolean => analyzers[tool].runsCode ?? false;

interface Wanted extends Omit<Asked, 'program' | 'rules'> {
  files: readonly string[];
  rules: readonly Rule[];
  owners: OwnersTools;
  keeping(tool: FoundToolName): Keeping;
}

interface Chosen extends OptionalTool {
  /** Absent unless it is used. */
  start?: () => Promise<AnalyzerRun>;
}

/** The owner's programs that have something to look at here, and what becomes of each (RV-2, RV-6). */
export async function foundAnalyzers(wanted: Wanted): Promise<Chosen[]> {
  const chosen = await Promise.all(foundTools.map((tool) => choose(tool, wanted)));
  return chosen.filter((each) => each !== null);
}

async function choose(tool: FoundToolName, { files, rules, owners, keeping, ...rest }: Wanted): Promise<Chosen | null> {
  const analyzer = analyzers[tool];
  const own = rules.filter((rule) => rule.tool === tool);
  const looked = own.length === 0 ? [] : await analyzer.looksAt(files, rest.context.folder);
  if (looked.length === 0) return null;
  const at = owners.programs[tool];
  if (at === 'off') return { tool, status: 'off' };
  const program = await findTool(tool, { at, outside: [...owners.repositories, rest.context.folder] });
  if (program === null) return { tool, status: 'not found' };
  const { version } = program;
  if (analyzer.runsCode && !owners.trusted) return { tool, status: 'not trusted', version };
  const analyze = (some: readonly string[]) => analyzer.run(some, { ...rest, program, rules: own });
  const key = [program, own.map(({ code }) => code)];
  const start = () => {
    if (analyzer.kept === 'never') return analyze(looked);
    return (analyzer.kept === 'by file' ? perFile : wholeTree)({ tool, files: looked, key, analyze }, keeping(tool));
  };
  return { tool, status: 'used', version, start };
}
