import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { checkScope } from '../../fix/scope-check.js';
import { coverageOf } from '../../gates/coverage.js';
import { git } from '../../git/git.js';
import type { Repo } from '../../repos/source.js';
import { saveArtefact } from '../artefacts.js';
import { judge, policyAt, summarise } from '../gates-of.js';
import type { WorkflowParts } from '../parts.js';
import { repositoryAt, requireRun } from '../run-of.js';
import { step } from '../steps.js';

export interface JudgedBase {
  /** Fixes are cut from this: the pinned commit, or one on top of it with what the repository's own fast hooks put right. */
  base: string;
  coverage: number | null;
  prepared: boolean;
}

/**
 * Runs the gates on the pinned commit before anything is changed. What its fast hooks put right by themselves becomes a commit of
 * its own: otherwise every fix would carry the formatting of files it has nothing to do with, and be refused for it.
 */
export function registerJudgeBase(parts: WorkflowParts) {
  return DBOS.registerWorkflow(
    (runId: string, commit: string): Promise<JudgedBase> => step('judge-base', () => judgeBase(parts, runId, commit)),
    {
      name: 'judge-base',
      maxRecoveryAttempts: 20,
    },
  );
}

async function judgeBase(parts: WorkflowParts, runId: string, commit: string): Promise<JudgedBase> {
  const run = await requireRun(parts, runId);
  const repo = await repositoryAt(parts, run, commit);
  return judge(parts, { repo, runId, subject: 'base', base: commit, commit, baseCoverage: null }, async ({ report, folder }) => {
    const base = await prepare(parts, { repo, runId, commit, folder, files: report.autofixed });
    await parts.runs.append(runId, 'base-judged', {
      type: 'base_judged',
      gates: summarise(report),
      passed: report.passed,
      blockers: report.blockers,
      prepared:
        base === commit
          ? null
          : { files: report.autofixed, by: report.results.find((result) => result.stage === 'fast')?.name ?? 'fast hooks' },
    });
    return { base, coverage: coverageOf(report), prepared: base !== commit };
  });
}

/** A commit with the files as the fast hooks left them; the pinned commit itself when there is nothing, or only what a person should look at. */
async function prepare(
  parts: WorkflowParts,
  { repo, runId, commit, folder, files }: { repo: Repo; runId: string; commit: string; folder: string; files: string[] },
): Promise<string> {
  const [first] = files;
  if (first === undefined) return commit;
  const policy = await policyAt(parts, repo, commit);
  const places = files.map((file) => ({ file, startLine: 1, endLine: 1 }));
  if (
    checkScope({ changedFiles: files, finding: { file: first, places }, policy, highRisk: parts.settings().fix.highRisk ?? undefined })
      .status !== 'ok'
  )
    return commit;

  const tree = await parts.clones.worktree({ repo, commit, run: runId, id: 'prepare' });
  try {
    for (const file of files) {
      await mkdir(dirname(join(tree.folder, file)), { recursive: true });
      await cp(join(folder, file), join(tree.folder, file), { verbatimSymlinks: true });
    }
    await git(['add', '--', ...files], { cwd: tree.folder });
    const date = (await git(['show', '--no-patch', '--format=%cI', commit], { cwd: tree.folder })).trim();
    await git(['commit', '--quiet', '--no-verify', '--allow-empty', '-m', "style: apply the repository's own fast hooks"], {
      cwd: tree.folder,
      env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
    });
    const prepared = (await git(['rev-parse', 'HEAD'], { cwd: tree.folder })).trim();
    await saveArtefact(parts, runId, 'bundle:prepare', await parts.clones.bundle(repo, commit, prepared));
    return prepared;
  } finally {
    await tree.remove();
  }
}
