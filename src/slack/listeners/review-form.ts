import type { App, ViewSubmitAction } from '@slack/bolt';
import { InvalidRequest } from '../../errors.js';
import { viewIds } from '../action-ids.js';
import { section } from '../blocks.js';
import { parseReview } from '../commands/review.js';
import { readCarried, reading } from '../modals/parts.js';
import { channelOfForm, commandOfForm } from '../modals/review-form.js';
import { actorOf, type Doors } from './parts.js';
import { beginRuns, recordReview } from './start-review.js';

/** The form of `/review-and-fix` without arguments (SL-1). */
export function registerReviewForm(app: App, doors: Doors): void {
  const { bot } = doors;
  app.view<ViewSubmitAction>(viewIds.review, async ({ view, body, ack }) => {
    const channel = readCarried(view.private_metadata).channel ?? channelOfForm(view.state.values);
    if (!channel) throw new InvalidRequest('This form is of an older version of me.', '/review-and-fix');
    let review: ReturnType<typeof parseReview>;
    try {
      review = parseReview(commandOfForm(view.state.values), { command: '/review-and-fix', repositories: bot.repositoryNames() });
    } catch (error) {
      // A mistake is told at its field, and what was filled in stays.
      if (error instanceof InvalidRequest) return ack({ response_action: 'errors', errors: { [fieldOf(error.message)]: error.message } });
      throw error;
    }
    if (review === null || review === 'help') throw new InvalidRequest('Choose a repository.', '/review-and-fix');
    const { runIds, note } = await recordReview(bot, {
      review,
      channel,
      actor: actorOf(body),
      // One form starts its runs once, however often it is sent.
      trigger: `slack:${body.team?.id ?? body.user.team_id ?? ''}:view:${view.id}`,
    });
    const [answers] = body.response_urls ?? [];
    if (answers) for (const runId of runIds) doors.invitations.remember(runId, answers.response_url);
    // What it was opened from (the issues of a repository) has done its service too.
    await (note ? ack({ response_action: 'update', view: reading('Started', [section(note)]) }) : ack({ response_action: 'clear' }));
    await beginRuns(doors, runIds);
    doors.homes.changed();
  });
}

const fieldOf = (message: string) => (/branch, tag or commit/.test(message) ? 'since' : 'target');
