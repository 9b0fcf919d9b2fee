import type { ReviewCoverage, Scope } from '../review/finding.js';
import type { Suppressed } from '../review/suppressions/suppression.js';
import type { FixStatus, FixTarget, GateSummary, RefutedSummary, RunEvent, SuppressionSummary } from './events.js';

export const runStages = ['review', 'fixing', 'gates', 'approval', 'release'] as const;
export type RunStage = (typeof runStages)[number];
export type StageState = 'waiting' | 'running' | 'done' | 'attention' | 'failed' | 'skipped';

export interface FixProgress extends FixTarget {
  status: 'waiting' | 'working' | FixStatus;
  fixer: string | null;
  files: number;
  added: number;
  removed: number;
  gates: GateSummary[];
  reason: string | null;
}

/** Everything a run's messages are drawn from, folded from its events and kept on the run's row. Times are ISO strings. */
export interface RunProgress {
  scope: Scope | null;
  commit: string | null;
  branch: string | null;
  stages: Record<RunStage, { state: StageState; startedAt: string | null; endedAt: string | null }>;
  review: {
    counts: Record<'P0' | 'P1' | 'P2', number>;
    coverage: ReviewCoverage;
    tracked: { created: number; known: number; reopened: number; resolved: number } | null;
    refuted?: RefutedSummary[];
    /** Absent in runs of earlier versions. */
    suppressed?: SuppressionSummary;
    at: string;
  } | null;
  /** Findings that people called wrong after the review; absent before the first. */
  contested?: { findingId: string; issueId: string | null; title: string; suppressed: Suppressed }[];
  /** While people may still choose what to fix. */
  offeredUntil: string | null;
  base: { gates: GateSummary[]; passed: boolean; blockers: string[]; prepared: { files: string[]; by: string } | null } | null;
  fixes: FixProgress[];
  integration: { head: string; issueIds: string[]; gates: GateSummary[]; passed: boolean; blockers: string[] } | null;
  handover: { how: 'push' | 'patch' | 'nothing'; branch: string | null; commit: string | null; why: string | null } | null;
  /** Ids of approvals in the order they were asked. */
  approvals: string[];
  waitingFor: string | null;
  /** The approval that expired under `hold` and can be asked again. */
  held: string | null;
  release: { version: string; commit: string; tag: string } | null;
  published: { target: string; name: string; version: string; where: string; already: boolean }[];
  releaseSkipped: string | null;
  cancelledBy: string | null;
  end: { status: 'done' | 'failed' | 'cancelled'; line: string; reference: string | null; at: string } | null;
}

export function emptyProgress(): RunProgress {
  const waiting = () => ({ state: 'waiting' as const, startedAt: null, endedAt: null });
  return {
    scope: null,
    commit: null,
    branch: null,
    stages: { review: waiting(), fixing: waiting(), gates: waiting(), approval: waiting(), release: waiting() },
    review: null,
    offeredUntil: null,
    base: null,
    fixes: [],
    integration: null,
    handover: null,
    approvals: [],
    waitingFor: null,
    held: null,
    release: null,
    published: [],
    releaseSkipped: null,
    cancelledBy: null,
    end: null,
  };
}

