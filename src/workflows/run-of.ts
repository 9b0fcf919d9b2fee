import type { Run } from '../bot.js';
import type { Repo } from '../repos/source.js';
import type { WorkflowParts } from './parts.js';

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
