import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { announceToApp } from './app-events.js';
import { createClock } from './clock.js';
import { createControl } from './control.js';
import { createDeliveries } from './delivery/delivery.js';
import { createSignedHttp } from './delivery/signed-http.js';
import { createSocketMode } from './delivery/socket-mode.js';
import { createDriver, type Driver } from './driver.js';
import { WorkspaceError } from './errors.js';
import { createFaults } from './faults.js';
import { send } from './http-body.js';
import { secret } from './ids.js';
import { createRateLimiter, type RateLimits, SLACK_RATES } from './rate-limits.js';
import { createResponseUrls } from './response-urls.js';
import { createRoutes } from './routes.js';
import { readSeed, type WorkspaceSeed } from './seed.js';
import { WorkspaceState } from './state.js';
import { openStateFile, restoreState, withStoredSecrets } from './state-file.js';
import { createTriggers } from './triggers.js';
import { ViewStore } from './views.js';
import { createDispatch } from './web-api/dispatch.js';
import { createUploads } from './web-api/files.js';

export interface WorkspaceOptions {
  /** 0, the default, takes any free one. */
  port?: number;
  seed?: WorkspaceSeed;
  now?: () => number;
  /** How the app hears of things. With `http` the URL may come later, by `pointAt`. */
  delivery?: 'socket' | { http: string | undefined };
  rateLimits?: RateLimits | 'off';
  /** Most characters the blocks of one message may show. Slack publishes no number; refusals were seen from 11,300 on. */
  totalBlockText?: number;
  /** Where everything is kept from one start to the next; without it, memory only. */
  stateFile?: string;
  /** Told when somebody moves the workspace's clock, so that the app's own can be moved with it. */
  onClockMoved?: (ms: number) => void;
}

/** A running workspace: hand `apiUrl` and the tokens to a Bolt app, `pageUrl` to a person, `driver` to a test. */
export interface Workspace {
  readonly url: string;
  /** For `clientOptions.slackApiUrl`. */
  readonly apiUrl: string;
  /** Carries the key of this start: who has it can act as anybody. */
  readonly pageUrl: string;
  readonly controlKey: string;
  readonly port: number;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly botUserId: string;
  readonly driver: Driver;
  /** Where to deliver over HTTP. */
  pointAt(requestUrl: string): void;
  stop(): Promise<void>;
}

const TOTAL_BLOCK_TEXT = 12_000;

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(error);
      reject(
        new WorkspaceError('port_taken', `port ${port} on 127.0.0.1 is taken: choose another, or 0 for any free one`, { cause: error }),
      );
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

export async function startWorkspace(options: WorkspaceOptions = {}): Promise<Workspace> {
  const {
    port: wantedPort = 0,
    seed = {},
    now,
    delivery = 'socket',
    rateLimits = SLACK_RATES,
    totalBlockText = TOTAL_BLOCK_TEXT,
    stateFile,
    onClockMoved,
  } = options;
  const clock = createClock(now);
  const stored = stateFile === undefined ? undefined : openStateFile(stateFile);
  const state = new WorkspaceState(readSeed(withStoredSecrets(seed, stored?.content), clock.now()), clock);
  const { app } = state;
  let port = 0;
  const host = (): string => `127.0.0.1:${port}`;

  const socketMode = delivery === 'socket' ? createSocketMode({ clock, appId: app.id }) : undefined;
  const url = delivery === 'socket' ? undefined : delivery.http;
  const http = createSignedHttp({ clock, signingSecret: app.signingSecret, url });
  const deliveries = createDeliveries({ clock, transport: socketMode ?? http });
  announceToApp({ state, deliveries, clock });

  const views = new ViewStore(state);
  if (stored?.content) restoreState({ state, views, clock, content: stored.content });
  const keepStored = stored?.keep({ state, views });
  const triggers = createTriggers(clock);
  const responseUrls = createResponseUrls({ state, clock });
  const uploads = createUploads(clock);
  const faults = createFaults();
  const context = { state, views, triggers, clock, socketMode, host, totalBlockText, uploads };
  const dispatch = createDispatch({ context, limiter: createRateLimiter(clock, rateLimits), faults });

  const callWatchers = new Set<() => void>();
  const driver = createDriver({
    state,
    views,
    triggers,
    responseUrls,
    deliveries,
    host,
    now: clock.now,
    faults,
    clock,
    calls: dispatch.calls,
    onCall(listener) {
      callWatchers.add(listener);
      return () => callWatchers.delete(listener);
    },
    drop: (reason) => socketMode?.drop(reason),
    connections: () => socketMode?.connections() ?? 0,
    onClockMoved,
  });
  const key = secret();
  const control = createControl(driver, (listener) => socketMode?.onConnections(listener));
  const onCall = (): void => {
    for (const watcher of callWatchers) watcher();
  };
  const routes = createRoutes({ state, dispatch, responseUrls, uploads, control, socketMode, key, host, onCall });

  const server = createServer((request, response) => {
    routes.handle(request, response).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      if (response.headersSent) response.destroy();
      else send(response, 500, { 'content-type': 'text/plain; charset=utf-8' }, message);
    });
  });
  server.on('upgrade', (request, socket, head) => routes.upgrade(request, socket, head));
  try {
    port = await listen(server, wantedPort);
    state.origin = `http://${host()}`;
  } catch (error) {
    clock.stop();
    throw error;
  }

  return {
    url: `http://${host()}`,
    apiUrl: `http://${host()}/api/`,
    pageUrl: `http://${host()}/?key=${key}`,
    controlKey: key,
    port,
    botToken: app.botToken,
    appToken: app.appToken,
    signingSecret: app.signingSecret,
    botUserId: app.botUserId,
    driver,
    pointAt: (requestUrl) => http.pointAt(requestUrl),
    stop: () =>
      new Promise((resolve) => {
        keepStored?.stop();
        clock.stop();
        control.close();
        socketMode?.close();
        http.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
