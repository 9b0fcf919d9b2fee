import {
  bigint,
  bigserial,
  boolean,
  customType,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  timestamp,
  unique,
} from 'drizzle-orm/pg-core';
import type { ApprovalOption, ApprovalPolicy, ApprovalShown, ApprovalStatus, ApprovalType, TimeoutPolicy } from '../approvals/approval.js';
import type { GateReport } from '../gates/gate.js';
import type { Finding } from '../review/finding.js';
import type { Suppressed } from '../review/suppressions/suppression.js';
import type { RunEvent } from '../runs/events.js';
import type { RunProgress } from '../runs/progress.js';
import type { Actor, RunRequest, RunStatus } from '../runs/run.js';

/** Our tables; DBOS keeps its own beside them in the schema `dbos` of the same database. */
export const mahavishnu = pgSchema('mahavishnu');

const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** One row. Time is the database's clock for all processes; the offset is moved by tests and the demo only. */
export const clock = mahavishnu.table('clock', {
  id: integer().primaryKey(),
  offsetMs: bigint('offset_ms', { mode: 'number' }).notNull().default(0),
});

/** One row: while `paused_at` is set, recorded runs are kept and not started. */
export const control = mahavishnu.table('control', { id: integer().primaryKey(), pausedAt: at('paused_at'), pausedBy: text('paused_by') });

export const runs = mahavishnu.table(
  'runs',
  {
    id: text().primaryKey(),
    /** What asked for it, such as `slack:T1:trigger` or `schedule:nightly:2026-11-21T03:00Z`: a redelivery finds the same row. */
    trigger: text().notNull().unique(),
    repository: text().notNull(),
    request: jsonb().$type<RunRequest>().notNull(),
    status: text().$type<RunStatus>().notNull().default('recorded'),
    progress: jsonb().$type<RunProgress>().notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
    endedAt: at('ended_at'),
  },
  (t) => [index('runs_status').on(t.status), index('runs_created').on(t.createdAt)],
);

/** Append-only; the source for Slack, CLI and MCP progress. `key` makes a repeated step append once. */
export const runEvents = mahavishnu.table(
  'run_events',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    runId: text('run_id').notNull(),
    key: text().notNull(),
    at: at('at').notNull().defaultNow(),
    event: jsonb().$type<RunEvent>().notNull(),
  },
  (t) => [unique('run_events_once').on(t.runId, t.key)],
);

export const findings = mahavishnu.table(
  'findings',
  {
    runId: text('run_id').notNull(),
    id: text().notNull(),
    fingerprint: text().notNull(),
    issueId: text('issue_id'),
    /** Whether this review saw it first, again, or again after it had been resolved. */
    change: text().$type<'new' | 'known' | 'reopened'>(),
    chosen: boolean().notNull().default(false),
    finding: jsonb().$type<Finding>().notNull(),
    /** Why it does not count; null for what counts. */
    suppressed: jsonb().$type<Suppressed>(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.id] })],
);

/** What people said does not count (RV-9). A row is ended, never deleted. */
export const suppressions = mahavishnu.table(
  'suppressions',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    kind: text().$type<'owner' | 'contest'>().notNull(),
    /** Null: every repository. */
    repository: text(),
    rule: text(),
    path: text(),
    fingerprint: text(),
    issueId: text('issue_id'),
    runId: text('run_id'),
    reason: text().notNull(),
    actor: jsonb().$type<Actor>().notNull(),
    createdAt: at('created_at').notNull(),
    until: at('until').notNull(),
    endedAt: at('ended_at'),
    endedBy: jsonb('ended_by').$type<Actor>(),
  },
  (t) => [index('suppressions_repository').on(t.repository)],
);

export const fixes = mahavishnu.table(
  'fixes',
  {
    runId: text('run_id').notNull(),
    issueId: text('issue_id').notNull(),
    repository: text().notNull(),
    status: text().$type<'working' | 'fixed' | 'needs_approval' | 'not_fixed' | 'taken_out'>().notNull(),
    fixer: text(),
    commit: text(),
    reason: text(),
    startedAt: at('started_at').notNull().defaultNow(),
    endedAt: at('ended_at'),
  },
  (t) => [primaryKey({ columns: [t.runId, t.issueId] })],
);

