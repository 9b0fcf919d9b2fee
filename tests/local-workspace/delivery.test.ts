import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startWorkspace, type Workspace } from '../../src/local-workspace/index.js';
import { MANIFEST, type Running, startHttpApp, startSocketApp } from './app.js';

let running: Running | undefined;
let alone: Workspace | undefined;
afterEach(async () => {
  await running?.stop();
  await alone?.stop();
  running = undefined;
  alone = undefined;
});

describe('Socket Mode', () => {
  it('tells the user when three seconds went by, and drops the late acknowledgement', async () => {
    let hear = (_ack: () => Promise<void>): void => undefined;
    const heard = new Promise<() => Promise<void>>((resolve) => {
      hear = resolve;
    });
    running = await startSocketApp((app) => {
      app.command('/review', async ({ ack }) => hear(() => ack('too late')));
      app.command('/ask', ({ ack }) => ack());
    });
    const { driver } = running.workspace;
    const sent = driver.as('dana').command('platform', '/review');
    const acknowledge = await heard;
    driver.moveClock(3000);
    expect((await sent).outcome).toBe('operation_timeout');
    await acknowledge();
    // Frames come in order: once this one is acknowledged, the late one before it has been read.
    expect((await driver.as('dana').command('general', '/ask')).outcome).toBe('acked');
    const shown = driver.channel('platform').messages({ as: 'dana' });
    expect(shown.map((message) => [message.text, message.isNotice])).toEqual([['/review failed with the error "operation_timeout"', true]]);
    expect(driver.channel('platform').messages({ as: 'ravi' })).toEqual([]);
  });

  it('fails a command at once without a connection, but keeps events for the reconnect', async () => {
    const heard: string[] = [];
    running = await startSocketApp((app) => {
      app.event('app_mention', async ({ event }) => {
        heard.push(event.text);
      });
      app.command('/review', ({ ack }) => ack());
    });
    const { driver, botUserId } = running.workspace;
    driver.dropConnection();
    expect((await driver.as('dana').command('platform', '/review')).outcome).toBe('dispatch_failed');
    driver.as('dana').mention('platform', 'are you there?');
    await driver.waitFor(() => heard.length > 0, { timeoutMs: 12_000 });
    expect(heard).toEqual([`<@${botUserId}> are you there?`]);
    expect((await driver.as('dana').command('platform', '/review')).outcome).toBe('acked');
  });

  it('opens a connection once per ticket and hands it out only for the app token', async () => {
    running = await startSocketApp(() => undefined);
    const { workspace } = running;
    const answer = await fetch(`${workspace.apiUrl}apps.connections.open`, {
      method: 'POST',
      headers: { authorization: `Bearer ${workspace.appToken}` },
    });
    const { url } = (await answer.json()) as { url: string };
    const connect = () =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(url);
        socket.onmessage = (event) => {
          resolve((JSON.parse(String(event.data)) as { type: string }).type);
          socket.close();
        };
        socket.onerror = () => resolve('refused');
      });
    expect(await connect()).toBe('hello');
    expect(await connect()).toBe('refused');
  });

  it('echoes the own posts of the app, which ignoreSelf drops, and gives people messages once', async () => {
    const heard: string[] = [];
    running = await startSocketApp((app) => {
      app.message(async ({ message, say }) => {
        heard.push((message as { text: string }).text);
        await say('echo');
      });
    });
    const { driver } = running.workspace;
    driver.as('dana').say('platform', 'hello');
    await driver.waitFor(() => driver.deliveries.filter((one) => one.outcome === 'acked').length === 2);
    expect(heard).toEqual(['hello']);
    const echoed = driver.deliveries.map((one) => (one.payload.event as { text: string; bot_id?: string }).text);
    expect(echoed).toEqual(['hello', 'echo']);
  });

  it('sends the same envelope again when asked', async () => {
    const heard: string[] = [];
    running = await startSocketApp((app) => {
      app.event('app_mention', async ({ body }) => {
        heard.push(body.event_id);
      });
    });
    const { driver } = running.workspace;
    driver.as('dana').mention('general', 'once');
    const delivery = await driver.waitFor(() =>
      driver.deliveries.find((one) => (one.payload.event as { type: string }).type === 'app_mention' && one.outcome === 'acked'),
    );
    expect(await driver.redeliver(delivery.id)).toBe(true);
    expect(heard).toHaveLength(2);
    expect(new Set(heard).size).toBe(1);
  });
});

