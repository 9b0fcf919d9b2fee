import type { SystemDatabase } from '@dbos-inc/dbos-sdk/internal/system_database';

const never = () => new Promise<never>(() => {});

/**
 * Holds every workflow where it stands, for good: none begins another step, and none records how a step or itself ended. When the
 * engine is shut down its waits end with an error, and on a pool that is ours, thus still open, that error would be recorded as the
 * end of a run that only waited for a person.
 */
export function freeze(system: SystemDatabase): void {
  Object.assign(system, {
    checkIfCanceled: never,
    getOperationResultAndThrowIfCancelled: never,
    recordOperationResult: never,
    recordOperationError: never,
    recordWorkflowOutput: never,
    recordWorkflowError: never,
  } satisfies Partial<Record<keyof SystemDatabase, typeof never>>);
}
