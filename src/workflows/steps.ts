import { setTimeout as pause } from 'node:timers/promises';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { isBotError } from '../errors.js';

/**
 * One effect of a workflow. At least once: what it does outside of our database must be safe to repeat. When the database goes away
 * meanwhile, it is done again.
 */
export function step<T>(name: string, effect: () => Promise<T>): Promise<T> {
  const workflowId = DBOS.workflowID ?? '';
  return DBOS.runStep(() => counted(workflowId, effect), {
    name,
    retriesAllowed: true,
    maxAttempts: 8,
    intervalSeconds: 0.5,
    backoffRate: 2,
    shouldRetry: isConnectionError,
  });
}

const underWay = new Map<Promise<unknown>, string>();

function counted<T>(workflowId: string, effect: () => Promise<T>): Promise<T> {
  const running = effect().finally(() => underWay.delete(running));
  underWay.set(running, workflowId);
  return running;
}

/** Resolves when no step of this workflow or of its children is at work in this process any more, or after `limitMs`. */
export async function stepsEnded(workflowId: string, limitMs: number): Promise<void> {
  const running = [...underWay].flatMap(([step, id]) => (id === workflowId || id.startsWith(`${workflowId}:`) ? [step] : []));
  const limit = new AbortController();
  await Promise.race([Promise.allSettled(running), pause(limitMs, undefined, { signal: limit.signal }).catch(() => {})]);
  limit.abort();
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
  return (await start(workflow, options, args)).getResult(polling(options));
}

/**
 * The same for several at once; when one fails, the others are waited for all the same, so that none works on behind the run's back.
 * Calls of the engine are numbered in the order they are made, and a replay gives each number its old result: so children are started
 * and asked one after the other, never in the order in which something happened to be ready.
 */
export async function children<Arguments extends unknown[], Result>(
  workflow: (...args: Arguments) => Promise<Result>,
  tasks: readonly { options: ChildOptions; args: Arguments }[],
): Promise<Result[]> {
  const started: { handle: Awaited<ReturnType<typeof start<Arguments, Result>>>; options: ChildOptions }[] = [];
  for (const { options, args } of tasks) started.push({ handle: await start(workflow, options, args), options });
  const settled = await Promise.allSettled(started.map(({ handle, options }) => handle.getResult(polling(options))));
  return settled.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}

/** A child that works ends within seconds; one on no queue waits for a person, perhaps for days, and hundreds of them wait at once. */
function polling({ queue }: ChildOptions): { pollingIntervalMs: number } {
  return { pollingIntervalMs: queue ? 50 : 1_000 };
}

async function start<Arguments extends unknown[], Result>(
  workflow: (...args: Arguments) => Promise<Result>,
  { id, queue, repository, priority }: ChildOptions,
  args: Arguments,
) {
  if (queue === 'repo' && !repository) throw new Error('the queue "repo" needs a repository');
  const enqueueOptions = {
    ...(repository && queue === 'repo' ? { queuePartitionKey: repository } : {}),
    ...(priority === undefined ? {} : { priority }),
  };
  return DBOS.startWorkflow(workflow, { workflowID: id, ...(queue ? { queueName: queue, enqueueOptions } : {}) })(...args);
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
  if (isBotError(error)) return false; // Another service than the database, and someone is to be told.
  const { code = '', message = '', cause } = error as { code?: unknown; message?: string; cause?: unknown };
  if (/^(?:08|53|57P|ECONN|ETIMEDOUT|EHOST|ENET|EAI_AGAIN)/.test(String(code))) return true;
  // pg has no code for these.
  if (/^Connection terminated|^timeout exceeded when trying to connect|^Client has encountered a connection error/.test(message))
    return true;
  return cause instanceof Error && isConnectionError(cause);
}
