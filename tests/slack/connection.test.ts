import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Driver, startWorkspace, type Workspace } from '../../src/local-workspace/index.js';
import { createSlackApp, type SlackApp } from '../../src/slack/app.js';
import { createLog } from '../../src/telemetry/log.js';
import { botAtTheBorder, unlimited } from './bot-at-the-border.js';

const log = createLog({ level: 'fatal' });
const border = botAtTheBorder();
let workspace: Workspace;
let driver: Driver;
let app: SlackApp;

beforeEach(async () => {
  workspace = await startWorkspace({ seed: { app: { manifest: 'manifest.yml' } } });
  driver = workspace.driver;
  app = createSlackApp({
    bot: border.bot,
    settings: { mode: 'socket', http: { host: '127.0.0.1', port: 1, path: '/' } },
    tokens: workspace,
    log,
    slackApiUrl: workspace.apiUrl,
    pace: unlimited,
  });
  await app.start();
});
afterEach(async () => {
  await app.stop();
  await workspace.stop();
});

describe('a connection that is lost (SL-10)', () => {
  it('survives a refusal to come back, which Bolt would not', async () => {
    const opened = () => driver.calls.filter(({ method }) => method === 'apps.connections.open').length;
    const refusals: unknown[] = [];
    const note = (reason: unknown) => void refusals.push(reason);
    process.on('unhandledRejection', note);
    driver.fault('apps.connections.open', { kind: 'error', error: 'invalid_auth' });
    driver.dropConnection();
    await driver.waitFor(() => opened() === 2, { timeoutMs: 9000 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.off('unhandledRejection', note);
    expect(refusals).toEqual([]);
  });
});

describe('tokens that Slack refuses', () => {
  it.each([
    [{ botToken: 'xoxb-local-wrong' }, /SLACK_BOT_TOKEN: Slack refuses it \(invalid_auth\)/],
    [{ appToken: 'xapp-local-wrong' }, /SLACK_APP_TOKEN: Slack refuses it \(invalid_auth\)/],
  ])('are named', async (wrong, words) => {
    const { botToken, appToken } = workspace;
    const other = createSlackApp({
      bot: border.bot,
      settings: { mode: 'socket', http: { host: '127.0.0.1', port: 1, path: '/' } },
      tokens: { botToken, appToken, ...wrong },
      log,
      slackApiUrl: workspace.apiUrl,
      pace: unlimited,
    });
    await expect(other.start()).rejects.toThrow(words);
    await other.stop();
  });
});
