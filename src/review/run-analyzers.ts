import { mkdir, mkdtemp } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { noOwnersTools, type OwnersTools } from './analyzers/found/owners-tools.js';
import { analyzeInChild } from './analyzers/in-child.js';
import { runJscpd } from './analyzers/jscpd.js';
import type { EarlyTypes } from './analyzers/kept/early-types.js';
import type { Keeping } from './analyzers/kept/keeping.js';
import { digest, type KeptFolder } from './analyzers/kept/kept-results.js';
import { perFile } from './analyzers/kept/per-file.js';
import { keptTypes } from './analyzers/kept/types.js';
import { wholeTree } from './analyzers/kept/whole-tree.js';
import { type AnalyzerContext, type AnalyzerRun, cleanRun, failedRun } from './analyzers/outcome.js';
import { runOxlint } from './analyzers/oxlint.js';
import { runPyright } from './analyzers/pyright.js';
import { worthALook } from './analyzers/quick-look.js';
import { ruffSettingsFiles } from './analyzers/ruff-settings.js';
import type { SourceTexts } from './analyzers/source-texts.js';
import type { OptionalTool } from './finding.js';
import { foundAnalyzers } from './found-analyzers.js';
import type { Tool } from './hit.js';
import type { Inventory } from './inventory.js';
import { isSupportFile, languageOf } from './languages.js';
import { Redactor } from './redact.js';
import { childRule, comparesFiles } from './rules/pack.js';
import type { Rule } from './rules/rule.js';
import type { RuleTable } from './rules/table.js';

/**
 * Over all reviews of this process: as many as most reviews have, or twice the cores. Ten reviews with five each at the same time would
 * end no sooner, need ten times the memory, and leave a person's command little of the cores.
 */
const slots = pLimit(Math.max(8, 2 * availableParallelism()));

export interface AnalyzersRequest extends AnalyzerContext {
  inventory: Pick<Inventory, 'files'> & Partial<Inventory>;
  table: RuleTable;
  /** The rules that count; a tool without any is left out. */
  rules: readonly Rule[];
  texts: SourceTexts;
  /** Pyright, begun on a guess; it is taken or ended. */
  earlyTypes?: EarlyTypes | null;
  /** Results of earlier reviews are taken from here and kept here. */
  kept?: KeptFolder | undefined;
  /** What the owner says of programs that are used when they are found. */
  owners?: OwnersTools | undefined;
  log?: { warn(fields: object, message: string): void } | undefined;
  /** Told of each analyzer as it ends. */
  onRun?: (run: AnalyzerRun) => void;
}

export interface Analyzed {
  runs: AnalyzerRun[];
  /** The owner's programs that had something to look at. */
  optional: OptionalTool[];
  /** Keeps the results for the next review, which nobody has to wait for. Never throws. */
  keep(): Promise<void>;
}

/**
 * Runs every analyzer that has something to look at, once, all at the same time. The search for secrets always runs, because
 * what other tools quote is masked with what it finds.
 */
