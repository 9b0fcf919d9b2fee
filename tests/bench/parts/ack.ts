import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../../src/database/embedded-postgres.js';
import { startWorkspace, type Workspace } from '../../../src/local-workspace/index.js';
import { type Bench, type Figures, until, withFolder } from '../bench.js';
import { generateTree } from '../generate.js';
import { type Latencies, type Load, typeCommands } from '../load.js';
import { freePort, manifest, type Program, startBareBolt, startBot, untilCommandsAnswered } from '../programs.js';
import { createRepository, writeSettings } from '../repositories.js';
import { compare, median, round } from '../statistics.js';

const help: Load = { command: '/mahavishnu', text: 'help', count: 2_000, concurrency: 50 };
const start: Load = { command: '/review-and-fix', text: 'big --scope all --dry-run', count: 500, concurrency: 10 };
const activeRuns = 10;

interface Side {
  workspace: Workspace;
  program: Program;
}

/** How long a person's command waits for its acknowledgement, beside a Bolt app that does nothing else. */
export async function measureAck(bench: Bench): Promise<Figures> {
  return withFolder('ack', async (folder) => {
    const silent = { info: () => {}, warn: () => {} };
    const state = join(folder, 'database');
    await mkdir(state);
    const database = await startEmbeddedPostgres({ stateFolder: state, log: silent });
    try {
      const big = await createRepository(join(folder, 'big.git'), generateTree({ files: 500 }));
      // First: the other leaves ten reviews under way, which the next bot on this database would go on with.
      const http = await overHttp(bench, folder, database.url, big);
      const socket = await overSocket(bench, folder, database.url, big);
      return { ...socket, ...http };
    } finally {
      await database.stop();
    }
  });
}

async function overSocket(bench: Bench, folder: string, databaseUrl: string, big: string): Promise<Figures> {
  const settings = await writeSettings(join(folder, 'settings'), { big });
  return withBoth(folder, databaseUrl, settings, undefined, async (bot, bare) => {
    bench.tell('ack: help over Socket Mode');
    const helped = await inTurns(bench, help, bot, bare);

    bench.tell('ack: start, the runs held');
    await say(bot, 'pause');
    const started = await inTurns(bench, start, bot, bare);
    await forgetRecorded(databaseUrl);
    await say(bot, 'resume');

    bench.tell('ack: with 10 runs active');
    const busy = await whileBusy(bench, databaseUrl, bot).catch((error: Error) => {
      bench.tell(`ack: busy failed: ${error.message}`);
      return { busy_p99_ms: { error: error.message } };
    });
    return {
      p50_ms: helped.p50.ms,
      p99_ms: helped.p99.ms,
      bare_p50_ms: helped.p50.bare_ms,
      bare_p99_ms: helped.p99.bare_ms,
      ratio_p50: helped.p50.ratio,
      start_p50_ms: started.p50.ms,
      start_p99_ms: started.p99.ms,
      start_bare_p50_ms: started.p50.bare_ms,
      start_ratio: started.p50.ratio,
      ...busy,
    };
  });
}

async function overHttp(bench: Bench, folder: string, databaseUrl: string, big: string): Promise<Figures> {
  const port = await freePort();
  const path = '/slack/events';
  const settings = await writeSettings(join(folder, 'settings-http'), { big }, { slack: { mode: 'http', http: { port, path } } });
  return withBoth(folder, databaseUrl, settings, port, async (bot, bare) => {
    bench.tell('ack: help over HTTP');
    const helped = await inTurns(bench, help, bot, bare);
    return {
      http_p50_ms: helped.p50.ms,
      http_p99_ms: helped.p99.ms,
      http_bare_p50_ms: helped.p50.bare_ms,
      http_bare_p99_ms: helped.p99.bare_ms,
      http_ratio_p50: helped.p50.ratio,
    };
  });
}

