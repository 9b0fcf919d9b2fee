import type { BlockAction, BlockSuggestion, MessageShortcut, SlashCommand } from '@slack/bolt';
import type {
  BlocksValidateResponse,
  BookmarksAddResponse,
  ChatPostMessageResponse,
  ChatScheduledMessagesListResponse,
  ChatScheduleMessageResponse,
  ChatStartStreamResponse,
  ChatStopStreamResponse,
  ConversationsHistoryResponse,
  ConversationsInfoResponse,
  ConversationsOpenResponse,
  FilesInfoResponse,
  PinsListResponse,
  UsersInfoResponse,
  ViewsOpenResponse,
} from '@slack/web-api';

/*
 * What answers and payloads look like: made here after Slack's published types and documentation, with values of our own. The
 * compiler holds each against the SDK's type (an unknown or wrongly typed field does not compile), the tests hold the server's
 * answers against the sample.
 */

const message = {
  type: 'message',
  user: 'U0REVIEWER',
  ts: '1.000001',
  bot_id: 'B0REVIEWER',
  app_id: 'A0REVIEWER',
  text: 'hello',
  team: 'T0LOCAL0',
};
const bot_profile = { id: 'B0REVIEWER', app_id: 'A0REVIEWER', name: 'Reviewer', deleted: false, updated: 0, team_id: 'T0LOCAL0' };

export const ANSWERS = {
  'chat.postMessage': {
    ok: true,
    channel: 'C0PLATFORM',
    ts: '1.000001',
    message: { ...message, bot_profile },
  } satisfies ChatPostMessageResponse,
  'chat.scheduleMessage': {
    ok: true,
    channel: 'C0PLATFORM',
    scheduled_message_id: 'Q0AAAAAAAAA',
    post_at: 1_800_000_000,
    message: { text: 'later', user: 'U0REVIEWER', bot_id: 'B0REVIEWER', team: 'T0LOCAL0', type: 'delayed_message' },
  } satisfies ChatScheduleMessageResponse,
  'chat.scheduledMessages.list': {
    ok: true,
    scheduled_messages: [
      { id: 'Q0AAAAAAAAA', channel_id: 'C0PLATFORM', post_at: 1_800_000_000, date_created: 1_700_000_000, text: 'later' },
    ],
    response_metadata: { next_cursor: '' },
  } satisfies ChatScheduledMessagesListResponse,
  'chat.startStream': { ok: true, channel: 'C0PLATFORM', ts: '1.000001' } satisfies ChatStartStreamResponse,
  'chat.stopStream': {
    ok: true,
    channel: 'C0PLATFORM',
    ts: '1.000001',
    message: {
      ...message,
      bot_profile,
      thread_ts: '1.000000',
      parent_user_id: 'U0DANA000',
    },
  } satisfies ChatStopStreamResponse,
  'conversations.open': { ok: true, channel: { id: 'G0AAAAAAAAA' } } satisfies ConversationsOpenResponse,
  'conversations.info': {
    ok: true,
    channel: {
      id: 'C0PLATFORM',
      created: 1,
      is_im: false,
      is_org_shared: false,
      context_team_id: 'T0LOCAL0',
      is_archived: false,
      name: 'platform',
      name_normalized: 'platform',
      is_channel: true,
      is_group: false,
      is_mpim: false,
      is_private: false,
      is_general: false,
      is_shared: false,
      is_ext_shared: false,
      is_member: true,
      creator: 'U0DANA000',
      topic: { value: '', creator: '', last_set: 0 },
      purpose: { value: '', creator: '', last_set: 0 },
      num_members: 4,
    },
  } satisfies ConversationsInfoResponse & { channel: { num_members: number } },
  'conversations.history': {
    ok: true,
    messages: [{ ...message, bot_profile }],
    has_more: false,
    pin_count: 0,
    response_metadata: { next_cursor: '' },
  } satisfies ConversationsHistoryResponse,
  'pins.list': {
    ok: true,
    items: [{ type: 'message', channel: 'C0PLATFORM', created: 1, created_by: 'U0REVIEWER', message: { ...message, bot_profile } }],
  } satisfies PinsListResponse,
  'bookmarks.add': {
    ok: true,
    bookmark: {
      id: 'Bk0AAAAAAAAA',
      channel_id: 'C0PLATFORM',
      title: 'Runs',
      link: 'https://example.com',
      emoji: '',
      icon_url: '',
      type: 'link',
      entity_id: '',
      date_created: 1,
      date_updated: 0,
      rank: 'i',
      last_updated_by_user_id: 'U0REVIEWER',
      last_updated_by_team_id: 'T0LOCAL0',
      shortcut_id: '',
      app_id: '',
    },
  } satisfies BookmarksAddResponse,
  'blocks.validate': {
    ok: false,
    error: 'invalid_blocks',
    errors: [{ pointer: '/0/text/text', code: 'failed_constraint', message: 'must be less than 151 characters' }],
  } satisfies BlocksValidateResponse,
  'files.info': {
    ok: true,
    file: {
      id: 'F0AAAAAAAAA',
      name: 'fix.diff',
      title: 'The fix',
      mimetype: 'text/x-diff',
      size: 4,
      user: 'U0REVIEWER',
      created: 1,
      timestamp: 1,
      filetype: 'diff',
      mode: 'hosted',
      is_external: false,
      is_public: true,
      url_private: 'http://127.0.0.1/files/F0AAAAAAAAA/fix.diff',
      url_private_download: 'http://127.0.0.1/files/F0AAAAAAAAA/download/fix.diff',
      permalink: 'http://127.0.0.1/files/F0AAAAAAAAA/fix.diff',
    },
    content: '+new',
    comments: [],
  } satisfies FilesInfoResponse,
  'users.info': {
    ok: true,
    user: {
      id: 'U0DANA000',
      team_id: 'T0LOCAL0',
      name: 'dana',
      deleted: false,
      real_name: 'Dana Adler',
      tz: 'Europe/Berlin',
      is_admin: true,
      is_owner: false,
      is_primary_owner: false,
      is_restricted: false,
      is_ultra_restricted: false,
      is_bot: false,
      is_app_user: false,
      updated: 0,
      profile: {
        real_name: 'Dana Adler',
        real_name_normalized: 'Dana Adler',
        display_name: 'dana',
        display_name_normalized: 'dana',
        title: 'lead',
        team: 'T0LOCAL0',
      },
    },
  } satisfies UsersInfoResponse,
  'views.open': {
    ok: true,
    view: {
      id: 'V0AAAAAAAAA',
      team_id: 'T0LOCAL0',
      type: 'modal',
      blocks: [],
      private_metadata: '',
      callback_id: '',
      state: { values: {} },
      hash: '1.abc',
      title: { text: 'Title' },
      clear_on_close: false,
      notify_on_close: false,
      root_view_id: 'V0AAAAAAAAA',
      app_id: 'A0REVIEWER',
      external_id: '',
      app_installed_team_id: 'T0LOCAL0',
      bot_id: 'B0REVIEWER',
    },
  } satisfies ViewsOpenResponse,
} as const;