/** An issue is worked on by one run at a time (FX-6): the row is the claim. */
export const issueClaims = mahavishnu.table(
  'issue_claims',
  {
    repository: text().notNull(),
    issueId: text('issue_id').notNull(),
    runId: text('run_id').notNull(),
    at: at('at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.repository, t.issueId] })],
);

/** One release at a time per repository (RL-0): the row is the claim. */
export const releaseClaims = mahavishnu.table('release_claims', {
  repository: text().primaryKey(),
  runId: text('run_id').notNull(),
  at: at('at').notNull().defaultNow(),
});

export const gateReports = mahavishnu.table(
  'gate_results',
  {
    runId: text('run_id').notNull(),
    /** What was judged: `base`, an issue's id, `run branch`, `release`. */
    subject: text().notNull(),
    commit: text().notNull(),
    report: jsonb().$type<GateReport>().notNull(),
    at: at('at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.subject, t.commit] })],
);

export const approvals = mahavishnu.table(
  'approvals',
  {
    id: text().primaryKey(),
    runId: text('run_id').notNull(),
    repository: text().notNull(),
    type: text().$type<ApprovalType>().notNull(),
    status: text().$type<ApprovalStatus>().notNull().default('pending'),
    /** How often this was asked in this run: 1, then 2 after `Ask again`. */
    round: integer().notNull(),
    shown: jsonb().$type<ApprovalShown>().notNull(),
    /** SHA-256 of `shown`: the decision holds for exactly that (AP-6). */
    digest: text().notNull(),
    options: jsonb().$type<ApprovalOption[]>().notNull(),
    policy: jsonb().$type<ApprovalPolicy>().notNull(),
    onTimeout: text('on_timeout').$type<TimeoutPolicy>().notNull(),
    requestedBy: jsonb('requested_by').$type<Actor>().notNull(),
    workflowId: text('workflow_id').notNull(),
    createdAt: at('created_at').notNull(),
    deadline: at('deadline').notNull(),
    extensions: integer().notNull().default(0),
    choice: text(),
    decidedBy: jsonb('decided_by').$type<Actor>(),
    decidedAt: at('decided_at'),
    reason: text(),
  },
  (t) => [index('approvals_status').on(t.status, t.deadline), index('approvals_run').on(t.runId)],
);

/** Every attempt, refused ones too (AP-4). */
export const approvalVotes = mahavishnu.table('approval_votes', {
  id: bigserial({ mode: 'number' }).primaryKey(),
  approvalId: text('approval_id').notNull(),
  actor: jsonb().$type<Actor>().notNull(),
  vote: text().$type<'approve' | 'reject'>().notNull(),
  choice: text(),
  accepted: boolean().notNull(),
  why: text(),
  surface: text().notNull(),
  at: at('at').notNull(),
});

/** Append-only; each row's hash covers the row before it (SE-5). */
export const auditLog = mahavishnu.table('audit_log', {
  id: bigserial({ mode: 'number' }).primaryKey(),
  at: at('at').notNull(),
  actor: jsonb().$type<Actor>().notNull(),
  action: text().notNull(),
  subject: text().notNull(),
  detail: jsonb().$type<Record<string, unknown>>().notNull(),
  previous: text().notNull(),
  hash: text().notNull(),
});

/** Git bundles and packages as bytes: the machine that integrates need not be the one that fixed. */
export const artefacts = mahavishnu.table(
  'artefacts',
  {
    runId: text('run_id').notNull(),
    name: text().notNull(),
    sha256: text().notNull(),
    content: bytes().notNull(),
    at: at('at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.name] })],
);

/** What a thread shows: one row per message of a run (`root`, `summary`, `fixes`, `approval:…`, `end`), or of a digest. */
export const slackMessages = mahavishnu.table(
  'slack_outbox',
  {
    threadKey: text('thread_key').notNull(),
    messageKey: text('message_key').notNull(),
    channel: text().notNull(),
    /** `sending`: a post may or may not have arrived; it is looked for by its metadata before it is sent again. */
    state: text().$type<'sending' | 'sent' | 'gone'>().notNull(),
    ts: text(),
    /** Hash of what was last sent. */
    hash: text(),
    error: text(),
    at: at('at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.threadKey, t.messageKey] })],
);

/** One row per run or digest that is shown; `dirty` counts changes, so that a change during a sending is not lost. */
export const slackThreads = mahavishnu.table(
  'slack_threads',
  {
    key: text().primaryKey(),
    channel: text().notNull(),
    /** Rises with each change of what is to be shown. */
    version: integer().notNull().default(1),
    /** The last version that was shown completely. */
    shown: integer().notNull().default(0),
    owner: text(),
    leaseUntil: at('lease_until'),
    notBefore: at('not_before'),
    error: text(),
    /** Content of threads that are not a run (digests): `{ text, blocks }`. */
    content: jsonb().$type<unknown>(),
  },
  (t) => [index('slack_threads_due').on(t.notBefore)],
);

/** One budget per Web API method (and channel, for posts) for the whole workspace: a token bucket. */
export const slackPace = mahavishnu.table('slack_pace', {
  bucket: text().primaryKey(),
  tokens: doublePrecision().notNull(),
  updatedAt: at('updated_at').notNull(),
  blockedUntil: at('blocked_until'),
});

export const reflections = mahavishnu.table('reflections', {
  id: bigserial({ mode: 'number' }).primaryKey(),
  runId: text('run_id').notNull(),
  key: text().notNull().unique(),
  repository: text().notNull(),
  at: at('at').notNull().defaultNow(),
  reflection: jsonb().$type<Record<string, unknown>>().notNull(),
});

/** A schedule's tick runs once over all processes: the row is the claim (SC-2). */
export const scheduleTicks = mahavishnu.table(
  'schedule_ticks',
  {
    schedule: text().notNull(),
    tick: at('tick').notNull(),
    runs: jsonb().$type<string[]>().notNull(),
    at: at('at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.schedule, t.tick] })],
);
