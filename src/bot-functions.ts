import type { DBOSClient } from '@dbos-inc/dbos-sdk';
import { sql } from 'drizzle-orm';
import { audit } from './approvals/audit.js';
import { hasRole, mayDecide, type Roles } from './approvals/authorise.js';
import type { Approvals } from './approvals/store.js';
import { outcomeLine } from './approvals/store.js';
import type { Bot, Directory } from './bot.js';
import { contestFunction } from './bot-contest.js';
import { createIssueFunctions } from './bot-issues.js';
import type { Ecosystem } from './coordination/ecosystem.js';
import type { Database } from './database/open.js';
import { crashPoint } from './engine/crash-points.js';
import { InvalidRequest, NotAllowed } from './errors.js';
import type { Suppressions } from './review/suppressions/store.js';
import { type Actor, hasEnded } from './runs/run.js';
import type { Runs } from './runs/store.js';

/** What a person's word on an offer of fixes carries to the waiting run. */
export type OfferAnswer = { answer: 'fix'; findingIds: string[] | null; by: Actor } | { answer: 'done'; by: Actor };

export function offerTopic(runId: string): string {
  return `offer:${runId}`;
}

export function againTopic(approvalId: string): string {
  return `again:${approvalId}`;
}

export function workflowIdOf(runId: string): string {
  return `run:${runId}`;
}

interface Parts {
  database: Database;
  engine: DBOSClient;
  runs: Runs;
  approvals: Approvals;
  roles: Roles;
  directory: Directory;
  repositories: Pick<Bot, 'checkRepository' | 'repositoryNames' | 'repositoriesWithTag'>;
  /** Starts workflows in this process; a process without the engine asks the one that has it, through the database. */
  start: { run(runId: string): Promise<void>; cancel(runId: string): Promise<void> };
  ecosystem: Ecosystem;
  suppressions: Suppressions;
  upcomingSchedules: Bot['upcomingSchedules'];
  checks: () => Promise<Awaited<ReturnType<Bot['health']>>>;
}

/** The functions behind every door. */
export function createBot(parts: Parts): Bot {
  const { database, engine, runs, approvals, roles, directory, repositories, start, checks, ecosystem, upcomingSchedules } = parts;
  const requireRun = async (runId: string) => {
    const run = await runs.get(runId);
    if (!run) throw new InvalidRequest(`I don't know a run "${runId}". See the last ones:`, '/mahavishnu runs');
    return run;
  };
  const requireOffer = async (runId: string) => {
    const run = await requireRun(runId);
    if (!run.progress.offeredUntil) {
      throw new InvalidRequest(
        hasEnded(run.status) ? `${run.repository} · ${run.id} has ended.` : `${run.repository} · ${run.id} is being fixed already.`,
      );
    }
    return run;
  };
  const answerOffer = (runId: string, answer: OfferAnswer) => engine.send(workflowIdOf(runId), answer, offerTopic(runId));

  const held = new Set<string>();

  return {
    ...repositories,
    ...createIssueFunctions({ ecosystem, database, checkRepository: repositories.checkRepository }),
    upcomingSchedules,
    async record(request, trigger) {
      const recorded = await runs.record(request, trigger);
      if (recorded.paused) held.add(recorded.runId);
      crashPoint('recorded');
      return recorded;
    },
    async begin(runId) {
      // Whoever resumes begins what was recorded.
      if (held.delete(runId)) return;
      const { rows } = await database.db.execute<{ paused: boolean }>(sql`select paused_at is not null as paused from mahavishnu.control`);
      if (!rows[0]?.paused) await start.run(runId);
    },
    run: runs.get,
    runs: runs.list,
    findings: runs.findings,
    suppressed: runs.suppressed,
    contest: contestFunction(parts),
    contestUntil: () => new Date(Date.now() + parts.suppressions.limits.expireAfter),
    choose: runs.choose,
    async fix(runId, which, actor) {
      await requireOffer(runId);
      const findings = await runs.findings(runId);
      const chosen = 'priority' in which ? findings.filter(({ finding }) => finding.priority === which.priority) : null;
      const findingIds = chosen ? chosen.map(({ finding }) => finding.id) : 'findingIds' in which ? which.findingIds : [];
      if (findingIds.length === 0) throw new InvalidRequest('Nothing is chosen. Choose at least one finding under "View details".');
      await answerOffer(runId, { answer: 'fix', findingIds, by: actor });
    },
    async finishOffer(runId, actor) {
      await requireOffer(runId);
      await answerOffer(runId, { answer: 'done', by: actor });
    },
    async cancel(runId, actor) {
      const run = await requireRun(runId);
      if (hasEnded(run.status)) return { cancelled: false, why: `${run.repository} · ${run.id} had ended before.` };
      await runs.append(runId, 'cancel-requested', { type: 'cancel_requested', by: actor.name ?? actor.id });
      await database.db.transaction((tx) => audit(tx, { actor, action: 'run.cancel', subject: runId, detail: {} }));
      await start.cancel(runId);
      return { cancelled: true, why: `${run.repository} · ${run.id} is being cancelled.` };
    },
    approval: approvals.get,
    approvals: approvals.list,
    decide: (id, vote) => approvals.decide(id, vote),
    async mayDecide(approval, actor) {
      return (await mayDecide(approval, actor, { roles, directory })).allowed;
    },
    async askAgain(approvalId, actor) {
      const approval = await approvals.get(approvalId);
      if (!approval) return { asked: false, why: `There is no approval ${approvalId} (any more).` };
      const run = await runs.get(approval.runId);
      if (run?.progress.held !== approvalId) {
        const open = (await approvals.list({ status: 'pending', runId: approval.runId })).length > 0;
        return { asked: false, why: open ? 'It was asked again already, see below.' : outcomeLine(approval) };
      }
      await engine.send(approval.workflowId, { by: actor }, againTopic(approvalId));
      return { asked: true, why: 'Asked again.' };
    },
    extend: approvals.extend,
    async authorise(actor, what) {
      if (actor.kind === 'system' || actor.kind === 'schedule') return;
      const everyoneMayReview = what === 'review' && roles.operator.length === 0;
      if (everyoneMayReview) return;
      const allowed = await hasRole(what === 'review' ? 'operator' : 'admin', actor, { roles, directory }).catch(() => null);
      if (allowed === null) throw new NotAllowed('I could not look up what you may do, so nothing was done. Try again in a minute.');
      if (!allowed) throw new NotAllowed(`Only ${what === 'review' ? 'operators and admins' : 'admins'} may do this.`);
    },
    async pause(actor) {
      await setPaused(database, actor, true);
    },
    async resume(actor) {
      await setPaused(database, actor, false);
      for (const runId of await runs.recorded()) await start.run(runId);
    },
    health: checks,
  };
}

async function setPaused(database: Database, actor: Actor, paused: boolean): Promise<void> {
  await database.db.transaction(async (tx) => {
    await tx.execute(
      sql`update mahavishnu.control set paused_at = ${paused ? sql`now()` : sql`null`}, paused_by = ${paused ? (actor.name ?? actor.id) : null}`,
    );
    await audit(tx, { actor, action: paused ? 'bot.pause' : 'bot.resume', subject: 'runs', detail: {} });
  });
}
