import { DBOS } from '@dbos-inc/dbos-sdk';

/** One effect of a workflow. At least once: what it does outside of our database must be safe to repeat. */
export function step<T>(name: string, effect: () => Promise<T>): Promise<T> {
  return DBOS.runStep(effect, { name });
}

/** The same for effects that only ask our database: they outlive a restart of it. */
export function patientStep<T>(name: string, effect: () => Promise<T>): Promise<T> {
  return DBOS.runStep(effect, {
    name,
    retriesAllowed: true,
    maxAttempts: 8,
    intervalSeconds: 0.5,
    backoffRate: 2,
    shouldRetry: isConnectionError,
  });
}

export interface ChildOptions {
  id: string;
  /** None: it starts at once, and may wait for a person. */
  queue?: 'repo' | 'busy' | `pool-${string}`;
  /** What the queue `repo` takes one at a time of. */
  repository?: string;
  priority?: number;
}

/** Starts a child workflow and waits for what it returns. */
export async function child<Arguments extends unknown[], Result>(
  workflow: (...args: Arguments) => Promise<Result>,
  options: ChildOptions,
  ...args: Arguments
): Promise<Result> {
  if (options.queue === 'repo' && !options.repository) throw new Error('the queue "repo" needs a repository');
  const handle = await DBOS.startWorkflow(workflow, {
    workflowID: options.id,
    ...(options.queue ? { queueName: options.queue } : {}),
    ...(options.repository && options.queue === 'repo' ? { enqueueOptions: { queuePartitionKey: options.repository } } : {}),
    ...(options.priority === undefined ? {} : { enqueueOptions: { priority: options.priority } }),
  })(...args);
  return handle.getResult({ pollingIntervalMs: 50 });
}

/** Aborted when the run is cancelled; to be handed to whatever takes longer than a second. */
export function cancelSignal(): AbortSignal | undefined {
  return DBOS.stepStatus?.cancelSignal;
}

/** By name and code: an error that is replayed has lost its class. */
export function isCancellation(error: unknown): boolean {
  return error instanceof Error && /WorkflowCancelled|AwaitedWorkflowCancelled/.test(error.name + error.constructor.name);
}

function isConnectionError(error: unknown): boolean {
  const code = String((error as { code?: unknown }).code ?? (error as { cause?: { code?: unknown } }).cause?.code ?? '');
  return /^(?:08|53|57P|ECONN|ETIMEDOUT|EHOST|ENET|ENOENT|EPIPE|EAI_AGAIN)/.test(code);
}
