import { InvalidRequest } from '../../errors.js';
import { createPathResolver, type Refusal } from './paths.js';
import { Location, Log, Region, Result, Rule, Run } from './shape.js';

export type SarifLevel = 'none' | 'note' | 'warning' | 'error';

/** One result of one tool, in a file of the repository. All texts are the tool's: data, not yet fit to be shown. */
export interface SarifHit {
  tool: string;
  rule: string;
  /** What the rule is called, in words. */
  title: string;
  /** What the rule says of itself. */
  description: string;
  message: string;
  helpUri: string | null;
  level: SarifLevel;
  /** 0 to 10, as GitHub reads it from the rule's properties. */
  securitySeverity: number | null;
  /** Such as `security`, `external/cwe/cwe-079`. */
  tags: string[];
  /** Relative to the repository's root, with forward slashes. */
  file: string;
  /** Null: the result speaks of the whole file. */
  region: Region | null;
  columnKind: 'utf16CodeUnits' | 'unicodeCodePoints';
  /** The tool's own fingerprints, kept as second keys; a partial one means something only together with its file. */
  fingerprints: { name: string; value: string; partial: boolean }[];
  /** Why it is suppressed already; null when it is not. */
  suppressed: string | null;
  hasFix: boolean;
}

export interface SarifRun {
  tool: string;
  version: string | null;
  hits: SarifHit[];
  /** Why what the tool says is not all there is; with any of these "no result" does not mean "nothing found". */
  failures: string[];
  /** Results that are no finding of a file here. */
  refused: { reason: Refusal | 'unreadable result'; count: number; examples: string[] }[];
}

const MAX_CHARACTERS = 128 * 1024 * 1024;
const MAX_RESULTS = 100_000;
const MAX_RUNS = 100;

/**
 * Reads a SARIF 2.1.0 log that a stranger wrote. Throws `InvalidRequest` when it is none; a single broken result is counted and left
 * out. `root`: the folder the tool ran in, for logs with absolute addresses.
 */
export function readSarif(content: string, { shown = 'The SARIF file', root }: { shown?: string; root?: string } = {}): SarifRun[] {
  if (content.length > MAX_CHARACTERS) throw new InvalidRequest(`${shown} is larger than ${MAX_CHARACTERS / 1024 / 1024} MB.`);
  let raw: unknown;
  try {
    raw = JSON.parse(content.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new InvalidRequest(`${shown} is not JSON (${oneLine(error instanceof Error ? error.message : String(error), 120)}).`);
  }
  const log = Log.safeParse(raw);
  if (!log.success) throw new InvalidRequest(`${shown} is not a SARIF log: it needs "version" and a list of "runs".`);
  if (!/^2\.1\.0\b/.test(log.data.version))
    throw new InvalidRequest(`${shown} is SARIF ${oneLine(log.data.version, 20)}; only 2.1.0 is read.`);
  if (log.data.runs.length > MAX_RUNS) throw new InvalidRequest(`${shown} has more than ${MAX_RUNS} runs.`);
  return log.data.runs.map((run, at) => readRun(run, at, { shown, root }));
}

function readRun(raw: unknown, at: number, { shown, root }: { shown: string; root: string | undefined }): SarifRun {
  const parsed = Run.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new InvalidRequest(`${shown}: runs.${at}${issue ? `.${issue.path.join('.')}: ${issue.message}` : ' cannot be read'}`);
  }
  const run = parsed.data;
  const { driver, extensions = [] } = run.tool;
  const tool = oneLine(driver.name, 60) || 'unnamed tool';
  const refused = new Map<string, SarifRun['refused'][number]>();
  const refuse = (reason: SarifRun['refused'][number]['reason'], example: string) => {
    const entry = refused.get(reason) ?? { reason, count: 0, examples: [] };
    entry.count += 1;
    if (entry.examples.length < 5) entry.examples.push(oneLine(example, 200));
    refused.set(reason, entry);
  };
  const rulesOf = [driver, ...extensions].map(({ rules = [] }) => rules.map((rule) => Rule.safeParse(rule).data ?? null));
  const byId = new Map(rulesOf.flat().flatMap((rule) => (rule ? [[rule.id, rule] as const] : [])));
  const find = ruleFinder(rulesOf, byId);
  const fileOf = createPathResolver(run, root);

  const hits: SarifHit[] = [];
  const results = run.results ?? [];
  for (const [number, entry] of results.slice(0, MAX_RESULTS).entries()) {
    const result = Result.safeParse(entry);
    if (!result.success) {
      refuse('unreadable result', `results.${number}.${result.error.issues[0]?.path.join('.') ?? ''}`);
      continue;
    }
    const { data } = result;
    if (data.baselineState === 'absent' || (data.kind && ['pass', 'notApplicable', 'informational'].includes(data.kind))) continue;
    const { id, rule } = find(data);
    // The first location is where it is; the others say the same of another place and have no result of their own.
    const physical = Location.safeParse(data.locations?.[0]).data?.physicalLocation;
    const place = fileOf(physical?.artifactLocation);
    if ('refused' in place) {
      refuse(place.refused, physical?.artifactLocation?.uri ?? id);
      continue;
    }
    hits.push({
      tool,
      rule: oneLine(id, 150),
      title: oneLine(rule?.shortDescription?.text ?? rule?.name ?? id, 200),
      description: oneLine(rule?.fullDescription?.text ?? rule?.shortDescription?.text ?? '', 1_000),
      message: oneLine(messageOf(data, rule), 1_000),
      helpUri: rule?.helpUri && /^https?:\/\//.test(rule.helpUri) ? oneLine(rule.helpUri, 500) : null,
      level: data.level ?? (data.kind && data.kind !== 'fail' ? 'note' : (rule?.defaultConfiguration?.level ?? 'warning')),
      securitySeverity: severityOf(data.properties?.['security-severity']) ?? severityOf(rule?.properties?.['security-severity']),
      tags: tagsOf(rule),
      file: place.file,
      region: regionOf(physical?.region),
      columnKind: run.columnKind ?? 'utf16CodeUnits',
      fingerprints: [...printsOf(data.fingerprints, false), ...printsOf(data.partialFingerprints, true)],
      suppressed: suppressionOf(data),
      hasFix: (data.fixes ?? []).length > 0,
    });
  }
  return {
    tool,
    version: oneLine(driver.semanticVersion ?? driver.version ?? '', 60) || null,
    hits,
    failures: failuresOf(run, tool, results.length),
    refused: [...refused.values()],
  };
}

