import type { Context } from '@slack/bolt';
import type { ModalView } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import type { Bot, Run } from '../../bot.js';
import { InvalidRequest } from '../../errors.js';
import type { Actor } from '../../runs/run.js';
import type { Asked } from '../answers.js';
import type { Homes } from '../homes.js';
import { askedOf } from '../intake.js';
import type { Invitations } from '../invitations.js';

/** What listeners work with. */
export interface Doors {
  bot: Bot;
  /** For what a person waits on. */
  client: WebClient;
  invitations: Invitations;
  homes: Pick<Homes, 'opened' | 'seen' | 'changed'>;
  log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
}

export function slackActor(id: string, name?: string): Actor {
  return { kind: 'slack', id, ...(name ? { name } : {}) };
}

/** The person behind a click or a form. */
export const actorOf = ({ user }: { user: { id: string; name?: string | undefined; username?: string | undefined } }) =>
  slackActor(user.id, user.name ?? user.username);

export function asked(context: Context): Asked {
  const found = askedOf(context);
  if (!found) throw new Error('the app is not connected through its intake');
  return found;
}

export async function requireRun(bot: Bot, runId: string): Promise<Run> {
  const run = await bot.run(runId);
  if (!run) throw new InvalidRequest(`I don't know a run "${runId}".`, '/mahavishnu runs');
  return run;
}

export const ephemeral = (text: string) => ({ response_type: 'ephemeral' as const, replace_original: false, text });

/** A window over where the click was: over a modal it is stacked, anywhere else it is the first. */
export async function openOver(
  client: WebClient,
  body: { trigger_id: string; view?: { type: string } | undefined },
  view: ModalView,
): Promise<void> {
  await (body.view?.type === 'modal' ? client.views.push : client.views.open)({ trigger_id: body.trigger_id, view });
}