describe('signed HTTP', () => {
  it('carries commands, clicks and events with the very bytes that were signed', async () => {
    const heard: string[] = [];
    running = await startHttpApp((app) => {
      app.command('/ask', async ({ ack, command, respond }) => {
        await ack();
        heard.push(command.text);
        await respond({
          response_type: 'in_channel',
          text: 'pick',
          blocks: [{ type: 'actions', elements: [{ type: 'button', action_id: 'go', text: { type: 'plain_text', text: 'Go: ✓ & ü' } }] }],
        });
      });
      app.action('go', async ({ ack }) => {
        await ack();
        heard.push('go');
      });
      app.event('app_mention', async ({ event }) => {
        heard.push(event.text.replace(/<@\w+> /, ''));
      });
    });
    const { driver } = running.workspace;
    const dana = driver.as('dana');
    await dana.command('platform', '/ask', '@ravi #general https://e.com/?a=1&b=ü @nobody');
    const message = await driver.waitFor(() => driver.channel('platform').messages()[0]);
    await dana.click(message.ts, 'go');
    dana.mention('platform', 'grüße');
    await driver.waitFor(() => heard.length === 3);
    const [ravi, general] = [driver.as('ravi').id, driver.channel('general').id];
    expect(heard).toEqual([`<@${ravi}> <#${general}|general> <https://e.com/?a=1&b=ü> @nobody`, 'go', 'grüße']);
  });

  it('is refused by an app with another signing secret', async () => {
    running = await startHttpApp((app) => void app.command('/review', ({ ack }) => ack()), { signingSecret: 'another secret' });
    const { driver } = running.workspace;
    const sent = await driver.as('dana').command('platform', '/review');
    expect([sent.outcome, sent.status]).toEqual(['http_service_error', 401]);
  });

  it('repeats an event at once, after a minute and after five, and a command never', async () => {
    alone = await startWorkspace({ delivery: { http: 'http://127.0.0.1:9/slack/events' }, seed: { app: { manifest: MANIFEST } } });
    const { driver } = alone;
    expect((await driver.as('dana').command('platform', '/review')).attempts).toBe(1);
    driver.as('dana').say('platform', 'hello');
    const event = driver.deliveries.at(-1)!;
    const attempts = async (count: number): Promise<void> => {
      while (event.attempts < count) await new Promise((resolve) => setImmediate(resolve));
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    };
    await attempts(2);
    driver.moveClock(60_000);
    await attempts(3);
    driver.moveClock(300_000);
    await driver.waitFor(() => event.outcome === 'http_service_error');
    expect(event.attempts).toBe(4);
  });
});

describe('the client of Slack', () => {
  it('uploads a file into a thread', async () => {
    running = await startSocketApp(() => undefined);
    const { app, workspace } = running;
    const { driver } = workspace;
    const root = driver.as('dana').say('platform', 'show me');
    const channel_id = driver.channel('platform').id;
    await app.client.filesUploadV2({
      channel_id,
      thread_ts: root.ts,
      filename: 'out.txt',
      title: 'Output',
      content: '2 failed',
      initial_comment: 'here',
    });
    const reply = driver.thread(root.ts)[1]!;
    expect(driver.render(reply)).toBe('here\n[file: Output, 8 bytes]');
  });

  it('waits as long as a 429 says and then gets through', async () => {
    running = await startSocketApp(() => undefined);
    const { driver } = running.workspace;
    driver.fault('chat.postMessage', { kind: 'rate_limited', retryAfter: 1 });
    const began = Date.now();
    const { WebClient, retryPolicies } = await import('@slack/web-api');
    const client = new WebClient(running.workspace.botToken, {
      slackApiUrl: running.workspace.apiUrl,
      retryConfig: retryPolicies.rapidRetryPolicy,
    });
    await client.chat.postMessage({ channel: driver.channel('platform').id, text: 'through' });
    expect(Date.now() - began).toBeGreaterThanOrEqual(1000);
    expect(driver.calls.filter((one) => one.method === 'chat.postMessage').map((one) => one.status)).toEqual([429, 200]);
  });
});

describe('response URLs', () => {
  it('are good for five answers within half an hour', async () => {
    const urls: string[] = [];
    running = await startSocketApp((app) => {
      app.command('/review', async ({ ack, command }) => {
        urls.push(command.response_url);
        await ack();
      });
    });
    const { driver } = running.workspace;
    await driver.as('dana').command('platform', '/review');
    await driver.as('dana').command('platform', '/review');
    const answer = (url: string, body: object) =>
      fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }).then(
        (response) => response.status,
      );
    const statuses: number[] = [];
    for (let use = 1; use <= 6; use += 1)
      statuses.push(await answer(urls[0]!, { text: `${use}`, ...(use === 5 && { response_type: 'in_channel' }) }));
    expect(statuses).toEqual([200, 200, 200, 200, 200, 404]);
    expect(
      driver
        .channel('platform')
        .messages()
        .map((message) => message.text),
    ).toEqual(['5']);
    driver.moveClock(30 * 60_000 + 1);
    expect(await answer(urls[1]!, { text: 'late' })).toBe(404);
  });
});
