import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { WorkspaceError } from './errors.js';
import { readableId, secret } from './ids.js';
import type { BotApp, Channel, Shortcut, SlashCommand, Team, User, UserGroup } from './types.js';

const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,79}$/, 'use lower-case letters, digits, ".", "_" and "-"');

// Real tokens never belong here: the page can act as anybody, and a real token would reach a real workspace from elsewhere.
const token = (prefix: string) => z.string().startsWith(prefix, `expected a token of the local workspace (${prefix}…)`);

const Seed = z.strictObject({
  team: z.strictObject({ name: z.string().min(1), domain: name }).default({ name: 'Local workspace', domain: 'local' }),
  users: z
    .array(
      z.strictObject({
        name,
        id: z.string().startsWith('U').optional(),
        realName: z.string().optional(),
        email: z.string().optional(),
        roles: z.string().default(''),
        tz: z.string().default('Europe/Berlin'),
        admin: z.boolean().default(false),
      }),
    )
    .min(1)
    .default([
      { name: 'dana', realName: 'Dana Adler', roles: 'lead', tz: 'Europe/Berlin', admin: true },
      { name: 'ravi', realName: 'Ravi Menon', roles: 'release team', tz: 'Asia/Kolkata', admin: false },
      { name: 'mei', realName: 'Mei Tanaka', roles: 'developer', tz: 'Asia/Tokyo', admin: false },
    ]),
  groups: z
    .array(z.strictObject({ handle: name, id: z.string().startsWith('S').optional(), name: z.string().optional(), users: z.array(name) }))
    .default([{ handle: 'release-team', name: 'Release team', users: ['ravi', 'dana'] }]),
  channels: z
    .array(
      z.strictObject({
        name,
        id: z.string().startsWith('C').optional(),
        private: z.boolean().default(false),
        /** Everybody when left out. */
        members: z.array(name).optional(),
        /** Whether the app is in the channel from the start. */
        bot: z.boolean().default(true),
        topic: z.string().default(''),
      }),
    )
    .min(1)
    .default([
      { name: 'general', private: false, bot: true, topic: 'Everything' },
      { name: 'platform', private: false, bot: true, topic: 'The platform team' },
    ]),
  app: z
    .strictObject({
      name: z.string().optional(),
      botToken: token('xoxb-local-').optional(),
      appToken: token('xapp-local-').optional(),
      signingSecret: z.string().min(8).optional(),
      scopes: z.array(z.string()).optional(),
      /** Path of a manifest, or the manifest itself: slash commands, scopes, events and the Home tab come from it. */
      manifest: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
    })
    .default({}),
});

export type WorkspaceSeed = z.input<typeof Seed>;

const Manifest = z.looseObject({
  display_information: z.looseObject({ name: z.string() }).optional(),
  features: z
    .looseObject({
      app_home: z.looseObject({ home_tab_enabled: z.boolean().default(false) }).optional(),
      bot_user: z.looseObject({ display_name: z.string() }).optional(),
      slash_commands: z
        .array(
          z.looseObject({
            command: z.string().startsWith('/'),
            description: z.string().default(''),
            usage_hint: z.string().default(''),
            should_escape: z.boolean().default(false),
          }),
        )
        .default([]),
      shortcuts: z
        .array(
          z.looseObject({
            name: z.string(),
            type: z.enum(['global', 'message']),
            callback_id: z.string(),
            description: z.string().default(''),
          }),
        )
        .default([]),
    })
    .optional(),
  oauth_config: z.looseObject({ scopes: z.looseObject({ bot: z.array(z.string()).default([]) }) }).optional(),
  settings: z.looseObject({ event_subscriptions: z.looseObject({ bot_events: z.array(z.string()).default([]) }).optional() }).optional(),
});

const DEFAULT_SCOPES = [
  'app_mentions:read',
  'bookmarks:read',
  'bookmarks:write',
  'channels:history',
  'channels:join',
  'channels:manage',
  'channels:read',
  'chat:write',
  'commands',
  'files:read',
  'files:write',
  'groups:history',
  'groups:read',
  'im:history',
  'im:read',
  'im:write',
  'mpim:history',
  'mpim:read',
  'mpim:write',
  'pins:read',
  'pins:write',
  'reactions:read',
  'reactions:write',
  'team:read',
  'usergroups:read',
  'users:read',
  'users:read.email',
];
const DEFAULT_EVENTS = ['app_home_opened', 'app_mention', 'message.channels', 'message.groups', 'message.im'];

export interface Seeded {
  team: Team;
  users: User[];
  groups: UserGroup[];
  channels: Channel[];
  app: BotApp;
}

