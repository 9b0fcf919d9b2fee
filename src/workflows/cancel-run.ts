import { DBOS } from '@dbos-inc/dbos-sdk';
import { workflowIdOf } from '../bot-functions.js';
import { cleanUp } from './clean-up.js';
import type { WorkflowParts } from './parts.js';
import { requireRun } from './run-of.js';
import { patientStep } from './steps.js';

/** A workflow of its own: a cancelled body cannot clean up after itself. */
export function registerCancelRun(parts: WorkflowParts) {
  return DBOS.registerWorkflow(
    async (runId: string): Promise<void> => {
      await DBOS.cancelWorkflow(workflowIdOf(runId), { cancelChildren: true });
      // Steps that listen end within a second; their worktrees are removed after that.
      await DBOS.sleep(1_500);
      await patientStep('clean-up', async () => {
        const run = await requireRun(parts, runId);
        await cleanUp(parts, run, `cancelled by ${run.progress.cancelledBy ?? 'someone'}`);
        await parts.runs.append(runId, 'ended', {
          type: 'ended',
          status: 'cancelled',
          line: `cancelled by ${run.progress.cancelledBy ?? 'someone'}${run.progress.handover?.how === 'push' ? `; what was pushed to ${run.progress.handover.branch} stays` : '; nothing was changed'}`,
          reference: null,
        });
      });
    },
    { name: 'cancel-run', maxRecoveryAttempts: 20 },
  );
}
