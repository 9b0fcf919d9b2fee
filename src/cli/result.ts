import { asc, eq } from 'drizzle-orm';
import type { App } from '../app.js';
import type { Approval } from '../approvals/approval.js';
import type { Run, TrackedFinding } from '../bot.js';
import * as schema from '../database/schema.js';
import type { GateResult } from '../gates/gate.js';
import { type Priority, priorities } from '../review/finding.js';
import type { FixProgress } from '../runs/progress.js';

/** What `review --json` prints. */
export async function runResult({ bot, database }: Pick<App, 'bot' | 'database'>, run: Run) {
  const findings = await bot.findings(run.id);
  const { review, fixes } = run.progress;
  const reports = await database.db
    .select()
    .from(schema.gateReports)
    .where(eq(schema.gateReports.runId, run.id))
    .orderBy(asc(schema.gateReports.at));
  const fixOf = (issueId: string | null) => fixes.find((fix) => fix.issueId === issueId);
  return {
    run_id: run.id,
    scope: run.request.scope,
    status: run.status,
    dry_run: run.request.dryRun,
    findings: findings.map((tracked) => findingResult(tracked, fixOf(tracked.issueId))),
    suppressed: (await bot.suppressed(run.id)).map(({ finding, suppressed: { id, source, reason, by, until } }) => {
      const { rule, title, severity, priority, file, startLine, endLine, fingerprint } = finding;
      const place = { file, start_line: startLine, end_line: endLine };
      return { id: finding.id, rule, title, severity, priority, ...place, fingerprint, suppressed_by: { id, source, reason, by, until } };
    }),
    suppressions: { expired: review?.suppressed?.expired ?? [], problems: review?.suppressed?.problems ?? [] },
    issues_created: [...new Set(findings.flatMap(({ issueId, change }) => (issueId !== null && change === 'new' ? [issueId] : [])))],
    review_coverage: review && {
      files: review.coverage.files,
      read: review.coverage.read,
      skipped: review.coverage.skipped,
      agents: review.coverage.agents.map(({ durationMs, ...agent }) => ({ ...agent, duration_ms: durationMs })),
      agents_off: review.coverage.off ?? [],
      tools: review.coverage.tools ?? [],
    },
    refuted: (review?.refuted ?? []).map(({ startLine, endLine, belowScope, ...rest }) => {
      return { ...rest, below_scope: belowScope === true, start_line: startLine, end_line: endLine };
    }),
    fixes_applied: fixes
      .filter(({ status }) => status === 'fixed')
      .map(({ issueId, findingId, title, priority, pool, fixer, files, added, removed }) => {
        return { issue_id: issueId, finding_id: findingId, title, priority, pool, fixer, files, added, removed };
      }),
    quality_gates: reports.flatMap(({ subject, commit, report }) => report.results.map((result) => gateResult(subject, commit, result))),
    approval_requests: (await bot.approvals({ runId: run.id })).map(approvalResult),
  };
}

function findingResult({ finding, issueId, change }: TrackedFinding, fix: FixProgress | undefined) {
  const { places } = finding;
  return {
    id: finding.id,
    rule: finding.rule,
    title: finding.title,
    description: finding.description,
    severity: finding.severity,
    priority: finding.priority,
    perspective: finding.perspective,
    pool: finding.pool,
    file: finding.file,
    start_line: finding.startLine,
    end_line: finding.endLine,
    ...(places.length > 1
      ? { places: places.map(({ file, startLine, endLine }) => ({ file, start_line: startLine, end_line: endLine })) }
      : {}),
    evidence: finding.evidence,
    suggested_fix: finding.suggestedFix,
    fixer: finding.fixer,
    confidence: finding.confidence,
    agents: finding.agents,
    fingerprint: finding.fingerprint,
    check: finding.check ?? null,
    issue_id: issueId,
    change,
    fix: fix ? { status: fix.status, reason: fix.reason } : null,
  };
}

function gateResult(subject: string, commit: string, { exitCode, durationMs, ...result }: GateResult) {
  return { subject, commit, ...result, exit_code: exitCode, duration_ms: durationMs };
}

export function approvalResult(approval: Approval) {
  const { id, runId, repository, type, status, options, policy, deadline, choice, decidedBy, decidedAt, reason, requestedBy } = approval;
  return {
    id,
    run_id: runId,
    repository,
    type,
    status,
    shown: approval.shown,
    options,
    approvers: policy.approvers,
    four_eyes: policy.fourEyes,
    quorum: policy.quorum,
    requested_by: requestedBy,
    deadline: deadline.toISOString(),
    choice,
    decided_by: decidedBy,
    decided_at: decidedAt?.toISOString() ?? null,
    reason,
  };
}

/**
 * 0: nothing at or above `failOn` is left; 1: something is; 2: the run, or an agent of it, failed. A finding is gone once its fix is
 * on a branch of the repository: a patch that nobody applied leaves it where it was.
 */
export async function exitCodeOf({ bot }: Pick<App, 'bot'>, run: Run, failOn: Priority): Promise<0 | 1 | 2> {
  const { review, fixes, handover } = run.progress;
  if (run.status !== 'done' || !review || review.coverage.agents.some(({ status }) => status === 'failed')) return 2;
  const gone = new Set(handover?.how === 'push' ? fixes.filter(({ status }) => status === 'fixed').map(({ findingId }) => findingId) : []);
  const counted = priorities.slice(0, priorities.indexOf(failOn) + 1);
  const left = (await bot.findings(run.id)).filter(({ finding }) => counted.includes(finding.priority) && !gone.has(finding.id));
  return left.length > 0 ? 1 : 0;
}