/** Pure: the progress after one more event. `at` is when it happened, ISO. */
export function applyEvent(before: RunProgress, event: RunEvent, at: string): RunProgress {
  const after = structuredClone(before);
  const begin = (stage: RunStage) => {
    after.stages[stage] = { state: 'running', startedAt: after.stages[stage].startedAt ?? at, endedAt: null };
  };
  const finish = (stage: RunStage, state: StageState) => {
    after.stages[stage] = { state, startedAt: after.stages[stage].startedAt ?? at, endedAt: at };
  };
  switch (event.type) {
    case 'started':
      begin('review');
      break;
    case 'pinned':
      after.commit = event.commit;
      after.branch = event.branch;
      break;
    case 'review_started':
      after.scope = event.scope;
      begin('review');
      break;
    case 'agent_completed':
      break;
    case 'reviewed':
      after.review = {
        counts: event.counts,
        coverage: event.coverage,
        tracked: event.tracked,
        refuted: event.refuted ?? [],
        ...(event.suppressed ? { suppressed: event.suppressed } : {}),
        at,
      };
      finish('review', event.coverage.agents.some((agent) => agent.status === 'failed') ? 'attention' : 'done');
      break;
    case 'contested':
      after.contested = [
        ...(after.contested ?? []).filter(({ findingId }) => findingId !== event.findingId),
        { findingId: event.findingId, issueId: event.issueId, title: event.title, suppressed: event.suppressed },
      ];
      if (after.review)
        after.review = {
          ...after.review,
          counts: { ...after.review.counts, [event.priority]: Math.max(0, after.review.counts[event.priority] - 1) },
        };
      break;
    case 'fixes_offered':
      after.offeredUntil = event.until;
      after.waitingFor = 'someone to choose what to fix';
      break;
    case 'fixing_started':
      after.offeredUntil = null;
      after.waitingFor = null;
      after.fixes = event.targets.map((target) => ({
        ...target,
        status: 'waiting',
        fixer: null,
        files: 0,
        added: 0,
        removed: 0,
        gates: [],
        reason: null,
      }));
      begin('fixing');
      break;
    case 'base_judged':
      after.base = { gates: event.gates, passed: event.passed, blockers: event.blockers, prepared: event.prepared };
      break;
    case 'fix_started':
      changeFix(after, event.issueId, { status: 'working' });
      break;
    case 'fix_gated':
      break;
    case 'fix_ended': {
      const { type: _, issueId, ...rest } = event;
      changeFix(after, issueId, rest);
      break;
    }
    case 'integrating':
      finish('fixing', after.fixes.some((fix) => fix.status !== 'fixed') ? 'attention' : 'done');
      begin('gates');
      break;
    case 'integrated': {
      const { type: _, ...integration } = event;
      after.integration = integration;
      const left = after.fixes.some((fix) => fix.status !== 'fixed');
      finish('fixing', left ? 'attention' : 'done');
      finish('gates', event.passed ? 'done' : 'failed');
      break;
    }
    case 'handed_over': {
      const { type: _, ...handover } = event;
      after.handover = handover;
      break;
    }
    case 'approval_requested':
      if (!after.approvals.includes(event.approvalId)) after.approvals.push(event.approvalId);
      after.waitingFor = `approval of ${event.approvalType.replaceAll('_', ' ')}`;
      after.held = null;
      if (event.approvalType === 'version_bump' || event.approvalType === 'publish') begin('approval');
      break;
    case 'approval_ended':
      after.waitingFor = null;
      if (event.approvalType === 'version_bump' || event.approvalType === 'publish')
        finish('approval', event.status === 'approved' ? 'done' : 'attention');
      break;
    case 'held':
      after.held = event.approvalId;
      after.waitingFor = 'someone to ask again';
      break;
    case 'bumped':
      after.release = { version: event.version, commit: event.commit, tag: event.tag };
      begin('release');
      break;
    case 'published': {
      const { type: _, ...publication } = event;
      after.published.push(publication);
      finish('release', 'done');
      break;
    }
    case 'release_skipped':
      after.releaseSkipped = event.why;
      if (after.release) finish('release', 'attention');
      break;
    case 'waiting':
      after.waitingFor = event.for;
      break;
    case 'waited':
      after.waitingFor = null;
      break;
    case 'cancel_requested':
      after.cancelledBy = event.by;
      break;
    case 'ended':
      end(after, event, at);
      break;
  }
  return after;
}

/** Stages that never began were not needed; one that was under way when the run ended did not come through. */
function end(after: RunProgress, event: Extract<RunEvent, { type: 'ended' }>, at: string): void {
  after.end = { status: event.status, line: event.line, reference: event.reference, at };
  after.waitingFor = null;
  after.offeredUntil = null;
  after.held = null;
  for (const stage of runStages) {
    const { state, startedAt } = after.stages[stage];
    if (state === 'waiting') after.stages[stage] = { state: 'skipped', startedAt, endedAt: at };
    else if (state === 'running') after.stages[stage] = { state: event.status === 'done' ? 'attention' : 'failed', startedAt, endedAt: at };
  }
}

function changeFix(progress: RunProgress, issueId: string, change: Partial<FixProgress>): void {
  const fix = progress.fixes.find((candidate) => candidate.issueId === issueId);
  if (fix) Object.assign(fix, change);
}
