import { createHash } from 'node:crypto';
import { and, asc, desc, eq, inArray, isNotNull, isNull, notInArray, sql } from 'drizzle-orm';
import type { PoolClient } from 'pg';
import type { Run, SuppressedFinding, TrackedFinding } from '../bot.js';
import type { Database, Db } from '../database/open.js';
import * as schema from '../database/schema.js';
import { ServiceUnavailable } from '../errors.js';
import type { Finding } from '../review/finding.js';
import type { Suppressed } from '../review/suppressions/suppression.js';
import type { RunEvent } from './events.js';
import { applyEvent, emptyProgress, type RunProgress } from './progress.js';
import { endedStatuses, type RunRequest, type RunStatus } from './run.js';

export type Transaction = Parameters<Parameters<Db['transaction']>[0]>[0];

export interface Recorded {
  runId: string;
  isNew: boolean;
  /** The bot is paused, so that it is to be begun by whoever resumes; asked in the same statement, because a person waits for it. */
  paused: boolean;
}

export interface RunEventEntry {
  key: string;
  event: RunEvent;
}

export interface Runs {
  /** One row, bounded at `limitMs`; the same trigger finds the same run. */
  record(request: RunRequest, trigger: string, limitMs?: number): Promise<Recorded>;
  get(id: string): Promise<Run | null>;
  list(filter?: { active?: boolean; limit?: number }): Promise<Run[]>;
  recorded(): Promise<string[]>;
  /** Asked to be cancelled and not ended yet. */
  beingCancelled(): Promise<string[]>;
  /** Appends once per `key`, folds the event into the run's progress and tells who watches. */
  append(runId: string, key: string, event: RunEvent): Promise<void>;
  /** Several that belong together, in one transaction. */
  appendAll(runId: string, entries: readonly RunEventEntry[]): Promise<void>;
  events(runId: string, after?: number): Promise<{ id: number; at: Date; event: RunEvent }[]>;
  saveFindings(runId: string, findings: readonly Finding[], suppressed?: readonly SuppressedFinding[]): Promise<void>;
  /** Found and held back, with the reason (RV-9); no part of `findings`. */
  suppressed(runId: string): Promise<SuppressedFinding[]>;
  /** A person contested a finding: from now on it is one of the suppressed ones. */
  suppress(runId: string, fingerprint: string, suppressed: Suppressed): Promise<void>;
  /** After tracking: which issue each finding became, by fingerprint. */
  linkIssues(
    runId: string,
    links: readonly { fingerprint: string; issueId: string; change: 'new' | 'known' | 'reopened' }[],
  ): Promise<void>;
  findings(runId: string): Promise<TrackedFinding[]>;
  choose(runId: string, findingIds: readonly string[], chosen: boolean): Promise<void>;
  /** Something the run's thread shows changed (an approval, a choice). */
  touch(runId: string): Promise<void>;
}

