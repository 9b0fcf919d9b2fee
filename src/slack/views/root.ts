import type { Run } from '../../bot.js';
import type { ReviewCoverage } from '../../review/finding.js';
import { type RunStage, runStages, type StageState } from '../../runs/progress.js';
import { actionIds } from '../action-ids.js';
import { actions, button, confirm, context, type MessageView, section } from '../blocks.js';
import { shown } from '../limits.js';
import { between, code, count, outside, person, signs, time } from '../text.js';
import { agentsRan, filesRead, hasFailedAgent, origin, repositoryName, whatIsDone } from './parts.js';

const stageSigns: Record<StageState, string> = {
  waiting: signs.waiting,
  running: signs.running,
  done: signs.done,
  attention: signs.look,
  failed: signs.failed,
  skipped: signs.waiting,
};

/** The live status of a run, edited in place until it ends. */
export function rootMessage(run: Run): MessageView {
  return run.progress.end ? ended(run) : live(run);
}

function live(run: Run): MessageView {
  const name = repositoryName(run.repository);
  const { cancelledBy } = run.progress;
  const waits = waiting(run);
  const buttons = [...findingsButton(run), ...cancelButton(run)];
  return {
    text: `${name}: ${whatIsDone(run)}, ${cancelledBy ? 'being cancelled' : (waits ?? runningNow(run))}`,
    blocks: [
      section(`*${name}* · ${whatIsDone(run)}`),
      context(origin(run)),
      section([stageLine(run), ...(waits ? [`${signs.waiting} ${waits}`] : [])].join('\n')),
      ...(cancelledBy ? [context(`${signs.look} being cancelled, asked by ${outside(cancelledBy, 80)}`)] : []),
      ...remarkBlocks(run),
      ...(buttons.length > 0 ? [actions(...buttons)] : []),
    ],
  };
}

/** What the run waits for; null when it is at work. */
function waiting({ status, progress: { waitingFor, offeredUntil } }: Run): string | null {
  if (waitingFor) return `waiting for ${outside(waitingFor, 120)}${offeredUntil ? `, until ${time(offeredUntil)}` : ''}`;
  return status === 'recorded' ? 'recorded, starts as soon as there is room' : null;
}

/** How a run stands, for one line: its outcome once it has ended. */
export function stateLine(run: Run): string {
  if (run.progress.end) return outcome(run);
  if (run.progress.cancelledBy) return `${signs.look} being cancelled, asked by ${outside(run.progress.cancelledBy, 80)}`;
  const waits = waiting(run);
  return waits ? `${signs.waiting} ${waits}` : `${signs.running} ${runningNow(run)}`;
}

export const findingsButton = (run: Run) =>
  run.progress.review && findingCount(run) > 0 ? [button('View findings', actionIds.details, run.id)] : [];

/** None once it is being cancelled. */
export function cancelButton(run: Run) {
  if (run.progress.cancelledBy) return [];
  return [
    button('Cancel run', actionIds.cancel, run.id, {
      confirm: confirm(
        `Cancel the run on ${run.repository}?`,
        'Its open questions become void, its issues go back to pending, its worktrees are removed.',
        'Cancel the run',
        'danger',
      ),
    }),
  ];
}

function ended(run: Run): MessageView {
  const name = repositoryName(run.repository);
  return {
    text: `${name}: ${outcome(run)}`,
    blocks: [
      section(`*${name}* · ${whatIsDone(run)}`),
      context(origin(run)),
      section(outcome(run)),
      ...remarkBlocks(run),
      actions(button('Show run', actionIds.show, run.id)),
    ],
  };
}

/** `✓ 6 of 7 fixed · 2.4.1 published to npm · 6 min` */
export function outcome(run: Run): string {
  const { end, release, published, review } = run.progress;
  if (!end) return runningNow(run);
  const incomplete = left(run).length > 0 || (review !== null && hasFailedAgent(review.coverage)) || unknownGates(run).length > 0;
  const sign = end.status === 'failed' ? signs.failed : end.status === 'cancelled' ? signs.look : incomplete ? signs.look : signs.done;
  const byWhom = end.status === 'cancelled' && run.progress.cancelledBy ? ` · cancelled by ${outside(run.progress.cancelledBy, 80)}` : '';
  const version = release && !end.line.includes(release.version) ? ` · ${outside(release.version, 40)}${where(published)}` : '';
  const reference = end.reference ? ` · reference ${code(end.reference, 40)}` : '';
  return `${sign} ${outside(end.line, 600) || end.status}${version}${byWhom}${reference} · ${between(run.createdAt, end.at)}`;
}

const where = (published: { target: string }[]) =>
  published.length > 0
    ? ` published to ${outside([...new Set(published.map(({ target }) => target))].join(' and '), 80)}`
    : ' tagged, not published';

