import { DBOS } from '@dbos-inc/dbos-sdk';
import type { ApprovalOption } from '../approvals/approval.js';
import type { Run } from '../bot.js';
import { workflowIdOf } from '../bot-functions.js';
import { crashPoint } from '../engine/crash-points.js';
import { type Answer, goingOn, type registerAskApproval } from './ask-approval.js';
import type { WorkflowParts } from './parts.js';
import { claimRelease } from './release-claim.js';
import { registerBump } from './stages/bump.js';
import { registerProposeBump } from './stages/propose-bump.js';
import { registerPreparePublication, registerPublish } from './stages/publish.js';
import { child, step } from './steps.js';

/** From a commit on the release branch to a published version, with a person's word before the bump and before the publication. */
export function registerRelease(parts: WorkflowParts, ask: ReturnType<typeof registerAskApproval>) {
  const { runs, approvals } = parts;
  const proposeBump = registerProposeBump(parts);
  const bump = registerBump(parts);
  const preparePublication = registerPreparePublication(parts);
  const publish = registerPublish(parts);

  return async function release(run: Run, branch: string): Promise<void> {
    const { id: runId, repository } = run;
    const prefix = workflowIdOf(runId);
    const skip = (why: string) => step('skip', () => runs.append(runId, `skipped:${why}`, { type: 'release_skipped', why }));
    await waitForTurn(run);

    for (let attempt = 1; ; attempt++) {
      const proposal = await child(proposeBump, { id: `${prefix}:propose:${attempt}`, queue: 'busy' }, runId, branch);
      if (!proposal.possible) return skip(proposal.why);
      const answer = goingOn(
        await child(
          ask,
          { id: `${prefix}:ask-bump:${attempt}` },
          {
            runId,
            repository,
            type: 'version_bump',
            subject: `${attempt}`,
            shown: proposal.shown,
            options: bumpOptions(proposal.shown),
            requestedBy: run.request.requestedBy,
          },
        ),
      );
      const refusal = whyNot(answer);
      if (refusal) return skip(refusal);
      if (answer.choice === 'skip') return skip(`skipped by ${answer.decidedBy}`);
      crashPoint('decided');
      const version = proposal.shown.versions[answer.choice ?? ''] ?? answer.choice ?? proposal.shown.suggested;
      const bumped = await child(
        bump,
        { id: `${prefix}:bump:${attempt}`, queue: 'repo', repository },
        { runId, branch, base: proposal.shown.commit, version, approvalId: answer.approvalId },
      );
      if (bumped.status === 'bumped') {
        await step('tell-bumped', () =>
          runs.append(runId, 'bumped', { type: 'bumped', version: bumped.version, commit: bumped.commit, tag: bumped.tag }),
        );
        return publication(run, branch, bumped);
      }
      // What was approved is not what is there any more (AP-6): void, and asked anew.
      await step('void', () => approvals.makeVoid(answer.approvalId, bumped.why));
    }
  };

  async function publication(run: Run, branch: string, bumped: { version: string; commit: string }): Promise<void> {
    const { id: runId, repository } = run;
    const prefix = workflowIdOf(runId);
    const skip = (why: string) => step('skip', () => runs.append(runId, `skipped:${why}`, { type: 'release_skipped', why }));
    const prepared = await child(preparePublication, { id: `${prefix}:prepare-publication`, queue: 'busy' }, { runId, branch, ...bumped });
    if (!prepared.possible) return skip(prepared.why);
    const answer = goingOn(
      await child(
        ask,
        { id: `${prefix}:ask-publish` },
        {
          runId,
          repository,
          type: 'publish',
          subject: '',
          shown: prepared.shown,
          options: prepared.options,
          requestedBy: run.request.requestedBy,
        },
      ),
    );
    const refusal = whyNot(answer);
    if (refusal) return skip(refusal);
    if (answer.choice === 'skip') return skip(`publication skipped by ${answer.decidedBy}`);
    const targets = answer.choice === 'all' ? prepared.targets : prepared.targets.filter((target) => target === answer.choice);
    for (const target of targets) {
      await child(publish, { id: `${prefix}:publish:${target}`, queue: 'busy' }, { runId, target, ...bumped });
    }
  }

  /** One release at a time per repository (RL-0). Waiting for another run's people holds no slot. */
  async function waitForTurn(run: Run): Promise<void> {
    for (let wait = 1_000; ; wait = Math.min(wait * 2, 60_000)) {
      const holder = await step('claim-release', () => claimRelease(parts, run.repository, run.id));
      if (holder === run.id) break;
      await step('tell-waiting', () =>
        runs.append(run.id, `waiting-release:${holder}`, { type: 'waiting', for: `the release of ${holder}` }),
      );
      await DBOS.sleep(wait);
    }
    await step('tell-waited', () => runs.append(run.id, 'waited-release', { type: 'waited' }));
  }
}

function bumpOptions(shown: { versions: Record<string, string>; suggested: string }): ApprovalOption[] {
  const options = Object.entries(shown.versions).map(([kind, version]) => ({
    value: kind,
    label: `${kind.charAt(0).toUpperCase()}${kind.slice(1)} ${version}`,
    description: `The next version is ${version}.`,
    recommended: version === shown.suggested,
  }));
  return [...options, { value: 'skip', label: 'Skip', description: 'No release; what was fixed stays.', recommended: false }];
}

function whyNot(answer: Answer): string | null {
  if (answer.status === 'approved') return null;
  if (answer.status === 'rejected') return `rejected by ${answer.decidedBy}${answer.reason ? `: ${answer.reason}` : ''}`;
  if (answer.status === 'expired') return 'nobody answered in time';
  return answer.reason ?? 'what was asked no longer holds';
}
