import type { Approval } from './approvals/approval.js';
import type { Finding, Priority, Scope } from './review/finding.js';
import type { Suppressed } from './review/suppressions/suppression.js';
import type { RunProgress } from './runs/progress.js';
import type { Actor, RunRequest, RunStatus } from './runs/run.js';

export interface Run {
  id: string;
  repository: string;
  request: RunRequest;
  status: RunStatus;
  progress: RunProgress;
  createdAt: Date;
  endedAt: Date | null;
}

export interface TrackedFinding {
  finding: Finding;
  /** Null in a dry run. */
  issueId: string | null;
  change: 'new' | 'known' | 'reopened' | null;
  /** Chosen by someone in Slack to be fixed, not submitted yet. */
  chosen: boolean;
}

/** Found, and held back by what people said (RV-9). */
export interface SuppressedFinding {
  finding: Finding;
  suppressed: Suppressed;
}

export interface Contest {
  reason: string;
  /** Null: as long as the settings say. */
  until: Date | null;
}

export interface Vote {
  vote: 'approve' | 'reject';
  /** The value of the chosen option; for a version bump also an exact version such as `2.5.0-rc.1`. */
  choice: string | null;
  reason: string | null;
  actor: Actor;
  surface: 'slack' | 'cli' | 'mcp';
}

/** `why` is a line for the person: who decided what and when, or why they may not. */
export type VoteOutcome = { accepted: true; approval: Approval } | { accepted: false; why: string; approval: Approval | null };

export interface OpenIssue {
  id: string;
  title: string;
  description: string;
  status: 'pending' | 'in_progress' | 'blocked';
  priority: Priority;
  repositories: string[];
}

export interface IssueRequest {
  repository: string;
  title: string;
  description: string;
  priority: Priority;
  /** Names what the issue was made from, such as a message: the same source never makes two. */
  source: { key: string; details: Record<string, string> };
}

export interface UpcomingSchedule {
  name: string;
  /** A repository's name, `tag:TAG` or `all`. */
  target: string;
  scope: Scope;
  autoFix: boolean;
  digest: 'daily' | 'weekly' | null;
  next: Date;
}

/** What every door (Slack, CLI, schedule) can ask of the bot. All of it works from any process on the same database. */
export interface Bot {
  /** Records the run in one row, bounded at 2 s (`ServiceUnavailable` says it was not started); `begin` is called after the acknowledgement. */
  record(request: RunRequest, trigger: string): Promise<{ runId: string; isNew: boolean }>;
  /** Starts the workflow of a recorded run. Repeating it does nothing; a run recorded before a crash is begun at the next start. */
  begin(runId: string): Promise<void>;
  /** Throws `InvalidRequest` with the nearest name. */
  checkRepository(name: string): void;
  repositoryNames(): string[];
  /** Names of the repositories that carry the tag; throws `InvalidRequest` when none does. */
  repositoriesWithTag(tag: string): string[];
  run(id: string): Promise<Run | null>;
  runs(filter?: { active?: boolean; limit?: number }): Promise<Run[]>;
  findings(runId: string): Promise<TrackedFinding[]>;
  /** What the run found and people hold back, with the reason. */
  suppressed(runId: string): Promise<SuppressedFinding[]>;
  /** A person says that a finding is wrong: it does not count until then, in this run and in later ones. Returns the line for people. */
  contest(runId: string, findingId: string, contest: Contest, actor: Actor): Promise<string>;
  /** The last day a contest holds when nobody says otherwise. */
  contestUntil(): Date;
  choose(runId: string, findingIds: string[], chosen: boolean): Promise<void>;
  /** Starts the fixes that a run offers. Throws `InvalidRequest` when it offers none any more. */
  fix(runId: string, which: { priority: 'P0' } | { findingIds: string[] }, actor: Actor): Promise<void>;
  /** `Done`: nothing (more) is to be fixed; the run ends. */
  finishOffer(runId: string, actor: Actor): Promise<void>;
  cancel(runId: string, actor: Actor): Promise<{ cancelled: boolean; why: string }>;
  approval(id: string): Promise<Approval | null>;
  approvals(filter: { status?: 'pending'; runId?: string }): Promise<Approval[]>;
  decide(id: string, vote: Vote): Promise<VoteOutcome>;
  /** Whether `decide` would hear this person out; a membership that cannot be looked up says no. */
  mayDecide(approval: Approval, actor: Actor): Promise<boolean>;
  /** `Ask again` after an expiry under the policy `hold`. */
  askAgain(approvalId: string, actor: Actor): Promise<{ asked: boolean; why: string }>;
  extend(approvalId: string, actor: Actor): Promise<{ extended: boolean; why: string }>;
  /** The most urgent first. */
  openIssues(): Promise<OpenIssue[]>;
  /** Repeating it for the same source finds the issue that is there. */
  createIssue(request: IssueRequest, actor: Actor): Promise<{ id: string; repository: string; isNew: boolean }>;
  /** Schedules that will fire, the next one first. */
  upcomingSchedules(): UpcomingSchedule[];
  /** `review`: may start, cancel and choose fixes; `admin`: may pause. Throws `NotAllowed`. */
  authorise(actor: Actor, what: 'review' | 'admin'): Promise<void>;
  pause(actor: Actor): Promise<void>;
  resume(actor: Actor): Promise<void>;
  health(): Promise<{ name: string; state: 'healthy' | 'degraded' | 'unhealthy'; detail: string }[]>;
}

/** What the approvals ask of the workspace; a lookup that fails throws, and a throw denies. */
export interface Directory {
  /** `group` is a handle without `@`, or an id. */
  isMemberOf(group: string, userId: string): Promise<boolean>;
  isWorkspaceAdmin(userId: string): Promise<boolean>;
}
