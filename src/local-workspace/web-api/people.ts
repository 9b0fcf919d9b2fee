import { z } from 'zod';
import { ApiFailure } from '../errors.js';
import type { WorkspaceState } from '../state.js';
import type { Json, User, UserGroup } from '../types.js';
import { bool, int, method, page } from './method.js';

function userJson({ team, app }: WorkspaceState, user: User): Json {
  return {
    id: user.id,
    team_id: team.id,
    name: user.name,
    deleted: user.isDeactivated,
    real_name: user.realName,
    tz: user.tz,
    is_admin: user.isAdmin,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: false,
    is_ultra_restricted: false,
    is_bot: user.isBot,
    is_app_user: false,
    updated: 0,
    profile: {
      real_name: user.realName,
      real_name_normalized: user.realName,
      display_name: user.name,
      display_name_normalized: user.name,
      title: user.roles,
      team: team.id,
      ...(app.scopes.includes('users:read.email') && !user.isBot && { email: user.email }),
      ...(user.isBot && { bot_id: app.botId, api_app_id: app.id }),
    },
  };
}

const groupJson = ({ team }: WorkspaceState, group: UserGroup, withUsers: boolean): Json => ({
  id: group.id,
  team_id: team.id,
  is_usergroup: true,
  name: group.name,
  description: '',
  handle: group.handle,
  is_external: false,
  date_delete: 0,
  user_count: group.users.length,
  ...(withUsers && { users: group.users }),
});

export const people = {
  'auth.test': method({
    tier: 'none',
    args: z.object({}),
    run: (_args, { state, host }) => ({
      url: `http://${host()}/`,
      team: state.team.name,
      user: state.users.get(state.app.botUserId)?.name,
      team_id: state.team.id,
      user_id: state.app.botUserId,
      bot_id: state.app.botId,
      is_enterprise_install: false,
    }),
  }),
  'apps.connections.open': method({
    token: 'app',
    tier: 3,
    args: z.object({}),
    run(_args, { socketMode, host }) {
      if (!socketMode) throw new ApiFailure('socket_mode_not_enabled');
      return { url: socketMode.ticketUrl(host()) };
    },
  }),
  'team.info': method({
    scope: 'team:read',
    tier: 3,
    args: z.object({}),
    run: (_args, { state, host }) => ({ team: { ...state.team, url: `http://${host()}/`, email_domain: 'example.com', icon: {} } }),
  }),
  'users.list': method({
    scope: 'users:read',
    tier: 2,
    args: z.object({ cursor: z.string().optional(), limit: int.default(200) }),
    run(args, { state, clock }) {
      const { items, next } = page([...state.users.values()], args);
      const members = items.map((user) => userJson(state, user));
      return { members, cache_ts: Math.floor(clock.now() / 1000), response_metadata: { next_cursor: next } };
    },
  }),
  'users.info': method({
    scope: 'users:read',
    tier: 4,
    args: z.object({ user: z.string().min(1) }),
    run(args, { state }) {
      const user = state.users.get(args.user);
      if (!user) throw new ApiFailure('user_not_found');
      return { user: userJson(state, user) };
    },
  }),
  'users.lookupByEmail': method({
    scope: 'users:read.email',
    tier: 3,
    args: z.object({ email: z.string().min(1) }),
    run(args, { state }) {
      const user = [...state.users.values()].find((one) => !one.isBot && one.email.toLowerCase() === args.email.toLowerCase());
      if (!user) throw new ApiFailure('users_not_found');
      return { user: userJson(state, user) };
    },
  }),
  'usergroups.list': method({
    scope: 'usergroups:read',
    tier: 2,
    args: z.object({ include_users: bool.default(false) }),
    run: (args, { state }) => ({ usergroups: state.groups.map((group) => groupJson(state, group, args.include_users)) }),
  }),
  'usergroups.users.list': method({
    scope: 'usergroups:read',
    tier: 2,
    args: z.object({ usergroup: z.string().min(1) }),
    run(args, { state }) {
      const group = state.groups.find((one) => one.id === args.usergroup);
      if (!group) throw new ApiFailure('no_such_subteam');
      return { users: group.users };
    },
  }),
};
