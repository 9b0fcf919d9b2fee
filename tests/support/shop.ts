import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ApprovalType } from '../../src/approvals/approval.js';
import { createSampleRepository } from '../../src/demo/sample-repositories.js';
import { git } from '../../src/git/git.js';
import { type Driver, type Message, startWorkspace, type Workspace } from '../../src/local-workspace/index.js';
import { packageRoot } from '../../src/process/entry-point.js';
import type { RunProgress } from '../../src/runs/progress.js';
import type { RunStatus } from '../../src/runs/run.js';
import { type BotProcess, startBotProcess } from './bot-process.js';
import { freshDatabase } from './database.js';
import { poll } from './poll.js';

export const channel = 'platform';

export interface ShownRun {
  id: string;
  status: RunStatus;
  progress: RunProgress;
}

/** One sample repository with a bare origin, settings, a database, a workspace: everything a bot needs but the bot. */
export interface Shop {
  /** Of the package and, without the scope, of the repository. */
  name: string;
  packageName: string;
  origin: string;
  settings: string;
  state: string;
  workspace: Workspace;
  driver: Driver;
  database: Awaited<ReturnType<typeof freshDatabase>>;
  /** Types the command as Dana and waits for the run it becomes. */
  ask(options: string): Promise<string>;
  /** Subjects of the commits on the origin's branch since the sample's last tag, newest first. */
  commits(): Promise<string[]>;
  tags(): Promise<string[]>;
  /** A bot on this shop; the ones still running are killed by `close`. */
  start(options?: { env?: Record<string, string>; state?: string }): Promise<BotProcess>;
  close(): Promise<void>;
}

export interface ShopOptions {
  /** Tells the packages of one registry apart. */
  name: string;
  /** Address of an npm registry. */
  registry: string;
  approvals?: Partial<Record<ApprovalType, Record<string, unknown>>>;
  /** Instead of the suite's own cluster. */
  databaseUrl?: string;
  /** Instead of the sample `shop-api`; returns the origin. */
  createRepository?: (folder: string) => Promise<string>;
}

