import { DBOS } from '@dbos-inc/dbos-sdk';
import type { Run } from '../bot.js';
import { type OfferAnswer, offerTopic, workflowIdOf } from '../bot-functions.js';
import { startsWhileWaiting } from '../engine/wait.js';
import { explain, isBotError } from '../errors.js';
import { hasEnded } from '../runs/run.js';
import { Halted, registerAskApproval } from './ask-approval.js';
import { cleanUp } from './clean-up.js';
import { cancelledLine, endLine } from './end-line.js';
import { registerFixing } from './fixing.js';
import type { WorkflowParts } from './parts.js';
import { registerRelease } from './release.js';
import { requireRun } from './run-of.js';
import { registerReview } from './stages/review.js';
import { child, isCancellation, step } from './steps.js';

/** How long a run waits for someone to say what is to be fixed. */
const offerMs = 24 * 3600 * 1000;

/** The main job, from a request to a published version. It holds no queue's slot itself, so it may wait for people. */
export function registerReviewAndFix(parts: WorkflowParts) {
  const { runs } = parts;
  const ask = registerAskApproval(parts);
  const review = registerReview(parts);
  const fixing = registerFixing(parts, ask);
  const release = registerRelease(parts, ask);

  async function story(run: Run): Promise<void> {
    const { id: runId, request } = run;
    const reviewed = await child(review, { id: `${workflowIdOf(runId)}:review`, queue: 'busy' }, runId);
    if (request.dryRun || reviewed.issues.length === 0) return;

    const chosen = request.autoFix
      ? { findingIds: reviewed.issues.map(({ findingId }) => findingId), by: nameOf(run) }
      : request.offersFixes
        ? await offer(runId)
        : null;
    if (!chosen) return;
    const issues = reviewed.issues.filter(({ findingId }) => chosen.findingIds.includes(findingId));
    const fixed = await fixing(run, reviewed.commit, issues, chosen.by);
    if (fixed.pushed !== null && fixed.issueIds.length > 0) await release(run, fixed.pushed);
  }

  /** Null: nobody wants anything fixed. */
  async function offer(runId: string): Promise<{ findingIds: string[]; by: string } | null> {
    const until = new Date((await DBOS.now()) + offerMs);
    await step('offer', () => runs.append(runId, 'offered', { type: 'fixes_offered', until: until.toISOString() }));
    await DBOS.setEvent('waiting', offerTopic(runId));
    const answer = await DBOS.recv<OfferAnswer>(offerTopic(runId), { timeoutSeconds: offerMs / 1000, pollingIntervalMs: 5_000 });
    if (answer?.answer !== 'fix' || !answer.findingIds) return null;
    return { findingIds: answer.findingIds, by: answer.by.name ?? answer.by.id };
  }

  return DBOS.registerWorkflow(
    async (runId: string): Promise<void> => {
      const run = await step('begin', async () => {
        await runs.append(runId, 'started', { type: 'started' });
        return requireRun(parts, runId);
      });
      if (hasEnded(run.status)) return; // Cancelled before it began.
      const failure = await story(run).then(
        () => null,
        (error: unknown) => {
          if (isCancellation(error)) throw error; // The workflow that cancelled us cleans up.
          return error;
        },
      );
      await step('close', async () => {
        await cleanUp(parts, run, 'the run ended');
        if (failure === null) {
          await runs.append(runId, 'ended', {
            type: 'ended',
            status: 'done',
            line: endLine(await requireRun(parts, runId)),
            reference: null,
          });
          return;
        }
        if (failure instanceof Halted) {
          const line = cancelledLine(await requireRun(parts, runId), `cancelled: ${failure.message}`);
          await runs.append(runId, 'ended', { type: 'ended', status: 'cancelled', line, reference: null });
          return;
        }
        const reference = `${runId.slice(2)}-${Date.now().toString(36).slice(-4)}`;
        parts.log.error({ run: runId, reference, err: failure }, 'run failed');
        const line = isBotError(failure)
          ? failure.userMessage
          : `${explain(failure, reference)} Nothing was left half done in ${run.repository}.`;
        await runs.append(runId, 'ended', { type: 'ended', status: 'failed', line, reference });
      });
    },
    { name: 'review-and-fix', maxRecoveryAttempts: startsWhileWaiting },
  );
}

function nameOf({ request }: Run): string {
  return request.requestedBy.name ?? request.requestedBy.id;
}
