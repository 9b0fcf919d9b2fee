import type { App } from '@slack/bolt';
import { escapedLines } from '../answers.js';
import { parseMention } from '../commands/parse.js';
import { asked, type Doors, slackActor } from './parts.js';
import { beginRuns, recordReview } from './start-review.js';

/** `@Mahavishnu review api --scope all` does what the command does (SL-7). */
export function registerMentions(app: App, doors: Doors): void {
  const { bot } = doors;
  app.event('app_mention', async ({ event, body, context }) => {
    if (!event.user) return; // Said by another app.
    const parsed = parseMention(event.text, { repositories: bot.repositoryNames() });
    if (parsed.kind === 'help') return asked(context).answer(escapedLines(parsed.lines));
    if (parsed.kind !== 'review') return;
    const { runIds, note } = await recordReview(bot, {
      review: parsed.review,
      channel: event.channel,
      actor: slackActor(event.user),
      trigger: `slack:${body.team_id}:${body.event_id}`,
    });
    await asked(context).acknowledge();
    await beginRuns(doors, runIds);
    if (note) await asked(context).answer(note);
  });
}