function check<T extends z.ZodType>(schema: T, raw: unknown, what: string): z.output<T> {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${what}.${issue.path.join('.')}: ${issue.message}`);
  throw new WorkspaceError('invalid_seed', problems.join('\n'));
}

function readManifest(manifest: string | Record<string, unknown> | undefined): z.output<typeof Manifest> | undefined {
  if (manifest === undefined) return undefined;
  if (typeof manifest !== 'string') return check(Manifest, manifest, 'manifest');
  try {
    return check(Manifest, parse(readFileSync(manifest, 'utf8')), manifest);
  } catch (error) {
    if (error instanceof WorkspaceError) throw error;
    throw new WorkspaceError('invalid_seed', `the manifest ${manifest} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

const taken =
  (known: readonly { id: string }[]) =>
  (id: string): boolean =>
    known.some((other) => other.id === id);

const free = (): boolean => false;

export function readSeed(raw: WorkspaceSeed, now: number): Seeded {
  const seed = check(Seed, raw, 'seed');
  const manifest = readManifest(seed.app.manifest);
  const botName = manifest?.features?.bot_user?.display_name ?? seed.app.name ?? 'Local app';

  const users: User[] = [];
  for (const user of seed.users) {
    const id = user.id ?? readableId('U', user.name, taken(users));
    const realName = user.realName ?? user.name;
    const { roles, tz } = user;
    const email = user.email ?? `${user.name}@example.com`;
    users.push({ id, name: user.name, realName, email, roles, tz, isAdmin: user.admin, isBot: false, isDeactivated: false });
  }
  const botUserId = readableId('U', botName, taken(users));
  const bot: User = {
    id: botUserId,
    name: botName.toLowerCase().replace(/[^a-z0-9._-]+/g, '-'),
    realName: botName,
    email: '',
    roles: 'app',
    tz: 'Etc/UTC',
    isAdmin: false,
    isBot: true,
    isDeactivated: false,
  };
  const idOf = (userName: string, where: string): string => {
    const user = users.find((candidate) => candidate.name === userName);
    if (user) return user.id;
    throw new WorkspaceError('invalid_seed', `${where} names the user "${userName}", who is not among seed.users`);
  };

  const groups: UserGroup[] = [];
  for (const group of seed.groups) {
    const id = group.id ?? readableId('S', group.handle, taken(groups));
    const members = group.users.map((user) => idOf(user, `the group ${group.handle}`));
    groups.push({ id, handle: group.handle, name: group.name ?? group.handle, users: members });
  }
  const channels: Channel[] = [];
  for (const channel of seed.channels) {
    const id = channel.id ?? readableId('C', channel.name, taken(channels));
    const people = channel.members?.map((user) => idOf(user, `the channel ${channel.name}`)) ?? users.map((user) => user.id);
    channels.push({
      id,
      name: channel.name,
      kind: channel.private ? 'private' : 'public',
      members: channel.bot ? [...people, botUserId] : people,
      isArchived: false,
      topic: channel.topic,
      purpose: '',
      created: Math.floor(now / 1000),
    });
  }

  const commands = (manifest?.features?.slash_commands ?? []).map(
    ({ command, description, usage_hint, should_escape }): SlashCommand => ({
      command,
      description,
      usageHint: usage_hint,
      shouldEscape: should_escape,
    }),
  );
  const shortcuts = (manifest?.features?.shortcuts ?? []).map(
    ({ name: title, type, callback_id, description }): Shortcut => ({ name: title, type, callbackId: callback_id, description }),
  );
  const app: BotApp = {
    // The same after a restart: what an app stored under these ids is then still of use.
    id: readableId('A', botName, free),
    name: manifest?.display_information?.name ?? botName,
    botId: readableId('B', botName, free),
    botUserId,
    botToken: seed.app.botToken ?? `xoxb-local-${secret()}`,
    appToken: seed.app.appToken ?? `xapp-local-${secret()}`,
    signingSecret: seed.app.signingSecret ?? secret(),
    verificationToken: secret(12),
    scopes: seed.app.scopes ?? manifest?.oauth_config?.scopes.bot ?? DEFAULT_SCOPES,
    commands,
    shortcuts,
    events: manifest ? (manifest.settings?.event_subscriptions?.bot_events ?? []) : DEFAULT_EVENTS,
    homeTab: manifest ? (manifest.features?.app_home?.home_tab_enabled ?? false) : true,
  };
  return { team: { id: readableId('T', seed.team.domain, free), ...seed.team }, users: [...users, bot], groups, channels, app };
}
