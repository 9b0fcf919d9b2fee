import { escapedLines } from '../answers.js';
import { allowed, stored } from '../bounded.js';
import { type Command, parseMahavishnu, parseReviewAndFix } from '../commands/parse.js';
import type { CommandRouter, TypedCommand } from '../commands/router.js';
import { reviewForm } from '../modals/review-form.js';
import { type Doors, ephemeral, slackActor } from './parts.js';
import { answerQuestion } from './questions.js';
import { beginRuns, recordReview } from './start-review.js';

const commandNames = ['/review-and-fix', '/mahavishnu'] as const;

/** Slash commands (SL-1, SL-2). What goes wrong is answered privately, with the repaired command. */
export function registerCommands(router: Pick<CommandRouter, 'command'>, doors: Doors): void {
  const { bot } = doors;
  const parsers = { '/review-and-fix': parseReviewAndFix, '/mahavishnu': parseMahavishnu } as const;
  for (const name of commandNames) {
    router.command(name, async ({ command, ack, respond }) => {
      const parsed = parsers[name](command.text ?? '', { repositories: bot.repositoryNames() });
      await carryOut(parsed, { command, ack, respond, doors });
    });
  }
}

const known = new Map<string, string>();
/** There are few such texts, and they never change. */
function escapedHelp(lines: string): string {
  const escaped = known.get(lines) ?? escapedLines(lines);
  known.set(lines, escaped);
  return escaped;
}

async function carryOut(parsed: Command, { command, ack, respond, doors }: TypedCommand & { doors: Doors }): Promise<void> {
  const { bot, client, invitations } = doors;
  const actor = slackActor(command.user_id, command.user_name);
  switch (parsed.kind) {
    case 'help':
      return ack(ephemeral(escapedHelp(parsed.lines)));
    case 'form':
      await ack();
      await client.views.open({ trigger_id: command.trigger_id, view: reviewForm(bot.repositoryNames(), command.channel_id) });
      return;
    case 'review': {
      const trigger = `slack:${command.team_id}:${command.trigger_id}`;
      const { runIds, note } = await recordReview(bot, { review: parsed.review, channel: command.channel_id, actor, trigger });
      for (const runId of runIds) invitations.remember(runId, command.response_url);
      await (note ? ack(ephemeral(note)) : ack());
      return beginRuns(doors, runIds);
    }
    case 'cancel': {
      await allowed(bot.authorise(actor, 'review'));
      const { why } = await stored(bot.cancel(parsed.runId, actor));
      return ack(ephemeral(escapedLines(why)));
    }
    case 'pause':
    case 'resume': {
      await allowed(bot.authorise(actor, 'admin'));
      await stored(parsed.kind === 'pause' ? bot.pause(actor) : bot.resume(actor));
      return ack(
        ephemeral(
          parsed.kind === 'pause'
            ? 'Paused: what is asked from now on is recorded and waits. `/mahavishnu resume` goes on.'
            : 'Going on: what was recorded starts now.',
        ),
      );
    }
    default:
      // Questions change nothing, so nothing has to be stored before the acknowledgement.
      await ack();
      return answerQuestion(parsed, { bot, respond });
  }
}
