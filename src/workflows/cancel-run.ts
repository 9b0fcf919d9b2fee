import { DBOS } from '@dbos-inc/dbos-sdk';
import { workflowIdOf } from '../bot-functions.js';
import { cleanUp } from './clean-up.js';
import { cancelledLine } from './end-line.js';
import type { WorkflowParts } from './parts.js';
import { requireRun } from './run-of.js';
import { step, stepsEnded } from './steps.js';

/** A workflow of its own: a cancelled body cannot clean up after itself. */
export function registerCancelRun(parts: WorkflowParts) {
  return DBOS.registerWorkflow(
    async (runId: string): Promise<void> => {
      await DBOS.cancelWorkflow(workflowIdOf(runId), { cancelChildren: true });
      // Steps that listen end within a second; what they leave is removed after that.
      await DBOS.sleep(1_500);
      await step('clean-up', async () => {
        // One that does not listen would make anew what is removed here.
        await stepsEnded(workflowIdOf(runId), 60_000);
        const run = await requireRun(parts, runId);
        await cleanUp(parts, run, `cancelled by ${run.progress.cancelledBy ?? 'someone'}`);
        await parts.runs.append(runId, 'ended', {
          type: 'ended',
          status: 'cancelled',
          line: cancelledLine(run, `cancelled by ${run.progress.cancelledBy ?? 'someone'}`),
          reference: null,
        });
      });
    },
    { name: 'cancel-run', maxRecoveryAttempts: 20 },
  );
}
