import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import * as schema from '../database/schema.js';
import type { Actor } from '../runs/run.js';
import type { Transaction } from '../runs/store.js';

export interface AuditEntry {
  actor: Actor;
  action: string;
  subject: string;
  detail: Record<string, unknown>;
}

/** Appends to the hash chain; one writer at a time over all processes, inside the transaction of what it records. */
export async function audit(tx: Transaction, entry: AuditEntry): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(20261123, 1)`);
  const { rows } = await tx.execute<{ hash: string }>(sql`select hash from mahavishnu.audit_log order by id desc limit 1`);
  const previous = rows[0]?.hash ?? '';
  const { rows: times } = await tx.execute<{ at: string }>(
    sql`select to_char(mahavishnu.now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at`,
  );
  const at = times[0]?.at ?? new Date().toISOString();
  await tx.insert(schema.auditLog).values({ ...entry, at: new Date(at), previous, hash: entryHash(previous, at, entry) });
}

export function entryHash(previous: string, at: string, entry: AuditEntry): string {
  return createHash('sha256')
    .update(JSON.stringify([previous, at, entry.actor.kind, entry.actor.id, entry.action, entry.subject, canonical(entry.detail)]))
    .digest('hex');
}

/** jsonb does not keep the order of keys, so the hash must not depend on it. */
export function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== 'object') return value;
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, canonical(inner)]);
}
