import { App, type Context, type HTTPReceiverOptions } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import type { Bot } from '../bot.js';
import { InvalidSettings, isBotError } from '../errors.js';
import { slackLevel, slackLogger } from '../telemetry/adapters.js';
import type { Log } from '../telemetry/log.js';
import { explained } from './answers.js';
import { createInteractiveClient, createOutboxClient, interactiveOptions } from './clients.js';
import { createCommandRouter } from './commands/router.js';
import { createDirectory, type WorkspaceDirectory } from './directory.js';
import { homeOf, loadNews } from './home-state.js';
import { createHomes } from './homes.js';
import { askedOf, createIntake } from './intake.js';
import { createInvitations } from './invitations.js';
import { registerListeners } from './listeners/index.js';
import { slackActor } from './listeners/parts.js';
import type { Pace } from './pace.js';
import { type Connection, httpConnection, refusedToken, socketConnection } from './receivers.js';
import { homeView } from './views/home.js';

interface Parts {
  bot: Bot;
  settings: { mode: 'socket' | 'http'; http: { host: string; port: number; path: string } };
  tokens: { botToken: string; appToken?: string | undefined; signingSecret?: string | undefined };
  log: Log;
  /** Another server than slack.com: the local workspace. */
  slackApiUrl?: string | undefined;
  /** The one that `bot` uses, when there is one already. */
  directory?: WorkspaceDirectory;
  /** The workspace's budget of calls. */
  pace: Pick<Pace, 'take' | 'block'>;
}

export interface SlackApp {
  start(): Promise<void>;
  /** Lets listeners finish while their answers still get through, then hangs up. */
  stop(timeoutMs?: number): Promise<void>;
  /** For the projector. */
  client: WebClient;
  directory: WorkspaceDirectory;
  /** Home tabs that are looked at are drawn anew; to be called when runs or approvals changed. */
  homesChanged(): void;
  /** For the projector: privately asks whoever wanted this thread for an invitation. */
  askForInvitation(threadKey: string): Promise<boolean>;
}

/** The bot's side of Slack: hears commands, mentions, clicks and forms, and hands them to `bot`. */
export function createSlackApp({ bot, settings, tokens, log, slackApiUrl, directory: given, pace }: Parts): SlackApp {
  const logger = slackLogger(log);
  const access = { botToken: tokens.botToken, slackApiUrl, logger };
  const client = createInteractiveClient(access);
  const directory = given ?? createDirectory(client);
  const outboxClient = createOutboxClient(access);
  const homes = createHomes({
    news: () => loadNews(bot, (handles) => directory.groupIds(handles)),
    view: async (userId, news) => homeView(await homeOf(slackActor(userId), news, bot)),
    client: outboxClient,
    pace,
    log,
  });
  const invitations = createInvitations(log);
  const onError = async ({ error, context, body }: { error: Error; context: Context; body: object }) => {
    const { words, reference } = explained(error);
    if (isBotError(error) && !error.cause) log.debug({ code: error.code }, 'a request from Slack was refused');
    else log.error({ err: error, reference, kind: (body as { type?: string }).type ?? 'command' }, 'a request from Slack failed');
    await askedOf(context)?.answer(words);
  };
  const commands = createCommandRouter();
  const intake = createIntake({ client, log, commands, onError });
  const connection = connect({ settings, tokens, slackApiUrl, logger, log, watch: intake.watch });
  const app = new App({
    token: tokens.botToken,
    receiver: connection.receiver,
    logger,
    logLevel: slackLevel(log.level),
    convoStore: false,
    deferInitialization: true,
    extendedErrorHandler: true,
    clientOptions: { ...interactiveOptions(), ...(slackApiUrl ? { slackApiUrl } : {}) },
  });
  app.error(onError);
  registerListeners({ commands, others: app }, { bot, client, invitations, homes, log });

  return {
    async start() {
      try {
        await app.init();
      } catch (error) {
        throw refusedToken('SLACK_BOT_TOKEN', error);
      }
      await connection.start();
    },
    async stop(timeoutMs = 10_000) {
      if (!(await intake.drained(timeoutMs))) log.warn({}, 'stopping although requests from Slack are still under way');
      await homes.stop();
      await connection.stop();
    },
    client: outboxClient,
    directory,
    homesChanged: homes.changed,
    askForInvitation: invitations.ask,
  };
}

type Connecting = Pick<Parts, 'settings' | 'tokens' | 'slackApiUrl' | 'log'> & {
  logger: NonNullable<HTTPReceiverOptions['logger']>;
  watch: (app: App) => App;
};

function connect({ settings, tokens, slackApiUrl, logger, log, watch }: Connecting): Connection {
  if (settings.mode === 'http') {
    if (!tokens.signingSecret) throw new InvalidSettings(['environment: SLACK_SIGNING_SECRET is missing; slack.mode is http']);
    return httpConnection({ signingSecret: tokens.signingSecret, http: settings.http, watch, logger, log });
  }
  if (!tokens.appToken) throw new InvalidSettings(['environment: SLACK_APP_TOKEN is missing; slack.mode is socket']);
  return socketConnection({ appToken: tokens.appToken, slackApiUrl, watch, logger, log });
}
