import type { App, BlockAction, ButtonAction, Context, OverflowAction } from '@slack/bolt';
import type { Approval } from '../../approvals/approval.js';
import type { Bot, Vote, VoteOutcome } from '../../bot.js';
import { InvalidRequest } from '../../errors.js';
import { actionIds, approveIds, splitValue, viewIds } from '../action-ids.js';
import { escapedLines } from '../answers.js';
import { section } from '../blocks.js';
import { allowed, stored } from '../bounded.js';
import { diffModal, rejectModal, versionModal } from '../modals/approval.js';
import { readCarried, reading } from '../modals/parts.js';
import { approvalMessage, decisionLine } from '../views/approval.js';
import { actorOf, asked, type Doors } from './parts.js';

/** Buttons and forms of approvals. A click is stored before it is acknowledged, for Slack never sends it again (AP-3). */
export function registerApprovals(app: App, { bot, client }: Doors): void {
  app.action<BlockAction<ButtonAction>>(approveIds, async ({ action, body, ack, context, respond }) => {
    const { id, what } = splitValue(action.value);
    const outcome = await decide(bot, id, { vote: 'approve', choice: what, reason: null, actor: actorOf(body), surface: 'slack' });
    await ack();
    if (!outcome.accepted) return asked(context).answer(refusal(outcome));
    // The list of `/mahavishnu approvals` is private and in no outbox, so it is drawn anew from here.
    if ((body.container as { is_ephemeral?: boolean }).is_ephemeral) {
      await respond({
        replace_original: true,
        ...approvalMessage(outcome.approval, { canAskAgain: false, groups: new Map() }),
      });
    }
  });

  const opens = (actionId: string, modal: typeof rejectModal) =>
    app.action<BlockAction<ButtonAction>>(actionId, async ({ action, body, ack, context }) => {
      await ack();
      await openAbout(action.value ?? '', modal, body.trigger_id, context);
    });
  opens(actionIds.reject, rejectModal);

  app.action<BlockAction<ButtonAction>>(actionIds.diff, async ({ action, body, ack }) => {
    await ack();
    await client.views.open({ trigger_id: body.trigger_id, view: diffModal(await requireApproval(bot, action.value ?? '')) });
  });

  app.action<BlockAction<OverflowAction>>(actionIds.more, async ({ action, body, ack, context }) => {
    const { id, what } = splitValue(action.selected_option.value);
    if (what === 'extend') {
      const { why } = await stored(bot.extend(id, actorOf(body)));
      await ack();
      return asked(context).answer(escapedLines(why));
    }
    await ack();
    await openAbout(id, versionModal, body.trigger_id, context);
  });

  app.action<BlockAction<ButtonAction>>(actionIds.askAgain, async ({ action, body, ack, context }) => {
    await allowed(bot.authorise(actorOf(body), 'review'));
    const { asked: again, why } = await stored(bot.askAgain(action.value ?? '', actorOf(body)));
    await ack();
    if (!again) await asked(context).answer(escapedLines(why));
  });

  app.view(viewIds.reject, async ({ view, body, ack }) => {
    const reason = typed(view.state.values, 'reason');
    const outcome = await decide(bot, readCarried(view.private_metadata).approvalId ?? '', {
      vote: 'reject',
      choice: null,
      reason,
      actor: actorOf(body),
      surface: 'slack',
    });
    if (outcome.accepted) return ack();
    await ack({ response_action: 'update', view: reading('Not rejected', [section(refusal(outcome))]) });
  });

  app.view(viewIds.version, async ({ view, body, ack }) => {
    const choice = typed(view.state.values, 'version');
    const outcome = await decide(bot, readCarried(view.private_metadata).approvalId ?? '', {
      vote: 'approve',
      choice,
      reason: null,
      actor: actorOf(body),
      surface: 'slack',
    });
    if (outcome.accepted) return ack();
    // Still open, so the version may be what was wrong: the form stays, with the reason under the field.
    if (outcome.approval?.status === 'pending') return ack({ response_action: 'errors', errors: { version: outcome.why.slice(0, 300) } });
    await ack({ response_action: 'update', view: reading('Not approved', [section(refusal(outcome))]) });
  });

  const openAbout = async (id: string, modal: typeof rejectModal, trigger: string, context: Context) => {
    const approval = await requireApproval(bot, id);
    if (approval.status !== 'pending') return asked(context).answer(decisionLine(approval));
    await client.views.open({ trigger_id: trigger, view: modal(approval) });
  };
}

const decide = (bot: Bot, id: string, vote: Vote): Promise<VoteOutcome> => stored(bot.decide(id, vote));

/** Who decided what and when, or why this person may not. */
function refusal({ why, approval }: Extract<VoteOutcome, { accepted: false }>): string {
  return approval && approval.status !== 'pending' ? decisionLine(approval) : escapedLines(why);
}

async function requireApproval(bot: Bot, id: string): Promise<Approval> {
  const approval = await bot.approval(id);
  if (!approval) throw new InvalidRequest('There is no such approval (any more).', '/mahavishnu approvals');
  return approval;
}

const typed = (values: Record<string, Record<string, { value?: string | null }>>, field: string) =>
  (values[field]?.value?.value ?? '').trim();