/** What a reader must not miss and the outcome does not say: agents that failed, files not read, gates without a result, what is left and why. */
export function remarks(run: Run): string[] {
  const { review, base, handover, releaseSkipped, integration, end } = run.progress;
  const all: string[] = [];
  if (review && hasFailedAgent(review.coverage)) all.push(agentsRan(review.coverage));
  if (review && hasMissedFiles(review.coverage)) all.push(`${signs.look} ${filesRead(review.coverage)}`);
  const unknown = unknownGates(run);
  if (base && !base.passed)
    all.push(`${signs.look} gates do not pass before any change: ${outside(base.blockers.join('; ') || 'no reason given', shown.reason)}`);
  else if (unknown.length > 0) all.push(`${signs.look} gates without a result: ${outside(unknown.join('; '), shown.reason)}`);
  if (base?.prepared) {
    const { files, by } = base.prepared;
    all.push(`${signs.done} first, by ${outside(by, 60)}: ${count(files.length, 'file')} (${outside(files.slice(0, 3).join(', '), 120)})`);
  }
  if (integration && !integration.passed)
    all.push(`${signs.failed} gates on all fixes together: ${outside(integration.blockers.join('; ') || 'no reason given', shown.reason)}`);
  if (end) return all; // The rest is in the outcome's own line.
  const leftOver = left(run);
  if (leftOver.length > 0) {
    const more = leftOver.length > 5 ? `, and ${leftOver.length - 5} more` : '';
    all.push(`${signs.look} ${leftOver.length} left: ${leftOver.slice(0, 5).join(', ')}${more}`);
  }
  if (handover)
    all.push(
      handover.how === 'push'
        ? `${signs.done} pushed to ${code(handover.branch ?? '?', 80)}${handover.commit ? ` as ${code(handover.commit.slice(0, 7))}` : ''}`
        : `${handover.how === 'patch' ? `${signs.done} kept as a patch` : `${signs.look} nothing handed over`}${handover.why ? `: ${outside(handover.why, shown.reason)}` : ''}`,
    );
  if (releaseSkipped) all.push(`${signs.waiting} not released: ${outside(releaseSkipped, shown.reason)}`);
  return all;
}

/** Generated and binary files are left out on purpose; the summary counts them. Anything else that was not read is worth a look. */
function hasMissedFiles({ files, read, skipped }: ReviewCoverage): boolean {
  const total = (all: ReviewCoverage['skipped']) => all.reduce((sum, { count: missed }) => sum + missed, 0);
  const onPurpose = total(skipped.filter(({ reason }) => ['generated', 'binary', 'symbolic link'].includes(reason)));
  return total(skipped) > onPurpose || read + onPurpose < files;
}

function remarkBlocks(run: Run) {
  const all = remarks(run);
  return all.length > 0 ? [context(...all)] : [];
}

function unknownGates({ progress: { base, integration, fixes } }: Run): string[] {
  const words = (gates: { status: string; words: string; stage: string }[]) =>
    gates.filter(({ status }) => status === 'unknown').map(({ stage, words }) => words || stage);
  return [
    ...new Set([...words(base?.gates ?? []), ...words(integration?.gates ?? []), ...fixes.flatMap(({ gates }) => words(gates))]),
  ].slice(0, 6);
}

/** Only once nobody works on them any more. */
function left({ progress: { fixes, end } }: Run): string[] {
  return fixes
    .filter(({ status }) => (end ? status !== 'fixed' : status === 'not_fixed' || status === 'taken_out'))
    .map(({ issueId, status, reason }) => `${outside(issueId, 30)} (${outside(reason ?? status.replaceAll('_', ' '), 100)})`);
}

const findingCount = ({ progress: { review } }: Run) => (review ? review.counts.P0 + review.counts.P1 + review.counts.P2 : 0);

/** `✓ review 38 s   ● fixing 5 of 7   ○ gates   ○ approval   ○ release` */
function stageLine(run: Run): string {
  const stages = run.request.dryRun ? (['review'] as const) : runStages;
  return stages.map((stage) => `${stageSigns[run.progress.stages[stage].state]} ${stageWords(run, stage)}`).join('   ');
}

function stageWords({ progress: { stages, fixes } }: Run, stage: RunStage): string {
  const { startedAt, endedAt, state } = stages[stage];
  if (state === 'skipped') return `${stage}, not needed`;
  if (stage === 'fixing' && fixes.length > 0) {
    const through = fixes.filter(({ status }) => status !== 'waiting' && status !== 'working').length;
    return `fixing ${through} of ${fixes.length}${startedAt && endedAt ? ` ${between(startedAt, endedAt)}` : ''}`;
  }
  if (stage === 'approval') return stage;
  return startedAt && endedAt && state !== 'waiting' ? `${stage} ${between(startedAt, endedAt)}` : stage;
}

function runningNow(run: Run): string {
  const now = runStages.find((stage) => run.progress.stages[stage].state === 'running');
  return now ? `${stageWords(run, now)} under way` : 'under way';
}

/** For the end's own message: who asked is told by it. */
export function asker(run: Run): string {
  return person(run.request.requestedBy);
}
