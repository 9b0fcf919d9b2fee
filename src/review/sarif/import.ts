import { createHash } from 'node:crypto';
import { analyzeInChild } from '../analyzers/in-child.js';
import type { AnalyzerContext } from '../analyzers/outcome.js';
import { SourceTexts } from '../analyzers/source-texts.js';
import type { TextIndex } from '../analyzers/text-index.js';
import type { AgentOutcome, Finding, Scope } from '../finding.js';
import { enclosingNames, fingerprint, normaliseCode, placePrint } from '../fingerprint.js';
import type { NamedScope } from '../hit.js';
import { languageOf } from '../languages.js';
import { groupBy } from '../merge.js';
import { Redactor } from '../redact.js';
import { inScope, type RuleTable } from '../rules/table.js';
import { withLineHashes } from './line-hash.js';
import { type Meaning, meaningOf, toolName } from './meaning.js';
import { rangeOf } from './place.js';
import type { SarifHit, SarifRun } from './read.js';

interface ImportRequest extends AnalyzerContext {
  runs: readonly SarifRun[];
  /** The files that this review reads: what a log says of others is not followed. */
  readable: readonly string[];
  scope: Scope;
  table: RuleTable;
}

export interface Imported {
  /** Without an id: they get one together with the others. */
  findings: Finding[];
  /** Suppressed by the tool that reported them. */
  suppressed: { finding: Finding; reason: string }[];
  /** What class each rule belongs to. */
  classes: Map<string, string>;
  /** One agent per tool. */
  agents: AgentOutcome[];
}

interface PlacedHit extends SarifHit {
  meaning: Meaning;
  start: number;
  end: number;
}

/** Results of other tools as findings of this review: same fingerprints, same masking of secrets, same places as our own (RV-8). */
export async function importSarif(request: ImportRequest): Promise<Imported> {
  const { runs, scope, table, folder } = request;
  const texts = new SourceTexts(folder);
  const readable = new Set(request.readable);
  const files = [...new Set(runs.flatMap(({ hits }) => hits.map(({ file }) => file)))].filter((file) => readable.has(file)).sort();
  const [scopes, secrets] = files.length > 0 ? await lookAt(files, request) : [new Map<string, readonly NamedScope[]>(), null];
  const redactor = new Redactor();
  for (const hit of secrets?.hits ?? []) redactor.learn(await texts.get(hit.file), hit);

  if (files.length > 0) for (const file of request.readable) redactor.learnNamed((await texts.get(file)).text);

  const placed: PlacedHit[] = [];
  const agents: AgentOutcome[] = [];
  for (const run of runs) {
    const elsewhere = { 'not in this commit or not read': 0, 'beyond the end of its file': 0 };
    let counted = 0;
    for (const hit of run.hits) {
      const meaning = meaningOf(hit, table);
      if (!readable.has(hit.file)) elsewhere['not in this commit or not read'] += 1;
      else if (inScope(scope, meaning)) {
        const index = await texts.get(hit.file);
        const range = rangeOf(hit, index);
        if (!range) elsewhere['beyond the end of its file'] += 1;
        else {
          placed.push({ ...hit, meaning, ...range });
          if (meaning.secret) redactor.learn(index, range);
          counted += 1;
        }
      }
    }
    agents.push(outcomeOf(run, counted, elsewhere, secrets?.reason ?? null));
  }
  const mayQuote = (secrets?.reason ?? null) === null;
  const findings: Finding[] = [];
  const suppressed: Imported['suppressed'] = [];
  for (const [file, hits] of groupBy(placed, (hit) => hit.file)) {
    const index = await texts.get(file);
    const prints = printsOf(file, hits, index, scopes.get(file) ?? []);
    const groups = [...groupBy(hits, ({ meaning, suppressed: why }) => `${meaning.id} ${why}`).values()];
    const own = groups.map((group) => toFinding(group, index, prints, redactor, mayQuote));
    for (const [at, finding] of (mayQuote ? withLineHashes(own, redactor.maskFile(index.text)) : own).entries()) {
      const why = groups[at]![0]!.suppressed;
      if (why === null) findings.push(finding);
      else suppressed.push({ finding, reason: redactor.message(why) });
    }
  }
  const classes = new Map(placed.map(({ meaning }) => [meaning.id, meaning.class]));
  return { findings, suppressed, classes, agents };
}

/** Names of scopes for the fingerprints, and secrets, so that none is quoted. */
async function lookAt(files: string[], context: ImportRequest) {
  const code = files.filter((file) => languageOf(file) !== null);
  const { folder } = context;
  const [named, secrets] = await Promise.all([
    code.length > 0
      ? analyzeInChild({ analyzer: 'ast-grep', folder, files: code, rules: [], scopes: true, acrossFiles: false }, context)
      : null,
    // Of all files: what a tool says of one may quote another.
    analyzeInChild({ analyzer: 'secretlint', folder, files: [...context.readable] }, context),
  ]);
  return [named?.scopes ?? new Map<string, readonly NamedScope[]>(), secrets] as const;
}

