import type { Agent, AgentTeam } from '../agents.js';
import type { AnalyzerRun } from '../analyzers/outcome.js';
import type { SourceTexts } from '../analyzers/source-texts.js';
import type { TextIndex } from '../analyzers/text-index.js';
import { fit, Verdicts, verdictsSchema } from '../engines/answer.js';
import { type EngineParts, noUsage } from '../engines/engine.js';
import { refuteWords } from '../engines/prompt.js';
import { type AgentRun, askOf, limitsOf, privateCopy } from '../engines/run-agents.js';
import type { Check, Priority, Scope, Severity } from '../finding.js';
import type { Judgement } from '../findings.js';
import { groupBy, type LocatedHit } from '../merge.js';
import { inScope, type RuleTable } from '../rules/table.js';
import { chosenArchives } from './chosen-archive.js';
import type { Examiner } from './examiner.js';
import { madeElsewhere } from './made-elsewhere.js';
import { newerPython } from './newer-python.js';
import { otherBuilds } from './other-build.js';
import { byPurpose } from './purpose.js';
import { repeatedSecrets } from './repeated-secret.js';
import { mayHaveStood, type Stood, standing } from './standing.js';
import { startedAlone } from './started-alone.js';
import { throwaway } from './throwaway.js';
import { commonHabits } from './tree-habits.js';

export interface RefuteParts {
  folder: string;
  files: readonly string[];
  scratch: string;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  texts: SourceTexts;
  team: AgentTeam;
  engines: EngineParts;
  /** What agents quoted for their hits. */
  quotes: ReadonlyMap<LocatedHit, string>;
  examiner: Examiner;
  stood?: (() => Promise<Stood | null>) | undefined;
}

export interface SecondLook extends Judgement {
  /** Second looks that agents took, with what they cost and whether they failed. */
  looks: { of: string; run: AgentRun }[];
  /** Why the deterministic checks did not look at everything; null when they did. */
  problem: string | null;
}

/** Classes of which a false alarm has a shape that can be recognised. */
const checkedClasses = new Set([
  'redefinition',
  'undefined-name',
  'unbound-name',
  'race-condition',
  'endless-task',
  'code-from-text',
  'unsafe-deserialisation',
  'mutable-default',
  'late-binding-closure',
  'useless-expression',
  'python-error',
  'js-error',
  'accidental-assignment',
  'wrong-comparison',
  'lost-error',
  'weak-hash',
  'blocking-call',
  'unsafe-archive',
]);

/**
 * The second look (RV-7): first what the syntax tree can say, then, for what a model or command reported, an agent that is told to
 * disprove it, else whether what it quotes stands there at all. Nothing is dropped without a reason.
 */
