import { DBOS } from '@dbos-inc/dbos-sdk';
import type { ApprovalOption, ApprovalShown, ApprovalStatus, ApprovalType, TimeoutPolicy } from '../approvals/approval.js';
import { topicOf } from '../approvals/store.js';
import { againTopic } from '../bot-functions.js';
import { startsWhileWaiting, waitForWake } from '../engine/wait.js';
import type { Actor } from '../runs/run.js';
import { approvalPolicy } from '../settings/policy.js';
import type { WorkflowParts } from './parts.js';
import { step } from './steps.js';

export interface AskRequest {
  runId: string;
  repository: string;
  type: ApprovalType;
  subject: string;
  shown: ApprovalShown;
  options: ApprovalOption[];
  requestedBy: Actor;
}

export interface Answer {
  approvalId: string;
  status: Exclude<ApprovalStatus, 'pending'>;
  choice: string | null;
  onTimeout: TimeoutPolicy;
  decidedBy: string | null;
  reason: string | null;
}

/** Nobody answered a question whose policy is `halt`: the run ends as cancelled (AP-2). Thrown and caught in the run's own body. */
export class Halted extends Error {}

/** What a run may go on with; throws `Halted` when it may not go on at all. */
export function goingOn(answer: Answer): Answer {
  if (answer.status === 'expired' && answer.onTimeout === 'halt') throw new Halted('nobody answered in time');
  return answer;
}

/** Asks people and waits: minutes or months, over restarts, holding no queue's slot. The row decides; messages only wake. */
export function registerAskApproval({ approvals, runs, settings }: WorkflowParts) {
  return DBOS.registerWorkflow(
    async ({ subject, ...request }: AskRequest): Promise<Answer> => {
      for (let round = 1; ; round++) {
        const id = await step('ask', () => {
          const policy = approvalPolicy(settings(), request.repository, request.type);
          return approvals.ask({
            ...request,
            subject,
            round,
            policy: {
              approvers: policy.approvers,
              fourEyes: policy.fourEyes,
              quorum: policy.quorum,
              extendable: { times: policy.extendable.times, byMs: policy.extendable.by },
            },
            onTimeout: policy.onTimeout,
            expiresInMs: policy.expiresIn,
            workflowId: DBOS.workflowID ?? '',
          });
        });
        await step('tell-asked', () =>
          runs.append(request.runId, `asked:${id}`, { type: 'approval_requested', approvalId: id, approvalType: request.type }),
        );
        let settled = await step('settle', () => approvals.settle(id));
        while (settled.approval.status === 'pending') {
          await waitForWake(topicOf(id), settled.remainingMs);
          settled = await step('settle', () => approvals.settle(id));
        }
        const { status, choice, onTimeout, decidedBy, reason } = settled.approval;
        await step('tell-answered', () =>
          runs.append(request.runId, `answered:${id}`, {
            type: 'approval_ended',
            approvalId: id,
            approvalType: request.type,
            status,
            choice,
          }),
        );
        if (status !== 'expired' || onTimeout !== 'hold') {
          return { approvalId: id, status, choice, onTimeout, decidedBy: decidedBy ? (decidedBy.name ?? decidedBy.id) : null, reason };
        }
        await step('tell-held', () => runs.append(request.runId, `held:${id}`, { type: 'held', approvalId: id }));
        await waitForWake(againTopic(id), null);
      }
    },
    { name: 'ask-approval', maxRecoveryAttempts: startsWhileWaiting },
  );
}
