import { z } from 'zod';
import { ApiFailure } from '../errors.js';
import { messageJson } from '../payloads.js';
import type { WorkspaceState } from '../state.js';
import type { Channel } from '../types.js';
import { knownChannel, method } from './method.js';

const MOST = 100;
const target = z.object({ channel: z.string().min(1), timestamp: z.string().min(1) });

function memberOf(state: WorkspaceState, id: string): Channel {
  const channel = knownChannel(state, id);
  if (!channel.members.includes(state.app.botUserId)) throw new ApiFailure('not_in_channel');
  return channel;
}

export const pins = {
  'pins.add': method({
    scope: 'pins:write',
    tier: 2,
    args: target,
    run(args, { state, clock }) {
      const channel = memberOf(state, args.channel);
      const message = state.publicMessage(channel.id, args.timestamp);
      const list = state.pins.get(channel.id) ?? [];
      if (list.some((pin) => pin.ts === message.ts)) throw new ApiFailure('already_pinned');
      if (list.length >= MOST) throw new ApiFailure('too_many_pins');
      state.pins.set(channel.id, [{ ts: message.ts, user: state.app.botUserId, created: Math.floor(clock.now() / 1000) }, ...list]);
      state.record('pin', { channel: channel.id, user: state.app.botUserId, message, note: 'pinned' });
      return {};
    },
  }),
  'pins.remove': method({
    scope: 'pins:write',
    tier: 2,
    args: target,
    run(args, { state }) {
      const channel = memberOf(state, args.channel);
      const message = state.publicMessage(channel.id, args.timestamp);
      const list = state.pins.get(channel.id) ?? [];
      if (!list.some((pin) => pin.ts === message.ts)) throw new ApiFailure('no_pin');
      state.pins.set(
        channel.id,
        list.filter((pin) => pin.ts !== message.ts),
      );
      state.record('pin', { channel: channel.id, user: state.app.botUserId, message, note: 'unpinned' });
      return {};
    },
  }),
  'pins.list': method({
    scope: 'pins:read',
    tier: 2,
    args: z.object({ channel: z.string().min(1) }),
    run(args, { state }) {
      const channel = memberOf(state, args.channel);
      const items = (state.pins.get(channel.id) ?? []).flatMap(({ ts, user, created }) => {
        const message = state.find(ts);
        if (!message || message.deletedAt !== undefined) return [];
        return [{ type: 'message', channel: channel.id, created, created_by: user, message: messageJson(state, message) }];
      });
      return { items };
    },
  }),
};
