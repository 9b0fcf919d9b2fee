import { DBOS } from '@dbos-inc/dbos-sdk';
import { and, eq } from 'drizzle-orm';
import type { ApprovalShown } from '../../approvals/approval.js';
import * as schema from '../../database/schema.js';
import { pushTarget } from '../../fix/handover.js';
import type { GateReport } from '../../gates/gate.js';
import { commitSource, readReleasePackage } from '../../release/bump.js';
import { commitsSince } from '../../release/commits.js';
import { suggestVersion } from '../../release/suggest.js';
import type { Repo } from '../../repos/source.js';
import { gatesLine, judge, policyAt, summarise } from '../gates-of.js';
import type { WorkflowParts } from '../parts.js';
import { repositoryOf, requireRun } from '../run-of.js';
import { step } from '../steps.js';

export type BumpShown = Extract<ApprovalShown, { type: 'version_bump' }>;
export type Proposal = { possible: true; shown: BumpShown } | { possible: false; why: string };

/** What the approver is shown: the head of the release branch as it is now, its gates, and the version its commits ask for (RL-1). */
export function registerProposeBump(parts: WorkflowParts) {
  return DBOS.registerWorkflow((runId: string, branch: string): Promise<Proposal> => step('propose', () => propose(parts, runId, branch)), {
    name: 'propose-bump',
    maxRecoveryAttempts: 20,
  });
}

async function propose(parts: WorkflowParts, runId: string, branch: string): Promise<Proposal> {
  const { clones, settings } = parts;
  const run = await requireRun(parts, runId);
  const repo = await repositoryOf(parts, run);
  // Fetched from where it was pushed to: a working copy does not see what its `origin` got.
  await clones.refresh({ ...repo, source: await pushTarget(repo) });
  const { commit } = await clones.pin(repo, branch);
  const policy = await policyAt(parts, repo, commit);
  if (!policy.release) return { possible: false, why: 'the repository names no release in .mahavishnu.yaml' };

  const source = commitSource(clones.cloneOf(repo), commit, policy.release.bump);
  const released = await readReleasePackage(source);
  const tag = `${settings().release.tagPrefix}${released.version}`;
  const commits = await commitsSince({ clone: clones.cloneOf(repo), tag, commit });
  const fixed = run.progress.integration?.issueIds.length ?? 0;
  const suggestion = suggestVersion({ current: released.version, commits, fixes: fixed });
  const report = await reportOf(parts, repo, runId, commit);
  if (!report.passed) return { possible: false, why: `the gates do not pass on ${commit.slice(0, 7)}: ${report.blockers.join('; ')}` };
  const diff = await clones.diffStat(repo, run.progress.commit ?? commit, commit);
  return {
    possible: true,
    shown: {
      type: 'version_bump',
      repository: run.repository,
      branch,
      commit,
      current: released.version,
      suggested: suggestion.version,
      versions: suggestion.options,
      reason: `${suggestion.bump}: ${suggestion.reason}`,
      gates: gatesLine(summarise(report)),
      diff: { files: diff.files.length, added: diff.added, removed: diff.removed },
    },
  };
}

/** The gates on exactly this commit: as they were when the run branch was judged, or now if somebody pushed since. */
async function reportOf(parts: WorkflowParts, repo: Repo, runId: string, commit: string): Promise<GateReport> {
  const [known] = await parts.database.db
    .select({ report: schema.gateReports.report })
    .from(schema.gateReports)
    .where(and(eq(schema.gateReports.runId, runId), eq(schema.gateReports.commit, commit)));
  if (known) return known.report;
  return judge(parts, { repo, runId, subject: 'release', base: commit, commit, baseCoverage: null }, async ({ report }) => report);
}
