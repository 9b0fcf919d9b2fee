import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startWorkspace, type Workspace } from '../../src/local-workspace/index.js';
import { type Browser, hasBrowser, openBrowser } from './browser.js';

let workspace: Workspace;
beforeAll(async () => {
  workspace = await startWorkspace({ rateLimits: 'off' });
});
afterAll(() => workspace.stop());

const HOSTILE = '</script><script>document.title = "taken"</script><!-- $& $1 \u2028 __proto__';

describe('the page as it is sent', () => {
  it('carries the newest messages as data that ends where it should, for who has the key', async () => {
    workspace.driver.as('mei').say('platform', HOSTILE);
    const html = await (await fetch(workspace.pageUrl)).text();
    const [, data = ''] = /<script type="application\/json" id="first">(.*?)<\/script>/s.exec(html) ?? [];
    const first = JSON.parse(data) as { info: { start: string }; history: { messages: { text: string }[] } };
    expect(first.history.messages.at(-1)?.text).toBe(HOSTILE);
    expect(first.info.start).toBe(workspace.driver.channel('platform').id);
    expect(html.match(/<script/g)).toHaveLength(2);
    expect((await fetch(`${workspace.url}/?key=wrong`)).status).toBe(403);
  });

  it('gives out the files of the page and no others', async () => {
    expect((await fetch(`${workspace.url}/page/workspace.js`)).status).toBe(200);
    for (const name of ['index.html', '..%2froutes.js', '../routes.js', 'constructor', '']) {
      expect((await fetch(`${workspace.url}/page/${name}`)).status, name).toBe(404);
    }
  });
});

describe.runIf(hasBrowser)('the page when it opens', () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    page = await browser.context.newPage();
  });
  afterEach(() => page.close());

  const last = () => page.getByRole('feed').getByRole('article').last();

  it('draws hostile text as text', async () => {
    workspace.driver.as('mei').say('platform', HOSTILE);
    await page.goto(workspace.pageUrl);
    await last().getByText('</script><script>').waitFor();
    expect(await page.title()).toBe(workspace.driver.team.name);
  });

  it('misses nothing that is said between the sending of the page and its live channel', async () => {
    let said = false;
    await page.route('**/page/workspace.js', async (route) => {
      if (!said) workspace.driver.as('ravi').say('platform', 'said in between');
      said = true;
      await route.continue();
    });
    await page.goto(workspace.pageUrl);
    await last().getByText('said in between').waitFor();
  });

  it('opens again as who one was and where one was', async () => {
    workspace.driver.as('dana').say('general', 'hello to all');
    await page.goto(workspace.pageUrl);
    await page.getByRole('combobox', { name: /You are/ }).selectOption({ label: 'Ravi Menon (release team)' });
    await page.getByRole('button', { name: /general/ }).click();
    await page.getByText('hello to all').waitFor();
    await page.reload();
    await page.getByText('hello to all').waitFor();
    expect(await page.getByRole('combobox', { name: /You are/ }).inputValue()).toBe(workspace.driver.as('ravi').id);
  });

  it('keeps a channel readable while markdown is on its way, and where its reader never comes', async () => {
    const { id } = workspace.driver.channel('platform');
    const markdown = { type: 'markdown', text: 'It is **so**' };
    const send = (body: object) =>
      fetch(`${workspace.apiUrl}chat.postMessage`, {
        method: 'POST',
        headers: { authorization: `Bearer ${workspace.botToken}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    await send({ channel: id, text: 'so', blocks: [markdown] });
    await page.route('**/page/marked*', (route) => route.abort());
    await page.goto(workspace.pageUrl);
    await last().getByText('It is **so**').waitFor();
    await page.unroute('**/page/marked*');
    await page.reload();
    await last().locator('strong').getByText('so', { exact: true }).waitFor();
  });
});