function outcomeOf(run: SarifRun, findings: number, elsewhere: Record<string, number>, secrets: string | null): AgentOutcome {
  const left = [
    ...run.refused.map(({ reason, count, examples }) => `${count} ${reason}, such as ${examples[0] ?? ''}`),
    ...Object.entries(elsewhere).flatMap(([why, count]) => (count > 0 ? [`${count} ${why}`] : [])),
  ];
  const reasons = [
    ...run.failures,
    ...(secrets === null ? [] : [secrets]),
    ...(left.length > 0 ? [`results left out: ${left.join('; ')}`] : []),
  ];
  return {
    agent: toolName(run.tool),
    perspective: 'language',
    status: reasons.length === 0 ? 'done' : 'failed',
    findings,
    durationMs: 0,
    reason: reasons.length === 0 ? null : reasons.join('; ').slice(0, 500),
  };
}

type Prints = Map<PlacedHit, { full: string; print: string | undefined }>;

function printsOf(file: string, hits: readonly PlacedHit[], { text }: TextIndex, scopes: readonly NamedScope[]): Prints {
  const seen = new Map<string, Map<string, number>>();
  const prints: Prints = new Map();
  for (const hit of [...hits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const parts = {
      class: hit.meaning.class,
      file,
      scope: enclosingNames(scopes, hit.start, hit.end),
      text: hit.meaning.secret ? '' : normaliseCode(text.slice(hit.start, hit.end), languageOf(file)),
    };
    // Two reports of one place are one place.
    const key = JSON.stringify(parts);
    const ranges = seen.get(key) ?? new Map<string, number>();
    const range = `${hit.start}:${hit.end}`;
    if (!ranges.has(range)) ranges.set(range, ranges.size + 1);
    seen.set(key, ranges);
    const counted = { ...parts, ordinal: ranges.get(range)! };
    prints.set(hit, { full: fingerprint(counted), print: hit.meaning.secret ? undefined : placePrint(counted) });
  }
  return prints;
}

function toFinding(group: PlacedHit[], index: TextIndex, prints: Prints, redactor: Redactor, mayQuote: boolean): Finding {
  const sorted = [...group].sort((a, b) => a.start - b.start);
  const lines = sorted.map((hit) => {
    const { print } = prints.get(hit)!;
    const [startLine, endLine] = [index.lineAt(hit.start), index.lineAt(Math.max(hit.start, hit.end - 1))];
    return { startLine, endLine, ...(print === undefined ? {} : { print }) };
  });
  const places = [...new Map(lines.map((place) => [`${place.startLine}:${place.endLine}`, { file: sorted[0]!.file, ...place }])).values()];
  const [lead, first] = [sorted[0]!, places[0]!];
  const { meaning, tool } = lead;
  const message = mayQuote ? redactor.message(lead.message) : '';
  const said = [
    redactor.message(meaning.description),
    message === meaning.description ? '' : message,
    places.length > 1 ? `${places.length} places in this file.` : '',
    `Reported by ${tool}.`,
  ];
  return {
    id: 'F-0',
    rule: meaning.id,
    title: redactor.message(meaning.title),
    description: said
      .filter((part) => part !== '')
      .map((part) => (/[.!?…]$/.test(part) ? part : `${part}.`))
      .join(' '),
    severity: meaning.severity,
    priority: meaning.priority,
    perspective: meaning.perspective,
    pool: meaning.pool,
    file: lead.file,
    startLine: first.startLine,
    endLine: first.endLine,
    places,
    evidence: mayQuote ? redactor.evidence(index, first.startLine, first.endLine) : 'Not shown, because the search for secrets failed.',
    suggestedFix: meaning.suggestedFix,
    fixer: null,
    confidence: Math.round(meaning.confidence * 100) / 100,
    agents: [toolName(tool)],
    fingerprint: sorted.map((hit) => prints.get(hit)!.full).sort()[0]!,
    otherFingerprints: otherPrints(sorted),
  };
}

/** The tool's own fingerprints under names that cannot meet those of another tool or file. */
function otherPrints(hits: readonly PlacedHit[]): string[] {
  const keys = hits.flatMap(({ tool, rule, file, fingerprints }) =>
    fingerprints.map(({ name, value, partial }) => [toolName(tool), rule, partial ? file : '', name, value]),
  );
  const hashes = keys.map((key) => `sarif:${createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 32)}`);
  return [...new Set(hashes)].slice(0, 20);
}
