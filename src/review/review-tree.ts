import { agents, watches } from './agents.js';
import type { KeptFolder } from './analyzers/kept/kept-results.js';
import type { AnalyzerRun, Programs } from './analyzers/outcome.js';
import { SourceTexts } from './analyzers/source-texts.js';
import type { AgentOutcome, ReviewResult, Scope } from './finding.js';
import { assembleFindings } from './findings.js';
import { takeInventory } from './inventory.js';
import { languageOf } from './languages.js';
import type { LocatedHit } from './merge.js';
import type { Rule } from './rules/rule.js';
import { inScope, ruleTable } from './rules/table.js';
import { runAnalyzers } from './run-analyzers.js';

const DEFAULT_TIMEOUT_MS = 300_000;

export interface ReviewRequest {
  /** A checkout of the commit. Its content is hostile: read, never run. */
  folder: string;
  commit: string;
  scope: Scope;
  /** Report only what stands in these files. */
  changedFiles?: readonly string[];
  /** Read only these files. */
  files?: readonly string[];
  /** A folder outside of the checkout that the review may write to. */
  scratch: string;
  signal?: AbortSignal | undefined;
  log?: { warn(fields: object, message: string): void } | undefined;
  /** Of each analyzer. */
  timeoutMs?: number;
  /** Analyzers of the owner's own in place of those that come with us. */
  programs?: Programs;
  /** Results of earlier reviews of the same repository are taken from here and kept here. */
  kept?: KeptFolder | undefined;
}

/** Reviews a tree: every agent of the scope, side by side, on built-in analyzers. An agent that fails is in the result, not thrown. */
export async function reviewTree(request: ReviewRequest): Promise<ReviewResult> {
  const { folder, scope, signal } = request;
  const table = await ruleTable();
  const inventory = await takeInventory(folder, request.files, signal);
  const rules = table.rules.filter((rule) => inScope(scope, rule));
  const texts = new SourceTexts(folder);
  const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS;

  const runs = await runAnalyzers({
    folder,
    inventory,
    table,
    rules,
    texts,
    scratch: request.scratch,
    timeoutMs,
    signal,
    programs: request.programs,
    kept: request.kept,
    log: request.log,
  });
  signal?.throwIfAborted();
  for (const { tool, reason } of runs) if (reason !== null) request.log?.warn({ analyzer: tool, reason }, 'analyzer failed');

  const changedFiles = request.changedFiles && new Set(request.changedFiles);
  const { findings, hits } = await assembleFindings(runs, { table, texts, scope, changedFiles });
  const defeated = new Set(runs.flatMap(({ unread }) => unread.map(({ file }) => file)));
  const read = inventory.files.filter((file) => !defeated.has(file));
  const unreadable = inventory.files.filter((file) => defeated.has(file));
  return {
    commit: request.commit,
    readFiles: read,
    findings,
    coverage: {
      files: inventory.total,
      read: read.length,
      skipped: [
        ...inventory.skipped,
        ...(unreadable.length > 0 ? [{ reason: 'unreadable' as const, count: unreadable.length, examples: unreadable.slice(0, 5) }] : []),
      ],
      agents: outcomes(inventory.files, rules, runs, hits),
    },
  };
}

/** An agent has failed when anything it relies on did not look at everything (RV-6). */
function outcomes(
  files: readonly string[],
  rules: readonly Rule[],
  runs: readonly AnalyzerRun[],
  hits: readonly LocatedHit[],
): AgentOutcome[] {
  const languages = new Set(files.map(languageOf));
  return agents.flatMap((agent): AgentOutcome[] => {
    const own = rules.filter((rule) => watches(agent, rule));
    if (own.length === 0 || (agent.language !== null && !languages.has(agent.language))) return [];
    const relied = runs.filter((run) =>
      own.some((rule) => rule.tool === run.tool && (rule.language === null || languages.has(rule.language))),
    );
    const reasons = relied.flatMap(({ reason }) => reason ?? []);
    return [
      {
        agent: agent.name,
        perspective: agent.perspective,
        status: reasons.length === 0 ? 'done' : 'failed',
        findings: hits.filter((hit) => watches(agent, hit.rule)).length,
        durationMs: Math.max(0, ...relied.map(({ durationMs }) => durationMs)),
        reason: reasons.length === 0 ? null : reasons.join('; '),
      },
    ];
  });
}