const user = { id: 'U0DANA000', username: 'dana', name: 'dana', team_id: 'T0LOCAL0' };
const team = { id: 'T0LOCAL0', domain: 'local' };

export const PAYLOADS = {
  slash_command: {
    token: 'x',
    team_id: 'T0LOCAL0',
    team_domain: 'local',
    channel_id: 'C0PLATFORM',
    channel_name: 'platform',
    user_id: 'U0DANA000',
    user_name: 'dana',
    command: '/review',
    text: 'api',
    api_app_id: 'A0REVIEWER',
    is_enterprise_install: 'false',
    response_url: 'http://127.0.0.1/response/x',
    trigger_id: '1.1.x',
  } satisfies SlashCommand,
  block_actions: {
    type: 'block_actions',
    user,
    api_app_id: 'A0REVIEWER',
    token: 'x',
    trigger_id: '1.2.x',
    team,
    is_enterprise_install: false,
    container: { type: 'message', message_ts: '1.000001', channel_id: 'C0PLATFORM', is_ephemeral: false },
    channel: { id: 'C0PLATFORM', name: 'platform' },
    message: { type: 'message', user: 'U0REVIEWER', ts: '1.000001', text: 'press' },
    state: { values: {} },
    response_url: 'http://127.0.0.1/response/x',
    actions: [
      { type: 'button', action_id: 'go', block_id: 'b', text: { type: 'plain_text', text: 'Go' }, value: '1', action_ts: '1.000002' },
    ],
  } satisfies BlockAction,
  block_suggestion: {
    type: 'block_suggestion',
    user,
    api_app_id: 'A0REVIEWER',
    token: 'x',
    team,
    is_enterprise_install: false,
    action_id: 'issue',
    block_id: 'b',
    value: 'MHV',
    container: { type: 'message', message_ts: '1.000001', channel_id: 'C0PLATFORM', is_ephemeral: false },
    channel: { id: 'C0PLATFORM', name: 'platform' },
  } satisfies BlockSuggestion,
  message_action: {
    type: 'message_action',
    token: 'x',
    action_ts: '1.000002',
    team,
    user,
    is_enterprise_install: false,
    callback_id: 'make_issue',
    trigger_id: '1.3.x',
    channel: { id: 'C0PLATFORM', name: 'platform' },
    message_ts: '1.000001',
    message: { type: 'message', user: 'U0DANA000', ts: '1.000001', text: 'it is slow', team: 'T0LOCAL0' },
    response_url: 'http://127.0.0.1/response/x',
  } satisfies MessageShortcut,
} as const;

/** Where an answer lacks what the sample has, or has it in another type: one line each. */
export function differences(actual: unknown, sample: unknown, path = ''): string[] {
  if (Array.isArray(sample)) {
    if (!Array.isArray(actual)) return [`${path} is no list`];
    return sample.length === 0 ? [] : actual.flatMap((item, index) => differences(item, sample[0], `${path}/${index}`));
  }
  if (typeof sample === 'object' && sample !== null) {
    if (typeof actual !== 'object' || actual === null) return [`${path} is no object`];
    return Object.entries(sample).flatMap(([key, value]) => differences((actual as Record<string, unknown>)[key], value, `${path}/${key}`));
  }
  return typeof actual === typeof sample ? [] : [`${path} is ${typeof actual}, not ${typeof sample}`];
}
