import type { App, BlockAction, ButtonAction } from '@slack/bolt';
import { actionIds } from '../action-ids.js';
import { escapedLines } from '../answers.js';
import { allowed, stored } from '../bounded.js';
import { fixesModal } from '../modals/fixes.js';
import { reading } from '../modals/parts.js';
import { actorOf, asked, type Doors, openOver, requireRun } from './parts.js';
import { runShown } from './questions.js';

/** Buttons of a run's root, summary and fixes (SL-4). Their value is the run's id. */
export function registerRunButtons(app: App, { bot, client }: Doors): void {
  app.action<BlockAction<ButtonAction>>(actionIds.fixP0, async ({ action, body, ack }) => {
    await allowed(bot.authorise(actorOf(body), 'review'));
    await stored(bot.fix(action.value ?? '', { priority: 'P0' }, actorOf(body)));
    await ack();
  });

  app.action<BlockAction<ButtonAction>>(actionIds.done, async ({ action, body, ack }) => {
    await allowed(bot.authorise(actorOf(body), 'review'));
    await stored(bot.finishOffer(action.value ?? '', actorOf(body)));
    await ack();
  });

  app.action<BlockAction<ButtonAction>>(actionIds.cancel, async ({ action, body, ack, context }) => {
    await allowed(bot.authorise(actorOf(body), 'review'));
    const { cancelled, why } = await stored(bot.cancel(action.value ?? '', actorOf(body)));
    await ack();
    if (!cancelled) await asked(context).answer(escapedLines(why));
  });

  app.action<BlockAction<ButtonAction>>(actionIds.show, async ({ action, body, ack, respond }) => {
    await ack();
    const run = await runShown(bot, action.value ?? '');
    // The Home tab is no channel: there is nowhere to answer, so a window opens.
    await (body.view ? openOver(client, body, reading('Run', run.blocks)) : respond(run));
  });

  app.action<BlockAction<ButtonAction>>(actionIds.fixes, async ({ action, body, ack }) => {
    await ack();
    const run = await requireRun(bot, action.value ?? '');
    await client.views.open({ trigger_id: body.trigger_id, view: fixesModal(run) });
  });
}
