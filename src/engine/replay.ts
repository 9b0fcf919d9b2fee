import type { SystemDatabase } from '@dbos-inc/dbos-sdk/internal/system_database';
import type { Database } from '../database/open.js';

type RecordedStep = NonNullable<Awaited<ReturnType<SystemDatabase['getOperationResultAndThrowIfCancelled']>>>;

/** What workflows did before their process died: workflow id, number of the step, its result. */
export type RecordedSteps = Map<string, Map<number, RecordedStep>>;

/** More than this many steps are left to be read one by one. */
const mostSteps = 100_000;

/** Reads, in one statement, what the workflows that this slot left have recorded. To be called before they are recovered. */
export async function readRecordedSteps({ pool }: Database, owner: string): Promise<RecordedSteps> {
  const { rows } = await pool.query<{
    workflow: string;
    step: number;
    output: string | null;
    error: string | null;
    child: string | null;
    name: string;
    serialization: string | null;
  }>(
    `select o.workflow_uuid as workflow, o.function_id as step, o.output, o.error, o.child_workflow_id as child, o.function_name as name,
        o.serialization
      from dbos.operation_outputs o join dbos.workflow_status w on w.workflow_uuid = o.workflow_uuid
      where w.status = 'PENDING' and w.executor_id = $1 limit $2`,
    [owner, mostSteps],
  );
  const recorded: RecordedSteps = new Map();
  for (const { workflow, step, output, error, child, name, serialization } of rows) {
    const steps = recorded.get(workflow) ?? new Map<number, RecordedStep>();
    steps.set(step, { output, error, childWorkflowID: child, functionName: name, serialization } as RecordedStep);
    recorded.set(workflow, steps);
  }
  return recorded;
}

/**
 * Answers replays from what was read. The engine asks the database three times for each step of each workflow; with a hundred that
 * wait for people this kept everybody waiting for seconds after a start. A recorded step never changes, so an answer is never stale;
 * whether a workflow was cancelled meanwhile is seen at its first step that is not recorded. Each answer is given once, and what is
 * left of a workflow is forgotten when it has caught up; `onCaughtUp` is called when the last one has, so that all are where they were.
 */
export function replayFrom(recorded: RecordedSteps, system: SystemDatabase, onCaughtUp: () => void): void {
  const [resultOf, throwIfCancelled, setEvent] = [
    system.getOperationResultAndThrowIfCancelled.bind(system),
    system.checkIfCanceled.bind(system),
    system.setEvent.bind(system),
  ];
  const take = (workflow: string, step: number): RecordedStep | undefined => {
    const steps = recorded.get(workflow);
    const known = steps?.get(step);
    steps?.delete(step);
    if (steps && (!known || steps.size === 0) && recorded.delete(workflow) && recorded.size === 0) onCaughtUp();
    return known;
  };
  system.getOperationResultAndThrowIfCancelled = async (workflow, step) => take(workflow, step) ?? resultOf(workflow, step);
  system.checkIfCanceled = async (workflow) => {
    if (!recorded.has(workflow)) await throwIfCancelled(workflow);
  };
  system.setEvent = async (workflow, step, ...event) => {
    // Another call than the one that was recorded is for the engine to refuse.
    if (take(workflow, step)?.functionName !== 'DBOS.setEvent') await setEvent(workflow, step, ...event);
  };
}
