import { z } from 'zod';
import { ApiFailure } from '../errors.js';
import { newId } from '../ids.js';
import type { WorkspaceState } from '../state.js';
import type { Bookmark, Channel, Json } from '../types.js';
import { knownChannel, method } from './method.js';

const channel_id = z.string().min(1);
const MOST = 100;

function memberOf(state: WorkspaceState, id: string): Channel {
  const channel = knownChannel(state, id);
  if (!channel.members.includes(state.app.botUserId)) throw new ApiFailure('not_in_channel');
  return channel;
}

const shown = (state: WorkspaceState, channel: Channel, bookmark: Bookmark): Json => ({
  id: bookmark.id,
  channel_id: channel.id,
  title: bookmark.title,
  link: bookmark.link,
  emoji: bookmark.emoji,
  icon_url: '',
  type: 'link',
  entity_id: '',
  date_created: bookmark.created,
  date_updated: 0,
  rank: 'i',
  last_updated_by_user_id: state.app.botUserId,
  last_updated_by_team_id: state.team.id,
  shortcut_id: '',
  app_id: '',
});

const link = z.string().refine((url) => /^https?:\/\/\S+$/i.test(url), 'must be a valid URL');

export const bookmarks = {
  'bookmarks.add': method({
    scope: 'bookmarks:write',
    tier: 2,
    args: z.object({
      channel_id,
      title: z.string().min(1).max(255),
      type: z.string(),
      link: link.optional(),
      emoji: z.string().optional(),
    }),
    run(args, { state, clock }) {
      const channel = memberOf(state, args.channel_id);
      if (args.type !== 'link') throw new ApiFailure('invalid_bookmark_type');
      if (args.link === undefined) throw new ApiFailure('invalid_link');
      const list = state.bookmarks.get(channel.id) ?? [];
      if (list.length >= MOST) throw new ApiFailure('too_many_bookmarks');
      const created = Math.floor(clock.now() / 1000);
      const bookmark = { id: newId('Bk'), title: args.title, link: args.link, emoji: args.emoji ?? '', created };
      state.bookmarks.set(channel.id, [...list, bookmark]);
      state.record('channel', { channel: channel.id, user: state.app.botUserId, note: 'bookmarked' });
      return { bookmark: shown(state, channel, bookmark) };
    },
  }),
  'bookmarks.list': method({
    scope: 'bookmarks:read',
    tier: 3,
    args: z.object({ channel_id }),
    run(args, { state }) {
      const channel = memberOf(state, args.channel_id);
      return { bookmarks: (state.bookmarks.get(channel.id) ?? []).map((bookmark) => shown(state, channel, bookmark)) };
    },
  }),
  'bookmarks.remove': method({
    scope: 'bookmarks:write',
    tier: 2,
    args: z.object({ channel_id, bookmark_id: z.string().min(1) }),
    run(args, { state }) {
      const channel = memberOf(state, args.channel_id);
      const list = state.bookmarks.get(channel.id) ?? [];
      if (!list.some((bookmark) => bookmark.id === args.bookmark_id)) throw new ApiFailure('not_found');
      state.bookmarks.set(
        channel.id,
        list.filter((bookmark) => bookmark.id !== args.bookmark_id),
      );
      state.record('channel', { channel: channel.id, user: state.app.botUserId, note: 'bookmark removed' });
      return {};
    },
  }),
};