/** By reference, index or id; `CA1000/1` is a part of `CA1000`. */
function ruleFinder(rulesOf: (Rule | null)[][], byId: ReadonlyMap<string, Rule>) {
  return (result: Result): { id: string; rule: Rule | null } => {
    const component = rulesOf[(result.rule?.toolComponent?.index ?? -1) + 1] ?? rulesOf[0] ?? [];
    const at = result.rule?.index ?? result.ruleIndex ?? -1;
    const named = result.rule?.id ?? result.ruleId;
    const indexed = at >= 0 ? component[at] : undefined;
    const rule = indexed ?? (named === undefined ? undefined : (byId.get(named) ?? byId.get(named.replace(/\/[^/]*$/, '')))) ?? null;
    return { id: named ?? rule?.id ?? 'unnamed', rule };
  };
}

function messageOf({ message }: Result, rule: Rule | null): string {
  const own = message?.text ?? message?.markdown;
  const text = own ?? (message?.id !== undefined ? rule?.messageStrings?.[message.id]?.text : undefined);
  return (text ?? '').replace(/\{(\d{1,2})\}/g, (all, number: string) => message?.arguments?.[Number(number)] ?? all);
}

function printsOf(prints: Record<string, string> | undefined, partial: boolean): SarifHit['fingerprints'] {
  return (
    Object.entries(prints ?? {})
      .slice(0, 10)
      // Semgrep writes "requires login" there: taken for one, all results of a rule would be the same defect.
      .filter(([, value]) => !/\s/.test(value.trim()))
      .map(([name, value]) => ({ name: oneLine(name, 100), value: oneLine(value, 200), partial }))
  );
}

function regionOf(raw: unknown): Region | null {
  const region = Region.safeParse(raw).data;
  if (!region) return null;
  const located = region.startLine !== undefined || (region.charOffset ?? -1) >= 0 || (region.byteOffset ?? -1) >= 0;
  return located ? region : null;
}

function severityOf(value: unknown): number | null {
  const number = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  return number >= 0 && number <= 10 ? number : null;
}

function tagsOf(rule: Rule | null): string[] {
  const tags = rule?.properties?.tags;
  return Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === 'string').map((tag) => oneLine(tag, 60)) : [];
}

/** A suppression that still is to be reviewed, or was rejected, is none. */
function suppressionOf({ suppressions }: Result): string | null {
  const accepted = (suppressions ?? []).find(({ status }) => status === undefined || status === 'accepted');
  return accepted ? oneLine(accepted.justification ?? '', 300) || 'suppressed by the tool, without a reason' : null;
}

function failuresOf(run: Run, tool: string, results: number): string[] {
  const failures: string[] = [];
  if (run.results === null || run.results === undefined) failures.push(`${tool} reported no results, not even an empty list`);
  if (results > MAX_RESULTS) failures.push(`${tool} reported ${results} results; the first ${MAX_RESULTS} were read`);
  for (const { executionSuccessful, exitCode, toolExecutionNotifications = [] } of run.invocations ?? []) {
    const errors = toolExecutionNotifications.filter(({ level }) => level === 'error');
    for (const { message } of errors.slice(0, 5)) failures.push(`${tool}: ${oneLine(message?.text ?? 'an error without words', 200)}`);
    if (executionSuccessful === false && errors.length === 0)
      failures.push(`${tool} says that it failed${exitCode === undefined ? '' : ` (exit code ${exitCode})`}`);
  }
  return failures;
}

function oneLine(text: string, most: number): string {
  const clean = text
    .slice(0, most * 4)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return clean.length > most ? `${clean.slice(0, most - 1)}…` : clean;
}
