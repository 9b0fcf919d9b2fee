import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const PATHS = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = PATHS.find((path): path is string => path !== undefined && existsSync(path));

/** False only on a developer's machine: in CI a missing browser is a failure, not a reason to look away. */
export const hasBrowser = executablePath !== undefined || process.env.CI === 'true';
if (!hasBrowser)
  console.warn('No Chromium on this machine (set CHROMIUM to its path): the tests of the page in a browser do not run here.');

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Browser {
  context: BrowserContext;
  close(): Promise<void>;
}

export async function openBrowser(options: { width?: number; height?: number; colorScheme?: 'light' | 'dark' } = {}): Promise<Browser> {
  if (executablePath === undefined) throw new Error('no Chromium: install it with "apt-get install chromium", or set CHROMIUM to its path');
  const { width = 1360, height = 860, colorScheme = 'light' } = options;
  const profile = await mkdtemp(join(tmpdir(), 'mahavishnu-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: FLAGS,
    viewport: { width, height },
    colorScheme,
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(15_000);
  return {
    context,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** Serious accessibility faults of what is on the screen, light and dark, one line each; none is what is wanted. */
export async function seriousFaults(page: Page): Promise<string[]> {
  const light = await faultsNow(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await faultsNow(page);
  await page.emulateMedia({ colorScheme: 'light' });
  return [...light, ...dark.map((fault) => `dark: ${fault}`)];
}

async function faultsNow(page: Page): Promise<string[]> {
  // The page's policy lets no foreign script in, so the checker is run by the debugger, not by a script element.
  await page.evaluate(axe.source);
  const results = await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run();
    return violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      where: nodes.map(({ target, failureSummary }) => `${target.join(' ')} ${failureSummary ?? ''}`),
    }));
  });
  return results
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, where }) => where.map((one) => `${id}: ${one}`));
}

const SCREENSHOTS = join('reports', 'screenshots');

/** Light and dark, into a folder that git does not keep. */
export async function photograph(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(SCREENSHOTS, `${name}-${colorScheme}.png`) });
  }
  await page.emulateMedia({ colorScheme: 'light' });
}
