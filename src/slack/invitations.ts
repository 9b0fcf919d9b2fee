import { respondTo } from './answers.js';
import { signs } from './text.js';

export interface Invitations {
  /** Who asked for this thread can be told at this address, for as long as Slack keeps it open. */
  remember(threadKey: string, responseUrl: string): void;
  /** Asks for an invitation, once a thread; false when there is no way (any more) to ask. */
  ask(threadKey: string): Promise<boolean>;
}

/** Slack keeps a `response_url` for 30 minutes. */
const openForMs = 29 * 60_000;

/** The bot posts nowhere uninvited, so it asks privately whoever asked it (SL-11). */
export function createInvitations(log: { warn(fields: object, message: string): void }): Invitations {
  const addresses = new Map<string, { responseUrl: string; at: number }>();
  return {
    remember(threadKey, responseUrl) {
      // The oldest come first; looking through all of them would make a person wait who asks after a thousand others.
      for (const [key, { at }] of addresses) {
        if (Date.now() - at <= openForMs) break;
        addresses.delete(key);
      }
      addresses.delete(threadKey);
      addresses.set(threadKey, { responseUrl, at: Date.now() });
    },
    async ask(threadKey) {
      const known = addresses.get(threadKey);
      if (!known || Date.now() - known.at > openForMs) return false;
      addresses.delete(threadKey);
      const text = `${signs.look} I cannot write here. Invite me with \`/invite @Mahavishnu\`: run \`${threadKey}\` goes on meanwhile, and its thread appears as soon as I am in.`;
      try {
        await respondTo(known.responseUrl, { response_type: 'ephemeral', replace_original: false, text });
        return true;
      } catch (error) {
        log.warn({ err: error, thread: threadKey }, 'nobody could be asked for an invitation');
        return false;
      }
    },
  };
}
