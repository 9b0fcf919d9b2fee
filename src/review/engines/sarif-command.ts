import { runProcess, shell } from '../../process/runner.js';
import { redact } from '../../security/redact.js';
import type { Agent } from '../agents.js';
import { whyUnusable } from '../analyzers/outcome.js';
import type { SourceTexts } from '../analyzers/source-texts.js';
import type { Severity } from '../finding.js';
import { languageOf } from '../languages.js';
import type { LocatedHit } from '../merge.js';
import { poolFor, type Rule } from '../rules/rule.js';
import type { RuleTable } from '../rules/table.js';
import { readSarif, type SarifHit, type SarifRun } from '../sarif/read.js';
import { fit, priorityOf } from './answer.js';
import { oneLine } from './engine.js';

const MAX_OUTPUT = 128 * 1024 * 1024;

export interface SarifAnswer {
  hits: LocatedHit[];
  rejected: { count: number; reasons: string[] };
  durationMs: number;
  reason: string | null;
}

interface SarifRequest {
  agent: Agent;
  folder: string;
  files: ReadonlySet<string>;
  home: string;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  texts: SourceTexts;
  table: RuleTable;
}

/** Runs a command that prints SARIF 2.1.0 in the private copy. Such tools end with 1 when they found something. */
export async function runSarifCommand(request: SarifRequest): Promise<SarifAnswer> {
  const { agent, folder, home, timeoutMs, signal } = request;
  const result = await runProcess({
    ...shell(agent.run ?? 'false'),
    cwd: folder,
    env: { TMPDIR: home },
    timeoutMs,
    maxOutputBytes: MAX_OUTPUT,
    signal,
  });
  const failure = (reason: string): SarifAnswer => ({
    hits: [],
    rejected: { count: 0, reasons: [] },
    durationMs: result.durationMs,
    reason,
  });
  const unusable = whyUnusable('the command', result, timeoutMs, [0, 1]);
  if (unusable !== null) return failure(unusable);
  let runs: SarifRun[];
  try {
    runs = readSarif(result.stdout, { shown: 'What the command printed', root: folder });
  } catch (error) {
    return failure(oneLine(error instanceof Error ? error.message : String(error)));
  }
  const hits: LocatedHit[] = [];
  const reasons: string[] = [];
  let count = 0;
  for (const run of runs) {
    for (const refused of run.refused) {
      count += refused.count;
      reasons.push(refused.reason);
    }
    for (const hit of run.hits) {
      const rule = ruleOf(hit, request);
      if (!request.files.has(hit.file)) {
        count += 1;
        reasons.push('names a file that was not read');
      } else if (hit.suppressed === null && wanted(agent, rule)) hits.push(await located(hit, rule, request));
    }
  }
  const failures = runs.flatMap((run) => run.failures);
  return {
    hits,
    rejected: { count, reasons: [...new Set(reasons)].slice(0, 5) },
    durationMs: result.durationMs,
    reason: runs.length === 0 ? 'the command reported no run' : failures.length > 0 ? failures.slice(0, 3).join('; ') : null,
  };
}

/** A rule our table knows (native ruff's, for one) is what the table says; any other is what the tool says of it. */
function ruleOf(hit: SarifHit, { agent, table }: SarifRequest): Rule {
  const id = `${agent.name}/${hit.rule}`;
  const known = table.byId(id);
  if (known) return { ...known, id, tool: 'agent', perspective: agent.perspective, fixer: null };
  const severity = severityOf(hit);
  const words = (text: string, most: number) => fit(redact(text), most);
  return {
    id,
    tool: 'agent',
    code: hit.rule,
    family: false,
    class: id,
    language: languageOf(hit.file),
    perspective: agent.perspective,
    severity,
    priority: priorityOf(severity),
    pool: poolFor(agent.perspective, languageOf(hit.file)),
    confidence: hit.level === 'error' ? 0.8 : hit.level === 'warning' ? 0.6 : 0.4,
    title: words(hit.title || hit.rule, 120),
    description: words(hit.description || `Rule ${hit.rule} of ${hit.tool}.`, 600),
    suggestedFix: null,
    fixer: null,
    why: `reported by agent ${agent.name}`,
    inSupportFiles: 'lower',
    secret: false,
  };
}

function severityOf({ securitySeverity, level }: SarifHit): Severity {
  if (securitySeverity !== null)
    return securitySeverity >= 9 ? 'critical' : securitySeverity >= 7 ? 'high' : securitySeverity >= 4 ? 'medium' : 'low';
  return level === 'error' ? 'high' : level === 'warning' ? 'medium' : 'low';
}

function wanted({ rules: { allow, deny } }: Agent, { id }: Rule): boolean {
  const named = (pattern: string) => (pattern.endsWith('*') ? id.startsWith(pattern.slice(0, -1)) : pattern === id);
  return (allow.length === 0 || allow.some(named)) && !deny.some(named);
}

async function located(hit: SarifHit, rule: Rule, { agent, texts }: SarifRequest): Promise<LocatedHit> {
  const index = await texts.get(hit.file);
  const { startLine = 1, startColumn, endLine = startLine, endColumn } = hit.region ?? {};
  const last = index.lineAt(index.text.length);
  const from = Math.min(startLine, last);
  const to = Math.min(Math.max(endLine, from), last);
  const lines = index.lines(from, to);
  const start =
    startColumn === undefined ? index.offsetOf(from, 1) + lines.length - lines.trimStart().length : index.offsetOf(from, startColumn);
  const end = endColumn === undefined ? index.offsetOf(from, 1) + lines.trimEnd().length : index.offsetOf(to, endColumn);
  return {
    code: hit.rule,
    file: hit.file,
    start,
    end: Math.max(start, end),
    message: redact(hit.message),
    fixable: false,
    rule,
    agent: agent.name,
  };
}
