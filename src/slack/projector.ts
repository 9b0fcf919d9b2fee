import type { KnownBlock } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import { eq, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Approval } from '../approvals/approval.js';
import type { Run, TrackedFinding } from '../bot.js';
import type { Database } from '../database/open.js';
import { slackThreads } from '../database/schema.js';
import { notInvited } from './failures.js';
import { listen } from './listen.js';
import { createOutbox } from './outbox.js';
import { createPace } from './pace.js';
import { type Shown, sendAll } from './sending.js';
import type { GroupIds } from './text.js';
import { type DesiredMessage, viewOfRun } from './views/run.js';

interface Parts {
  database: Database;
  /** The state of a run; null when there is none of this id. */
  load(runId: string): Promise<{ run: Run; findings: TrackedFinding[]; approvals: Approval[] } | null>;
  /** The client of the outbox: no retries, rejects on 429. */
  client: WebClient;
  /** Unlike that of every other process that lives; the next life of this process has it again. */
  owner: string;
  log: {
    debug(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  /** Calls a minute by method (`settings.slack.pace`). */
  perMinute?: Readonly<Record<string, number>>;
  /** Ids of groups by handle, so that approvers are told; a failure leaves the handle as it is written. */
  groupIds?(handles: string[]): Promise<GroupIds>;
  /** The channel refuses the thread: someone should invite the bot. */
  onNotInvited?(threadKey: string, channel: string, error: string): void;
  /** For tests; the database's clock otherwise. */
  now?: () => Date;
}

export interface Projector {
  start(): Promise<void>;
  /** Takes no new thread and waits for those under way. */
  stop(): Promise<void>;
  /** Shows all that is due and allowed; true when nothing is left to show. */
  drain(timeoutMs: number): Promise<boolean>;
}

const leaseMs = 60_000;
const pollMs = 2000;
const stuckRetryMs = 60_000;
const sendersAtOnce = 6;

const Digest = z.object({ text: z.string().min(1), blocks: z.array(z.looseObject({ type: z.string() })) });

/** Draws every thread anew from its run's state and sends what differs from what stands in Slack (SL-3). */
export function createProjector({ database, load, client, owner, log, perMinute = {}, groupIds, onNotInvited, now }: Parts): Projector {
  const { db } = database;
  const time = (): SQL => (now ? sql`${now().toISOString()}::timestamptz` : sql`clock_timestamp()`);
  const pace = createPace({ db, limits: perMinute, ...(now ? { now } : {}) });
  const outbox = createOutbox({ db, client, pace, time, log });
  const queue = new Set<string>();
  const active = new Map<string, Promise<void>>();
  const again = new Set<string>();
  const timers = new Map<string, NodeJS.Timeout>();
  let stopping = true;
  let stopListening: (() => Promise<void>) | null = null;
  let poll: NodeJS.Timeout | null = null;

  const wake = (key: string) => {
    if (stopping) return;
    clearTimeout(timers.get(key));
    timers.delete(key);
    if (active.has(key)) again.add(key);
    else queue.add(key);
    work();
  };

  const wakeLater = (key: string, waitMs: number) => {
    clearTimeout(timers.get(key));
    const timer = setTimeout(() => wake(key), waitMs);
    timer.unref();
    timers.set(key, timer);
  };

  const work = () => {
    for (const key of queue) {
      if (stopping || active.size >= sendersAtOnce) return;
      queue.delete(key);
      const task = showThread(key)
        .catch((error: unknown) => {
          log.error({ err: error, thread: key }, 'a thread could not be shown');
          wakeLater(key, pollMs);
        })
        .finally(() => {
          active.delete(key);
          if (again.delete(key)) wake(key);
          work();
        });
      active.set(key, task);
    }
  };

  const showThread = async (key: string): Promise<void> => {
    const { rows } = await db.execute<{ channel: string; version: number; content: unknown }>(sql`
      update mahavishnu.slack_threads set owner = ${owner}, lease_until = ${time()} + make_interval(secs => ${leaseMs / 1000}::float8)
      where key = ${key} and version > shown and (lease_until is null or lease_until < ${time()} or owner = ${owner})
        and (error is null or not_before is null or not_before <= ${time()})
      returning channel, version, content`);
    const thread = rows[0];
    if (!thread) return; // Shown already, or someone else is at it.
    const result = await showMessages(key, thread.channel, thread.content).catch(async (error: unknown) => {
      await release(key, { error: error instanceof Error ? error.message.slice(0, 300) : 'unknown', waitMs: pollMs * 2 });
      throw error;
    });
    if (result.kind === 'shown') {
      await db.execute(sql`
        update mahavishnu.slack_threads
        set shown = greatest(shown, ${thread.version}::int), owner = null, lease_until = null, not_before = null, error = null
        where key = ${key} and owner = ${owner}`);
      // A change while we were sending left the version ahead; its own notice may have come before the lease was free.
      again.add(key);
    } else if (result.kind === 'later') {
      // Threads that wait for one budget come back one after the other, not all at the same instant.
      const waitMs = result.waitMs + timers.size * 25;
      await release(key, { error: result.error, waitMs });
      wakeLater(key, waitMs);
    } else {
      await release(key, { error: result.error, waitMs: stuckRetryMs });
      log.warn({ thread: key, channel: thread.channel, error: result.error }, 'a thread cannot be shown in its channel');
      if (notInvited.has(result.error)) onNotInvited?.(key, thread.channel, result.error);
    }
  };

  const release = (key: string, { error, waitMs }: { error: string | null; waitMs: number }) =>
    db.execute(sql`
      update mahavishnu.slack_threads
      set owner = null, lease_until = null, error = ${error}, not_before = ${time()} + make_interval(secs => ${waitMs / 1000}::float8)
      where key = ${key} and owner = ${owner}`);

  const showMessages = async (key: string, channel: string, content: unknown): Promise<Shown> => {
    const desired = await draw(key, content);
    const keepLease = async () => {
      const { rowCount } = await db.execute(sql`
        update mahavishnu.slack_threads set lease_until = ${time()} + make_interval(secs => ${leaseMs / 1000}::float8) where key = ${key} and owner = ${owner}`);
      return rowCount === 1;
    };
    return sendAll({ outbox, key, channel, desired, keepLease, isStopping: () => stopping });
  };

  const draw = async (key: string, content: unknown): Promise<DesiredMessage[]> => {
    if (content !== null && content !== undefined) {
      const { text, blocks } = Digest.parse(content);
      return [{ key: 'root', text, blocks: blocks as unknown as KnownBlock[], inThread: false, final: true }];
    }
    const state = await load(key);
    if (!state) {
      log.warn({ thread: key }, 'a thread belongs to no run that is known');
      return [];
    }
    const handles = state.approvals.flatMap(({ policy }) => policy.approvers).filter((who) => who.startsWith('@'));
    const groups = handles.length > 0 ? await groupIds?.([...new Set(handles)]).catch(() => undefined) : undefined;
    return viewOfRun(state.run, state.findings, state.approvals, groups);
  };

  const wakeDue = async () => {
    const due = await db
      .select({ key: slackThreads.key })
      .from(slackThreads)
      .where(
        sql`${slackThreads.version} > ${slackThreads.shown} and (${slackThreads.notBefore} is null or ${slackThreads.notBefore} <= ${time()})
          and (${slackThreads.leaseUntil} is null or ${slackThreads.leaseUntil} < ${time()})`,
      )
      .orderBy(slackThreads.notBefore)
      .limit(500);
    for (const { key } of due) wake(key);
  };

  const pollOnce = () => {
    wakeDue()
      .catch((error: unknown) => log.warn({ err: error }, 'cannot read which threads are due'))
      .finally(() => {
        if (stopping) return;
        poll = setTimeout(pollOnce, pollMs);
        poll.unref();
      });
  };

  return {
    async start() {
      stopping = false;
      // What this process's previous life had leased is ours to take up at once.
      await db.update(slackThreads).set({ owner: null, leaseUntil: null }).where(eq(slackThreads.owner, owner));
      stopListening = await listen(database.pool, 'mahavishnu_threads', wake, log);
      pollOnce();
    },
    async stop() {
      stopping = true;
      if (poll) clearTimeout(poll);
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      queue.clear();
      await Promise.all(active.values());
      await stopListening?.();
      stopListening = null;
    },
    async drain(timeoutMs) {
      const until = Date.now() + timeoutMs;
      for (;;) {
        await wakeDue();
        await Promise.all(active.values());
        const { rows } = await db.execute<{ left: number }>(
          sql`select count(*)::int as left from mahavishnu.slack_threads where version > shown and error is null`,
        );
        if (rows[0]!.left === 0 && active.size === 0 && queue.size === 0) return true;
        if (Date.now() >= until) return false;
        await new Promise((resolve) => setTimeout(resolve, Math.min(50, until - Date.now())));
      }
    },
  };
}
