import type { RespondArguments, RespondFn } from '@slack/bolt';
import type { KnownBlock } from '@slack/types';
import type { Bot, Run } from '../../bot.js';
import { lines, type MessageView, section } from '../blocks.js';
import type { Question } from '../commands/parse.js';
import { code, count, dayAndTime, deadline, outside, signs, time } from '../text.js';
import { approvalMessage, subject } from '../views/approval.js';
import { repositoryName, whatIsDone } from '../views/parts.js';
import { outcome, rootMessage } from '../views/root.js';
import { within } from '../views/run.js';
import { summaryMessage } from '../views/summary.js';
import { ephemeral, requireRun } from './parts.js';

interface Parts {
  bot: Bot;
  respond: RespondFn;
}

/** A `response_url` takes five answers; one is kept for what could still go wrong. */
const mostAnswers = 4;
const runsShown = 10;

/** Subcommands that only look. Answered privately. */
export async function answerQuestion(question: Question, { bot, respond }: Parts): Promise<void> {
  switch (question.kind) {
    case 'runs': {
      const runs = await bot.runs({ limit: runsShown });
      return say(respond, 'The last runs', runs.length > 0 ? runs.map(runLine) : ['No run yet. Begin with `/review-and-fix`.']);
    }
    case 'approvals':
      return showApprovals(bot, respond);
    case 'repos': {
      const names = bot.repositoryNames();
      const shown = names.slice(0, 100).map((name) => code(name, 80));
      return say(respond, count(names.length, 'repository', 'repositories'), [
        shown.join(' ') || 'None yet. Name one in `settings/repos.yaml`.',
        ...(names.length > shown.length ? [`… ${names.length - shown.length} more`] : []),
      ]);
    }
    case 'health': {
      const marks = { healthy: signs.done, degraded: signs.look, unhealthy: signs.failed } as const;
      const checks = await bot.health();
      return say(
        respond,
        'Health',
        checks.map(({ name, state, detail }) => `${marks[state]} ${outside(name, 60)} ${state} · ${outside(detail, 200)}`),
      );
    }
    case 'show':
      return respondWith(respond, await runShown(bot, question.runId));
    case 'why': {
      const run = await requireRun(bot, question.runId);
      const pending = (await bot.approvals({ status: 'pending', runId: run.id })).map(
        (approval) =>
          `${signs.waiting} ${subject(approval)}, expires ${deadline(approval)}; may approve: ${outside(approval.policy.approvers.join(', '), 200)}`,
      );
      return say(respond, `${repositoryName(run.repository)} · ${code(run.id, 60)}`, [whyLine(run), ...pending]);
    }
  }
}

/** A run as its thread shows it, without buttons. */
export async function runShown(bot: Bot, runId: string): Promise<ReturnType<typeof ephemeral> & MessageView> {
  const run = await requireRun(bot, runId);
  const root = rootMessage(run);
  const summary = summaryMessage(run, await bot.findings(run.id));
  const blocks = [...root.blocks, ...(summary?.blocks.slice(1) ?? [])].filter(({ type }) => type !== 'actions');
  return { ...ephemeral(root.text), ...within({ text: root.text, blocks }) };
}

/** The first ones with their buttons, to be answered right here (AP-9). */
async function showApprovals(bot: Bot, respond: RespondFn): Promise<void> {
  const pending = await bot.approvals({ status: 'pending' });
  if (pending.length === 0) return respondWith(respond, ephemeral('Nothing waits for approval.'));
  const withButtons = pending.length <= mostAnswers ? pending : pending.slice(0, mostAnswers - 1);
  for (const approval of withButtons) {
    const view = within(approvalMessage(approval, { canAskAgain: false, groups: new Map(), ping: false }));
    await respondWith(respond, { ...ephemeral(view.text), blocks: view.blocks });
  }
  const rest = pending.slice(withButtons.length);
  if (rest.length > 0)
    await say(
      respond,
      `${rest.length} more`,
      rest
        .slice(0, 40)
        .map((each) => `${repositoryName(each.repository)} · ${subject(each)} · run ${code(each.runId, 60)} · expires ${deadline(each)}`),
    );
}

function runLine(run: Run): string {
  const state = run.progress.end
    ? outcome(run)
    : `${signs.running} ${run.progress.waitingFor ? `waiting for ${outside(run.progress.waitingFor, 100)}` : run.status}`;
  return `${code(run.id, 60)} *${repositoryName(run.repository)}* · ${whatIsDone(run)} · ${dayAndTime(run.createdAt)} · ${state}`;
}

function whyLine(run: Run): string {
  const { end, waitingFor, offeredUntil, held } = run.progress;
  if (end) return `It waits for nothing: ${outcome(run)}`;
  if (run.status === 'recorded') return `${signs.waiting} recorded, not begun: it starts when there is room and I am not paused`;
  if (!waitingFor) return `${signs.running} at work, it waits for nobody`;
  const until = offeredUntil ? ` until ${time(offeredUntil)}` : '';
  return `${signs.waiting} waits for ${outside(waitingFor, 120)}${until}${held ? `: press Ask again under ${code(held, 60)}` : ''}`;
}

const say = (respond: RespondFn, title: string, all: string[]) => {
  const blocks: KnownBlock[] = [section(`*${title}*`), ...lines(all)];
  const view = within({ text: `${title}: ${all.join(' · ').slice(0, 300)}`, blocks });
  return respondWith(respond, { ...ephemeral(title), blocks: view.blocks });
};

async function respondWith(respond: RespondFn, message: RespondArguments): Promise<void> {
  await respond(message);
}
