import { mkdir, mkdtemp } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { analyzeInChild } from './analyzers/in-child.js';
import { type AnalyzerContext, type AnalyzerRun, failedRun } from './analyzers/outcome.js';
import { runOxlint } from './analyzers/oxlint.js';
import { runPyright } from './analyzers/pyright.js';
import type { SourceTexts } from './analyzers/source-texts.js';
import { type Tool, tools } from './hit.js';
import { languageOf } from './languages.js';
import { childRule } from './rules/pack.js';
import type { Rule } from './rules/rule.js';
import type { RuleTable } from './rules/table.js';

/**
 * Over all reviews of this process: as many as one review has, or twice the cores. Ten reviews with five each at the same time would
 * end no sooner, need ten times the memory, and leave a person's command little of the cores.
 */
const slots = pLimit(Math.max(tools.length, 2 * availableParallelism()));

export interface AnalyzersRequest extends AnalyzerContext {
  files: readonly string[];
  table: RuleTable;
  /** The rules that count; a tool without any is left out. */
  rules: readonly Rule[];
  texts: SourceTexts;
}

/**
 * Runs every analyzer that has something to look at, once, all at the same time. The search for secrets always runs, because
 * what other tools quote is masked with what it finds.
 */
export async function runAnalyzers(request: AnalyzersRequest): Promise<AnalyzerRun[]> {
  const { files, rules, table, texts } = request;
  const python = files.filter((file) => languageOf(file) === 'python');
  const script = files.filter((file) => languageOf(file) === 'typescript' && !/\.pyi?$/.test(file));
  const code = [...python, ...script].sort();
  const of = (tool: Tool) => rules.filter((rule) => rule.tool === tool);

  await mkdir(request.scratch, { recursive: true });
  // A folder of its own, so that a review and a recheck may share a scratch folder.
  const scratch = await mkdtemp(join(request.scratch, 'analyzers-'));
  const context: AnalyzerContext = {
    folder: request.folder,
    scratch,
    timeoutMs: request.timeoutMs,
    signal: request.signal,
    programs: request.programs,
  };
  const { folder } = context;

  const runs: Promise<AnalyzerRun>[] = [];
  const start = (tool: Tool, run: () => Promise<AnalyzerRun>) => {
    // Whatever goes wrong here is this analyzer's failure, never "nothing found" and never the end of the others.
    runs.push(
      slots(run).catch((error: unknown) =>
        failedRun(tool, `${tool} could not be run: ${error instanceof Error ? error.message : String(error)}`),
      ),
    );
  };
  // The slowest first.
  if (python.length > 0 && of('pyright').length > 0) start('pyright', () => runPyright(python, of('pyright'), texts, context));
  if (code.length > 0) {
    const wanted = new Set(of('ast-grep').map((rule) => rule.code));
    const pack = table.pack.filter((rule) => wanted.has(rule.id)).map(childRule);
    start('ast-grep', () => analyzeInChild({ analyzer: 'ast-grep', folder, files: code, rules: pack, scopes: true }, context));
  }
  if (files.length > 0) start('secretlint', () => analyzeInChild({ analyzer: 'secretlint', folder, files: [...files] }, context));
  if (python.length > 0 && of('ruff').length > 0) {
    const select = of('ruff')
      .map((rule) => rule.code)
      .filter((name) => name !== 'invalid-syntax');
    start('ruff', () => analyzeInChild({ analyzer: 'ruff', folder, files: python, select }, context));
  }
  if (script.length > 0 && of('oxlint').length > 0) start('oxlint', () => runOxlint(script, of('oxlint'), texts, context));
  return Promise.all(runs);
}
