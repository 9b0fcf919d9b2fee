import { z } from 'zod';
import { ApiFailure } from '../errors.js';
import { messageJson } from '../payloads.js';
import type { WorkspaceState } from '../state.js';
import type { Message } from '../types.js';
import { knownChannel, method } from './method.js';

const target = { channel: z.string().min(1), timestamp: z.string().min(1) };
const named = z.object({ ...target, name: z.string().min(1) });

function find(state: WorkspaceState, args: { channel: string; timestamp: string }): Message {
  return state.publicMessage(knownChannel(state, args.channel).id, args.timestamp);
}

const emoji = (raw: string): string => {
  const name = raw.replaceAll(':', '');
  if (!/^[a-z0-9_+'-]+$/.test(name)) throw new ApiFailure('invalid_name');
  return name;
};

export function addReaction(state: WorkspaceState, message: Message, name: string, user: string): void {
  const known = message.reactions.find((one) => one.name === name);
  if (known?.users.includes(user)) throw new ApiFailure('already_reacted');
  if (known) known.users.push(user);
  else message.reactions.push({ name, users: [user] });
  state.record('reaction', { user, channel: message.channel, message, note: `+${name}` });
}

export const reactions = {
  'reactions.add': method({
    scope: 'reactions:write',
    tier: 3,
    args: named,
    run(args, { state }) {
      addReaction(state, find(state, args), emoji(args.name), state.app.botUserId);
      return {};
    },
  }),
  'reactions.remove': method({
    scope: 'reactions:write',
    tier: 2,
    args: named,
    run(args, { state }) {
      const message = find(state, args);
      const name = emoji(args.name);
      const known = message.reactions.find((one) => one.name === name);
      if (!known?.users.includes(state.app.botUserId)) throw new ApiFailure('no_reaction');
      known.users = known.users.filter((user) => user !== state.app.botUserId);
      message.reactions = message.reactions.filter((one) => one.users.length > 0);
      state.record('reaction', { user: state.app.botUserId, channel: message.channel, message, note: `-${name}` });
      return {};
    },
  }),
  'reactions.get': method({
    scope: 'reactions:read',
    tier: 3,
    args: z.object(target),
    run(args, { state }) {
      const message = find(state, args);
      return { type: 'message', channel: message.channel, message: messageJson(state, message) };
    },
  }),
};
