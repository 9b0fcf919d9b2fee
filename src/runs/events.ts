import type { ApprovalStatus, ApprovalType } from '../approvals/approval.js';
import type { GateStage, GateStatus } from '../gates/gate.js';
import type { AgentOutcome, PoolName, Priority, ReviewCoverage, Scope } from '../review/finding.js';

/** One gate stage in a few words, such as `tests 214` or `format: 2 files`. */
export interface GateSummary {
  stage: GateStage;
  status: GateStatus;
  words: string;
}

export interface FixTarget {
  issueId: string;
  findingId: string;
  title: string;
  priority: Priority;
  pool: PoolName;
}

/** What was reported and disproved (RV-7). */
export interface RefutedSummary {
  rule: string;
  title: string;
  priority: Priority;
  file: string;
  startLine: number;
  endLine: number;
  agents: string[];
  reason: string;
  by: string;
}

/** How one issue's fix ended; `taken_out`: it passed alone but broke the whole. */
export type FixStatus = 'fixed' | 'needs_approval' | 'not_fixed' | 'taken_out';

/** What happened in a run, in the past tense. Stored append-only; everything people see is drawn from it. */
export type RunEvent =
  | { type: 'started' }
  | { type: 'pinned'; commit: string; branch: string }
  | { type: 'review_started'; scope: Scope }
  | { type: 'agent_completed'; outcome: AgentOutcome }
  | {
      type: 'reviewed';
      counts: Record<Priority, number>;
      coverage: ReviewCoverage;
      /** Null when nothing was tracked (dry run). */
      tracked: { created: number; known: number; reopened: number; resolved: number } | null;
      /** Absent in runs from before there was a second look. */
      refuted?: RefutedSummary[];
    }
  | { type: 'fixes_offered'; until: string }
  | { type: 'fixing_started'; targets: FixTarget[]; askedBy: string }
  | { type: 'base_judged'; gates: GateSummary[]; passed: boolean; blockers: string[]; prepared: { files: string[]; by: string } | null }
  | { type: 'fix_started'; issueId: string; pool: PoolName }
  | { type: 'fix_gated'; issueId: string; stage: GateStage; status: GateStatus }
  | {
      type: 'fix_ended';
      issueId: string;
      status: FixStatus;
      fixer: string | null;
      files: number;
      added: number;
      removed: number;
      gates: GateSummary[];
      reason: string | null;
    }
  | { type: 'integrating'; fixes: number }
  | { type: 'integrated'; head: string; issueIds: string[]; gates: GateSummary[]; passed: boolean; blockers: string[] }
  | { type: 'handed_over'; how: 'push' | 'patch' | 'nothing'; branch: string | null; commit: string | null; why: string | null }
  | { type: 'approval_requested'; approvalId: string; approvalType: ApprovalType }
  | { type: 'approval_ended'; approvalId: string; approvalType: ApprovalType; status: ApprovalStatus; choice: string | null }
  | { type: 'held'; approvalId: string }
  | { type: 'bumped'; version: string; commit: string; tag: string }
  | { type: 'published'; target: string; name: string; version: string; where: string; already: boolean }
  | { type: 'release_skipped'; why: string }
  /** For something that is not a person: another run's release, a database. */
  | { type: 'waiting'; for: string }
  | { type: 'waited' }
  | { type: 'cancel_requested'; by: string }
  | { type: 'ended'; status: 'done' | 'failed' | 'cancelled'; line: string; reference: string | null };
