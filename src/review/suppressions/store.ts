import { and, asc, eq, isNull, or, sql } from 'drizzle-orm';
import { audit } from '../../approvals/audit.js';
import type { Database } from '../../database/open.js';
import * as schema from '../../database/schema.js';
import { InvalidRequest } from '../../errors.js';
import type { Actor } from '../../runs/run.js';
import { redact } from '../../security/redact.js';
import type { SuppressionLimits } from './gather.js';
import { hasExpired, type Suppression } from './suppression.js';

export interface NewSuppression {
  kind: 'owner' | 'contest';
  /** Null: in every repository. */
  repository: string | null;
  rule: string | null;
  path: string | null;
  fingerprint: string | null;
  issueId: string | null;
  runId: string | null;
  reason: string;
  /** Null: as long as the settings say by default. */
  until: Date | null;
}

export interface StoredSuppression extends Suppression {
  repository: string | null;
  issueId: string | null;
  createdAt: Date;
  expired: boolean;
}

export type Suppressions = ReturnType<typeof createSuppressions>;

/** The owner's store (RV-9): what was said at the command line or in Slack, in force for every later review. */
export function createSuppressions({ database: { db }, limits }: { database: Database; limits: SuppressionLimits }) {
  const now = async () => {
    const { rows } = await db.execute<{ now: Date | string }>(sql`select mahavishnu.now() as now`);
    return new Date(rows[0]!.now);
  };

  return {
    now,
    limits,

    /** Saying the same again renews it. */
    async add(wanted: NewSuppression, actor: Actor): Promise<StoredSuppression> {
      const at = await now();
      const reason = redact(wanted.reason).replace(/\s+/g, ' ').trim().slice(0, 500);
      if (reason.length < 3) throw new InvalidRequest('Say why: a suppression needs a reason that others can judge.');
      if (!wanted.rule && !wanted.path && !wanted.fingerprint) throw new InvalidRequest('Name a rule, a path or a fingerprint.');
      const until = wanted.until ?? new Date(at.getTime() + limits.expireAfter);
      const days = Math.round(limits.atMost / 86_400_000);
      if (until <= at) throw new InvalidRequest(`The end ${until.toISOString().slice(0, 10)} is in the past. Write a later day.`);
      if (until.getTime() > at.getTime() + limits.atMost + 86_400_000)
        throw new InvalidRequest(`A suppression lasts at most ${days} days (review.suppressions.at_most). Write an earlier day.`);
      return db.transaction(async (tx) => {
        const same = and(
          isNull(schema.suppressions.endedAt),
          ...(['repository', 'rule', 'path', 'fingerprint'] as const).map((key) =>
            wanted[key] === null ? isNull(schema.suppressions[key]) : eq(schema.suppressions[key], wanted[key]),
          ),
        );
        await tx.execute(sql`select pg_advisory_xact_lock(20261123, 4)`);
        const values = { ...wanted, reason, until, actor, createdAt: at };
        const [known] = await tx.update(schema.suppressions).set(values).where(same).returning();
        const [row] = known ? [known] : await tx.insert(schema.suppressions).values(values).returning();
        const stored = toStored(row!, at);
        await audit(tx, {
          actor,
          action: wanted.kind === 'contest' ? 'finding.contest' : 'suppression.add',
          subject: stored.id,
          detail: { ...wanted, reason, until: until.toISOString() },
        });
        return stored;
      });
    },

    async list({ repository }: { repository?: string } = {}): Promise<StoredSuppression[]> {
      const { repository: column, endedAt, id } = schema.suppressions;
      const rows = await db
        .select()
        .from(schema.suppressions)
        .where(and(isNull(endedAt), repository === undefined ? undefined : or(isNull(column), eq(column, repository))))
        .orderBy(asc(id));
      const at = await now();
      return rows.map((row) => toStored(row, at));
    },

    /** Its findings count again from the next review on. */
    async remove(id: string, actor: Actor): Promise<StoredSuppression> {
      const number = /^S-(\d{1,15})$/.exec(id)?.[1];
      const at = await now();
      return db.transaction(async (tx) => {
        const [row] = await tx
          .update(schema.suppressions)
          .set({ endedAt: at, endedBy: actor })
          .where(and(eq(schema.suppressions.id, Number(number ?? 0)), isNull(schema.suppressions.endedAt)))
          .returning();
        if (!row) throw new InvalidRequest(`There is no suppression "${id.slice(0, 40)}" in force.`, 'mahavishnu suppress list');
        await audit(tx, { actor, action: 'suppression.remove', subject: `S-${row.id}`, detail: { reason: row.reason } });
        return toStored(row, at);
      });
    },
  };
}

function toStored(row: typeof schema.suppressions.$inferSelect, now: Date): StoredSuppression {
  const { id, kind, repository, rule, path, fingerprint, reason, actor, until, issueId, createdAt } = row;
  return {
    id: `S-${id}`,
    source: kind,
    repository,
    rule,
    path,
    fingerprint,
    reason,
    by: actor.name ?? actor.id,
    until,
    issueId,
    createdAt,
    expired: hasExpired({ until }, now),
  };
}
