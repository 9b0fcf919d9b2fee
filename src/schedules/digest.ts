import { and, gte, isNotNull, sql } from 'drizzle-orm';
import type { Approvals } from '../approvals/store.js';
import type { Ecosystem } from '../coordination/ecosystem.js';
import type { Database } from '../database/open.js';
import * as schema from '../database/schema.js';

export interface Digest {
  since: Date | null;
  open: { P0: number; P1: number; P2: number };
  fixed: number;
  created: number;
  reopened: number;
  waiting: { repository: string; type: string; approvers: string[]; since: Date }[];
  /** Open issues that are worth doing next, the most urgent first. */
  next: { id: string; repository: string; title: string }[];
}

/** What changed since the last digest, counted; null when nothing did, because then nobody is told anything (SC-3). */
export async function composeDigest({
  repositories,
  since,
  ecosystem,
  approvals,
  database,
}: {
  repositories: readonly string[];
  since: Date | null;
  ecosystem: Ecosystem;
  approvals: Approvals;
  database: Database;
}): Promise<Digest | null> {
  const ours = new Set(repositories);
  const issues = (await ecosystem.list()).filter((issue) => issue.repos.some((name) => ours.has(name)));
  const open = issues.filter((issue) => issue.status === 'pending' || issue.status === 'in_progress' || issue.status === 'blocked');
  const ended = await database.db
    .select({ progress: schema.runs.progress, repository: schema.runs.repository })
    .from(schema.runs)
    .where(and(isNotNull(schema.runs.endedAt), since ? gte(schema.runs.endedAt, since) : sql`true`));
  const mine = ended.filter(({ repository }) => ours.has(repository));
  const sum = (count: (run: (typeof mine)[number]['progress']) => number) => mine.reduce((total, run) => total + count(run.progress), 0);
  const waiting = (await approvals.list({ status: 'pending' })).filter((approval) => ours.has(approval.repository));
  const digest: Digest = {
    since,
    open: count(open.map((issue) => issue.priority)),
    fixed: sum(
      (run) =>
        (run.handover?.how === 'push' ? run.fixes.filter((fix) => fix.status === 'fixed').length : 0) +
        (run.review?.tracked?.resolved ?? 0),
    ),
    created: sum((run) => run.review?.tracked?.created ?? 0),
    reopened: sum((run) => run.review?.tracked?.reopened ?? 0),
    waiting: waiting.map(({ repository, type, policy, createdAt }) => ({
      repository,
      type,
      approvers: policy.approvers,
      since: createdAt,
    })),
    next: open
      .sort((a, b) => String(a.priority).localeCompare(String(b.priority)) || a.id.localeCompare(b.id))
      .slice(0, 3)
      .map((issue) => ({ id: issue.id, repository: issue.repos[0] ?? '', title: issue.title })),
  };
  const changed = digest.fixed + digest.created + digest.reopened + digest.waiting.length > 0;
  return changed ? digest : null;
}

function count(all: readonly (string | null)[]): { P0: number; P1: number; P2: number } {
  const of = (wanted: string) => all.filter((priority) => priority === wanted).length;
  return { P0: of('P0'), P1: of('P1'), P2: of('P2') };
}
