import type { ApprovalStatus, ApprovalType } from '../approvals/approval.js';
import type { GateStage, GateStatus } from '../gates/gate.js';
import type { AgentOutcome, PoolName, Priority, ReviewCoverage, Scope } from '../review/finding.js';
import type { Suppressed } from '../review/suppressions/suppression.js';

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

/** What was reported and disproved, or is in so much doubt that the scope leaves it out (RV-7). */
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
  /** Not disproved: the scope leaves it out. */
  belowScope?: boolean;
}

/** What of a review does not count because people said so (RV-9). Lines are for a person. */
export interface SuppressionSummary {
  count: number;
  /** Suppressions that would have held something back, had they not expired. */
  expired: string[];
  /** Suppressions that do not count, and why. */
  problems: string[];
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
      suppressed?: SuppressionSummary;
    }
  /** A person says that a finding is wrong (RV-9). */
  | { type: 'contested'; findingId: string; issueId: string | null; priority: Priority; title: string; suppressed: Suppressed }
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