/** Bot and floor side by side, each with a workspace of its own; only one is typed to at a time. */
async function withBoth<T>(
  folder: string,
  databaseUrl: string,
  settings: string,
  port: number | undefined,
  work: (bot: Side, bare: Side) => Promise<T>,
): Promise<T> {
  const delivery = port === undefined ? ('socket' as const) : { http: undefined };
  const options = { delivery, rateLimits: 'off' as const, seed: { app: { manifest } } };
  const workspaces = [await startWorkspace(options), await startWorkspace(options)] as const;
  const [ours, theirs] = workspaces;
  const state = join(folder, `state-${port ?? 'socket'}`);
  await mkdir(state);
  const programs: Program[] = [];
  try {
    const bot = startBot({ workspace: ours, settings, state, databaseUrl });
    programs.push(bot);
    const barePort = port === undefined ? undefined : await freePort();
    const bare = startBareBolt({ workspace: theirs, databaseUrl, ...(barePort === undefined ? {} : { http: barePort }) });
    programs.push(bare);
    if (port !== undefined) {
      ours.pointAt(`http://127.0.0.1:${port}/slack/events`);
      theirs.pointAt(`http://127.0.0.1:${barePort}/slack/events`);
    }
    await untilCommandsAnswered(ours, bot);
    await untilCommandsAnswered(theirs, bare);
    return await work({ workspace: ours, program: bot }, { workspace: theirs, program: bare });
  } finally {
    for (const program of programs) await program.stop();
    for (const workspace of workspaces) await workspace.stop();
  }
}

/** One round of the bot, one of the floor, and so on; who begins changes from round to round. */
async function inTurns(bench: Bench, load: Load, bot: Side, bare: Side) {
  const [ours, theirs]: [Latencies[], Latencies[]] = [[], []];
  for (let at = 0; at <= bench.rounds; at++) {
    const type = {
      bot: async () => ours.push(await typeCommands(bot.workspace, load)),
      bare: async () => theirs.push(await typeCommands(bare.workspace, load)),
    };
    for (const side of at % 2 === 0 ? (['bot', 'bare'] as const) : (['bare', 'bot'] as const)) await type[side]();
  }
  // The first round warmed up.
  const p50 = compare(
    ours.slice(1).map(({ p50 }) => p50),
    theirs.slice(1).map(({ p50 }) => p50),
  );
  const p99 = compare(
    ours.slice(1).map(({ p99 }) => p99),
    theirs.slice(1).map(({ p99 }) => p99),
  );
  bench.tell(`ack: p50 ${p50.ms} ms, bare ${p50.bare_ms} ms, ratio ${p50.ratio}; p99 ${p99.ms} ms, bare ${p99.bare_ms} ms`);
  return { p50, p99 };
}

/** `help` and `start` again while ten reviews of 500 files keep the machine busy. A round counts only if all ten were active at its end. */
async function whileBusy(bench: Bench, databaseUrl: string, bot: Side): Promise<Figures> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const active = async () => {
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::int as count from mahavishnu.runs where status = 'running' and progress->>'commit' is not null`,
    );
    return rows[0]?.count ?? 0;
  };
  const busyRounds = async (load: Load, paused: boolean) => {
    const found: Latencies[] = [];
    for (let attempt = 0; found.length < bench.rounds; attempt++) {
      if (attempt > bench.rounds * 3) throw new Error('ten runs did not stay active for a round');
      const missing = activeRuns - (await active());
      for (let each = 0; each < missing; each++) await say(bot, start.text, '/review-and-fix');
      await until('ten active runs', async () => (await active()) >= activeRuns, { timeoutMs: 120_000, everyMs: 50 });
      if (paused) await say(bot, 'pause');
      const latencies = await typeCommands(bot.workspace, load);
      const stayed = (await active()) >= activeRuns;
      if (paused) {
        await client.query(`delete from mahavishnu.runs where status = 'recorded'`);
        await say(bot, 'resume');
      }
      bench.tell(`ack: busy p50 ${round(latencies.p50)} ms, p99 ${round(latencies.p99)} ms`);
      if (stayed) found.push(latencies);
      else bench.tell('ack: a round with fewer than ten active runs is made again');
    }
    return found;
  };
  try {
    const helped = await busyRounds(help, false);
    const started = await busyRounds(start, true);
    return {
      busy_p50_ms: round(median(helped.map(({ p50 }) => p50))),
      busy_p99_ms: round(median(helped.map(({ p99 }) => p99))),
      busy_start_p50_ms: round(median(started.map(({ p50 }) => p50))),
      busy_start_p99_ms: round(median(started.map(({ p99 }) => p99))),
    };
  } finally {
    await client.end();
  }
}

async function say({ workspace }: Side, text: string, command = '/mahavishnu'): Promise<void> {
  await typeCommands(workspace, { command, text, count: 1, concurrency: 1 });
}

/** The held runs of the measurement are not to be carried out. */
async function forgetRecorded(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`delete from mahavishnu.runs where status = 'recorded'`);
  await client.end();
}