export function createRuns({ pool, db }: Database): Runs {
  return {
    async record(request, trigger, limitMs = 2_000) {
      return withinLimit(limitMs, pool, (client) => insertRun(client, request, trigger));
    },
    async get(id) {
      const [row] = await db.select().from(schema.runs).where(eq(schema.runs.id, id));
      return row ? toRun(row) : null;
    },
    async list({ active, limit = 20 } = {}) {
      const rows = await db
        .select()
        .from(schema.runs)
        .where(active ? notInArray(schema.runs.status, [...endedStatuses]) : undefined)
        .orderBy(desc(schema.runs.createdAt))
        .limit(limit);
      return rows.map(toRun);
    },
    async recorded() {
      const rows = await db
        .select({ id: schema.runs.id })
        .from(schema.runs)
        .where(eq(schema.runs.status, 'recorded'))
        .orderBy(asc(schema.runs.createdAt));
      return rows.map(({ id }) => id);
    },
    async beingCancelled() {
      const rows = await db
        .select({ id: schema.runs.id })
        .from(schema.runs)
        .where(and(notInArray(schema.runs.status, [...endedStatuses]), sql`${schema.runs.progress} ->> 'cancelledBy' is not null`));
      return rows.map(({ id }) => id);
    },
    async append(runId, key, event) {
      await db.transaction((tx) => appendEvent(tx, runId, key, event));
    },
    async appendAll(runId, entries) {
      await db.transaction((tx) => appendEvents(tx, runId, entries));
    },
    async events(runId, after = 0) {
      return db
        .select({ id: schema.runEvents.id, at: schema.runEvents.at, event: schema.runEvents.event })
        .from(schema.runEvents)
        .where(and(eq(schema.runEvents.runId, runId), sql`${schema.runEvents.id} > ${after}`))
        .orderBy(asc(schema.runEvents.id));
    },
    async saveFindings(runId, findings, held = []) {
      const all = [...findings.map((finding) => ({ finding, suppressed: null })), ...held];
      for (let from = 0; from < all.length; from += 500) {
        const rows = all
          .slice(from, from + 500)
          .map(({ finding, suppressed }) => ({ runId, id: finding.id, fingerprint: finding.fingerprint, finding, suppressed }));
        await db.insert(schema.findings).values(rows).onConflictDoNothing();
      }
    },
    async suppressed(runId) {
      const rows = await db
        .select()
        .from(schema.findings)
        .where(and(eq(schema.findings.runId, runId), isNotNull(schema.findings.suppressed)));
      return rows.sort((a, b) => rank(a.id) - rank(b.id)).map(({ finding, suppressed }) => ({ finding, suppressed: suppressed! }));
    },
    async suppress(runId, fingerprint, suppressed) {
      await db.transaction(async (tx) => {
        await tx
          .update(schema.findings)
          .set({ suppressed, chosen: false })
          .where(and(eq(schema.findings.runId, runId), eq(schema.findings.fingerprint, fingerprint)));
        await touchThread(tx, runId);
      });
    },
    async linkIssues(runId, links) {
      if (links.length === 0) return;
      await db.execute(sql`
        update mahavishnu.findings f set issue_id = l."issueId", change = l.change
        from jsonb_to_recordset(${JSON.stringify(links)}::jsonb) as l(fingerprint text, "issueId" text, change text)
        where f.run_id = ${runId} and f.fingerprint = l.fingerprint`);
    },
    async findings(runId) {
      const rows = await db
        .select()
        .from(schema.findings)
        .where(and(eq(schema.findings.runId, runId), isNull(schema.findings.suppressed)));
      return rows
        .sort((a, b) => rank(a.id) - rank(b.id))
        .map(({ finding, issueId, change, chosen }) => ({ finding, issueId, change, chosen }));
    },
    async choose(runId, findingIds, chosen) {
      if (findingIds.length === 0) return;
      await db
        .update(schema.findings)
        .set({ chosen })
        .where(and(eq(schema.findings.runId, runId), inArray(schema.findings.id, [...findingIds])));
      await db.transaction((tx) => touchThread(tx, runId));
    },
    async touch(runId) {
      await db.transaction((tx) => touchThread(tx, runId));
    },
  };
}

/** Ids are F-1, F-2, … in order of rank. */
const rank = (id: string) => Number(id.replace(/^\D+/, ''));

/** For callers that have more to write in the same transaction. */
export async function appendEvent(tx: Transaction, runId: string, key: string, event: RunEvent): Promise<void> {
  await appendEvents(tx, runId, [{ key, event }]);
}

async function appendEvents(tx: Transaction, runId: string, entries: readonly RunEventEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const inserted = await tx
    .insert(schema.runEvents)
    .values(entries.map(({ key, event }) => ({ runId, key, event })))
    .onConflictDoNothing()
    .returning({ key: schema.runEvents.key, at: schema.runEvents.at });
  if (inserted.length === 0) return;
  const [run] = await tx.select().from(schema.runs).where(eq(schema.runs.id, runId)).for('update');
  // What comes after the end (a late step of a cancelled run) changes nothing people see, but for what people say themselves.
  const heard = run?.progress.end ? entries.filter(({ event }) => event.type === 'contested') : entries;
  if (!run || heard.length === 0) return;
  const at = new Map(inserted.map((row) => [row.key, row.at]));
  const progress = heard.reduce((before, { key, event }) => {
    const appendedAt = at.get(key);
    return appendedAt ? applyEvent(before, event, appendedAt.toISOString()) : before;
  }, run.progress);
  const endedAt = progress.end && !run.progress.end ? inserted.at(-1)!.at : null;
  await tx
    .update(schema.runs)
    .set({ progress, status: statusOf(progress), ...(endedAt ? { endedAt } : {}) })
    .where(eq(schema.runs.id, runId));
  if (run.request.channel && !hidden(run.request, progress)) {
    await tx.insert(schema.slackThreads).values({ key: runId, channel: run.request.channel }).onConflictDoNothing();
  }
  await touchThread(tx, runId);
  await tx.execute(sql`select pg_notify('mahavishnu_runs', ${runId})`);
}

