import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DBOS } from '@dbos-inc/dbos-sdk';
import * as schema from '../../database/schema.js';
import { crashPoint } from '../../engine/crash-points.js';
import { fixers, reasonNotFixable } from '../../fix/fixers/fixers.js';
import { type Fixed, makeFix, type NotFixed, type Proof } from '../../fix/make-fix.js';
import { git } from '../../git/git.js';
import type { Repo } from '../../repos/source.js';
import type { Finding, PoolName } from '../../review/finding.js';
import { recheck } from '../../review/recheck.js';
import type { FixStatus, GateSummary } from '../../runs/events.js';
import { loadArtefact, saveArtefact } from '../artefacts.js';
import { judge, policyAt, summarise } from '../gates-of.js';
import type { WorkflowParts } from '../parts.js';
import { teamAt, toolsFor } from '../review-team.js';
import { repositoryAt, requireRun } from '../run-of.js';
import { scratchFor } from '../scratch.js';
import { cancelSignal, step } from '../steps.js';
import type { JudgedBase } from './judge-base.js';

export interface FixTask {
  runId: string;
  issueId: string;
  findingId: string;
  pool: PoolName;
  /** The commit that was reviewed; gates and policy are read from it. */
  pinned: string;
  base: JudgedBase;
}

export interface FixOutcome {
  issueId: string;
  status: Exclude<FixStatus, 'taken_out'>;
  /** Present when `status` is `fixed` or `needs_approval`; the commit lies in the artefact `bundle:ISSUE`. */
  commit: string | null;
  fixer: string | null;
  files: string[];
  /** Why a person has to look: high-risk files, weakened tests. */
  risks: string[];
  reason: string | null;
  gates: GateSummary[];
  added: number;
  removed: number;
}

/** One issue, on its pool's queue: a worktree of its own, a fixer, the proof, a commit, the gates on exactly that commit. */
export function registerFixIssue(parts: WorkflowParts) {
  const { runs } = parts;
  return DBOS.registerWorkflow(
    async (task: FixTask): Promise<FixOutcome> => {
      const { runId, issueId, pool } = task;
      await step('tell-started', () => runs.append(runId, `fix-started:${issueId}`, { type: 'fix_started', issueId, pool }));
      const made = await step('make', () => make(parts, task));
      crashPoint('committed');
      const outcome = made.status === 'fixed' ? await step('gate', () => gate(parts, task, made)) : notFixed(issueId, made.reason);
      await step('tell-ended', () => tell(parts, task, outcome));
      return outcome;
    },
    { name: 'fix-issue', maxRecoveryAttempts: 20 },
  );
}

async function findingOf(parts: WorkflowParts, { runId, findingId }: FixTask): Promise<Finding> {
  const found = (await parts.runs.findings(runId)).find(({ finding }) => finding.id === findingId);
  if (!found) throw new Error(`finding ${findingId} of run ${runId} is gone`);
  return found.finding;
}

