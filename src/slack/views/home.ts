import type { HomeView, KnownBlock } from '@slack/types';
import type { Approval } from '../../approvals/approval.js';
import type { OpenIssue, Run, UpcomingSchedule } from '../../bot.js';
import { actionIds, joinValue } from '../action-ids.js';
import { actions, button, context, header, lines, section } from '../blocks.js';
import { limits, shown } from '../limits.js';
import { approver, code, count, dayAndTime, deadline, type GroupIds, outside, person, signs } from '../text.js';
import { approvalMessage, subject } from './approval.js';
import { byRepository, counts, issueLine } from './issues.js';
import { repositoryName, whatIsDone } from './parts.js';
import { cancelButton, findingsButton, stateLine } from './root.js';

/** What one person's Home tab is drawn from. */
export interface HomeState {
  /** Pending approvals that the viewer may decide. */
  mine: Approval[];
  others: Approval[];
  /** The newest first. */
  running: Run[];
  ended: Run[];
  /** The most urgent first; or why they cannot be read. */
  issues: OpenIssue[] | { problem: string };
  schedules: UpcomingSchedule[];
  /** Whether the viewer may start and cancel runs. */
  mayReview: boolean;
  groups: GroupIds;
}

const most = shown.home;

/** The Home tab (SL-6): what waits for the viewer first, each thing with its buttons. Pure. */
export function homeView(state: HomeState): HomeView {
  return {
    type: 'home',
    blocks: within([
      ...top(state),
      ...approvals(state),
      ...running(state),
      ...issues(state),
      ...schedules(state),
      ...ended(state),
      ...(state.mayReview ? [] : [context('You can look at everything here. Operators and admins start and cancel runs.')]),
    ]),
  };
}

function top({ mine, running: runs, issues: all, mayReview }: HomeState): KnownBlock[] {
  const words = [
    mine.length > 0 ? `*${count(mine.length, 'approval waits', 'approvals wait')} for you*` : 'Nothing waits for you',
    runs.length > 0 ? `${count(runs.length, 'run')} under way` : 'no run under way',
    ...('problem' in all ? [] : [all.length > 0 ? `${count(all.length, 'open issue')}: ${counts(all)}` : 'no open issue']),
  ];
  const start = button('Start a review…', actionIds.startReview, joinValue('critical', ''), { style: 'primary' });
  return [{ ...section(words.join(' · '), mayReview ? start : undefined), block_id: 'top' }];
}

function approvals({ mine, others, groups }: HomeState): KnownBlock[] {
  const full = mine.slice(0, most.approvals);
  const short = [...mine.slice(most.approvals), ...others];
  const blocks: KnownBlock[] = full.length > 0 ? [header('Waiting for you')] : [];
  for (const approval of full) {
    const { blocks: question } = approvalMessage(approval, { canAskAgain: false, groups, ping: false });
    blocks.push(...identified(question, `approval:${approval.id}`), { type: 'divider' });
  }
  if (short.length === 0) return blocks;
  const left = short.length - most.othersApprovals;
  return [
    ...blocks,
    header(mine.length > full.length ? 'Waiting too' : 'Waiting for others'),
    ...lines([
      ...short.slice(0, most.othersApprovals).map((approval) => othersLine(approval, groups)),
      ...(left > 0 ? [`… ${left} more: ${code('/mahavishnu approvals')}`] : []),
    ]),
  ];
}

function othersLine(approval: Approval, groups: GroupIds): string {
  const who = approval.policy.approvers
    .slice(0, 5)
    .map((each) => approver(each, groups))
    .join(', ');
  return `${signs.waiting} *${repositoryName(approval.repository)}* · ${subject(approval)} · waits for ${who || 'nobody'} · expires ${deadline(approval)} · run ${code(approval.runId, 60)}`;
}