export async function openShop({ name, registry, approvals = {}, databaseUrl, createRepository }: ShopOptions): Promise<Shop> {
  const folder = await mkdtemp(join(tmpdir(), 'mahavishnu-shop-'));
  const settings = join(folder, 'settings');
  const repositories = join(folder, 'repositories');
  await mkdir(settings);
  const packageName = `@sample/${name}`;
  const origin = createRepository ? await createRepository(repositories) : await createShopApi(packageName, repositories);
  const policy = { approvers: ['@release-team'], four_eyes: true };
  const forType = (type: ApprovalType) => ({ ...policy, ...approvals[type] });
  await writeFile(
    join(settings, 'mahavishnu.yaml'),
    stringify({
      approvals: { version_bump: forType('version_bump'), publish: forType('publish'), high_risk_fix: forType('high_risk_fix') },
      slack: { pace: { 'chat.postMessage': 6_000, 'chat.update': 6_000 } },
    }),
  );
  await writeFile(join(settings, 'repos.yaml'), stringify({ allowed_folders: [repositories], repos: [{ name, path: origin }] }));
  const database = await freshDatabase();
  const workspace = await startWorkspace({ rateLimits: 'off', seed: { app: { manifest: join(packageRoot, 'manifest.yml') } } });
  const state = join(folder, 'state');
  const bots: BotProcess[] = [];
  const shop: Shop = {
    name,
    packageName,
    ask: (options) => ask(shop, options),
    commits: async () => (await git(['log', '--format=%s', 'v2.4.0..main'], { cwd: origin })).trim().split('\n'),
    tags: async () => (await git(['tag', '--list'], { cwd: origin })).trim().split('\n'),
    origin,
    settings,
    state,
    workspace,
    driver: workspace.driver,
    database,
    async start({ env = {}, state: other = state } = {}) {
      const bot = await startBotProcess({
        settings,
        state: other,
        env: {
          DATABASE_URL: databaseUrl ?? database.url,
          SLACK_BOT_TOKEN: workspace.botToken,
          SLACK_APP_TOKEN: workspace.appToken,
          MAHAVISHNU_SLACK_API_URL: workspace.apiUrl,
          NPM_TOKEN: 'token-of-a-registry-on-loopback',
          MAHAVISHNU_RELEASE__REGISTRIES__NPM__URL: registry,
          MAHAVISHNU_RELEASE__REGISTRIES__NPM__TOKEN_FROM: 'NPM_TOKEN',
          ...env,
        },
      });
      bots.push(bot);
      return bot;
    },
    async close() {
      for (const bot of bots) await bot.kill();
      await workspace.stop();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return shop;
}

/** The sample under a name of its own, so that several of them fit into one registry. */
async function createShopApi(packageName: string, folder: string): Promise<string> {
  const { origin, checkout } = await createSampleRepository('shop-api', folder);
  for (const file of ['package.json', 'package-lock.json']) {
    const path = join(checkout, file);
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll('@sample/shop-api', packageName));
  }
  await git(['commit', '--quiet', '-am', 'chore: name the package'], { cwd: checkout });
  await git(['push', '--quiet', 'origin', 'main'], { cwd: checkout });
  return origin;
}

async function ask(shop: Shop, options: string): Promise<string> {
  const known = new Set((await runsOf(shop)).map(({ id }) => id));
  await shop.driver.as('dana').command(channel, '/review-and-fix', `${shop.name} ${options}`);
  return poll(`the run of "${options}"`, async () => (await runsOf(shop)).find(({ id }) => !known.has(id))?.id);
}

export async function runsOf({ database }: Shop): Promise<ShownRun[]> {
  const { rows } = await database.pool.query<ShownRun>('select id, status, progress from mahavishnu.runs order by created_at');
  return rows;
}

export async function runOf(shop: Shop, runId: string): Promise<ShownRun> {
  const run = (await runsOf(shop)).find(({ id }) => id === runId);
  if (!run) throw new Error(`there is no run ${runId}`);
  return run;
}

/** Every message of the channel that is there now, roots and replies. */
export function messagesOf({ driver }: Shop): Message[] {
  return driver
    .channel(channel)
    .messages()
    .flatMap((root) => driver.thread(root.ts));
}

interface Element {
  type?: string;
  action_id?: string;
  text?: { text?: string };
}

const elementsOf = ({ blocks }: Message): Element[] => (blocks as { elements?: Element[] }[]).flatMap(({ elements }) => elements ?? []);

export const actionsOf = (message: Message): string[] => elementsOf(message).flatMap(({ action_id: id }) => id ?? []);

export const buttonsOf = (message: Message): string[] =>
  elementsOf(message).flatMap(({ type, text }) => (type === 'button' ? (text?.text ?? []) : []));

/** Waits until a button whose text matches stands in the channel. */
export function untilButton(shop: Shop, label: RegExp): Promise<{ ts: string; label: string }> {
  return poll(`a button ${label}`, () => {
    for (const message of messagesOf(shop).toReversed()) {
      const found = buttonsOf(message).find((text) => label.test(text));
      if (found) return { ts: message.ts, label: found };
    }
    return undefined;
  });
}

export async function press(shop: Shop, label: RegExp, as = 'ravi'): Promise<void> {
  const button = await untilButton(shop, label);
  await shop.driver.as(as).click(button.ts, button.label, { confirm: true });
}

/** Waits for the run's end, and until its thread shows it. */
export async function untilEnded(shop: Shop, runId: string): Promise<ShownRun> {
  const { pool } = shop.database;
  await poll(`the end of ${runId}`, async () => (await runOf(shop, runId)).progress.end);
  await poll(`the thread of ${runId} to show its end`, async () => {
    const { rows } = await pool.query<{ done: boolean }>('select shown >= version as done from mahavishnu.slack_threads where key = $1', [
      runId,
    ]);
    return rows[0]?.done;
  });
  await poll(`the workflows of ${runId} to end`, async () => {
    const { rows } = await pool.query(`select 1 from dbos.workflow_status where status in ('PENDING', 'ENQUEUED', 'DELAYED')`);
    return rows.length === 0;
  });
  return runOf(shop, runId);
}
