import type { App, BlockAction, ButtonAction, OverflowAction } from '@slack/bolt';
import type { Bot } from '../../bot.js';
import { InvalidRequest } from '../../errors.js';
import { actionIds, pageIds, splitValue, viewIds } from '../action-ids.js';
import { allowed, stored } from '../bounded.js';
import { failureOf } from '../failures.js';
import { detailsModal, findingModal } from '../modals/details.js';
import { readCarried } from '../modals/parts.js';
import { actorOf, type Doors, requireRun } from './parts.js';

/** `View details` and what can be done in it. The choice is kept in the database, so it lasts over pages and people (SL-4). */
export function registerDetails(app: App, { bot, client }: Doors): void {
  app.action<BlockAction<ButtonAction>>(actionIds.details, async ({ action, body, ack }) => {
    await ack();
    await client.views.open({ trigger_id: body.trigger_id, view: await drawn(bot, action.value ?? '', 0) });
  });

  app.action<BlockAction<ButtonAction>>(pageIds, async ({ action, body, ack }) => {
    await ack();
    const { id, what } = splitValue(action.value);
    await redraw({ bot, client }, body, id, Number.parseInt(what, 10) || 0);
  });

  app.action<BlockAction<OverflowAction>>(actionIds.finding, async ({ action, body, ack }) => {
    const { id: runId, what } = splitValue(action.selected_option.value);
    const { id: wish, what: findingId } = splitValue(what);
    if (wish === 'code') {
      await ack();
      const found = (await bot.findings(runId)).find(({ finding }) => finding.id === findingId);
      if (!found) throw new InvalidRequest('That finding is gone.', `/mahavishnu show ${runId}`);
      await client.views.push({ trigger_id: body.trigger_id, view: findingModal(found) });
      return;
    }
    await allowed(bot.authorise(actorOf(body), 'review'));
    await stored(bot.choose(runId, [findingId], wish === 'choose'));
    await ack();
    await redraw({ bot, client }, body, runId, readCarried(body.view?.private_metadata ?? '').page ?? 0);
  });

  app.view(viewIds.details, async ({ view, body, ack }) => {
    const { runId = '' } = readCarried(view.private_metadata);
    await allowed(bot.authorise(actorOf(body), 'review'));
    const chosen = (await stored(bot.findings(runId))).filter((each) => each.chosen).map(({ finding }) => finding.id);
    await stored(bot.fix(runId, { findingIds: chosen }, actorOf(body)));
    await ack();
  });
}

async function drawn(bot: Bot, runId: string, page: number) {
  return detailsModal(await requireRun(bot, runId), await bot.findings(runId), page);
}

/** Two quick clicks must not leave the older state on the screen: who lost reads anew, and so has both. */
async function redraw({ bot, client }: Pick<Doors, 'bot' | 'client'>, { view }: BlockAction, runId: string, page: number): Promise<void> {
  if (!view) return;
  try {
    await client.views.update({ view_id: view.id, hash: view.hash, view: await drawn(bot, runId, page) });
  } catch (error) {
    if (failureOf(error).code !== 'hash_conflict') throw error;
    await client.views.update({ view_id: view.id, view: await drawn(bot, runId, page) });
  }
}
