import { join } from 'node:path';
import type { Command } from 'commander';
import { type App, openApp } from '../app.js';
import { moveClock } from '../database/clock.js';
import { InvalidSettings } from '../errors.js';
import { startWorkspace, type Workspace } from '../local-workspace/index.js';
import { packageRoot } from '../process/entry-point.js';
import { type SlackAccess, serve } from '../serve.js';
import { loadSettings, type Settings } from '../settings/load.js';
import { openStateFolder } from '../state-folder/state-folder.js';
import { createLog } from '../telemetry/log.js';

export function registerStart(program: Command): void {
  program
    .command('start')
    .description('run the bot: in your Slack when its tokens are set, else in a local workspace')
    .option('--port <port>', 'of the local workspace', '0')
    .action(async ({ port }: { port: string }, command: Command) => {
      const { settings: folder, state, verbose } = command.optsWithGlobals<{ settings?: string; state?: string; verbose?: boolean }>();
      const settings = loadSettings({ env: process.env, folder, cwd: process.cwd() });
      const stateFolder = openStateFolder({ env: process.env, folder: state, cwd: process.cwd() });
      const log = createLog({ level: verbose ? 'debug' : settings.log.level });
      const started = await startBot({
        open: () => openApp({ settings, state: stateFolder, log, mode: 'engine', onFatal: (error) => fatal(error) }),
        settings,
        apiUrl: process.env.MAHAVISHNU_SLACK_API_URL,
        port: Number(port),
      });
      const fatal = (error: Error) => {
        log.fatal({ err: error }, 'the database connection of this process is lost; ending, so that it can be started again');
        process.exit(1);
      };
      process.stdout.write(`${started.words}\n`);
      await untilAskedToStop();
      await started.stop();
    });
}

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
  const real = realAccess(settings, apiUrl);
  // The workspace first: a port that is taken is told before a database is started for nothing.
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

export function untilAskedToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
