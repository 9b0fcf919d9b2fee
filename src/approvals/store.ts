import { createHash } from 'node:crypto';
import type { DBOSClient } from '@dbos-inc/dbos-sdk';
import { and, asc, eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Directory, Vote, VoteOutcome } from '../bot.js';
import type { Database } from '../database/open.js';
import * as schema from '../database/schema.js';
import type { Actor } from '../runs/run.js';
import { type Transaction, touchThread } from '../runs/store.js';
import type { Approval, ApprovalOption, ApprovalPolicy, ApprovalShown, ApprovalType, TimeoutPolicy } from './approval.js';
import { audit, canonical } from './audit.js';
import { mayDecide, type Roles } from './authorise.js';

export interface Question {
  runId: string;
  repository: string;
  type: ApprovalType;
  /** What tells several questions of one type in one run apart, such as an issue's id; empty for one of a kind. */
  subject: string;
  round: number;
  shown: ApprovalShown;
  options: ApprovalOption[];
  policy: ApprovalPolicy;
  onTimeout: TimeoutPolicy;
  expiresInMs: number;
  requestedBy: Actor;
  workflowId: string;
}

export interface Approvals {
  /** Asks; asking again for the same run, type, subject and round finds the question that is there. */
  ask(question: Question): Promise<string>;
  get(id: string): Promise<Approval | null>;
  list(filter: { status?: 'pending'; runId?: string }): Promise<Approval[]>;
  /** One transaction: authorise, check the deadline, compare-and-set, audit, wake the run. One decision wins (AP-3). */
  decide(id: string, vote: Vote): Promise<VoteOutcome>;
  /** Expires the approval if its deadline is over and nobody decided; then says how it stands and how long it still has. */
  settle(id: string): Promise<{ approval: Approval; remainingMs: number }>;
  /** Expires and wakes whatever is overdue: a waiting run's timer does not see that the clock was moved, or stood still with its machine. */
  settleOverdue(): Promise<void>;
  /** What was shown changed, or the run ended: no vote counts any more. */
  makeVoid(id: string, reason: string): Promise<void>;
  extend(id: string, actor: Actor): Promise<{ extended: boolean; why: string }>;
  /** Wakes the run that waits for this, without deciding anything. */
  wake(id: string): Promise<void>;
}

interface Parts {
  database: Database;
  client: DBOSClient;
  roles: Roles;
  directory: Directory;
}

/** The topic on which a workflow that waits for this approval is woken; one for each, or a late click would answer the next question. */
export function topicOf(approvalId: string): string {
  return `approval:${approvalId}`;
}

export function digestOf(shown: ApprovalShown): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(shown)))
    .digest('hex');
}

