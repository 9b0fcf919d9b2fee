import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { registerListeners } from '../../src/slack/listeners/index.js';

const Manifest = z.strictObject({
  display_information: z.strictObject({
    name: z.string().max(35),
    description: z.string().max(140),
    long_description: z.string().min(175).max(4000),
    background_color: z.string().min(4).max(7),
  }),
  features: z.strictObject({
    app_home: z.strictObject({
      home_tab_enabled: z.boolean(),
      messages_tab_enabled: z.boolean(),
      messages_tab_read_only_enabled: z.boolean(),
    }),
    bot_user: z.strictObject({ display_name: z.string().max(80), always_online: z.boolean() }),
    slash_commands: z.array(
      z.strictObject({
        command: z.string().min(2).max(32).startsWith('/'),
        description: z.string().max(2000),
        usage_hint: z.string().max(1000),
        should_escape: z.boolean(),
      }),
    ),
    shortcuts: z.array(
      z.strictObject({
        name: z.string().max(24),
        type: z.enum(['message', 'global']),
        callback_id: z.string().max(255),
        description: z.string().max(150),
      }),
    ),
  }),
  oauth_config: z.strictObject({ scopes: z.strictObject({ bot: z.array(z.string()) }) }),
  settings: z.strictObject({
    event_subscriptions: z.strictObject({ bot_events: z.array(z.string()) }),
    interactivity: z.strictObject({ is_enabled: z.boolean() }),
    org_deploy_enabled: z.boolean(),
    socket_mode_enabled: z.boolean(),
    token_rotation_enabled: z.boolean(),
  }),
});
const manifest = Manifest.parse(parse(readFileSync('manifest.yml', 'utf8')));

/** Notes what is registered, as Bolt's app would be told it. */
function registered() {
  const heard: Record<'command' | 'event' | 'action' | 'view' | 'shortcut' | 'options', unknown[]> = {
    command: [],
    event: [],
    action: [],
    view: [],
    shortcut: [],
    options: [],
  };
  const app = Object.fromEntries(Object.entries(heard).map(([kind, all]) => [kind, (id: unknown) => void all.push(id)]));
  const apps = { commands: app, others: app };
  registerListeners(apps as unknown as Parameters<typeof registerListeners>[0], {} as Parameters<typeof registerListeners>[1]);
  return heard;
}

describe('manifest.yml (SL-11)', () => {
  const heard = registered();

  it('has exactly the commands, events and shortcuts that are heard', () => {
    expect(manifest.features.slash_commands.map(({ command }) => command)).toEqual(heard.command);
    expect(manifest.settings.event_subscriptions.bot_events).toEqual(heard.event);
    expect(manifest.features.shortcuts.map(({ callback_id }) => callback_id)).toEqual(heard.shortcut);
    expect(manifest.features.app_home.home_tab_enabled).toBe(heard.event.includes('app_home_opened'));
    expect(manifest.settings.interactivity.is_enabled).toBe(heard.action.length + heard.view.length > 0);
  });

  it('asks for the least scopes that serve', () => {
    // Each with the call or event that needs it; nothing posts where the bot was not invited.
    expect(manifest.oauth_config.scopes.bot).toEqual(
      ['app_mentions:read', 'channels:history', 'chat:write', 'commands', 'groups:history', 'usergroups:read', 'users:read'].sort(),
    );
  });

  it('hears every button and form that is drawn', async () => {
    const { actionIds, viewIds } = await import('../../src/slack/action-ids.js');
    const isHeard = (id: string) => heard.action.some((each) => (each instanceof RegExp ? each.test(id) : each === id));
    const drawn = Object.values(actionIds).map((id) => (id === actionIds.approve || id === actionIds.page ? `${id}.0` : id));
    expect(drawn.filter((id) => !isHeard(id))).toEqual([]);
    expect(Object.values(viewIds).filter((id) => id !== viewIds.reading && !heard.view.includes(id))).toEqual([]);
  });
});
