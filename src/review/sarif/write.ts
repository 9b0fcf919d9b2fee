import type { Log, Notification, ReportingDescriptor, Result } from 'sarif';
import { type AgentOutcome, type Finding, type ReviewCoverage, type Severity, withoutTools } from '../finding.js';

/** Why a finding does not count, as far as a log says it. */
export interface WrittenSuppression {
  /** `inSource`: by a comment in the file. */
  kind: 'inSource' | 'external';
  reason: string;
  by: string;
  /** ISO date or time; null for what stands in a foreign log. */
  until: string | null;
}

export interface SarifReport {
  /** Of the bot. */
  version: string;
  repository: string;
  /** Where others find it; null for a folder. */
  repositoryUri: string | null;
  commit: string | null;
  branch: string | null;
  run: { id: string; scope: string; status: string; startedAt: Date; endedAt: Date | null };
  findings: readonly { finding: Finding; issueId: string | null; change: 'new' | 'known' | 'reopened' | null }[];
  suppressed: readonly { finding: Finding; suppression: WrittenSuppression }[];
  /** Null when the review did not come to its end. */
  coverage: ReviewCoverage | null;
}

export const ownFingerprint = 'mahavishnuFingerprint/v1';

/** A run as SARIF 2.1.0 (RV-8): what was found, what is suppressed and why, what was looked at and what failed. */
export function toSarif(report: SarifReport): Log {
  const all = [...report.findings.map(({ finding }) => finding), ...report.suppressed.map(({ finding }) => finding)];
  const rules = [...new Map(all.map((finding) => [finding.rule, finding])).values()]
    .map(descriptorOf)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const indexOf = new Map(rules.map(({ id }, index) => [id, index]));
  const { coverage, run } = report;
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Mahavishnu', semanticVersion: report.version, rules } },
        automationDetails: { id: `mahavishnu/${run.scope}/${run.id}`, description: { text: `Review of ${report.repository}` } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { '%SRCROOT%': { description: { text: 'The root of the repository' } } },
        ...(report.repositoryUri !== null && report.commit !== null
          ? {
              versionControlProvenance: [
                { repositoryUri: report.repositoryUri, revisionId: report.commit, ...(report.branch ? { branch: report.branch } : {}) },
              ],
            }
          : {}),
        invocations: [
          {
            executionSuccessful: run.status === 'done' && coverage !== null && isWhole(coverage.agents),
            startTimeUtc: run.startedAt.toISOString(),
            ...(run.endedAt ? { endTimeUtc: run.endedAt.toISOString() } : {}),
            toolExecutionNotifications: coverage ? notificationsOf(coverage) : [noCoverage],
            properties: { run: run.id, status: run.status, commit: report.commit, ...(coverage ? { coverage: coverageOf(coverage) } : {}) },
          },
        ],
        results: [
          ...report.findings.map(({ finding, issueId, change }) => ({
            ...resultOf(finding, indexOf),
            suppressions: [],
            ...(change ? { baselineState: change === 'known' ? ('unchanged' as const) : ('new' as const) } : {}),
            properties: { ...propertiesOf(finding), ...(issueId ? { issue: issueId } : {}) },
          })),
          ...report.suppressed.map(({ finding, suppression: { kind, reason, by, until } }) => ({
            ...resultOf(finding, indexOf),
            suppressions: [{ kind, status: 'accepted' as const, justification: reason, properties: { by, ...(until ? { until } : {}) } }],
            properties: propertiesOf(finding),
          })),
        ],
      },
    ],
  };
}

const isWhole = (agents: readonly AgentOutcome[]) => agents.length > 0 && agents.every(({ status }) => status === 'done');
const noCoverage: Notification = {
  level: 'error',
  message: { text: 'The review did not come to its end, so nothing is known of what it missed.' },
};

