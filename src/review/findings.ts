import { type AgentTeam, fileFilter, watches } from './agents.js';
import type { AnalyzerRun } from './analyzers/outcome.js';
import type { SourceTexts } from './analyzers/source-texts.js';
import type { TextIndex } from './analyzers/text-index.js';
import { type Finding, priorities, type Refuted, type Scope, severities } from './finding.js';
import { enclosingNames, fingerprint, normaliseCode, placePrint } from './fingerprint.js';
import type { NamedScope } from './hit.js';
import { isSupportFile, languageOf } from './languages.js';
import { agreedConfidence, groupBy, type LocatedHit, type MergedHit, mergeHits } from './merge.js';
import { Redactor } from './redact.js';
import type { Rule } from './rules/rule.js';
import { inScope, type RuleTable } from './rules/table.js';
import { withLineHashes } from './sarif/line-hash.js';

interface Sources {
  team: AgentTeam;
  table: RuleTable;
  texts: SourceTexts;
  scope: Scope;
  /** What agents of other engines reported. */
  reported?: readonly LocatedHit[];
  refute?: (hits: readonly LocatedHit[], redactor: Redactor) => Promise<Judgement>;
}

/** What a second look left of some hits. */
export interface Judgement {
  hits: LocatedHit[];
  refuted: { hit: LocatedHit; reason: string; by: string }[];
}

export interface Assembled {
  findings: Finding[];
  refuted: Refuted[];
  /** The hits that counted, before merging. */
  hits: LocatedHit[];
}

/** From what the tools reported to what people read: located, checked, merged, masked, grouped by file, fingerprinted, ranked. */
export async function assembleFindings(runs: readonly AnalyzerRun[], sources: Sources): Promise<Assembled> {
  const { team, table, texts, scope, reported = [], refute } = sources;
  const redactor = new Redactor();
  const filters = team.agents.filter((agent) => agent.engine === 'built-in').map((agent) => ({ agent, looksAt: fileFilter(agent) }));
  const watchers = (hit: LocatedHit) =>
    hit.agent !== undefined
      ? [hit.agent]
      : filters.filter(({ agent, looksAt }) => watches(agent, hit.rule) && looksAt(hit.file)).map(({ agent }) => agent.name);

  let hits: LocatedHit[] = [];
  for (const { tool, hits: raw } of runs) {
    for (const hit of raw) {
      const found = table.find(tool, hit.code);
      if (!found) continue;
      if (found.secret) redactor.learn(await texts.get(hit.file), hit);
      const rule = inSupport(found, hit.file);
      if (rule && inScope(scope, rule)) hits.push({ ...hit, rule });
    }
  }
  for (const hit of reported) {
    // A secret that an agent repeats in its words is masked there too.
    const masked = { ...hit.rule, title: redactor.mask(hit.rule.title), description: redactor.mask(hit.rule.description) };
    const rule = inSupport({ ...masked, suggestedFix: hit.rule.suggestedFix && redactor.mask(hit.rule.suggestedFix) }, hit.file);
    if (rule && inScope(scope, rule)) hits.push({ ...hit, rule });
  }
  hits = hits.filter((hit) => watchers(hit).length > 0);
  // Without a search for secrets nobody knows what may be quoted.
  const mayQuote = runs.every((run) => run.tool !== 'secretlint' || run.reason === null);
  const scopes = new Map(runs.flatMap((run) => [...run.scopes]));
  for (const file of new Set(hits.map((hit) => hit.file))) redactor.learnNamed((await texts.get(file)).text);
  const write = async (some: readonly LocatedHit[], { placed }: { placed: boolean }) => {
    const findings: Finding[] = [];
    for (const [file, merged] of groupBy(mergeHits(some), ({ lead }) => lead.file)) {
      const index = await texts.get(file);
      const prints = fingerprints(file, merged, index, scopes.get(file) ?? []);
      const groups = groupBy(merged, ({ lead }) => `${lead.rule.id} ${lead.fixable} ${lead.agent === undefined ? '' : lead.rule.title}`);
      const own = [...groups.values()].map((group) => toFinding(group, { index, redactor, prints, mayQuote, watchers }));
      findings.push(...(placed && mayQuote ? withLineHashes(own, redactor.maskFile(index.text)) : own));
    }
    return findings.sort(byRank);
  };

  const judged = refute ? await refute(hits, redactor) : { hits: [...hits], refuted: [] };
  // What was lowered out of the scope is no finding of it, and not to be lost without a word either.
  const left = judged.hits.filter((hit) => inScope(scope, hit.rule));
  const below = judged.hits.filter((hit) => !inScope(scope, hit.rule));
  const findings = await write(left, { placed: true });
  const refuted: Refuted[] = [];
  const said = [...judged.refuted.map((each) => ({ ...each, belowScope: false })), ...below.map(doubtOf)];
  for (const [, group] of groupBy(said, ({ reason, by, belowScope }) => `${by}\0${reason}\0${belowScope}`)) {
    const { reason, by, belowScope } = group[0]!;
    for (const finding of await write(
      group.map(({ hit }) => hit),
      { placed: false },
    ))
      refuted.push({ finding, reason: redactor.message(reason), by, belowScope });
  }
  refuted.sort((a, b) => byRank(a.finding, b.finding));
  return {
    findings: findings.map((finding, at) => ({ ...finding, id: `F-${at + 1}` })),
    refuted: refuted.map((entry, at) => ({ ...entry, finding: { ...entry.finding, id: `R-${at + 1}` } })),
    hits,
  };
}

