import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ApprovalType } from '../../src/approvals/approval.js';
import type { Database } from '../../src/database/open.js';
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
  database: Database & { drop(): Promise<void> };
  /** Types the command, as Dana unless said otherwise, and waits for the run it becomes. */
  ask(options: string, as?: string): Promise<string>;
  /** Subjects of the commits on the origin's branch since the sample's last tag, newest first. */
  commits(): Promise<string[]>;
  tags(): Promise<string[]>;
  /** A bot on this shop; the ones still running are killed by `close`. */
  start(options?: { env?: Record<string, string>; state?: string }): Promise<BotProcess>;
  /** What happened, for a test that failed: the events of the runs, and what the bots logged. */
  account(): Promise<string>;
  close(): Promise<void>;
}

export interface ShopOptions {
  /** Tells the packages of one registry apart. */
  name: string;
  /** Address of an npm registry. */
  registry: string;
  approvals?: Partial<Record<ApprovalType, Record<string, unknown>>>;
  /** Instead of one on the suite's own cluster. */
  database?: Database & { drop(): Promise<void> };
  /** Instead of the sample `shop-api`; returns the origin. */
  createRepository?: (folder: string) => Promise<string>;
}

export async function openShop({ name, registry, approvals = {}, database: given, createRepository }: ShopOptions): Promise<Shop> {
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
  const database = given ?? (await freshDatabase());
  const workspace = await startWorkspace({ rateLimits: 'off', seed: { app: { manifest: join(packageRoot, 'manifest.yml') } } });
  const state = join(folder, 'state');
  const bots: BotProcess[] = [];
  const shop: Shop = {
    name,
    packageName,
    ask: (options, as = 'dana') => ask(shop, options, as),
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
          DATABASE_URL: database.url,
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
    async account() {
      const { rows } = await database.pool.query<{ at: Date; key: string; event: unknown }>(
        'select at, key, event from mahavishnu.run_events order by id',
      );
      const events = rows.map(({ at, key, event }) => `${at.toISOString()} ${key} ${JSON.stringify(event).slice(0, 300)}`);
      return [...events, ...bots.map((bot) => bot.log().slice(-6_000))].join('\n');
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

async function ask(shop: Shop, options: string, as: string): Promise<string> {
  const known = new Set((await runsOf(shop)).map(({ id }) => id));
  await shop.driver.as(as).command(channel, '/review-and-fix', `${shop.name} ${options}`);
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

/** Moves the clock that deadlines are held against; what is overdue by then expires at the bot's next look, or at its next start. */
export async function moveClock({ database }: Shop, ms: number): Promise<void> {
  await database.pool.query('update mahavishnu.clock set offset_ms = offset_ms + $1', [ms]);
}

export interface ShownApproval {
  id: string;
  type: ApprovalType;
  status: string;
  round: number;
  choice: string | null;
  decided_by: { id: string } | null;
}

export async function approvalsOf({ database }: Shop): Promise<ShownApproval[]> {
  const { rows } = await database.pool.query<ShownApproval>(
    'select id, type, status, round, choice, decided_by from mahavishnu.approvals order by created_at',
  );
  return rows;
}

/** How often the audit log has this action. */
export async function audited({ database }: Shop, action: string): Promise<number> {
  const { rows } = await database.pool.query('select 1 from mahavishnu.audit_log where action = $1', [action]);
  return rows.length;
}

export function messageOf(shop: Shop, key: string): Message | undefined {
  return messagesOf(shop).find(({ metadata }) => JSON.stringify(metadata ?? null).includes(`/${key}"`));
}