function running({ running: runs, mayReview }: HomeState): KnownBlock[] {
  if (runs.length === 0) return [];
  const left = runs.length - most.running;
  return [
    header('Under way'),
    ...runs.slice(0, most.running).flatMap((run) => {
      const { held } = run.progress;
      const buttons = [
        ...(held && mayReview ? [button('Ask again', actionIds.askAgain, held, { style: 'primary' })] : []),
        ...findingsButton(run),
        ...(mayReview ? cancelButton(run) : []),
      ];
      const text = [
        `*${repositoryName(run.repository)}* · ${whatIsDone(run)}`,
        stateLine(run),
        `asked by ${person(run.request.requestedBy)} ${dayAndTime(run.createdAt)} · run ${code(run.id, 60)}`,
      ].join('\n');
      return [section(text), ...(buttons.length > 0 ? identified([actions(...buttons)], `run:${run.id}`) : [])];
    }),
    ...(left > 0 ? [context(`… ${left} more: ${code('/mahavishnu runs')}`)] : []),
  ];
}

function issues({ issues: all }: HomeState): KnownBlock[] {
  if ('problem' in all) return [header('Open issues'), section(`${signs.look} cannot be read: ${outside(all.problem, 600)}`)];
  if (all.length === 0) return [];
  const groups = byRepository(all);
  const left = groups.slice(most.repositories);
  return [
    header('Open issues'),
    ...groups.slice(0, most.repositories).flatMap(({ repository, issues: its }, at) => {
      const rest = its.length - most.issues;
      const text = [
        `*${repositoryName(repository) || 'no repository'}* · ${counts(its)}`,
        ...its.slice(0, most.issues).map(issueLine),
        ...(rest > 0 ? [`… ${rest} more`] : []),
      ].join('\n');
      return identified([section(text, button('Show issues', actionIds.issues, issuesValue(repository)))], `issues:${at}`);
    }),
    ...(left.length > 0
      ? [context(`… in ${count(left.length, 'more repository', 'more repositories')}: ${named(left.map(({ repository }) => repository))}`)]
      : []),
  ];
}

/** Never empty, as a button's value must be, even for issues that name no repository. */
const issuesValue = (repository: string) => joinValue('in', repository).slice(0, limits.buttonValue);

const named = (names: string[]) =>
  names
    .slice(0, 20)
    .map((name) => repositoryName(name))
    .join(', ') + (names.length > 20 ? ', …' : '');

function schedules({ schedules: all, mayReview }: HomeState): KnownBlock[] {
  if (all.length === 0) return [];
  return [
    header('Next by schedule'),
    ...all.slice(0, most.schedules).flatMap(({ name, target, scope, autoFix, digest, next }, at) => {
      const what = digest ? `${digest} digest` : `${autoFix ? 'review and fix' : 'review'}, ${scope === 'all' ? 'all findings' : scope}`;
      const where = target === 'all' ? 'all repositories' : outside(target, 80);
      const text = `${dayAndTime(next)} · *${where}* · ${what} · ${code(name, 60)}`;
      const now = digest || !mayReview ? undefined : button('Start now…', actionIds.startReview, joinValue(scope, target));
      return identified([section(text, now)], `schedule:${at}`);
    }),
  ];
}

function ended({ ended: runs }: HomeState): KnownBlock[] {
  if (runs.length === 0) return [];
  return [
    header('Last runs'),
    ...runs.slice(0, most.ended).flatMap((run) => {
      const text = `*${repositoryName(run.repository)}* · ${whatIsDone(run)} · ${dayAndTime(run.createdAt)}\n${stateLine(run)}`;
      return identified([section(text, button('Show run', actionIds.show, run.id))], `run:${run.id}`);
    }),
  ];
}

/** Names what can be pressed after what it is about, so that the same place is meant after the tab was drawn anew. */
function identified(blocks: KnownBlock[], id: string): KnownBlock[] {
  return blocks.map((block) =>
    block.type === 'actions' || (block.type === 'section' && block.accessory) ? { ...block, block_id: id.slice(0, limits.blockId) } : block,
  );
}

/** The last guard: whatever the input was, Slack takes it. What is dropped stands lowest, and is told. */
function within(blocks: KnownBlock[]): KnownBlock[] {
  const kept: KnownBlock[] = [];
  const more = context(`… more than fits here: ${code('/mahavishnu runs')} and ${code('/mahavishnu approvals')} have the rest`);
  let room = limits.viewBytes - 2000;
  for (const block of blocks) {
    room -= Buffer.byteLength(JSON.stringify(block)) + 1;
    if (room < 0 || kept.length === limits.viewBlocks - 1) return [...kept, more];
    kept.push(block);
  }
  return kept;
}
