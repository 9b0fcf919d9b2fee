import { createInterface } from 'node:readline/promises';
import type { Approval } from '../approvals/approval.js';
import type { Bot } from '../bot.js';
import type { Actor } from '../runs/run.js';
import { oneLine, shorten, time } from './text.js';
import { answerCommand, mayApprove, questionLine, shownLines } from './words.js';

/** The question as it stands on the terminal. */
export function questionText(approval: Approval): string {
  const options = approval.options.map(
    ({ label, description, recommended }, at) =>
      `  ${at + 1}  ${oneLine(label)}${recommended ? ' (recommended)' : ''}   ${shorten(description, 100)}`,
  );
  return [
    questionLine(approval),
    ...shownLines(approval),
    `may approve: ${mayApprove(approval)} · expires ${time(approval.deadline)}`,
    ...options,
    '  r  Reject, with a reason',
  ].join('\n');
}

interface Asking {
  bot: Bot;
  approval: Approval;
  actor: Actor;
  /** It was decided elsewhere, expired, or the person leaves. */
  signal: AbortSignal;
  onInterrupt(): void;
}

/** Asks whoever sits here (AP-9) and votes under the same rules as every other door; returns the line that says what came of it. */
export async function askAtTerminal({ bot, approval, actor, signal, onInterrupt }: Asking): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
  const interrupted = new AbortController();
  terminal.on('SIGINT', () => {
    interrupted.abort();
    setImmediate(onInterrupt); // Once this question has let go of the keyboard, which the next one wants.
  });
  const question = async (text: string) =>
    (await terminal.question(text, { signal: AbortSignal.any([signal, interrupted.signal]) })).trim();
  try {
    process.stderr.write(`\n${questionText(approval)}\n`);
    for (;;) {
      const answer = await question('Your choice (Enter: leave it open): ');
      if (answer === '') return `Left open. Answer it with  ${answerCommand(approval)}`;
      if (/^r(?:eject)?$/i.test(answer)) {
        const reason = await question('Why? ');
        if (reason === '') continue; // A rejection without its reason helps nobody (AP-7).
        return outcome(await bot.decide(approval.id, { vote: 'reject', choice: null, reason, actor, surface: 'cli' }));
      }
      const option = /^\d+$/.test(answer) ? approval.options[Number(answer) - 1] : approval.options.find(({ value }) => value === answer);
      const choice = option?.value ?? (approval.type === 'version_bump' && /^\d+\.\d+\.\d+/.test(answer) ? answer : null);
      if (choice === null) {
        process.stderr.write(`Type a number from 1 to ${approval.options.length}, or r.\n`);
        continue;
      }
      return outcome(await bot.decide(approval.id, { vote: 'approve', choice, reason: null, actor, surface: 'cli' }));
    }
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    return `Left open. Answer it with  ${answerCommand(approval)}`;
  } finally {
    terminal.close();
  }
}

function outcome(result: Awaited<ReturnType<Bot['decide']>>): string {
  if (!result.accepted) return oneLine(result.why);
  const { status, choice } = result.approval;
  return status === 'approved' ? `Approved${choice ? `: ${oneLine(choice)}` : ''}.` : 'Rejected.';
}