export async function runAnalyzers(request: AnalyzersRequest): Promise<Analyzed> {
  const { inventory, rules, table, texts, owners = noOwnersTools, earlyTypes } = request;
  const { files, parts = [] } = inventory;
  const python = files.filter((file) => languageOf(file) === 'python');
  const script = files.filter((file) => languageOf(file) === 'typescript' && !/\.pyi?$/.test(file));
  const code = [...python, ...script].sort();
  const of = (tool: Tool) => rules.filter((rule) => rule.tool === tool);

  await mkdir(request.scratch, { recursive: true });
  // A folder of its own, so that a review and a recheck may share a scratch folder.
  const scratch = await mkdtemp(join(request.scratch, 'analyzers-'));
  const { folder, timeoutMs, signal, programs, compiled } = request;
  const hasTypes = python.length > 0 && of('pyright').length > 0;
  const context: AnalyzerContext = { folder, scratch, timeoutMs, signal, programs, compiled };
  const ids = new Map<string, string>();
  const idOf = (file: string) => {
    const hash = inventory.hashes?.get(file);
    // Asked for by every analyzer that looks at each file by itself.
    if (hash !== undefined && !ids.has(file)) ids.set(file, digest(file, hash));
    return ids.get(file);
  };
  const saves: Parameters<Keeping['later']>[0][] = [];
  const keeping = (tool: Tool): Keeping => ({
    // What a program of the owner's says depends on more than is known here.
    kept: request.programs?.[tool] ? null : (request.kept ?? null),
    idOf,
    tree: inventory.tree ?? null,
    later: (save) => void saves.push(save),
  });

  const runs: Promise<AnalyzerRun>[] = [];
  const start = (tool: Tool, run: () => Promise<AnalyzerRun>) => {
    // Whatever goes wrong here is this analyzer's failure, never "nothing found" and never the end of the others.
    const running = slots(run).catch((error: unknown) =>
      failedRun(tool, `${tool} could not be run: ${error instanceof Error ? error.message : String(error)}`),
    );
    runs.push(running);
    if (request.onRun) void running.then(request.onRun);
  };
  if (hasTypes) {
    const own = of('pyright');
    const key = own.map((rule) => rule.code);
    // It takes longest, so the others wait until it is known what it has to look at.
    await new Promise<void>((othersMayStart) => {
      const endGuess = () => {
        earlyTypes?.end();
        othersMayStart();
      };
      const analyze = (some: string[], again: string[]) => {
        const early = again.length === 0 ? earlyTypes?.take(some) : null;
        const running = early ?? runPyright(some, own, texts, context, { again });
        // What the others take of its core, the review takes longer. Not where everything is looked at: there the others take their time
        // too, and longer beside pyright at its largest, which is 350 MB more.
        if (some.length + again.length < python.length) context.niceness = 19;
        othersMayStart();
        return running;
      };
      start('pyright', () => keptTypes({ folder, files: python, key, analyze }, keeping('pyright')).finally(endGuess));
    });
  }
  const readable = [...code, ...parts.filter((file) => languageOf(file) !== null)];
  if (readable.length > 0) {
    const wanted = new Set(of('ast-grep').map((rule) => rule.code));
    const enabled = table.pack.filter((rule) => wanted.has(rule.id));
    const [perTree, pack] = [enabled.filter(comparesFiles), enabled.filter((rule) => !comparesFiles(rule))].map((some) =>
      some.map(childRule),
    );
    const analyze = (some: string[]) =>
      analyzeInChild({ analyzer: 'ast-grep', folder, files: some, rules: pack!, scopes: true, acrossFiles: false }, context);
    start('ast-grep', () => perFile({ tool: 'ast-grep', files: readable, key: pack, analyze }, keeping('ast-grep')));
    if (perTree!.length > 0) {
      const compare = (some: string[]) =>
        analyzeInChild({ analyzer: 'ast-grep', folder, files: some, rules: perTree!, scopes: false, acrossFiles: true }, context);
      start('ast-grep', async () => {
        const worth = await worthALook(folder, code, perTree!);
        // One file has no other to be compared with, and most trees have none.
        if (worth.length < 2) return cleanRun('ast-grep');
        const compared = new Set(worth);
        const part = { tool: 'ast-grep', name: 'ast-grep-across', files: worth, key: perTree, analyze: compare } as const;
        return wholeTree({ ...part, dependsOn: (file) => compared.has(file) }, keeping('ast-grep'));
      });
    }
  }
  if (files.length + parts.length > 0) {
    const analyze = (some: string[]) => analyzeInChild({ analyzer: 'secretlint', folder, files: some }, context);
    start('secretlint', () => perFile({ tool: 'secretlint', files: [...files, ...parts], key: [], analyze }, keeping('secretlint')));
  }
  if (python.length > 0 && of('ruff').length > 0) {
    const select = of('ruff')
      .map((rule) => rule.code)
      .filter((name) => name !== 'invalid-syntax');
    const settings = ruffSettingsFiles.map((file) => inventory.tree?.get(file) ?? inventory.hashes?.get(file) ?? null);
    const analyze = (some: string[]) => analyzeInChild({ analyzer: 'ruff', folder, files: some, select }, context);
    // With only some of the files in the inventory, what the settings say is not in the key.
    const own = keeping('ruff');
    start('ruff', () =>
      perFile({ tool: 'ruff', files: python, key: [select, settings], analyze }, { ...own, kept: own.tree ? own.kept : null }),
    );
  }
  if (script.length > 0 && of('oxlint').length > 0) {
    const own = of('oxlint');
    const key = own.map((rule) => rule.code);
    // As a whole: cycles of imports take more than one file, and it is quick.
    const analyze = (some: string[]) => runOxlint(some, own, texts, context);
    const dependsOn = (file: string) => languageOf(file) !== 'python';
    start('oxlint', () => wholeTree({ tool: 'oxlint', files: script, key, analyze, dependsOn }, keeping('oxlint')));
  }
  const compared = code.filter((file) => !isSupportFile(file) && !file.endsWith('.pyi'));
  if (compared.length > 0 && of('jscpd').length > 0) {
    const analyze = (some: string[]) => runJscpd(some, texts, context);
    start('jscpd', () => wholeTree({ tool: 'jscpd', files: compared, key: [], analyze }, keeping('jscpd')));
  }
  const found = await foundAnalyzers({ files, rules, owners, texts, context, keeping });
  for (const { tool, start: run } of found) if (run) start(tool, run);
  const outcomes = await Promise.all(runs);
  const redactor = await secretsOf(outcomes, request);
  const keep = async () => {
    try {
      if (redactor) for (const save of saves) await save((text) => redactor.mask(text));
    } catch (error) {
      request.log?.warn({ error: error instanceof Error ? error.message : String(error) }, 'results of the analyzers cannot be kept');
    }
  };
  return { runs: outcomes, optional: found.map(({ start: _, ...tool }) => tool), keep };
}

/** Nothing is written down before it is known what is secret (RV-10): null when it is not. */
async function secretsOf(runs: readonly AnalyzerRun[], { table, texts }: AnalyzersRequest): Promise<Redactor | null> {
  if (runs.some((run) => run.tool === 'secretlint' && run.reason !== null)) return null;
  const redactor = new Redactor();
  for (const { tool, hits } of runs) {
    for (const hit of hits) if (table.find(tool, hit.code)?.secret) redactor.learn(await texts.get(hit.file), hit);
  }
  return redactor;
}
