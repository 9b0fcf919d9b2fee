import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Running, startSocketApp } from './app.js';
import { type Browser, hasBrowser, openBrowser, photograph, seriousFaults } from './browser.js';
import { listenToEverything } from './everything.js';

const heard: string[] = [];

describe.runIf(hasBrowser)('the page in a browser', () => {
  let running: Running;
  let browser: Browser;
  let page: Page;
  const broken: string[] = [];

  beforeAll(async () => {
    running = await startSocketApp((app) => listenToEverything(app, heard));
    browser = await openBrowser();
    page = await browser.context.newPage();
    page.on('pageerror', (error) => broken.push(error.message));
    page.on('console', (message) => message.type() === 'error' && broken.push(message.text()));
    page.on('request', (request) => {
      if (!request.url().startsWith(running.workspace.url) && !request.url().startsWith('data:')) broken.push(`asked ${request.url()}`);
    });
    await page.goto(running.workspace.pageUrl);
  });
  afterAll(async () => {
    await browser?.close();
    await running?.stop();
  });

  const composer = () => page.getByRole('textbox', { name: 'Message #platform' });
  const type = async (words: string) => {
    await composer().fill(words);
    await composer().press('Enter');
  };
  const newest = () => page.getByRole('feed', { name: 'Messages in #platform' }).getByRole('article').last();
  const soon = (what: () => unknown) => expect.poll(what, { timeout: 5000 });

  it('completes a command and draws every block', async () => {
    await type('/review more');
    await newest().getByText('How it works').waitFor();
    await newest().getByText('More of it').click();
    await newest().getByText('Inside').waitFor();
    expect(await newest().locator('.unknown').allTextContents()).toEqual([]);
    await composer().pressSequentially('/re');
    await expect.poll(() => page.getByRole('option', { name: /\/review/ }).count()).toBe(1);
    await composer().press('Tab');
    expect(await composer().inputValue()).toBe('/review ');
    await composer().press('Enter');
    await newest().getByText('Go ahead').waitFor();
    expect(await newest().locator('.unknown').allTextContents()).toEqual([]);
    expect(await newest().getByRole('link', { name: 'a link' }).getAttribute('rel')).toBe('noopener noreferrer');
    await photograph(page, 'every-block');
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('presses, asks before it presses, chooses, and says when the app does not answer', async () => {
    const everything = page.getByRole('article').filter({ hasText: 'Go ahead' });
    await everything.getByRole('button', { name: 'Go ahead' }).click();
    await newest().getByText('Only you see this').waitFor();
    await everything.getByRole('button', { name: 'Stop' }).click();
    const dialog = page.getByRole('dialog', { name: 'Stop it?' });
    await dialog.getByText('Nothing').waitFor();
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await everything.getByRole('button', { name: 'Stop' }).click();
    await dialog.getByRole('button', { name: 'Stop it' }).click();
    await everything.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Extend' }).click();
    await everything.getByRole('combobox', { name: 'Pick one' }).selectOption('green');
    await everything.getByRole('combobox', { name: 'Who?' }).selectOption({ label: 'Ravi Menon' });
    await everything.getByRole('button', { name: 'Good' }).click();
    await soon(() => heard).toEqual(['go', 'stop', 'more Extend', 'pick green', 'who U0RAVI000', 'rate']);
    await everything.getByRole('button', { name: 'Never answers' }).click();
    running.workspace.driver.moveClock(3001);
    await everything.getByText('The app did not answer in time.').waitFor();
  });

  it('fills in a form: errors, choices of the app, a view on top, what was typed stays', async () => {
    heard.length = 0;
    await type('/review form');
    const form = page.getByRole('dialog', { name: 'Everything' });
    await form.getByLabel('Repository').fill('apii');
    await photograph(page, 'form');
    expect(await seriousFaults(page)).toEqual([]);
    await form.getByRole('button', { name: 'Start' }).click();
    await form.getByText('Please complete this required field.').waitFor();
    await form.getByLabel('Scope').selectOption('typing');
    await form.getByRole('button', { name: 'Start' }).click();
    await form.getByText('Did you mean api?').waitFor();
    await form.getByLabel('Repository').fill('api');
    await form.getByRole('button', { name: 'Deeper' }).click();
    await page.getByRole('dialog', { name: 'Deeper' }).getByRole('button', { name: 'Back' }).click();
    expect(await form.getByLabel('Repository').inputValue()).toBe('api');
    await form.getByLabel('auto fix').check();
    await form.locator('summary').click();
    await form.getByLabel('web').check();
    await form.getByLabel('Issue').fill('014');
    await page.getByRole('option', { name: 'MHV-014' }).click();
    await form.getByRole('button', { name: 'Start' }).click();
    await form.waitFor({ state: 'detached' });
    expect(heard).toEqual(['typed before: api', 'api typing auto fix web MHV-014']);
  });

  it('keeps an open menu and a half-filled field while other messages come and change', async () => {
    const everything = page.getByRole('article').filter({ hasText: 'Go ahead' });
    await composer().fill('half a sentence');
    await everything.getByRole('button', { name: 'More actions' }).click();
    const { driver } = running.workspace;
    const said = driver.as('ravi').say('platform', 'meanwhile');
    await newest().getByText('meanwhile').waitFor();
    expect(await page.getByRole('menuitem', { name: 'Forget' }).isVisible()).toBe(true);
    expect(await composer().inputValue()).toBe('half a sentence');
    await page.keyboard.press('Escape');
    driver.deleteMessage(said.ts);
    await page.getByRole('article').getByText('meanwhile').waitFor({ state: 'detached' });
    await composer().fill('');
  });

  it('uses a shortcut on a message, answers in a thread, and shows the payloads', async () => {
    heard.length = 0;
    await type('see @ravi & <b>');
    await newest().getByText('see @Ravi Menon & <b>').waitFor();
    await newest().hover();
    await newest().getByRole('button', { name: 'More for this message' }).click();
    await page.getByRole('menuitem', { name: /Make an issue/ }).click();
    await page.getByRole('dialog', { name: 'New issue' }).getByRole('button', { name: 'Close' }).click();
    expect(heard).toEqual(['shortcut on see <@U0RAVI000> &amp; &lt;b&gt;']);
    await newest().hover();
    await newest().getByRole('button', { name: 'Reply in thread' }).click();
    const reply = page.getByRole('textbox', { name: 'Message the thread' });
    await reply.fill('in the thread');
    await reply.press('Enter');
    await page.getByRole('feed', { name: 'Messages in the thread' }).getByText('in the thread').waitFor();
    await newest()
      .getByRole('button', { name: /1 reply/ })
      .waitFor();
    await newest().hover();
    await newest().getByRole('button', { name: 'More for this message' }).click();
    await page.getByRole('menuitem', { name: /Show payloads/ }).click();
    await page.getByText(/Sent to the app \([1-9]/).waitFor();
    await page.getByRole('button', { name: 'Close Payloads' }).click();
  });

  it('shows pictures, files, what is being written, pins and bookmarks', async () => {
    heard.length = 0;
    const { client } = running.app;
    const place = { channel: 'C0PLATFORM' };
    const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    await client.filesUploadV2({
      channel_id: place.channel,
      filename: 'chart.png',
      title: 'Open issues by week',
      file: Buffer.from(pixel, 'base64'),
    });
    const picture = page.getByRole('img', { name: 'Open issues by week' });
    await picture.waitFor();
    await soon(() => picture.evaluate((image: unknown) => (image as { naturalWidth: number }).naturalWidth)).toBe(1);
    await client.filesUploadV2({ channel_id: place.channel, filename: 'fix.diff', title: 'The fix', file: Buffer.from('+new') });
    await newest()
      .getByRole('link', { name: /The fix/ })
      .waitFor();

    const { ts: thread_ts } = running.workspace.driver.as('dana').say('platform', 'tell me more');
    await newest().hover();
    await newest().getByRole('button', { name: 'Reply in thread' }).click();
    const started = await client.chat.startStream({
      ...place,
      thread_ts,
      recipient_user_id: 'U0DANA000',
      recipient_team_id: 'T0LOCAL0',
      markdown_text: 'It **is',
    });
    const reply = page.getByRole('feed', { name: 'Messages in the thread' }).getByRole('article').last();
    await reply.getByText('writing…').waitFor();
    await client.chat.stopStream({ ...place, ts: started.ts ?? '', markdown_text: ' so**' });
    await reply.getByText('writing…').waitFor({ state: 'detached' });
    expect(await reply.locator('strong').last().textContent()).toBe('is so');
    await page.getByRole('button', { name: 'Close the thread' }).click();

    await client.pins.add({ ...place, timestamp: thread_ts });
    await client.bookmarks.add({ channel_id: place.channel, title: 'Dashboard', type: 'link', link: 'https://example.com/d' });
    await page.getByText('1 pinned').waitFor();
    await page.getByRole('link', { name: /Dashboard/ }).waitFor();
    await page.getByRole('button', { name: 'Shortcuts' }).click();
    await page.getByRole('menuitem', { name: /Start a review/ }).click();
    await soon(() => heard).toEqual(['global shortcut']);
  });

  it('shows each person what is theirs: unread marks, private messages, Home', async () => {
    running.workspace.driver.as('dana').say('general', 'for <@U0RAVI000>');
    await page.getByRole('combobox', { name: /You are/ }).selectOption({ label: 'Ravi Menon (release team)' });
    await page
      .getByRole('button', { name: /general/ })
      .and(page.locator('.unread'))
      .waitFor();
    expect(await page.getByText('Only you see this').count()).toBe(0);
    await page.getByRole('button', { name: /general/ }).click();
    await page.getByText('for @Ravi Menon').waitFor();
    await soon(() => page.locator('.side .unread').filter({ hasText: 'general' }).count()).toBe(0);
    await page.getByRole('button', { name: /Home/ }).click();
    await page.getByRole('heading', { name: 'Waiting for you' }).waitFor();
    heard.length = 0;
    await page.getByRole('button', { name: 'Look' }).click();
    await soon(() => heard).toEqual(['go']);
    await page.getByRole('combobox', { name: /You are/ }).selectOption({ label: 'Dana Adler (lead)' });
    await page.getByRole('button', { name: /platform/ }).click();
  });

  it('puts faults and time into the hands of who tries the app', async () => {
    const { driver } = running.workspace;
    await page.getByRole('button', { name: /Faults and clock/ }).click();
    const before = driver.now();
    await page.getByRole('button', { name: '+ 30 min' }).click();
    await soon(() => driver.now() - before >= 1_800_000).toBe(true);
    await page.getByLabel('Method').selectOption('chat.postMessage');
    await page.getByLabel('How').selectOption('error');
    await page.getByRole('button', { name: 'Arm', exact: true }).click();
    await photograph(page, 'faults');
    expect(await seriousFaults(page)).toEqual([]);
    await type('/review');
    await soon(() => driver.calls.at(-1)?.result).toMatchObject({ ok: false, error: 'internal_error' });
    await page.getByRole('button', { name: 'Close Faults and clock' }).click();
  });

  it('never lets a broken or unknown block take anything else down', async () => {
    const { driver } = running.workspace;
    const message = driver.as('mei').say('platform', 'odd');
    const odd = driver.message(message.ts)!;
    odd.blocks = [{ type: 'hologram' }, { type: 'section', text: null }, { type: 'table', rows: 7 }, { type: 'actions', elements: 'x' }];
    driver.as('mei').react(message.ts, 'eyes');
    await page.getByText('hologram: not drawn here').waitFor();
    await type('still here');
    await newest().getByText('still here').waitFor();
  });

  it('fits a telephone, and reaches everything by the keyboard', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    await photograph(page, 'telephone');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Channels' }).click();
    await photograph(page, 'telephone-channels');
    await page.getByRole('button', { name: /general/ }).click();
    await page.setViewportSize({ width: 1360, height: 860 });
    await page.getByRole('feed').focus();
    await page.keyboard.press('ArrowUp');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('ARTICLE');
  });

  it('broke nothing and asked nobody outside', () => {
    expect(broken).toEqual([]);
  });
});