export async function touchThread(tx: Transaction, threadKey: string): Promise<void> {
  await tx.execute(sql`update mahavishnu.slack_threads set version = version + 1 where key = ${threadKey}`);
  await tx.execute(sql`select pg_notify('mahavishnu_threads', ${threadKey})`);
}

/** A quiet run is shown only once it has something to show (SC-1). */
function hidden(request: RunRequest, progress: RunProgress): boolean {
  if (!request.quiet) return false;
  const tracked = progress.review?.tracked;
  const changed = tracked ? tracked.created + tracked.reopened + tracked.resolved > 0 : false;
  const failed = progress.review?.coverage.agents.some((agent) => agent.status === 'failed') || progress.end?.status === 'failed';
  return !changed && !failed && progress.fixes.length === 0;
}

function statusOf(progress: RunProgress): RunStatus {
  if (progress.end) return progress.end.status;
  return progress.waitingFor ? 'waiting' : 'running';
}

function toRun(row: typeof schema.runs.$inferSelect): Run {
  const { id, repository, request, status, progress, createdAt, endedAt } = row;
  return { id, repository, request, status, progress, createdAt, endedAt };
}

/** `r-` and the first letters of the trigger's hash: the same trigger always names the same run. */
export function runIdOf(trigger: string, letters = 6): string {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'; // No i, l, o, u: ids are read out and typed.
  const digest = createHash('sha256').update(trigger).digest();
  return `r-${Array.from(digest.subarray(0, letters), (byte) => alphabet[byte % 32]).join('')}`;
}

async function insertRun(client: PoolClient, request: RunRequest, trigger: string): Promise<Recorded> {
  for (const letters of [6, 10, 20]) {
    const runId = runIdOf(trigger, letters);
    const inserted = await client.query<{ paused: boolean }>({
      name: 'record-run', // Prepared once a connection: this row stands between a person and the acknowledgement.
      text: 'insert into mahavishnu.runs (id, trigger, repository, request, progress) values ($1, $2, $3, $4, $5) on conflict do nothing returning (select paused_at is not null from mahavishnu.control) as paused',
      values: [runId, trigger, request.repository, JSON.stringify(request), emptyProgressText],
    });
    if (inserted.rows[0]) return { runId, isNew: true, paused: inserted.rows[0].paused };
    const known = await client.query<{ id: string }>('select id from mahavishnu.runs where trigger = $1', [trigger]);
    if (known.rows[0]) return { runId: known.rows[0].id, isNew: false, paused: false };
  }
  throw new Error(`no free run id for ${trigger}`);
}

const emptyProgressText = JSON.stringify(emptyProgress());

/** A connection that does not answer in time is thrown away, so that its statement cannot commit after the person was told "not started". */
async function withinLimit<T>(limitMs: number, pool: Database['pool'], work: (client: PoolClient) => Promise<T>): Promise<T> {
  let late = false;
  let release: ((error?: Error) => void) | null = null;
  const attempt = (async () => {
    const client = await pool.connect();
    if (late) {
      client.release();
      throw new Error('too late');
    }
    release = (error) => client.release(error);
    try {
      return await work(client);
    } finally {
      release?.();
      release = null;
    }
  })();
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      late = true;
      const abandon = release;
      release = null;
      abandon?.(new Error('recording took too long'));
      reject(new ServiceUnavailable('The database', 'Nothing was started. Try again in a minute.'));
    }, limitMs);
  });
  attempt.catch(() => {}); // After the limit nobody listens any more.
  try {
    return await Promise.race([attempt, limit]);
  } catch (error) {
    if (error instanceof ServiceUnavailable) throw error;
    throw new ServiceUnavailable('The database', 'Nothing was started. Try again in a minute.', error);
  } finally {
    clearTimeout(timer);
  }
}
