import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { App } from '../app.js';
import { moveClock } from '../database/clock.js';
import { InvalidSettings } from '../errors.js';
import { startWorkspace, type Workspace } from '../local-workspace/index.js';
import { packageRoot } from '../process/entry-point.js';
import { type SlackAccess, serve } from '../serve.js';
import type { Settings } from '../settings/load.js';

export interface Started {
  app: App;
  /** Null when it is connected to a real Slack. */
  workspace: Workspace | null;
  /** What to open and what to type. */
  words: string;
  stop(): Promise<void>;
}

/** The one way a bot is brought up, with real tokens, without, and in the demo. */
export async function startBot({
  open,
  settings,
  apiUrl,
  port = 0,
}: {
  open: () => Promise<App>;
  settings: Settings;
  apiUrl?: string | undefined;
  port?: number;
}): Promise<Started> {
  // On a machine with much memory, V8 lets garbage grow to four times what is in use; the tools that the bot runs need it more.
  setFlagsFromString('--heap-growing-percent=30');
  const real = realAccess(settings, apiUrl);
  // The workspace first: a port that is taken is told before anything connects.
  let running: App | null = null;
  // Thirty minutes in a second: the page's clock takes the bot's along, and what is due then is due at once.
  const onClockMoved = (ms: number) => {
    const app = running;
    if (!app) return;
    moveClock(app.database, ms)
      .then(() => app.approvals.settleOverdue())
      .catch((error: unknown) => app.log.error({ err: error }, 'the clock could not be moved'));
  };
  const workspace = real
    ? null
    : await startWorkspace({ port, seed: { app: { manifest: join(packageRoot, 'manifest.yml') } }, onClockMoved });
  try {
    const app = await open();
    running = app;
    try {
      const served = await serve(app, real ?? localAccess(workspace));
      return {
        app,
        workspace,
        words: workspace
          ? localWords(workspace, app)
          : `Connected to Slack (${settings.slack.mode} mode). In a channel the bot is in, type /review-and-fix`,
        async stop() {
          await served.stop();
          await app.close();
          await workspace?.stop();
        },
      };
    } catch (error) {
      await app.close();
      throw error;
    }
  } catch (error) {
    await workspace?.stop();
    throw error;
  }
}

/** Null without tokens. Half of what a mode needs is a mistake, never a reason to fall back to the local workspace. */
function realAccess({ slack, secrets }: Settings, apiUrl: string | undefined): SlackAccess | null {
  const [botToken, appToken, signingSecret] = [
    secrets.get('SLACK_BOT_TOKEN'),
    secrets.get('SLACK_APP_TOKEN'),
    secrets.get('SLACK_SIGNING_SECRET'),
  ];
  if (!botToken && !appToken && !signingSecret) return null;
  const problems = [
    ...(botToken ? [] : ['environment SLACK_BOT_TOKEN: missing; it begins with xoxb- (OAuth & Permissions)']),
    ...(slack.mode === 'socket' && !appToken
      ? ['environment SLACK_APP_TOKEN: missing, needed in socket mode; it begins with xapp- (Basic Information)']
      : []),
    ...(slack.mode === 'http' && !signingSecret
      ? ['environment SLACK_SIGNING_SECRET: missing, needed in http mode (Basic Information)']
      : []),
  ];
  if (problems.length > 0 || !botToken) throw new InvalidSettings(problems);
  return { botToken, appToken, signingSecret, apiUrl, mode: slack.mode };
}

function localAccess(workspace: Workspace | null): SlackAccess {
  if (!workspace) throw new Error('neither tokens nor a workspace');
  const { botToken, appToken, signingSecret, apiUrl } = workspace;
  return { botToken, appToken, signingSecret, apiUrl, mode: 'socket' };
}

function localWords(workspace: Workspace, { bot }: App): string {
  const [first] = bot.repositoryNames();
  return [
    'No Slack tokens are set, so this is the local workspace.',
    `Open   ${workspace.pageUrl}`,
    first
      ? `Type   /review-and-fix ${first} --scope all --auto-fix   in #platform`
      : 'Name a repository in settings/repos.yaml first, then start again.',
    'End with Ctrl-C.',
  ].join('\n');
}