/** What failed, and what was not read: a log without results must not read as a clean repository (RV-6). */
function notificationsOf({ agents, skipped, tools }: ReviewCoverage): Notification[] {
  const without = withoutTools(tools);
  return [
    ...(agents.length === 0 ? [{ level: 'error' as const, message: { text: 'No agent ran.' } }] : []),
    ...agents
      .filter(({ status }) => status === 'failed')
      .map(({ agent, reason }) => ({
        level: 'error' as const,
        message: { text: `Agent ${agent} failed: ${reason ?? 'no reason given'}` },
      })),
    ...skipped.map(({ reason, count, examples }) => ({
      level: 'note' as const,
      message: {
        text: `${count} ${count === 1 ? 'file was' : 'files were'} ${reason === 'read in part' ? reason : `not read: ${reason}`}`,
      },
      locations: examples.map((file) => ({ physicalLocation: { artifactLocation: locationOf(file) } })),
    })),
    ...(without === '' ? [] : [{ level: 'note' as const, message: { text: `Reviewed without ${without}.` } }]),
  ];
}

function coverageOf({ files, read, skipped, agents, tools }: ReviewCoverage) {
  return {
    files,
    read,
    skipped,
    agents: agents.map(({ agent, status, reason, durationMs }) => ({ agent, status, reason, durationMs })),
    ...(tools ? { tools } : {}),
  };
}

const levels: Record<Severity, 'error' | 'warning' | 'note'> = { critical: 'error', high: 'error', medium: 'warning', low: 'note' };
/** The middle of each of GitHub's bands. */
const securitySeverities: Record<Severity, string> = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.0' };

function descriptorOf({ rule, title, description, severity, perspective, suggestedFix, confidence }: Finding): ReportingDescriptor {
  return {
    id: rule,
    shortDescription: { text: title },
    fullDescription: { text: description || title },
    ...(suggestedFix ? { help: { text: suggestedFix } } : {}),
    defaultConfiguration: { level: levels[severity] },
    properties: {
      tags: [perspective],
      precision: confidence >= 0.9 ? 'very-high' : confidence >= 0.75 ? 'high' : confidence >= 0.5 ? 'medium' : 'low',
      ...(perspective === 'security' ? { 'security-severity': securitySeverities[severity] } : {}),
    },
  };
}

function resultOf(finding: Finding, indexOf: ReadonlyMap<string, number>): Result {
  const others = finding.places.filter(({ startLine, endLine }) => startLine !== finding.startLine || endLine !== finding.endLine);
  const place = (file: string, startLine: number, endLine: number) => ({
    physicalLocation: { artifactLocation: locationOf(file), region: { startLine, endLine } },
  });
  return {
    ruleId: finding.rule,
    ruleIndex: indexOf.get(finding.rule) ?? -1,
    level: levels[finding.severity],
    message: { text: finding.description || finding.title },
    locations: [place(finding.file, finding.startLine, finding.endLine)],
    ...(others.length > 0
      ? { relatedLocations: others.map(({ file, startLine, endLine }, id) => ({ id: id + 1, ...place(file, startLine, endLine) })) }
      : {}),
    partialFingerprints: {
      [ownFingerprint]: finding.fingerprint,
      ...(finding.lineHash ? { primaryLocationLineHash: finding.lineHash } : {}),
    },
    rank: Math.round(finding.confidence * 1000) / 10,
  };
}

function propertiesOf({ id, priority, severity, pool, agents, confidence, otherFingerprints }: Finding) {
  return { id, priority, severity, pool, agents, confidence, ...(otherFingerprints?.length ? { otherFingerprints } : {}) };
}

/** `%` itself is encoded, so that what reads the log finds the name that was meant. */
const locationOf = (file: string) => ({
  uri: file
    .split('/')
    .map((part) => encodeURIComponent(part.replace(/\p{Surrogate}/gu, '\uFFFD')))
    .join('/'),
  uriBaseId: '%SRCROOT%',
});