async function make(parts: WorkflowParts, task: FixTask): Promise<Fixed | NotFixed> {
  const { clones, log, settings } = parts;
  const { runId, issueId, pinned, base } = task;
  const repo = await repositoryAt(parts, await requireRun(parts, runId), pinned);
  const finding = await findingOf(parts, task);
  const allowed = fixers.filter((fixer) => !settings().fix.fixersOff.includes(fixer.name));
  if (!allowed.some((fixer) => fixer.canFix(finding))) return { status: 'not_fixed', reason: reasonNotFixable(finding), tried: [] };

  if (base.prepared) await clones.unbundle(repo, await loadArtefact(parts, runId, 'bundle:prepare'));
  const tree = await clones.worktree({ repo, commit: base.base, run: runId, id: issueId });
  const scratch = scratchFor(parts, runId, `fix-${issueId}`);
  const team = await teamAt(parts, repo, pinned);
  const owners = toolsFor(parts, repo);
  try {
    const own = [...new Set([finding.file, ...finding.places.map(({ file }) => file)])];
    const look = async (files: readonly string[], signal: AbortSignal | undefined) => {
      const compiled = join(parts.folders.cache, 'compiled');
      const seen = await recheck({ folder: tree.folder, findings: [finding], files, scratch, signal, team, owners, compiled });
      const [failure] = seen.failed;
      if (failure) throw new Error(`${failure.analyzer}: ${failure.reason}`);
      return seen.findings;
    };
    const before = new Set((await look(own, cancelSignal())).map(({ fingerprint }) => fingerprint));
    const fixed = await makeFix({
      worktree: { folder: tree.folder, base: base.base },
      issueId,
      finding,
      fixers: allowed,
      recheck: async ({ changedFiles, signal }): Promise<Proof> => {
        const now = await look([...new Set([...own, ...changedFiles])], signal);
        return {
          gone: !now.some(({ fingerprint }) => fingerprint === finding.fingerprint),
          added: now.filter(({ fingerprint }) => !before.has(fingerprint)),
        };
      },
      policy: await policyAt(parts, repo, pinned),
      highRisk: settings().fix.highRisk ?? undefined,
      signal: cancelSignal(),
      log: log.child({ run: runId, issue: issueId }),
    });
    if (fixed.status === 'fixed') await saveArtefact(parts, runId, `bundle:${issueId}`, await clones.bundle(repo, pinned, fixed.commit));
    return fixed;
  } finally {
    await tree.remove();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function gate(parts: WorkflowParts, task: FixTask, fixed: Fixed): Promise<FixOutcome> {
  const { runId, issueId, pinned, base } = task;
  const repo = await repositoryAt(parts, await requireRun(parts, runId), pinned);
  // The machine that gates need not be the one that fixed.
  const commit = await parts.clones.unbundle(repo, await loadArtefact(parts, runId, `bundle:${issueId}`));
  const request = { repo, runId, subject: issueId, base: pinned, commit, baseCoverage: base.coverage };
  return judge(parts, request, async ({ report, folder }) => {
    const { fixer, added, removed, changedFiles: files } = fixed;
    const gates = summarise(report);
    if (!report.passed) return { ...notFixed(issueId, report.blockers.join('; ')), fixer, files, gates, added, removed };
    const strangers = report.autofixed.filter((file) => !files.includes(file));
    if (strangers.length > 0) {
      return {
        ...notFixed(issueId, `its formatter then changed ${strangers.slice(0, 3).join(', ')}, which is not of this issue`),
        fixer,
        files,
        gates,
        added,
        removed,
      };
    }
    const final =
      report.autofixed.length > 0 ? await amend(parts, { repo, runId, issueId, pinned, commit, folder, files: report.autofixed }) : commit;
    const risks = [
      ...fixed.highRisk.map((file) => `${file} is a high-risk file`),
      ...fixed.weakened.map((weakening) => `${weakening.file}: ${weakening.what}`),
    ];
    return {
      issueId,
      status: risks.length > 0 ? 'needs_approval' : 'fixed',
      commit: final,
      fixer,
      files,
      risks,
      reason: null,
      gates,
      added,
      removed,
    };
  });
}

/** What the fast hooks put right in the fix's own files becomes part of its commit, which was judged with it. */
async function amend(
  parts: WorkflowParts,
  {
    repo,
    runId,
    issueId,
    pinned,
    commit,
    folder,
    files,
  }: { repo: Repo; runId: string; issueId: string; pinned: string; commit: string; folder: string; files: string[] },
): Promise<string> {
  const tree = await parts.clones.worktree({ repo, commit, run: runId, id: `${issueId}-format` });
  try {
    for (const file of files) await cp(join(folder, file), join(tree.folder, file), { verbatimSymlinks: true });
    await git(['add', '--', ...files], { cwd: tree.folder });
    const date = (await git(['show', '--no-patch', '--format=%cI', commit], { cwd: tree.folder })).trim();
    await git(['commit', '--quiet', '--amend', '--no-edit', '--no-verify', '--allow-empty'], {
      cwd: tree.folder,
      env: { GIT_COMMITTER_DATE: date },
    });
    const amended = (await git(['rev-parse', 'HEAD'], { cwd: tree.folder })).trim();
    await saveArtefact(parts, runId, `bundle:${issueId}`, await parts.clones.bundle(repo, pinned, amended));
    return amended;
  } finally {
    await tree.remove();
  }
}

async function tell(parts: WorkflowParts, task: FixTask, outcome: FixOutcome): Promise<void> {
  const { runId, issueId } = task;
  const { status, fixer, commit, reason, gates, added, removed, files } = outcome;
  const run = await requireRun(parts, runId);
  await parts.database.db
    .insert(schema.fixes)
    .values({ runId, issueId, repository: run.repository, status, fixer, commit, reason, endedAt: new Date() })
    .onConflictDoNothing();
  const finding = await findingOf(parts, task);
  await parts.database.db
    .insert(schema.reflections)
    .values({
      runId,
      key: `${runId}:${issueId}`,
      repository: run.repository,
      reflection: { kind: 'fix', issueId, rule: finding.rule, pool: task.pool, file: finding.file, status, fixer, reason },
    })
    .onConflictDoNothing();
  if (status === 'not_fixed') await parts.ecosystem.giveBack(issueId, runId, reason ?? 'not fixed');
  await parts.runs.append(runId, `fix-ended:${issueId}`, {
    type: 'fix_ended',
    issueId,
    status,
    fixer,
    files: files.length,
    added,
    removed,
    gates,
    reason,
  });
}

function notFixed(issueId: string, reason: string): FixOutcome {
  return { issueId, status: 'not_fixed', commit: null, fixer: null, files: [], risks: [], reason, gates: [], added: 0, removed: 0 };
}
