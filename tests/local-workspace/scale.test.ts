import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startWorkspace, type Workspace } from '../../src/local-workspace/index.js';
import { type Browser, hasBrowser, openBrowser } from './browser.js';

const MESSAGES = 10_000;
const CLIENTS = 100;
const POSTS = 200;

let workspace: Workspace;
beforeAll(async () => {
  workspace = await startWorkspace({ rateLimits: 'off' });
  const people = ['dana', 'ravi', 'mei'].map((name) => workspace.driver.as(name));
  for (let n = 0; n < MESSAGES; n += 1) {
    const lines = Array.from({ length: 1 + (n % 5) }, (_, line) => `message ${n}, line ${line} with *some* \`marks\``);
    people[n % 3]!.say('platform', lines.join('\n'));
  }
});
afterAll(() => workspace.stop());

const TALL = `document.querySelector('[role=feed]').scrollHeight`;

/** Figures are told, not judged: how fast a machine is says nothing about the code. */
const tell = (what: string, ms: number): void => console.info(`${what}: ${ms.toFixed(0)} ms`);

describe.runIf(hasBrowser)(`a channel of ${MESSAGES} messages`, () => {
  let browser: Browser;
  afterAll(() => browser.close());

  it('opens at its end, draws what is seen, and goes back to its beginning', async () => {
    browser = await openBrowser();
    const page = await browser.context.newPage();
    const asked: string[] = [];
    page.on('request', (request) => request.url().includes('/control') && asked.push(request.postData() ?? ''));
    const began = performance.now();
    await page.goto(workspace.pageUrl);
    await page.getByText(`message ${MESSAGES - 1}, line 0`).waitFor();
    tell('opened', performance.now() - began);
    // The page brought along what it shows: there was nothing to wait for.
    expect(asked).toEqual([]);
    expect(await page.getByRole('article').count()).toBeLessThan(120);
    const feed = page.getByRole('feed');
    // What is not drawn takes its room all the same: the bar at the side tells where the reader is, and nothing older is fetched unasked.
    expect(await page.evaluate(TALL)).toBeGreaterThan(4000);
    await feed.hover();
    const frames = await page.evaluate<number[]>(`new Promise((done) => {
      const feed = document.querySelector('[role=feed]');
      const frames = [];
      let last = performance.now();
      const step = (now) => {
        frames.push(now - last);
        last = now;
        feed.scrollTop -= 400;
        if (frames.length < 200) requestAnimationFrame(step);
        else done(frames.slice(1));
      };
      requestAnimationFrame(step);
    })`);
    frames.sort((a, b) => a - b);
    tell('frame while scrolling, median', frames[Math.floor(frames.length / 2)] ?? 0);
    tell('frame while scrolling, 95th of 100', frames[Math.floor(frames.length * 0.95)] ?? 0);
    await expect
      .poll(
        async () => {
          await page.evaluate(`document.querySelector('[role=feed]').scrollTop = 0`);
          return page.getByText('message 0, line 0').count();
        },
        { timeout: 20_000 },
      )
      .toBe(1);
    expect(await page.getByRole('article').count()).toBeLessThan(120);
    // Who reads far above is not torn away by what is said at the end.
    const before = await page.evaluate(`document.querySelector('[role=feed]').scrollTop`);
    workspace.driver.as('ravi').say('platform', 'the newest of all');
    await page.getByRole('log', { name: 'New messages' }).getByText('the newest of all').waitFor({ state: 'attached' });
    expect(await page.evaluate(`document.querySelector('[role=feed]').scrollTop`)).toBe(before);
  });
});

it(`${CLIENTS} clients hear every message, in order`, async () => {
  const url = `${workspace.url.replace('http', 'ws')}/control/live?key=${workspace.controlKey}&as=`;
  const heard = Array.from({ length: CLIENTS }, () => [] as string[]);
  const sockets = await Promise.all(
    heard.map(
      (list, index) =>
        new Promise<WebSocket>((resolve, reject) => {
          const socket = new WebSocket(url + ['dana', 'ravi', 'mei'][index % 3]);
          socket.on('error', reject);
          socket.on('message', (data) => {
            const frame = JSON.parse(data.toString()) as { type: string; entry?: { message?: { text: string } } };
            if (frame.type === 'hello') resolve(socket);
            else if (frame.entry?.message) list.push(frame.entry.message.text);
          });
        }),
    ),
  );
  const wanted = Array.from({ length: POSTS }, (_, n) => `news ${n}`);
  const began = performance.now();
  for (const text of wanted) workspace.driver.as('mei').say('platform', text);
  await expect.poll(() => heard.every((list) => list.length === POSTS), { timeout: 15_000, interval: 5 }).toBe(true);
  tell(`${POSTS} messages to ${CLIENTS} clients`, performance.now() - began);
  expect(new Set(heard.map((list) => list.join()))).toEqual(new Set([wanted.join()]));
  for (const socket of sockets) socket.terminate();
});
