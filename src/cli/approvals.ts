import type { Command } from 'commander';
import type { Approval } from '../approvals/approval.js';
import type { Vote, VoteOutcome } from '../bot.js';
import { InvalidRequest } from '../errors.js';
import { type Context, localActor, prepare, print, printJson, tell, withApp } from './context.js';
import { approvalResult } from './result.js';
import { commandLine, lines, oneLine, shorten, time } from './text.js';
import { answerCommand, mayApprove, questionLine, shownLines } from './words.js';

export function registerApprovals(program: Command): void {
  const approvals = program
    .command('approvals')
    .description('what waits for an approval, and who may give it')
    .action(async (_: object, command: Command) => {
      const context = prepare(command);
      await withApp(context, 'client', async ({ bot }) => {
        const pending = await bot.approvals({ status: 'pending' });
        if (context.json) printJson({ count: pending.length, approvals: pending.map(approvalResult) });
        else print(pending.length === 0 ? 'Nothing waits for an approval.' : pending.map(pendingText).join('\n'));
      });
    });
  approvals
    .command('approve')
    .description('approve, with the choice that was recommended unless you name another')
    .argument('<id>', 'id of the approval')
    .option('--choice <value>', 'one of its options, or for a version bump an exact version')
    .action(async (id: string, { choice }: { choice?: string }, command: Command) => {
      await vote(command, id, (approval) => ({ vote: 'approve', choice: choice ?? recommended(approval), reason: null }));
    });
  approvals
    .command('reject')
    .description('reject, with the reason')
    .argument('<id>', 'id of the approval')
    .requiredOption('--reason <text>', 'why; who asked is told')
    .action(async (id: string, { reason }: { reason: string }, command: Command) => {
      const text = reason.trim();
      if (text === '')
        throw new InvalidRequest(
          'Say why it is rejected; who asked is told.',
          commandLine(['approvals', 'reject', id, '--reason', 'TEXT']),
        );
      await vote(command, id, () => ({ vote: 'reject', choice: null, reason: text.slice(0, 1_000) }));
    });
  approvals
    .command('extend')
    .description('give it more time')
    .argument('<id>', 'id of the approval')
    .action((id: string, _: object, command: Command) =>
      answer(command, async (context) => {
        const { extended, why } = await withApp(context, 'client', ({ bot }) => bot.extend(id, localActor()));
        return { done: extended, why };
      }),
    );
  approvals
    .command('again')
    .description('ask again after it expired')
    .argument('<id>', 'id of the approval')
    .action((id: string, _: object, command: Command) =>
      answer(command, async (context) => {
        const { asked, why } = await withApp(context, 'client', ({ bot }) => bot.askAgain(id, localActor()));
        return { done: asked, why };
      }),
    );
}

function pendingText(approval: Approval): string {
  return [
    `${approval.id}  ${questionLine(approval)}`,
    ...shownLines(approval).map((line) => `    ${shorten(line, 200)}`),
    `    run ${approval.runId} · may approve: ${mayApprove(approval)} · expires ${time(approval.deadline)}`,
    `    ${answerCommand(approval)}`,
  ].join('\n');
}

function recommended({ id, options }: Approval): string | null {
  const choice = options.find((option) => option.recommended) ?? (options.length === 1 ? options[0] : undefined);
  if (choice) return choice.value;
  const values = options.map(({ value }) => value);
  const [first = ''] = values;
  throw new InvalidRequest(
    `Nothing is recommended here, so name your choice: ${values.join(', ')}.`,
    commandLine(['approvals', 'approve', id, '--choice', first]),
  );
}

type Ballot = Pick<Vote, 'vote' | 'choice' | 'reason'>;

/** A vote that does not count is answered with who decided what and when, or why this person may not (AP-3, AP-4). */
async function vote(command: Command, id: string, ballotOf: (approval: Approval) => Ballot): Promise<void> {
  const context = prepare(command);
  await withApp(context, 'client', async ({ bot }) => {
    const approval = await bot.approval(id);
    if (!approval)
      throw new InvalidRequest(`There is no approval "${oneLine(id).slice(0, 60)}". What is open:`, commandLine(['approvals']));
    const outcome = await bot.decide(id, { ...ballotOf(approval), actor: localActor(), surface: 'cli' });
    if (context.json) printJson(voteJson(outcome));
    else if (outcome.accepted) print(decidedLine(outcome.approval));
    if (outcome.accepted) return;
    if (!context.json) tell(lines(outcome.why));
    process.exitCode = 1;
  });
}

function voteJson(outcome: VoteOutcome) {
  return {
    accepted: outcome.accepted,
    why: outcome.accepted ? null : outcome.why,
    approval: outcome.approval && approvalResult(outcome.approval),
  };
}

function decidedLine({ repository, runId, type, status, choice }: Approval): string {
  const what = type.replaceAll('_', ' ');
  return `${oneLine(repository)} · ${what} ${status}${choice ? `: ${oneLine(choice)}` : ''} · the run goes on with the bot: ${commandLine(['runs', 'show', runId])}`;
}

async function answer(command: Command, ask: (context: Context) => Promise<{ done: boolean; why: string }>): Promise<void> {
  const context = prepare(command);
  const { done, why } = await ask(context);
  if (context.json) printJson({ done, why });
  else if (done) print(oneLine(why));
  else tell(oneLine(why));
  if (!done) process.exitCode = 1;
}
