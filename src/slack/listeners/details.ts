import type { App, BlockAction, ButtonAction, OverflowAction } from '@slack/bolt';
import { z } from 'zod';
import type { Bot } from '../../bot.js';
import { InvalidRequest } from '../../errors.js';
import { actionIds, pageIds, splitValue, viewIds } from '../action-ids.js';
import { allowed, stored } from '../bounded.js';
import { failureOf } from '../failures.js';
import { contestModal } from '../modals/contest.js';
import { detailsModal, findingModal } from '../modals/details.js';
import { readCarried } from '../modals/parts.js';
import { actorOf, type Doors, requireRun } from './parts.js';

const Contested = z.object({
  reason: z.object({ value: z.object({ value: z.string().nullish() }) }),
  until: z.object({ value: z.object({ selected_date: z.string().nullish() }) }),
});

/** `View details` and what can be done in it. The choice is kept in the database, so it lasts over pages and people (SL-4). */
export function registerDetails(app: App, { bot, client, log }: Doors): void {
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
    if (wish === 'wrong') {
      const found = (await stored(bot.findings(runId))).find(({ finding }) => finding.id === findingId);
      await ack();
      if (!found) throw new InvalidRequest('That finding is gone.', `/mahavishnu show ${runId}`);
      const page = readCarried(body.view?.private_metadata ?? '').page ?? 0;
      const view = contestModal(runId, found, page, { day: bot.contestUntil().toISOString().slice(0, 10) });
      await client.views.push({ trigger_id: body.trigger_id, view });
      return;
    }
    await stored(bot.choose(runId, [findingId], wish === 'choose'));
    await ack();
    await redraw({ bot, client }, body, runId, readCarried(body.view?.private_metadata ?? '').page ?? 0);
  });

  app.view(viewIds.contest, async ({ view, body, ack }) => {
    const { runId = '', findingId = '', page = 0 } = readCarried(view.private_metadata);
    await allowed(bot.authorise(actorOf(body), 'review'));
    const { reason, until } = Contested.parse(view.state.values);
    const day = until.value.selected_date;
    // The last day still counts.
    const end = day ? new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000) : null;
    try {
      await stored(bot.contest(runId, findingId, { reason: reason.value.value ?? '', until: end }, actorOf(body)));
    } catch (error) {
      if (!(error instanceof InvalidRequest)) throw error;
      await ack({
        response_action: 'errors',
        errors: { [/last|past|day/i.test(error.message) ? 'until' : 'reason']: error.message.slice(0, 300) },
      });
      return;
    }
    await ack();
    if (!view.root_view_id) return;
    const shownBelow = await drawn(bot, runId, page);
    await client.views.update({ view_id: view.root_view_id, view: shownBelow }).catch((error: unknown) => {
      // The person may have closed the details meanwhile; the thread shows it in any case.
      log.warn({ err: error, run: runId }, 'the details below a contest could not be drawn again');
    });
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
  return detailsModal(await requireRun(bot, runId), await bot.findings(runId), page, await bot.suppressed(runId));
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
