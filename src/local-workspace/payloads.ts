import { newId } from './ids.js';
import type { WorkspaceState } from './state.js';
import type { Channel, Json, Message, Shortcut, SlashCommand, UploadedFile, User, View } from './types.js';
import { viewJson } from './views.js';

/** A message as the Web API and the events show it. */
export function messageJson(state: WorkspaceState, message: Message, { metadata = false, thread = true } = {}): Json {
  const { app, team } = state;
  const isBot = message.botId !== undefined;
  const replies = thread ? state.replies(message) : [];
  return {
    user: message.user,
    type: 'message',
    ts: message.ts,
    ...(isBot && {
      bot_id: message.botId,
      app_id: app.id,
      bot_profile: { id: app.botId, app_id: app.id, name: app.name, deleted: false, updated: 0, team_id: team.id },
    }),
    text: message.text,
    team: team.id,
    ...(message.blocks.length > 0 && { blocks: message.blocks }),
    ...(message.streaming && { streaming_state: 'in_progress' }),
    ...(message.attachments.length > 0 && { attachments: message.attachments }),
    ...(message.files.length > 0 && { files: message.files.map((file) => fileJson(state, file)) }),
    ...(message.editedTs !== undefined && { edited: { user: message.editedBy, ts: message.editedTs } }),
    ...(message.reactions.length > 0 && { reactions: message.reactions.map((one) => ({ ...one, count: one.users.length })) }),
    ...(metadata && message.metadata && { metadata: message.metadata }),
    ...(message.threadTs !== undefined && { thread_ts: message.threadTs, parent_user_id: state.find(message.threadTs)?.user }),
    ...(replies.length > 0 && {
      thread_ts: message.ts,
      reply_count: replies.length,
      reply_users_count: new Set(replies.map((reply) => reply.user)).size,
      reply_users: [...new Set(replies.map((reply) => reply.user))].slice(0, 5),
      latest_reply: replies.at(-1)?.ts,
      is_locked: false,
      subscribed: false,
    }),
  };
}

export const fileJson = (state: WorkspaceState, file: UploadedFile): Json => ({
  ...file,
  timestamp: file.created,
  filetype: file.name.includes('.') ? file.name.split('.').at(-1) : 'text',
  mode: 'hosted',
  is_external: false,
  is_public: true,
  url_private: `${state.origin}/files/${file.id}/${encodeURIComponent(file.name)}`,
  url_private_download: `${state.origin}/files/${file.id}/download/${encodeURIComponent(file.name)}`,
  permalink: `${state.origin}/files/${file.id}/${encodeURIComponent(file.name)}`,
});

const teamJson = ({ team }: WorkspaceState): Json => ({ id: team.id, domain: team.domain });
const userJson = (state: WorkspaceState, user: User): Json => ({
  id: user.id,
  username: user.name,
  name: user.name,
  team_id: state.team.id,
});
const channelName = (channel: Channel): string =>
  channel.kind === 'im'
    ? 'directmessage'
    : channel.kind === 'mpim'
      ? channel.name
      : channel.kind === 'private'
        ? 'privategroup'
        : channel.name;

interface CommandDetails {
  command: SlashCommand;
  text: string;
  user: User;
  channel: Channel;
  responseUrl: string;
  triggerId: string;
}

export function commandPayload(state: WorkspaceState, { command, text, user, channel, responseUrl, triggerId }: CommandDetails): Json {
  return {
    token: state.app.verificationToken,
    team_id: state.team.id,
    team_domain: state.team.domain,
    channel_id: channel.id,
    channel_name: channelName(channel),
    user_id: user.id,
    user_name: user.name,
    command: command.command,
    text,
    api_app_id: state.app.id,
    is_enterprise_install: 'false',
    response_url: responseUrl,
    trigger_id: triggerId,
  };
}

interface ActionDetails {
  user: User;
  action: Json;
  triggerId: string;
  stateValues: Json;
  place: { message: Message; channel: Channel; responseUrl: string } | { view: View };
}

