import { App, LogLevel } from '@slack/bolt';
import { startWorkspace, type Workspace, type WorkspaceOptions } from '../../src/local-workspace/index.js';

export const MANIFEST = {
  display_information: { name: 'Reviewer' },
  features: {
    app_home: { home_tab_enabled: true },
    bot_user: { display_name: 'reviewer' },
    slash_commands: [
      { command: '/review', description: 'Review a repository', usage_hint: 'repo' },
      { command: '/ask', description: 'With names', should_escape: true },
    ],
    shortcuts: [
      { name: 'Make an issue', type: 'message', callback_id: 'make_issue', description: 'Keeps what was said' },
      { name: 'Start a review', type: 'global', callback_id: 'start_review', description: 'From anywhere' },
    ],
  },
  oauth_config: {
    scopes: {
      bot: [
        'app_mentions:read',
        'channels:history',
        'channels:read',
        'channels:manage',
        'bookmarks:read',
        'bookmarks:write',
        'chat:write',
        'commands',
        'files:read',
        'files:write',
        'im:history',
        'im:write',
        'mpim:write',
        'pins:read',
        'pins:write',
        'reactions:read',
        'reactions:write',
        'team:read',
        'usergroups:read',
        'users:read',
        'users:read.email',
      ],
    },
  },
  settings: {
    event_subscriptions: { bot_events: ['app_home_opened', 'app_mention', 'message.channels', 'message.im', 'reaction_added'] },
  },
};

export interface Running {
  workspace: Workspace;
  app: App;
  stop(): Promise<void>;
}

const clientOptions = (workspace: Workspace) => ({
  slackApiUrl: workspace.apiUrl,
  retryConfig: { retries: 0 },
  timeout: 5000,
});

/** An unmodified Bolt app, connected over Socket Mode. */
export async function startSocketApp(listen: (app: App) => void, options: WorkspaceOptions = {}): Promise<Running> {
  const workspace = await startWorkspace({ rateLimits: 'off', ...options, seed: { app: { manifest: MANIFEST }, ...options.seed } });
  const { botToken, appToken } = workspace;
  const app = new App({
    token: botToken,
    appToken,
    socketMode: true,
    logLevel: LogLevel.ERROR,
    clientOptions: clientOptions(workspace),
    // Else its first call is made in the constructor, where nobody waits for it.
    deferInitialization: true,
  });
  await app.init();
  listen(app);
  await app.start();
  return {
    workspace,
    app,
    async stop() {
      await app.stop();
      await workspace.stop();
    },
  };
}

/** The same app behind its request URL. */
export async function startHttpApp(
  listen: (app: App) => void,
  options: WorkspaceOptions & { signingSecret?: string } = {},
): Promise<Running> {
  const { signingSecret, ...rest } = options;
  const workspace = await startWorkspace({
    rateLimits: 'off',
    delivery: { http: undefined },
    ...rest,
    seed: { app: { manifest: MANIFEST } },
  });
  const app = new App({
    token: workspace.botToken,
    signingSecret: signingSecret ?? workspace.signingSecret,
    logLevel: LogLevel.ERROR,
    clientOptions: clientOptions(workspace),
    deferInitialization: true,
  });
  await app.init();
  listen(app);
  const server = await app.start({ port: 0, host: '127.0.0.1' });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the app listens on no port');
  workspace.pointAt(`http://127.0.0.1:${address.port}/slack/events`);
  return {
    workspace,
    app,
    async stop() {
      await workspace.stop();
      await app.stop();
    },
  };
}
