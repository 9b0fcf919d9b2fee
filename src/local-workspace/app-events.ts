import type { Clock } from './clock.js';
import type { Deliveries } from './delivery/delivery.js';
import { eventPayload, messageJson } from './payloads.js';
import type { WorkspaceState } from './state.js';
import type { Channel, Json, LogEntry, Message } from './types.js';

const CHANNEL_EVENTS = {
  public: ['message.channels', 'channel'],
  private: ['message.groups', 'group'],
  im: ['message.im', 'im'],
  mpim: ['message.mpim', 'mpim'],
} as const;

/** Tells the app what it subscribed to: messages (its own too, or loops would stay hidden), edits, deletions, mentions, reactions. */
export function announceToApp({ state, deliveries, clock }: { state: WorkspaceState; deliveries: Deliveries; clock: Clock }): void {
  const { app } = state;
  const send = (event: Json): void => {
    deliveries.deliver('events_api', eventPayload(state, event, clock.now()));
  };

  const messageEvent = (entry: LogEntry, message: Message, channel: Channel): Json | undefined => {
    const [subscription, channelType] = CHANNEL_EVENTS[channel.kind];
    if (!app.events.includes(subscription)) return undefined;
    const place = { channel: channel.id, channel_type: channelType, event_ts: state.nextTs() };
    const shown = messageJson(state, message, { metadata: true });
    if (entry.kind === 'post') return { ...shown, ...place, event_ts: message.ts };
    const former = message.versions.at(entry.kind === 'edit' ? -2 : -1);
    const previous = { ...shown, text: former?.text ?? '', ...(former && former.blocks.length > 0 && { blocks: former.blocks }) };
    const common = { type: 'message', ...place, ts: place.event_ts, hidden: true, previous_message: previous };
    if (entry.kind === 'edit') return { ...common, subtype: 'message_changed', message: shown };
    return { ...common, subtype: 'message_deleted', deleted_ts: message.ts };
  };

  state.onChange((entry) => {
    const message = entry.message;
    const channel = message && state.channels.get(message.channel);
    if (!message || !channel || message.visibleTo !== undefined || !channel.members.includes(app.botUserId)) return;
    if (entry.kind === 'reaction') {
      const type = entry.note?.startsWith('+') ? 'reaction_added' : 'reaction_removed';
      const item = { type: 'message', channel: channel.id, ts: message.ts };
      const event = { type, user: entry.user, reaction: entry.note?.slice(1), item, item_user: message.user, event_ts: state.nextTs() };
      if (app.events.includes(type)) send(event);
      return;
    }
    if (entry.kind !== 'post' && entry.kind !== 'edit' && entry.kind !== 'delete') return;
    const event = messageEvent(entry, message, channel);
    if (event) send(event);
    const mentions = entry.kind === 'post' && channel.kind !== 'im' && message.text.includes(`<@${app.botUserId}>`);
    if (mentions && message.user !== app.botUserId && app.events.includes('app_mention')) {
      send({ ...messageJson(state, message), type: 'app_mention', channel: channel.id, event_ts: message.ts });
    }
  });
}