export async function refuteHits(hits: readonly LocatedHit[], parts: RefuteParts): Promise<SecondLook> {
  const result: SecondLook = { hits: [], refuted: [], looks: [], problem: null };
  const examined = await parts.examiner.examine(hits.filter(worthExamining));
  result.problem = examined.problem;
  const open: LocatedHit[] = [];
  const textOf = async (file: string) => (await parts.texts.get(file)).text;
  const ofTree = (hit: LocatedHit) => {
    const verdict = examined.verdicts.get(hit);
    return verdict?.verdict === 'kept' ? undefined : verdict;
  };
  const unjudged = hits.filter((hit) => !ofTree(hit));
  const elsewhere = await madeElsewhere(unjudged, { folder: parts.folder, files: parts.files, textOf }, hits);
  const purposes = await byPurpose(unjudged, parts);
  const newer = newerPython(unjudged, parts);
  const archives = await chosenArchives(unjudged, { files: parts.files, textOf });
  const habits = commonHabits(unjudged.filter((hit) => !elsewhere.has(hit)));
  const builds = await otherBuilds(
    unjudged.filter((hit) => !elsewhere.has(hit)),
    textOf,
  );
  const all = new Set(parts.files);
  const stood = parts.stood && unjudged.some(mayHaveStood) ? await parts.stood() : null;
  for (const hit of hits) {
    const verdict =
      ofTree(hit) ??
      elsewhere.get(hit) ??
      newer.get(hit) ??
      purposes.get(hit) ??
      habits.get(hit) ??
      builds.get(hit) ??
      (await throwaway(hit, { folder: parts.folder, files: parts.files, textOf })) ??
      (await startedAlone(hit, { files: all, textOf })) ??
      archives.get(hit) ??
      // What the tree keeps is on the path of an error, where time says nothing.
      (examined.verdicts.has(hit) ? null : standing(hit, stood));
    if (verdict?.verdict === 'dropped') result.refuted.push({ hit, reason: verdict.reason, by: verdict.by });
    else if (verdict?.verdict === 'lowered') result.hits.push(inDoubt(hit, verdict));
    else if (isClaim(hit, parts.team)) open.push(hit);
    else result.hits.push(hit);
  }
  const repeated = await repeatedSecrets(result.hits, textOf);
  result.hits = result.hits.map((hit) => {
    const verdict = repeated.get(hit);
    return verdict ? inDoubt(hit, verdict) : hit;
  });
  for (const [name, claims] of groupBy(open, (hit) => hit.agent ?? '')) {
    const agent = parts.team.agents.find((each) => each.name === name);
    if (agent?.refuteBy != null) await askSecond(agent.refuteBy, claims, parts, result, name);
    else for (const hit of claims) await checkQuote(hit, parts, result);
  }
  return result;
}

/** What one analyzer found, while others are at work: most of it will be asked about. */
export function beginLook({ tool, hits }: AnalyzerRun, examiner: Examiner, { table, scope }: { table: RuleTable; scope: Scope }): void {
  const located = hits.flatMap((hit) => {
    const rule = table.find(tool, hit.code);
    return rule && inScope(scope, rule) ? [{ ...hit, rule }] : [];
  });
  examiner.begin(located.filter(worthExamining));
}

/** Low-ranked reports of well-known tools are not worth parsing their files again. */
function worthExamining({ rule, agent }: LocatedHit): boolean {
  const checked = checkedClasses.has(rule.class) || (rule.class === 'swallowed-error' && rule.language === 'typescript');
  return rule.language !== null && (agent !== undefined || checked || rule.priority !== 'P2');
}

/** What a model or a command says is a claim; what a tool with rules reports is not. */
function isClaim(hit: LocatedHit, team: AgentTeam): boolean {
  if (hit.agent === undefined) return false;
  return team.agents.find(({ name }) => name === hit.agent)?.engine !== 'sarif';
}

async function askSecond(name: string, claims: readonly LocatedHit[], parts: RefuteParts, result: SecondLook, of: string): Promise<void> {
  const refuter = parts.team.agents.find((each) => each.name === name);
  const unchecked = (hit: LocatedHit, why: string) => result.hits.push(lower(hit, { verdict: 'not checked', by: name, reason: why }));
  if (!refuter) {
    for (const hit of claims) unchecked(hit, `the second look could not be taken: ${name} is switched off`);
    return;
  }
  const texts = await Promise.all(claims.map((hit) => parts.texts.get(hit.file)));
  const { run, verdicts } = await ask(refuter, claims, texts, parts);
  result.looks.push({ of, run });
  claims.forEach((hit, at) => {
    const verdict = verdicts.get(`C-${at + 1}`);
    if (run.reason !== null) unchecked(hit, `the second look failed: ${run.reason}`);
    else if (!verdict) unchecked(hit, `${name} did not answer for it`);
    else {
      const reason = fit(verdict.reason, 300);
      if (verdict.verdict === 'refuted') result.refuted.push({ hit, reason, by: name });
      else if (verdict.verdict === 'confirmed') result.hits.push({ ...hit, check: { verdict: 'kept', by: name, reason } });
      else result.hits.push(lower(hit, { verdict: 'lowered', by: name, reason: `could be neither confirmed nor disproved: ${reason}` }));
    }
  });
}

