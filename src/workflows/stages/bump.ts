import { DBOS } from '@dbos-inc/dbos-sdk';
import { pushTarget } from '../../fix/handover.js';
import { git } from '../../git/git.js';
import { applyBump, commitAndTag } from '../../release/bump.js';
import { commitsSince } from '../../release/commits.js';
import { pushRelease } from '../../release/push.js';
import { policyAt } from '../gates-of.js';
import type { WorkflowParts } from '../parts.js';
import { repositoryOf, requireRun } from '../run-of.js';
import { step } from '../steps.js';

interface BumpRequest {
  runId: string;
  branch: string;
  /** The commit that was shown; the release commit stands on it and on nothing else. */
  base: string;
  version: string;
  approvalId: string;
}

export type Bumped = { status: 'bumped'; version: string; commit: string; tag: string } | { status: 'changed'; why: string };

/** Version, changelog, commit, tag, push; alone in its repository. A repeat after a crash makes the same commit and finds its own work. */
export function registerBump(parts: WorkflowParts) {
  return DBOS.registerWorkflow((request: BumpRequest): Promise<Bumped> => step('bump', () => bump(parts, request)), {
    name: 'bump',
    maxRecoveryAttempts: 20,
  });
}

async function bump(parts: WorkflowParts, { runId, branch, base, version, approvalId }: BumpRequest): Promise<Bumped> {
  const { clones, settings, approvals } = parts;
  const repo = await repositoryOf(parts, await requireRun(parts, runId));
  const approved = await approvals.get(approvalId);
  if (!approved?.decidedAt) throw new Error(`approval ${approvalId} was not decided`);
  const target = await pushTarget(repo);
  const origin = { ...repo, source: target };
  await clones.refresh(origin);
  const { commit: tip } = await clones.pin(origin, branch);
  const policy = await policyAt(parts, repo, base);
  const { tagPrefix, changelog } = settings().release;

  const tree = await clones.worktree({ repo, commit: base, run: runId, id: 'release' });
  try {
    const bumpFiles = policy.release?.bump ?? [];
    const current = approved.shown.type === 'version_bump' ? approved.shown.current : '';
    const paths = await applyBump({
      folder: tree.folder,
      base,
      version,
      ...(bumpFiles.length > 0 ? { manifests: bumpFiles } : {}),
      changelog:
        changelog === null
          ? null
          : {
              path: changelog,
              date: approved.decidedAt.toISOString().slice(0, 10),
              commits: await commitsSince({ clone: clones.cloneOf(repo), tag: `${tagPrefix}${current}`, commit: base }),
              fixes: [],
            },
    });
    const { commit, tag } = await commitAndTag({ folder: tree.folder, base, version, tagPrefix, at: approved.decidedAt, paths });
    if (tip !== base && !(await clones.isAncestor(repo, commit, tip))) {
      await git(['tag', '--delete', tag], { cwd: clones.cloneOf(repo) }).catch(() => {});
      return { status: 'changed', why: `${branch} moved from ${base.slice(0, 7)} to ${tip.slice(0, 7)} meanwhile` };
    }
    const env = await clones.remoteEnvironment();
    await pushRelease({ clone: tree.folder, remote: target, branch, commit, tag, env, alone: (work) => clones.alone(repo, work) });
    return { status: 'bumped', version, commit, tag };
  } finally {
    await tree.remove();
  }
}
