import { z } from 'zod';
import { redact } from '../../security/redact.js';
import type { Agent } from '../agents.js';
import type { SourceTexts } from '../analyzers/source-texts.js';
import type { TextIndex } from '../analyzers/text-index.js';
import { type Priority, type Severity, severities } from '../finding.js';
import { languageOf } from '../languages.js';
import type { LocatedHit } from '../merge.js';
import { poolFor, type Rule } from '../rules/rule.js';
import type { RuleTable } from '../rules/table.js';

const MAX_FINDINGS = 200;
const MAX_LINES = 60;
/** Nobody is surer than this of what a model says alone. */
const MAX_CONFIDENCE = 0.7;

const Reported = z.strictObject({
  class: z.string().regex(/^[a-z][a-z0-9-]{1,59}$/, 'its class is not a name such as sql-injection'),
  title: z.string().min(1).max(1_000),
  description: z.string().min(1).max(8_000),
  severity: z.enum(severities),
  file: z.string().min(1).max(1_000),
  start_line: z.number().int().min(1),
  end_line: z.number().int().min(1),
  evidence: z.string().max(4_000),
  suggested_fix: z.string().max(4_000).nullable(),
  confidence: z.number().min(0).max(1),
});
export type Reported = z.infer<typeof Reported>;

const Findings = z.strictObject({ findings: z.array(z.unknown()).max(MAX_FINDINGS) });

/** What an agent is asked to answer in; a command prints the same (RV-2). */
export const findingsSchema = withoutDialect(z.strictObject({ findings: z.array(Reported) }));

const Verdict = z.strictObject({
  id: z.string().max(20),
  verdict: z.enum(['confirmed', 'refuted', 'uncertain']),
  reason: z.string().min(1).max(2_000),
});
export type Verdict = z.infer<typeof Verdict>;
export const Verdicts = z.strictObject({ verdicts: z.array(Verdict).max(MAX_FINDINGS) });
export const verdictsSchema = withoutDialect(Verdicts);

/** As small as models' interfaces take it. */
function withoutDialect(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema) as Record<string, unknown>;
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip);
    if (value === null || typeof value !== 'object') return value;
    const bounds = ['minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems', 'pattern'];
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, entry]) => (bounds.includes(key) && typeof entry !== 'object' ? [] : [[key, strip(entry)]])),
    );
  };
  return strip(rest) as Record<string, unknown>;
}

export interface Accepted {
  hits: LocatedHit[];
  /** What the agent quoted, for the check that it stands there. */
  quotes: Map<LocatedHit, string>;
  rejected: { count: number; reasons: string[] };
}

/** What of an answer are findings; null when it is no answer at all. Everything in it is a stranger's word. */
export async function acceptFindings(
  value: unknown,
  {
    agent,
    files,
    texts,
    table,
    known,
  }: { agent: Agent; files: ReadonlySet<string>; texts: SourceTexts; table: RuleTable; known: readonly string[] },
): Promise<Accepted | null> {
  const answer = Findings.safeParse(value);
  if (!answer.success) return null;
  const hits: LocatedHit[] = [];
  const quotes = new Map<LocatedHit, string>();
  const reasons: string[] = [];
  for (const entry of answer.data.findings) {
    const parsed = Reported.safeParse(entry);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      reasons.push(
        issue?.message.startsWith('its class') ? issue.message : `not in the form asked for (${issue?.path.join('.') || 'finding'})`,
      );
      continue;
    }
    const found = parsed.data;
    if (!files.has(found.file)) {
      reasons.push('names a file that was not read');
      continue;
    }
    const index = await texts.get(found.file);
    const problem = misplaced(found, index);
    if (problem) {
      reasons.push(problem);
      continue;
    }
    const hit = located(found, { agent, index, table, known });
    hits.push(hit);
    quotes.set(hit, found.evidence);
  }
  return { hits, quotes, rejected: { count: reasons.length, reasons: [...new Set(reasons)].slice(0, 5) } };
}

function misplaced({ start_line, end_line }: Reported, index: TextIndex): string | null {
  if (end_line < start_line) return 'ends before it begins';
  if (end_line > index.lineAt(index.text.length)) return 'names lines that are not in the file';
  if (end_line - start_line >= MAX_LINES) return `points at more than ${MAX_LINES} lines`;
  return null;
}

function located(
  found: Reported,
  { agent, index, table, known }: { agent: Agent; index: TextIndex; table: RuleTable; known: readonly string[] },
): LocatedHit {
  const { start_line, end_line, severity } = found;
  const lines = index.lines(start_line, end_line);
  const lineStart = index.offsetOf(start_line, 1);
  const start = lineStart + (lines.length - lines.trimStart().length);
  const clean = (text: string, most: number) => fit(redact(text, known), most);
  const maker = agent.engine === 'claude' || agent.engine === 'codex' ? agent.engine : agent.name;
  const tableRule = table.byId(`${maker}/${found.class}`);
  const rule: Rule = {
    id: `${maker}/${found.class}`,
    tool: 'agent',
    code: found.class,
    family: false,
    class: tableRule?.class ?? found.class,
    language: languageOf(found.file),
    perspective: agent.perspective,
    severity,
    priority: priorityOf(severity),
    pool: poolFor(agent.perspective, languageOf(found.file)),
    confidence: Math.min(found.confidence, MAX_CONFIDENCE),
    title: clean(found.title, 120),
    description: clean(found.description, 600),
    suggestedFix: found.suggested_fix === null || found.suggested_fix.trim() === '' ? null : clean(found.suggested_fix, 600),
    fixer: null,
    why: `reported by agent ${agent.name}`,
    inSupportFiles: 'lower',
    secret: false,
  };
  const end = lineStart + lines.trimEnd().length;
  return { code: found.class, file: found.file, start, end: Math.max(end, start), message: '', fixable: false, rule, agent: agent.name };
}

export function priorityOf(severity: Severity): Priority {
  return severity === 'critical' ? 'P0' : severity === 'high' ? 'P1' : 'P2';
}

/** One line, without control characters and without what turns the direction of text. */
export function fit(text: string, most: number): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return clean.length > most ? `${clean.slice(0, most - 1)}…` : clean;
}
