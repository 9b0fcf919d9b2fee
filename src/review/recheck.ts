import { type AgentTeam, defaultTeam } from './agents.js';
import type { OwnersTools } from './analyzers/found/owners-tools.js';
import type { Programs } from './analyzers/outcome.js';
import { SourceTexts } from './analyzers/source-texts.js';
import type { Finding } from './finding.js';
import { assembleFindings } from './findings.js';
import { foundTools } from './hit.js';
import { takeInventory } from './inventory.js';
import { comparesFiles } from './rules/pack.js';
import { ruleTable } from './rules/table.js';
import { runAnalyzers } from './run-analyzers.js';

export interface RecheckRequest {
  folder: string;
  /** What was found before; decides whether the slow analyzers are needed. */
  findings: readonly Finding[];
  files: readonly string[];
  scratch: string;
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
  programs?: Programs;
  /** As the context of an analyzer has it. */
  compiled?: string | undefined;
  /** Who looked when it was found; what none of them watches is not reported here either. */
  team?: AgentTeam;
  /** As in the review that found it. */
  owners?: OwnersTools;
}

export interface Recheck {
  /** What the files hold now, by all rules of all scopes. */
  findings: Finding[];
  /** Analyzers that did not look at everything: with any of these nothing is proved. */
  failed: { analyzer: string; reason: string }[];
}

/** Looks at some files again, for the proof of a fix (FX-5). Pyright takes part only when it is what found one of the findings. */
export async function recheck({
  folder,
  findings: before,
  files,
  scratch,
  signal,
  timeoutMs = 120_000,
  programs,
  compiled,
  team = defaultTeam,
  owners,
}: RecheckRequest): Promise<Recheck> {
  const table = await ruleTable();
  const withPyright = before.some(({ rule }) => rule.startsWith('pyright/'));
  const reported = (tool: string) => before.some(({ rule }) => rule.startsWith(`${tool}/`));
  // Programs of the machine's owner are slow to start, and what they know most others know; copies are only seen in the whole tree.
  const rules = table.rules.filter(
    ({ tool }) =>
      (withPyright || tool !== 'pyright') && tool !== 'jscpd' && (!foundTools.some((found) => found === tool) || reported(tool)),
  );
  const inventory = await takeInventory(folder, { only: files, signal });
  const texts = new SourceTexts(folder);
  const { runs } = await runAnalyzers({ folder, inventory, table, rules, texts, scratch, timeoutMs, signal, programs, compiled, owners });
  signal?.throwIfAborted();
  const { findings } = await assembleFindings(runs, { team, table, texts, scope: 'all' });
  const failed: Recheck['failed'] = runs.flatMap(({ tool, reason }) => (reason === null ? [] : [{ analyzer: tool, reason }]));
  for (const rule of new Set(before.map(({ rule }) => rule))) {
    if (!table.byId(rule)) failed.push({ analyzer: rule, reason: 'only the agent that reported it could look for it again' });
  }
  const across = new Set(table.pack.filter(comparesFiles).map(({ id }) => `mahavishnu/${id}`));
  if (before.some(({ rule }) => across.has(rule)))
    failed.push({ analyzer: 'ast-grep', reason: 'only a review of the whole tree can tell that the others are gone' });
  if (reported('jscpd')) failed.push({ analyzer: 'jscpd', reason: 'only a review of the whole tree can tell that the copies are gone' });
  for (const tool of foundTools) {
    if (reported(tool) && !runs.some((run) => run.tool === tool)) failed.push({ analyzer: tool, reason: `${tool} is not found any more` });
  }
  // A file that was read before and cannot be read now (grown too large, turned binary) proves nothing either.
  for (const { reason, examples } of inventory.skipped)
    failed.push({ analyzer: 'inventory', reason: `${examples[0]} is not read: ${reason}` });
  return { findings, failed };
}