async function ask(refuter: Agent, claims: readonly LocatedHit[], texts: readonly TextIndex[], parts: RefuteParts) {
  const { engines, timeoutMs, signal, files } = parts;
  const accused = claims.map(({ rule, file, start, end }, at) => ({
    id: `C-${at + 1}`,
    class: rule.class,
    title: rule.title,
    description: rule.description,
    file,
    startLine: texts[at]!.lineAt(start),
    endLine: texts[at]!.lineAt(Math.max(start, end - 1)),
  }));
  const { folder, home } = await privateCopy(`${refuter.name}-refutes`, parts);
  const answer = await askOf(
    refuter,
    engines,
  )({
    task: 'refute',
    ...refuteWords(accused),
    schema: verdictsSchema,
    folder,
    files,
    home,
    model: refuter.model,
    limits: limitsOf(refuter, timeoutMs),
    signal,
  });
  const parsed = Verdicts.safeParse(answer.value);
  const reason = answer.reason ?? (parsed.success ? null : `${refuter.name} did not answer in the form it was asked for`);
  const run: AgentRun = {
    agent: refuter,
    hits: [],
    quotes: new Map(),
    usage: answer.usage ?? noUsage,
    rejected: { count: 0, reasons: [] },
    durationMs: answer.durationMs,
    reason,
  };
  return { run, verdicts: new Map((parsed.data?.verdicts ?? []).map((verdict) => [verdict.id, verdict])) };
}

const LINES_AROUND = 3;

/** Without another agent: what is quoted has to stand there. Somewhere else is doubtful, nowhere is made up. */
async function checkQuote(hit: LocatedHit, { texts, quotes }: RefuteParts, result: SecondLook): Promise<void> {
  const by = 'quoted code';
  const index = await texts.get(hit.file);
  const quote = bare(quotes.get(hit) ?? originalQuote(hit, quotes) ?? '');
  if (quote.length < 4) {
    result.hits.push(lower(hit, { verdict: 'not checked', by, reason: 'it quotes no code, and there is no second agent to ask' }));
    return;
  }
  const from = Math.max(1, index.lineAt(hit.start) - LINES_AROUND);
  const to = index.lineAt(hit.end) + LINES_AROUND;
  if (bare(index.lines(from, to)).includes(quote)) {
    result.hits.push({ ...hit, check: { verdict: 'kept', by, reason: 'the code it quotes stands there' } });
  } else if (bare(index.text).includes(quote)) {
    result.hits.push(lower(hit, { verdict: 'lowered', by, reason: 'the code it quotes stands elsewhere in the file' }));
  } else result.refuted.push({ hit, reason: 'the code it quotes is not in the file', by });
}

/** A hit is copied on its way here (its rule is lowered in tests), so it is known by its place and class. */
function originalQuote(hit: LocatedHit, quotes: ReadonlyMap<LocatedHit, string>): string | undefined {
  for (const [known, quote] of quotes) {
    const same = known.agent === hit.agent && known.file === hit.file && known.start === hit.start && known.end === hit.end;
    if (same && known.code === hit.code) return quote;
  }
  return undefined;
}

const bare = (text: string): string => text.replace(/\s+/g, '');

const severityBelow: Record<Severity, Severity> = { critical: 'high', high: 'medium', medium: 'low', low: 'low' };
const priorityBelow: Record<Priority, Priority> = { P0: 'P1', P1: 'P2', P2: 'P2' };

/** What the code itself casts doubt on is worth a line in the list, and nobody's time before the rest is done. */
function inDoubt(hit: LocatedHit, { by, reason }: { by: string; reason: string }): LocatedHit {
  const lowered = lower(hit, { verdict: 'lowered', by, reason });
  return { ...lowered, rule: { ...lowered.rule, priority: 'P2' } };
}

function lower(hit: LocatedHit, check: Check): LocatedHit {
  const { rule } = hit;
  const confidence = Math.round(rule.confidence * 60) / 100;
  const lowered = { ...rule, severity: severityBelow[rule.severity], priority: priorityBelow[rule.priority], confidence };
  return { ...hit, rule: lowered, check };
}