export function blockActionsPayload(state: WorkspaceState, { user, action, triggerId, stateValues, place }: ActionDetails): Json {
  const { app, team } = state;
  const common = {
    type: 'block_actions',
    user: userJson(state, user),
    api_app_id: app.id,
    token: app.verificationToken,
    trigger_id: triggerId,
    team: teamJson(state),
    enterprise: null,
    is_enterprise_install: false,
    actions: [action],
  };
  if ('view' in place) {
    const view = viewJson(place.view, { teamId: team.id, appId: app.id, botId: app.botId });
    return { ...common, container: { type: 'view', view_id: place.view.id }, view };
  }
  const { message, channel, responseUrl } = place;
  const isEphemeral = message.visibleTo !== undefined;
  const container = {
    type: 'message',
    message_ts: message.ts,
    channel_id: channel.id,
    is_ephemeral: isEphemeral,
    ...(message.threadTs !== undefined && { thread_ts: message.threadTs }),
  };
  return {
    ...common,
    container,
    channel: { id: channel.id, name: channelName(channel) },
    // Slack does not send the content of an ephemeral message back.
    ...(!isEphemeral && { message: messageJson(state, message, { metadata: true }) }),
    state: { values: stateValues },
    response_url: responseUrl,
  };
}

interface Suggestion {
  user: User;
  actionId: string;
  blockId: string;
  value: string;
  place: { message: Message; channel: Channel } | { view: View };
}

/** What an external select asks the app while a person types. */
export function suggestionPayload(state: WorkspaceState, { user, actionId, blockId, value, place }: Suggestion): Json {
  const { app, team } = state;
  const common = {
    type: 'block_suggestion',
    user: userJson(state, user),
    api_app_id: app.id,
    token: app.verificationToken,
    team: teamJson(state),
    enterprise: null,
    is_enterprise_install: false,
    action_id: actionId,
    block_id: blockId,
    value,
  };
  if ('view' in place) {
    const view = viewJson(place.view, { teamId: team.id, appId: app.id, botId: app.botId });
    return { ...common, container: { type: 'view', view_id: place.view.id }, view };
  }
  const { message, channel } = place;
  return {
    ...common,
    container: { type: 'message', message_ts: message.ts, channel_id: channel.id, is_ephemeral: message.visibleTo !== undefined },
    channel: { id: channel.id, name: channelName(channel) },
    ...(message.visibleTo === undefined && { message: messageJson(state, message) }),
  };
}

interface ShortcutDetails {
  user: User;
  shortcut: Shortcut;
  triggerId: string;
  /** What a message shortcut was used on. */
  on: { message: Message; channel: Channel; responseUrl: string } | undefined;
}

export function shortcutPayload(state: WorkspaceState, { user, shortcut, triggerId, on }: ShortcutDetails): Json {
  return {
    type: on ? 'message_action' : 'shortcut',
    token: state.app.verificationToken,
    action_ts: state.nextTs(),
    team: teamJson(state),
    user: userJson(state, user),
    is_enterprise_install: false,
    enterprise: null,
    callback_id: shortcut.callbackId,
    trigger_id: triggerId,
    ...(on && {
      channel: { id: on.channel.id, name: channelName(on.channel) },
      message_ts: on.message.ts,
      message: messageJson(state, on.message, { metadata: true }),
      response_url: on.responseUrl,
    }),
  };
}

export function viewPayload(state: WorkspaceState, user: User, view: View, kind: { submission: string } | { closedAll: boolean }): Json {
  const { app, team } = state;
  return {
    type: 'submission' in kind ? 'view_submission' : 'view_closed',
    team: teamJson(state),
    user: userJson(state, user),
    api_app_id: app.id,
    token: app.verificationToken,
    ...('submission' in kind && { trigger_id: kind.submission, response_urls: [] }),
    view: viewJson(view, { teamId: team.id, appId: app.id, botId: app.botId }),
    ...('closedAll' in kind && { is_cleared: kind.closedAll }),
    is_enterprise_install: false,
    enterprise: null,
  };
}

export function eventPayload(state: WorkspaceState, event: Json, nowMs: number): Json {
  const { app, team } = state;
  return {
    token: app.verificationToken,
    team_id: team.id,
    api_app_id: app.id,
    event,
    type: 'event_callback',
    event_id: newId('Ev'),
    event_time: Math.floor(nowMs / 1000),
    authorizations: [{ enterprise_id: null, team_id: team.id, user_id: app.botUserId, is_bot: true, is_enterprise_install: false }],
    is_ext_shared_channel: false,
    event_context: `4-${newId('X')}`,
  };
}
