import { type App, HTTPReceiver, type HTTPReceiverOptions, type Logger, SocketModeReceiver } from '@slack/bolt';
import { InvalidSettings } from '../errors.js';

interface Watch {
  watch(app: App): App;
  logger: Logger;
  log: { error(fields: object, message: string): void };
}

class WatchedSocket extends SocketModeReceiver {
  constructor(
    options: ConstructorParameters<typeof SocketModeReceiver>[0],
    private readonly watch: (app: App) => App,
  ) {
    super(options);
  }
  override init(app: App): void {
    super.init(this.watch(app));
  }
}

class WatchedHttp extends HTTPReceiver {
  constructor(
    options: HTTPReceiverOptions,
    private readonly watch: (app: App) => App,
  ) {
    super(options);
  }
  override init(app: App): void {
    super.init(this.watch(app));
  }
}

export interface Connection {
  receiver: WatchedSocket | WatchedHttp;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const reconnectAfterMs = 30_000;
const farewellMs = 2000;

/** Socket Mode: no public address. */
export function socketConnection({
  appToken,
  slackApiUrl,
  watch,
  logger,
  log,
}: Watch & { appToken: string; slackApiUrl?: string | undefined }): Connection {
  const receiver = new WatchedSocket(
    {
      appToken,
      logger,
      // Bolt does not hand its own client options on, and its Socket Mode client writes into these.
      installerOptions: {
        clientOptions: {
          ...(slackApiUrl ? { slackApiUrl } : {}),
          retryConfig: { retries: 100, factor: 1.3, maxTimeout: 20_000 },
          timeout: 10_000,
        },
      },
    },
    watch,
  );
  const { client } = receiver;
  const connect = client.start.bind(client);
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;
  // The client calls its own `start` again to reconnect and catches nothing: a refusal would end the process.
  client.start = async () => {
    try {
      return await connect();
    } catch (error) {
      if (stopped) return { ok: false };
      log.error({ err: error }, `Slack refuses the connection, trying again in ${reconnectAfterMs / 1000} s`);
      retry = setTimeout(() => void client.start(), reconnectAfterMs);
      retry.unref();
      return { ok: false };
    }
  };
  return {
    receiver,
    async start() {
      stopped = false;
      try {
        await connect();
      } catch (error) {
        throw refusedToken('SLACK_APP_TOKEN', error);
      }
    },
    async stop() {
      stopped = true;
      clearTimeout(retry);
      let timer: NodeJS.Timeout | undefined;
      // A peer that never says goodbye would hold us for 30 s.
      await Promise.race([
        client.disconnect(),
        new Promise<void>((resolve) => {
          timer = setTimeout(resolve, farewellMs);
        }),
      ]);
      clearTimeout(timer);
    },
  };
}

interface Http {
  host: string;
  port: number;
  path: string;
}

/** Signed HTTP. */
export function httpConnection({ signingSecret, http, watch, logger }: Watch & { signingSecret: string; http: Http }): Connection {
  const receiver = new WatchedHttp({ signingSecret, endpoints: http.path, logger }, watch);
  let started = false;
  return {
    receiver,
    async start() {
      await receiver.start({ port: http.port, host: http.host });
      started = true;
    },
    async stop() {
      if (started) await receiver.stop();
      started = false;
    },
  };
}

/** A token that Slack refuses is a mistake in the settings; anything else stays what it is. */
export function refusedToken(name: string, error: unknown): unknown {
  const { code, data } = error as { code?: string; data?: { error?: string } };
  if (code !== 'slack_webapi_platform_error') return error;
  return new InvalidSettings([
    `environment: ${name}: Slack refuses it (${data?.error ?? 'no reason given'}); copy it again from the app's page`,
  ]);
}