function doubtOf(hit: LocatedHit): Omit<Refuted, 'finding'> & { hit: LocatedHit } {
  const { by = 'second look', reason = 'no reason given' } = hit.check ?? {};
  return { hit, by, reason, belowScope: true };
}

/** The rule as it counts in this file; null when it does not. */
function inSupport(rule: Rule, file: string): Rule | null {
  if (rule.inSupportFiles === 'same' || !isSupportFile(file)) return rule;
  if (rule.inSupportFiles === 'skip') return null;
  const lowered = rule.perspective === 'security' || rule.severity === 'medium' || rule.severity === 'low' ? 'low' : 'medium';
  return { ...rule, severity: lowered, priority: 'P2', confidence: rule.confidence * 0.8 };
}

type Prints = Map<MergedHit, { full: string; print: string | undefined }>;

function fingerprints(file: string, merged: readonly MergedHit[], index: TextIndex, scopes: readonly NamedScope[]): Prints {
  const seen = new Map<string, number>();
  const prints: Prints = new Map();
  for (const place of [...merged].sort((a, b) => a.lead.start - b.lead.start)) {
    const { rule, start, end } = place.lead;
    const parts = {
      class: rule.class,
      file,
      // A model does not draw the same lines twice around the same defect: its last line decides where it is.
      scope: place.lead.agent === undefined ? enclosingNames(scopes, start, end) : enclosingNames(scopes, Math.max(start, end - 1), end),
      text: rule.secret || place.lead.agent !== undefined ? '' : normaliseCode(index.text.slice(start, end), languageOf(file)),
    };
    const key = JSON.stringify(parts);
    const ordinal = (seen.get(key) ?? 0) + 1;
    seen.set(key, ordinal);
    prints.set(place, {
      full: fingerprint({ ...parts, ordinal }),
      print: parts.text === '' ? undefined : placePrint({ ...parts, ordinal }),
    });
  }
  return prints;
}

/** Hits of one rule in one file are one finding with places. */
function toFinding(
  group: MergedHit[],
  {
    index,
    redactor,
    prints,
    mayQuote,
    watchers,
  }: {
    index: TextIndex;
    redactor: Redactor;
    prints: Prints;
    mayQuote: boolean;
    watchers: (hit: LocatedHit) => string[];
  },
): Finding {
  const places = group
    .map((place) => ({
      place,
      startLine: index.lineAt(place.lead.start),
      endLine: index.lineAt(Math.max(place.lead.start, place.lead.end - 1)),
    }))
    // What was lowered at one place is not lowered at another: the worst of them says what the finding is.
    .sort(
      (a, b) =>
        priorities.indexOf(a.place.lead.rule.priority) - priorities.indexOf(b.place.lead.rule.priority) ||
        a.place.lead.start - b.place.lead.start,
    );
  const first = places[0]!;
  const { lead } = first.place;
  const { rule } = lead;
  const reporters = group.flatMap(({ hits }) => hits);
  const otherRules = [...new Set(reporters.map((hit) => hit.rule.id))].filter((id) => id !== rule.id).sort();
  const check = first.place.hits.find((hit) => hit.check)?.check;
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
      ...places.map(({ place, startLine, endLine }) => {
        const { print } = prints.get(place)!;
        return { file: lead.file, startLine, endLine, ...(print === undefined ? {} : { print }) };
      }),
      ...reporters.flatMap(({ elsewhere = [] }) => elsewhere),
    ],
    evidence: mayQuote ? redactor.evidence(index, first.startLine, first.endLine) : 'Not shown, because the search for secrets failed.',
    suggestedFix: rule.suggestedFix,
    fixer: lead.fixable ? rule.fixer : null,
    confidence: agreedConfidence(first.place.hits),
    agents: [...new Set(reporters.flatMap(watchers))],
    // The smallest of all places, so that neither their order nor the repair of another one changes it.
    fingerprint: group.map((place) => prints.get(place)!.full).sort()[0]!,
    ...(otherRules.length > 0 ? { otherRules } : {}),
    ...(check ? { check: { ...check, reason: redactor.message(check.reason) } } : {}),
  };
}

function describe(rule: Rule, place: MergedHit, count: number, redactor: Redactor, mayQuote: boolean): string {
  const message = mayQuote ? redactor.message(place.hits.find((hit) => hit.message !== '')?.message ?? '') : '';
  const tools = [
    ...new Set(
      place.hits.map((hit) =>
        hit.rule.tool === 'ast-grep' || hit.rule.tool === 'agent' ? hit.rule.id : `${hit.rule.tool} ${hit.code.replace(/-utc$/, '')}`,
      ),
    ),
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

/** The worst first. */
export function byRank(a: Finding, b: Finding): number {
  return (
    priorities.indexOf(a.priority) - priorities.indexOf(b.priority) ||
    severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
    b.confidence - a.confidence ||
    (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
    a.startLine - b.startLine ||
    (a.rule < b.rule ? -1 : 1)
  );
}