export function createApprovals({ database, client: engine, roles, directory }: Parts): Approvals {
  const { db, pool } = database;
  const get = async (id: string): Promise<Approval | null> => {
    const [row] = await db.select().from(schema.approvals).where(eq(schema.approvals.id, id));
    return row ?? null;
  };

  /** One connection for our rows and DBOS's message, so that the decision and the wake-up commit together. */
  const transact = async <T>(work: (tx: Transaction, wake: (approval: Approval) => Promise<void>) => Promise<T>): Promise<T> => {
    const connection = await pool.connect();
    try {
      await connection.query('begin');
      const tx = drizzle(connection, { schema }) as unknown as Transaction;
      const result = await work(tx, (approval) =>
        engine.sendInTransaction(connection, approval.workflowId, approval.id, topicOf(approval.id)),
      );
      await connection.query('commit');
      return result;
    } catch (error) {
      await connection.query('rollback').catch(() => {});
      throw error;
    } finally {
      connection.release();
    }
  };

  const refuse = async (id: string, vote: Vote, why: string): Promise<VoteOutcome> => {
    await transact(async (tx) => recordVote(tx, id, vote, why));
    return { accepted: false, why, approval: await get(id) };
  };

  return {
    get,
    async ask(question) {
      const { subject, expiresInMs, ...row } = question;
      const id = `a-${createHash('sha256')
        .update(JSON.stringify([row.runId, row.type, subject, row.round]))
        .digest('hex')
        .slice(0, 8)}`;
      await transact(async (tx) => {
        const [asked] = await tx
          .insert(schema.approvals)
          .values({
            ...row,
            id,
            digest: digestOf(row.shown),
            createdAt: sql`mahavishnu.now()` as unknown as Date,
            deadline: sql`mahavishnu.now() + make_interval(secs => ${expiresInMs} / 1000.0)` as unknown as Date,
          })
          .onConflictDoNothing()
          .returning();
        if (!asked) return;
        await audit(tx, {
          actor: row.requestedBy,
          action: 'approval.asked',
          subject: id,
          detail: { type: row.type, digest: asked.digest },
        });
        await touchThread(tx, row.runId);
      });
      return id;
    },
    async list({ status, runId }) {
      return db
        .select()
        .from(schema.approvals)
        .where(and(status ? eq(schema.approvals.status, status) : undefined, runId ? eq(schema.approvals.runId, runId) : undefined))
        .orderBy(asc(schema.approvals.createdAt));
    },
    async decide(id, vote) {
      const approval = await get(id);
      if (!approval) return { accepted: false, why: `There is no approval ${id} (any more).`, approval: null };
      if (approval.status !== 'pending') return refuse(id, vote, outcomeLine(approval));
      const permission = await mayDecide(approval, vote.actor, { roles, directory });
      if (!permission.allowed) return refuse(id, vote, permission.why);
      if (vote.vote === 'approve' && !isChoice(approval, vote.choice)) {
        const choices = approval.options.map((option) => option.value).join(', ');
        return refuse(id, vote, `Choose one of: ${choices}.`);
      }
      const decided = await transact(async (tx, wake) => {
        const [won] = await tx
          .update(schema.approvals)
          .set({
            status: vote.vote === 'approve' ? 'approved' : 'rejected',
            choice: vote.choice,
            reason: vote.reason,
            decidedBy: vote.actor,
            decidedAt: sql`mahavishnu.now()` as unknown as Date,
          })
          .where(
            and(eq(schema.approvals.id, id), eq(schema.approvals.status, 'pending'), sql`${schema.approvals.deadline} > mahavishnu.now()`),
          )
          .returning();
        if (!won) return null;
        await recordVote(tx, id, vote, null);
        await wake(won);
        await touchThread(tx, won.runId);
        return won;
      });
      if (decided) return { accepted: true, approval: decided };
      const { approval: now } = await this.settle(id);
      return refuse(id, vote, outcomeLine(now));
    },
    async settleOverdue() {
      const overdue = await db
        .select({ id: schema.approvals.id })
        .from(schema.approvals)
        .where(and(eq(schema.approvals.status, 'pending'), sql`${schema.approvals.deadline} <= mahavishnu.now()`));
      for (const { id } of overdue) await this.settle(id);
    },
    async settle(id) {
      return transact(async (tx, wake) => {
        const [expired] = await tx
          .update(schema.approvals)
          .set({ status: 'expired', decidedAt: sql`mahavishnu.now()` as unknown as Date })
          .where(
            and(eq(schema.approvals.id, id), eq(schema.approvals.status, 'pending'), sql`${schema.approvals.deadline} <= mahavishnu.now()`),
          )
          .returning();
        if (expired) {
          await audit(tx, { actor: { kind: 'system', id: 'clock' }, action: 'approval.expired', subject: id, detail: {} });
          await wake(expired);
          await touchThread(tx, expired.runId);
        }
        const [row] = await tx
          .select({
            approval: schema.approvals,
            remainingMs: sql<string>`extract(epoch from ${schema.approvals.deadline} - mahavishnu.now()) * 1000`,
          })
          .from(schema.approvals)
          .where(eq(schema.approvals.id, id));
        if (!row) throw new Error(`approval ${id} is gone`);
        return { approval: row.approval, remainingMs: Math.ceil(Number(row.remainingMs)) };
      });
    },
    async makeVoid(id, reason) {
      await transact(async (tx) => {
        const [row] = await tx
          .update(schema.approvals)
          .set({ status: 'void', reason, decidedAt: sql`mahavishnu.now()` as unknown as Date })
          .where(and(eq(schema.approvals.id, id), sql`${schema.approvals.status} in ('pending', 'approved')`))
          .returning();
        if (!row) return;
        await audit(tx, { actor: { kind: 'system', id: 'run' }, action: 'approval.void', subject: id, detail: { reason } });
        await touchThread(tx, row.runId);
      });
    },
    async extend(id, actor) {
      const approval = await get(id);
      if (!approval) return { extended: false, why: `There is no approval ${id} (any more).` };
      if (approval.status !== 'pending') return { extended: false, why: outcomeLine(approval) };
      const { times, byMs } = approval.policy.extendable;
      return transact(async (tx, wake) => {
        const [row] = await tx
          .update(schema.approvals)
          .set({
            deadline: sql`${schema.approvals.deadline} + make_interval(secs => ${byMs} / 1000.0)` as unknown as Date,
            extensions: sql`${schema.approvals.extensions} + 1` as unknown as number,
          })
          .where(
            and(
              eq(schema.approvals.id, id),
              eq(schema.approvals.status, 'pending'),
              sql`${schema.approvals.extensions} < ${times}`,
              sql`${schema.approvals.deadline} > mahavishnu.now()`,
            ),
          )
          .returning();
        if (!row) return { extended: false, why: `It was extended ${times} times already, which is as often as it may be.` };
        await audit(tx, { actor, action: 'approval.extended', subject: id, detail: { deadline: row.deadline.toISOString() } });
        await wake(row);
        await touchThread(tx, row.runId);
        return { extended: true, why: `Extended to ${row.deadline.toISOString()}.` };
      });
    },
    async wake(id) {
      const approval = await get(id);
      if (approval) await transact((_, wake) => wake(approval));
    },
  };
}

