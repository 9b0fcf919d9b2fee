import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApp } from '../../src/app.js';
import { type Started, startBot } from '../../src/cli/start-bot.js';
import { clusterFolder } from '../../src/database/embedded-postgres.js';
import { type Demo, prepareDemo } from '../../src/demo/demo.js';
import { createLog } from '../../src/telemetry/log.js';
import { type Browser, hasBrowser, openBrowser, photograph, seriousFaults } from './browser.js';

const A_STAGE = 150_000;

describe.runIf(hasBrowser)('the demo, played in a browser by two people', () => {
  let folder: string;
  let demo: Demo;
  let bot: Started;
  let browser: Browser;
  let dana: Page;
  let ravi: Page;
  const broken: string[] = [];

  const openAs = async (label: string): Promise<Page> => {
    const page = await browser.context.newPage();
    page.on('pageerror', (error) => broken.push(error.message));
    await page.goto(bot.workspace?.pageUrl ?? '');
    await page.getByRole('combobox', { name: /You are/ }).selectOption({ label });
    return page;
  };

  beforeAll(async () => {
    // Under /tmp by name: the path of a database's Unix socket has to be short.
    folder = await mkdtemp('/tmp/mahavishnu-page-');
    demo = await prepareDemo({ env: process.env, folder, cwd: folder });
    const log = createLog({ level: 'warn', destination: join(folder, 'demo.log') });
    bot = await startBot({
      open: () =>
        openApp({ settings: demo.settings, state: demo.state, log, mode: 'engine', onFatal: (error) => broken.push(error.message) }),
      settings: demo.settings,
    });
    browser = await openBrowser();
    [dana, ravi] = [await openAs('Dana Adler (lead)'), await openAs('Ravi Menon (release team)')];
  }, A_STAGE);
  afterAll(async () => {
    await browser?.close();
    await bot?.stop();
    await demo?.registry.stop();
    await rm(await clusterFolder(folder), { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }, A_STAGE);

  const root = (page: Page) =>
    page.getByRole('feed', { name: 'Messages in #platform' }).getByRole('article').filter({ hasText: 'shop-api' }).first();
  const thread = (page: Page) => page.getByRole('feed', { name: 'Messages in the thread' });

  it(
    'starts from the form: Dana asks for a review with fixes',
    async () => {
      const composer = dana.getByRole('textbox', { name: 'Message #platform' });
      await composer.pressSequentially('/rev');
      await composer.press('Tab');
      await composer.press('Enter');
      const form = dana.getByRole('dialog', { name: 'Review and fix' });
      await form.getByLabel('Repository').selectOption('shop-api');
      await form.getByLabel('Scope').selectOption('all');
      await form.getByLabel(/Fix what can be fixed/).check();
      await photograph(dana, 'modal');
      expect(await seriousFaults(dana)).toEqual([]);
      await form.getByRole('button', { name: 'Start' }).click();
      await form.waitFor({ state: 'detached' });
      await root(dana).waitFor({ timeout: A_STAGE });
    },
    A_STAGE,
  );

  it(
    'shows the run live in its thread, and the findings in a modal',
    async () => {
      await root(dana)
        .getByRole('button', { name: /repl(y|ies)/ })
        .click({ timeout: A_STAGE });
      await thread(dana).getByRole('button', { name: 'View details' }).first().click({ timeout: A_STAGE });
      const details = dana.getByRole('dialog');
      await details
        .getByText(/finding/)
        .first()
        .waitFor();
      await photograph(dana, 'details');
      expect(await seriousFaults(dana)).toEqual([]);
      await details.getByRole('button', { name: 'Close', exact: true }).last().click();
      await details.waitFor({ state: 'detached' });
    },
    A_STAGE,
  );

  it(
    'lets Ravi approve what Dana asked for, and not Dana herself',
    async () => {
      const patch = thread(dana).getByRole('button', { name: /^Patch / });
      await patch.waitFor({ timeout: A_STAGE });
      await photograph(dana, 'approval');
      expect(await seriousFaults(dana)).toEqual([]);
      await patch.click();
      await confirmIfAsked(dana);
      await thread(dana).getByText('Only visible to you').first().waitFor();
      expect(await patch.count()).toBe(1);

      await root(ravi)
        .getByRole('button', { name: /repl(y|ies)/ })
        .click();
      expect(await thread(ravi).getByText('Only visible to you').count()).toBe(0);
      await thread(ravi)
        .getByRole('button', { name: /^Patch / })
        .click();
      await confirmIfAsked(ravi);
      await patch.waitFor({ state: 'detached', timeout: A_STAGE });
      const npm = thread(ravi).getByRole('button', { name: 'npm', exact: true });
      await npm.click({ timeout: A_STAGE });
      await confirmIfAsked(ravi);
      await expect.poll(() => root(dana).textContent(), { timeout: A_STAGE }).toMatch(/published/);
      await photograph(dana, 'thread');
      await dana.getByRole('button', { name: 'Close the thread' }).click();
      await photograph(dana, 'channel');
      expect(await seriousFaults(dana)).toEqual([]);
    },
    A_STAGE,
  );

  it('opens Home where the bot has one', async () => {
    const home = dana.getByRole('button', { name: /Home/ });
    if ((await home.count()) === 0) {
      expect(bot.workspace?.driver.app.homeTab).toBe(false);
      return;
    }
    await home.click();
    await dana.getByRole('region', { name: 'Home tab' }).getByRole('heading').first().waitFor();
    await photograph(dana, 'home');
    expect(await seriousFaults(dana)).toEqual([]);
  });

  it('broke nothing on the way', () => expect(broken).toEqual([]));
});

async function confirmIfAsked(page: Page): Promise<void> {
  const dialog = page.locator('dialog.confirm');
  const asked = await dialog.waitFor({ timeout: 2000 }).then(
    () => true,
    () => false,
  );
  if (asked) await dialog.locator('footer button').last().click();
}
