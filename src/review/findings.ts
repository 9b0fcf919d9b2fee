import { agents, watches } from './agents.js';
import type { AnalyzerRun } from './analyzers/outcome.js';
import type { SourceTexts } from './analyzers/source-texts.js';
import type { TextIndex } from './analyzers/text-index.js';
import { type Finding, priorities, type Scope, severities } from './finding.js';
import { enclosingNames, fingerprint, normaliseCode } from './fingerprint.js';
import type { NamedScope } from './hit.js';
import { isSupportFile, languageOf } from './languages.js';
import { agreedConfidence, groupBy, type LocatedHit, type MergedHit, mergeHits } from './merge.js';
import { Redactor } from './redact.js';
import type { Rule } from './rules/rule.js';
import { inScope, type RuleTable } from './rules/table.js';

interface Sources {
  table: RuleTable;
  texts: SourceTexts;
  scope: Scope;
  changedFiles?: ReadonlySet<string> | undefined;
}

export interface Assembled {
  findings: Finding[];
  /** The hits that counted, before merging. */
  hits: LocatedHit[];
}

/** From what the tools reported to what people read: located, merged, masked, grouped by file, fingerprinted, ranked. */
export async function assembleFindings(runs: readonly AnalyzerRun[], { table, texts, scope, changedFiles }: Sources): Promise<Assembled> {
  const redactor = new Redactor();
  const hits: LocatedHit[] = [];
  for (const { tool, hits: raw } of runs) {
    for (const hit of raw) {
      const found = table.find(tool, hit.code);
      if (!found) continue;
      if (found.secret) redactor.learn(await texts.get(hit.file), hit);
      const rule = inSupport(found, hit.file);
      if (rule && inScope(scope, rule)) hits.push({ ...hit, rule });
    }
  }
  // Without a search for secrets nobody knows what may be quoted.
  const mayQuote = runs.every((run) => run.tool !== 'secretlint' || run.reason === null);
  const scopes = new Map(runs.flatMap((run) => [...run.scopes]));

  const findings: Finding[] = [];
  const byFile = groupBy(mergeHits(hits), ({ lead }) => lead.file);
  for (const [file, merged] of byFile) {
    if (changedFiles && !changedFiles.has(file)) continue;
    const index = await texts.get(file);
    const prints = fingerprints(file, merged, index, scopes.get(file) ?? []);
    const groups = groupBy(merged, ({ lead }) => `${lead.rule.id} ${lead.fixable}`);
    for (const group of groups.values()) findings.push(toFinding(group, index, redactor, prints, mayQuote));
  }
  findings.sort(byRank);
  return { findings: findings.map((finding, at) => ({ ...finding, id: `F-${at + 1}` })), hits };
}

/** The rule as it counts in this file; null when it does not. */
function inSupport(rule: Rule, file: string): Rule | null {
  if (rule.inSupportFiles === 'same' || !isSupportFile(file)) return rule;
  if (rule.inSupportFiles === 'skip') return null;
  const lowered = rule.perspective === 'security' || rule.severity === 'medium' || rule.severity === 'low' ? 'low' : 'medium';
  return { ...rule, severity: lowered, priority: 'P2', confidence: rule.confidence * 0.8 };
}

function fingerprints(file: string, merged: readonly MergedHit[], index: TextIndex, scopes: readonly NamedScope[]): Map<MergedHit, string> {
  const seen = new Map<string, number>();
  const prints = new Map<MergedHit, string>();
  for (const place of [...merged].sort((a, b) => a.lead.start - b.lead.start)) {
    const { rule, start, end } = place.lead;
    const parts = {
      class: rule.class,
      file,
      scope: enclosingNames(scopes, start, end),
      text: rule.secret ? '' : normaliseCode(index.text.slice(start, end), languageOf(file)),
    };
    const key = JSON.stringify(parts);
    const ordinal = (seen.get(key) ?? 0) + 1;
    seen.set(key, ordinal);
    prints.set(place, fingerprint({ ...parts, ordinal }));
  }
  return prints;
}

/** Hits of one rule in one file are one finding with places. */
function toFinding(group: MergedHit[], index: TextIndex, redactor: Redactor, prints: Map<MergedHit, string>, mayQuote: boolean): Finding {
  const places = group
    .map((place) => ({
      place,
      startLine: index.lineAt(place.lead.start),
      endLine: index.lineAt(Math.max(place.lead.start, place.lead.end - 1)),
    }))
    .sort((a, b) => a.place.lead.start - b.place.lead.start);
  const first = places[0]!;
  const { lead } = first.place;
  const { rule } = lead;
  const reporters = group.flatMap(({ hits }) => hits);
  return {
    id: 'F-0',
    rule: rule.id,
    title: rule.title,
    description: describe(rule, first.place, group.length, redactor, mayQuote),
    severity: rule.severity,
    priority: rule.priority,
    perspective: rule.perspective,
    pool: rule.pool,
    file: lead.file,
    startLine: first.startLine,
    endLine: first.endLine,
    places: [
      ...places.map(({ startLine, endLine }) => ({ file: lead.file, startLine, endLine })),
      ...reporters.flatMap(({ elsewhere = [] }) => elsewhere),
    ],
    evidence: mayQuote ? redactor.evidence(index, first.startLine, first.endLine) : 'Not shown, because the search for secrets failed.',
    suggestedFix: rule.suggestedFix,
    fixer: lead.fixable ? rule.fixer : null,
    confidence: agreedConfidence(first.place.hits),
    agents: agents.filter((agent) => reporters.some((hit) => watches(agent, hit.rule))).map(({ name }) => name),
    // The smallest of all places, so that neither their order nor the repair of another one changes it.
    fingerprint: group.map((place) => prints.get(place)!).sort()[0]!,
  };
}

function describe(rule: Rule, place: MergedHit, count: number, redactor: Redactor, mayQuote: boolean): string {
  const message = mayQuote ? redactor.message(place.hits.find((hit) => hit.message !== '')?.message ?? '') : '';
  const tools = [
    ...new Set(place.hits.map((hit) => (hit.rule.tool === 'ast-grep' ? hit.rule.id : `${hit.rule.tool} ${hit.code.replace(/-utc$/, '')}`))),
  ];
  return [
    rule.description,
    message === '' ? '' : `${message}${/[.!?…]$/.test(message) ? '' : '.'}`,
    count > 1 ? `${count} places in this file.` : '',
    `Reported by ${tools.join(' and ')}.`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function byRank(a: Finding, b: Finding): number {
  return (
    priorities.indexOf(a.priority) - priorities.indexOf(b.priority) ||
    severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
    b.confidence - a.confidence ||
    (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
    a.startLine - b.startLine ||
    (a.rule < b.rule ? -1 : 1)
  );
}