/** Who decided what and when, for someone who comes too late (AP-3). */
export function outcomeLine(approval: Approval): string {
  const when = approval.decidedAt ? ` at ${approval.decidedAt.toISOString().slice(11, 16)} UTC` : '';
  const who = approval.decidedBy ? mention(approval.decidedBy) : 'someone';
  switch (approval.status) {
    case 'approved':
      return `${who} approved this${when}.`;
    case 'rejected':
      return `${who} rejected this${when}.`;
    case 'expired':
      return `This expired${when}; nothing was decided.`;
    case 'void':
      return `This no longer counts: ${approval.reason ?? 'what was shown has changed'}.`;
    case 'pending':
      return 'This is still open.';
  }
}

function mention(actor: Actor): string {
  return actor.kind === 'slack' ? `<@${actor.id}>` : (actor.name ?? actor.id);
}

/** One of the options, or for a version bump an exact version that the approver typed. */
function isChoice(approval: Approval, choice: string | null): boolean {
  if (approval.options.some((option) => option.value === choice)) return true;
  return approval.type === 'version_bump' && choice !== null && /^\d+\.\d+\.\d+(?:[-.+]?[0-9A-Za-z.-]+)?$/.test(choice);
}

async function recordVote(tx: Transaction, approvalId: string, vote: Vote, refusal: string | null): Promise<void> {
  const { actor, choice, surface } = vote;
  await tx.insert(schema.approvalVotes).values({
    approvalId,
    actor,
    vote: vote.vote,
    choice,
    surface,
    accepted: refusal === null,
    why: refusal,
    at: sql`mahavishnu.now()` as unknown as Date,
  });
  const action = refusal === null ? `approval.${vote.vote}` : 'approval.refused';
  await audit(tx, { actor, action, subject: approvalId, detail: { vote: vote.vote, choice, surface, reason: vote.reason, refusal } });
}
