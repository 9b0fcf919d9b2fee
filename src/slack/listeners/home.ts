import type { App, BlockAction, ButtonAction } from '@slack/bolt';
import { actionIds, splitValue } from '../action-ids.js';
import { allowed } from '../bounded.js';
import { issuesModal } from '../modals/issues.js';
import { reviewForm } from '../modals/review-form.js';
import { actorOf, type Doors, openOver } from './parts.js';

/** The Home tab (SL-6). Approvals and runs on it are pressed as in their threads; what stands here is only on the tab. */
export function registerHome(app: App, { bot, client, homes }: Doors): void {
  app.event('app_home_opened', async ({ event }) => {
    if (event.tab === 'home') homes.opened(event.user);
  });

  // Beside the listener of the button itself: a tab that was drawn by an earlier process is kept up to date from now on.
  app.action<BlockAction>({ type: 'block_actions' }, async ({ body }) => {
    if (body.view?.type === 'home') homes.seen(body.user.id);
  });

  app.action<BlockAction<ButtonAction>>(actionIds.startReview, async ({ action, body, ack }) => {
    await allowed(bot.authorise(actorOf(body), 'review'));
    await ack();
    const { id: scope, what: target } = splitValue(action.value);
    await openOver(client, body, reviewForm(bot.repositoryNames(), null, { scope, ...(target ? { target } : {}) }));
  });

  app.action<BlockAction<ButtonAction>>(actionIds.issues, async ({ action, body, ack }) => {
    await ack();
    const { what: repository } = splitValue(action.value);
    const issues = (await bot.openIssues()).filter(({ repositories }) =>
      repository === '' ? repositories.length === 0 : repositories.includes(repository),
    );
    const mayReview = await bot.authorise(actorOf(body), 'review').then(
      () => true,
      () => false,
    );
    await openOver(client, body, issuesModal(repository, issues, mayReview && bot.repositoryNames().includes(repository)));
  });
}
