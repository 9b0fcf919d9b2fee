import type { Context } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import type { Bot, Run } from '../../bot.js';
import { InvalidRequest } from '../../errors.js';
import type { Actor } from '../../runs/run.js';
import type { Asked } from '../answers.js';
import { askedOf } from '../intake.js';
import type { Invitations } from '../invitations.js';

/** What listeners work with. */
export interface Doors {
  bot: Bot;
  /** For what a person waits on. */
  client: WebClient;
  invitations: Invitations;
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
