import { DBOS } from '@dbos-inc/dbos-sdk';
import type { Run } from '../../bot.js';
import { handOverAsPatch, handOverByPush } from '../../fix/handover.js';
import { type Integration, integrate } from '../../fix/integrate.js';
import type { Repo } from '../../repos/source.js';
import { loadArtefact, saveArtefact } from '../artefacts.js';
import { judge, policyAt, summarise } from '../gates-of.js';
import type { WorkflowParts } from '../parts.js';
import { repositoryAt, requireRun } from '../run-of.js';
import { cancelSignal, step } from '../steps.js';
import type { JudgedBase } from './judge-base.js';

export interface IntegrateRequest {
  runId: string;
  pinned: string;
  base: JudgedBase;
  issueIds: string[];
}

export interface Integrated {
  head: string;
  issueIds: string[];
  /** The branch the result was pushed to; null when it was not. */
  pushed: string | null;
  why: string | null;
}

/** Alone in its repository: the fixes one by one on the run branch, gates on the whole, and the hand-over the policy asks for. */
export function registerIntegrateFixes(parts: WorkflowParts) {
  const { runs } = parts;
  return DBOS.registerWorkflow(
    async (request: IntegrateRequest): Promise<Integrated> => {
      await step('tell-integrating', () =>
        runs.append(request.runId, 'integrating', { type: 'integrating', fixes: request.issueIds.length }),
      );
      const whole = await step('integrate', () => putTogether(parts, request));
      if (whole.issueIds.length === 0 && whole.head === request.pinned) return { ...whole, pushed: null };
      const handed = await step('hand-over', () => handOver(parts, request, whole.head));
      await step('tell-handed-over', () => runs.append(request.runId, 'handed-over', { type: 'handed_over', ...handed }));
      return { ...whole, pushed: handed.how === 'push' ? handed.branch : null, why: handed.why };
    },
    { name: 'integrate-fixes', maxRecoveryAttempts: 20 },
  );
}

async function putTogether(parts: WorkflowParts, { runId, pinned, base, issueIds }: IntegrateRequest): Promise<Omit<Integrated, 'pushed'>> {
  const { clones, runs, ecosystem } = parts;
  const repo = await repositoryAt(parts, await requireRun(parts, runId), pinned);
  if (base.prepared) await clones.unbundle(repo, await loadArtefact(parts, runId, 'bundle:prepare'));
  const fixes: { issueId: string; commit: string }[] = [];
  for (const issueId of issueIds)
    fixes.push({ issueId, commit: await clones.unbundle(repo, await loadArtefact(parts, runId, `bundle:${issueId}`)) });

  const gate = (commit: string) =>
    judge(
      parts,
      { repo, runId, subject: `run branch ${commit.slice(0, 12)}`, base: pinned, commit, baseCoverage: base.coverage },
      async ({ report }) => report,
    );
  const result: Integration = await integrate({ clones, repo, base: base.base, run: runId, fixes, gate, signal: cancelSignal() });
  for (const { issueId, reason } of result.left) {
    await ecosystem.giveBack(issueId, runId, reason);
    await runs.append(runId, `taken-out:${issueId}`, {
      type: 'fix_ended',
      issueId,
      status: 'taken_out',
      fixer: null,
      files: 0,
      added: 0,
      removed: 0,
      gates: [],
      reason,
    });
  }
  const report = result.report ?? (base.prepared && issueIds.length === 0 ? await gate(base.base) : null);
  const passed = report?.passed ?? false;
  const head = result.integrated.length > 0 ? result.head : passed && base.prepared ? base.base : pinned;
  const integrated = result.integrated.map(({ issueId }) => issueId);
  const gates = report ? summarise(report) : [];
  await runs.append(runId, 'integrated', {
    type: 'integrated',
    head,
    issueIds: integrated,
    gates,
    passed: passed || integrated.length === 0,
    blockers: report?.blockers ?? [],
  });
  if (head !== pinned) await saveArtefact(parts, runId, 'bundle:run', await clones.bundle(repo, pinned, head));
  return { head, issueIds: integrated, why: null };
}

type HandedOver = { how: 'push' | 'patch' | 'nothing'; branch: string | null; commit: string | null; why: string | null };

async function handOver(parts: WorkflowParts, { runId, pinned }: IntegrateRequest, head: string): Promise<HandedOver> {
  const { clones } = parts;
  const run = await requireRun(parts, runId);
  const repo = await repositoryAt(parts, run, pinned);
  await clones.unbundle(repo, await loadArtefact(parts, runId, 'bundle:run'));
  const { handover } = await policyAt(parts, repo, pinned);
  if (handover?.kind === 'push') {
    const result = await handOverByPush({ clones, repo, base: pinned, head, branch: handover.branch, signal: cancelSignal() });
    if (result.status === 'pushed') return { how: 'push', branch: result.branch, commit: result.commit, why: null };
    const why = result.status === 'moved' ? result.reason : null;
    return asPatch(parts, run, repo, pinned, head, why);
  }
  const why = handover?.kind === 'pull_request' ? 'this version opens no pull requests' : null;
  return asPatch(parts, run, repo, pinned, head, why);
}

/** `mahavishnu runs patch RUN` prints it. */
async function asPatch(parts: WorkflowParts, run: Run, repo: Repo, pinned: string, head: string, why: string | null): Promise<HandedOver> {
  const result = await handOverAsPatch({ clones: parts.clones, repo, base: pinned, head });
  if (result.status === 'patch') await saveArtefact(parts, run.id, 'patch', Buffer.from(result.patch));
  return { how: 'patch', branch: null, commit: head, why };
}
