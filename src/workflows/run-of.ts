import type { Run } from '../bot.js';
import type { Repo } from '../repos/source.js';
import type { WorkflowParts } from './parts.js';
import { cancelSignal } from './steps.js';

export async function requireRun({ runs }: Pick<WorkflowParts, 'runs'>, runId: string): Promise<Run> {
  const run = await runs.get(runId);
  if (!run) throw new Error(`run ${runId} is gone`);
  return run;
}

/** The repository a run is about: one of the settings, or the folder that was given at a terminal. */
export async function repositoryOf(
  { catalogue }: Pick<WorkflowParts, 'catalogue'>,
  run: Pick<Run, 'repository' | 'request'>,
): Promise<Repo> {
  const { path } = run.request;
  return path ? { name: run.repository, source: path } : catalogue().locate(catalogue().find(run.repository));
}

/** The same, with this commit in its clone: the process that goes on with a run need not be the one that fetched it. */
export async function repositoryAt(
  parts: Pick<WorkflowParts, 'catalogue' | 'clones'>,
  run: Pick<Run, 'repository' | 'request'>,
  commit: string,
): Promise<Repo> {
  const repo = await repositoryOf(parts, run);
  await parts.clones.ensure(repo, commit, { signal: cancelSignal() });
  return repo;
}
