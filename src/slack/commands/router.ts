import type { RespondArguments, RespondFn, SlashCommand } from '@slack/bolt';
import { z } from 'zod';
import { respondTo } from '../answers.js';

/** What a listener of a slash command is given, as Bolt gives it. */
export interface TypedCommand {
  command: SlashCommand;
  ack(response?: RespondArguments): Promise<void>;
  respond: RespondFn;
}

export interface CommandRouter {
  command(name: string, listener: (typed: TypedCommand) => Promise<void>): void;
  /** Hands a command to its listener; false when nobody listens to it. */
  take(body: unknown, ack: (response?: unknown) => Promise<void>): Promise<boolean>;
}

const Text = z.string();
const Body = z.looseObject({
  command: Text,
  text: Text.default(''),
  team_id: Text,
  channel_id: Text,
  user_id: Text,
  user_name: Text.default(''),
  trigger_id: Text,
  response_url: z.url(),
});

/**
 * Slash commands go from Bolt's receiver, which has checked where they come from, straight to their listener. Bolt's own way, past every
 * listener's chain of promises, took longer than all that is done for a person before the acknowledgement (SL-9).
 */
export function createCommandRouter(): CommandRouter {
  const listeners = new Map<string, (typed: TypedCommand) => Promise<void>>();
  return {
    command: (name, listener) => void listeners.set(name, listener),
    async take(body, ack) {
      const command = Body.parse(body);
      const listener = listeners.get(command.command);
      if (!listener) return false;
      const respond: RespondFn = (message) => respondTo(command.response_url, typeof message === 'string' ? { text: message } : message);
      await listener({ command: command as unknown as SlashCommand, ack, respond });
      return true;
    },
  };
}
