import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DBOSClient } from '@dbos-inc/dbos-sdk';
import pg from 'pg';
import { topicOf } from '../../../src/approvals/store.js';
import { startWorkspace, type Workspace } from '../../../src/local-workspace/index.js';
import { type Bench, type Figures, until, withFolder } from '../bench.js';
import { generateTree } from '../generate.js';
import { memoryOf, watchMemory } from '../processes.js';
import { manifest, type Program, startBot, untilCommandsAnswered } from '../programs.js';
import { createRepository, writeSettings } from '../repositories.js';
import { median, round } from '../statistics.js';

const waitingRuns = 100;
const activeRuns = 10;

interface Stage {
  bench: Bench;
  folder: string;
  workspace: Workspace;
  /** Starts the bot (again) on the same state folder, with the database that comes with it. */
  launch(): Program;
}

/** Memory and recovery share their hundred waiting runs, which take a while to get there. */
export async function measureRuns(bench: Bench, wanted: readonly string[]): Promise<Figures> {
  return onStage(bench, async (stage) => {
    let bot = stage.launch();
    try {
      await untilCommandsAnswered(stage.workspace, bot);
      const before = wanted.includes('memory') ? await memoryOfRuns(stage, bot) : null;
      bench.tell('100 runs until they wait');
      const client = await connect(stage);
      await makeRunsWait(stage, client);
      await client.end();
      const figures: Figures = {};
      if (before) {
        await settle();
        const waiting = memoryOf(bot.pid);
        figures.memory = { ...before, waiting_100_mb: round(waiting.own), database_mb: round(waiting.database()) };
      }
      if (wanted.includes('recovery')) {
        figures.recovery = await recovery(stage, bot, (program) => {
          bot = program;
        });
      }
      return figures;
    } finally {
      await bot.stop();
    }
  });
}

/** Resident memory of the bot: idle, and while ten runs review 500 files each. */
async function memoryOfRuns(stage: Stage, bot: Program): Promise<Figures> {
  stage.bench.tell('memory: idle');
  await settle();
  const idle = memoryOf(bot.pid).own;
  stage.bench.tell('memory: 10 runs active');
  const client = await connect(stage);
  const watch = watchMemory(bot.pid);
  await Promise.all(
    Array.from({ length: activeRuns }, () =>
      stage.workspace.driver.as('dana').command('platform', '/review-and-fix', 'generated --scope all --dry-run'),
    ),
  );
  await untilCount(client, `status in ('done', 'failed')`, activeRuns, 600_000);
  const busy = watch.stop();
  await client.end();
  return { idle_mb: round(idle), runs_10_mb: round(busy.own), children_peak_mb: round(busy.children) };
}

/** SIGKILL with a hundred approvals waiting, then a start on the same state folder, the embedded database's own recovery included. */
async function recovery(stage: Stage, first: Program, isNow: (bot: Program) => void): Promise<Figures> {
  const { bench } = stage;
  const [waiting, answered, woken]: [number[], number[], number[]] = [[], [], []];
  let bot = first;
  for (let at = 0; at <= bench.rounds; at++) {
    await bot.kill();
    const killed = performance.now();
    bot = stage.launch();
    isNow(bot);
    const [command, all] = await Promise.all([
      untilCommandsAnswered(stage.workspace, bot).then(() => performance.now() - killed),
      untilCaughtUp(bot).then(() => performance.now() - killed),
    ]);
    const once = await wakeAll(stage);
    bench.tell(
      `recovery: a command after ${Math.round(command)} ms, all wait after ${Math.round(all)} ms, all woken in ${Math.round(once)} ms${at === 0 ? ' (warm-up)' : ''}`,
    );
    if (at === 0) continue;
    waiting.push(all);
    answered.push(command);
    woken.push(once);
  }
  return { waiting_100_ms: round(median(waiting)), first_command_ms: round(median(answered)), woken_100_ms: round(median(woken)) };
}

async function onStage<T>(bench: Bench, work: (stage: Stage) => Promise<T>): Promise<T> {
  return withFolder('runs', async (folder) => {
    const generated = await createRepository(join(folder, 'generated.git'), generateTree({ files: 500 }));
    const risky = await createRepository(join(folder, 'risky.git'), riskyTree);
    const copies: Record<string, string> = {};
    for (let at = 1; at <= waitingRuns; at++) {
      const copy = join(folder, 'repositories', `risky-${at}.git`);
      await cp(risky, copy, { recursive: true });
      copies[`risky-${at}`] = copy;
    }
    const coordination = { file: join(folder, 'ecosystem.yaml') };
    const settings = await writeSettings(join(folder, 'settings'), { generated, ...copies }, { coordination });
    const state = join(folder, 'state');
    await mkdir(state);
    const workspace = await startWorkspace({ rateLimits: 'off', seed: { app: { manifest } } });
    try {
      return await work({
        bench,
        folder,
        workspace,
        launch: () => startBot({ workspace, settings, state, logLevel: 'info' }),
      });
    } finally {
      await workspace.stop();
    }
  });
}

/** One fixable finding in a file whose fix needs a person's word (FX-4): the shortest way of a real run to a real approval. */
const riskyTree = {
  'package.json': '{ "name": "risky", "version": "1.0.0", "type": "module" }\n',
  'main.js': 'export function check(value) {\n  debugger;\n  return value > 1;\n}\n',
  'main.test.js':
    "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { check } from './main.js';\n\ntest('more than one', () => assert.equal(check(2), true));\n",
  '.gitignore': 'reports\n',
  '.mahavishnu.yaml': `gates:
  fast:
    - { run: node --check main.js }
  tests:
    - { run: mkdir -p reports && node --test --test-reporter=junit --test-reporter-destination=reports/junit.xml, report: reports/junit.xml }
high_risk: [main.js]
handover: patch
`,
};

async function makeRunsWait(stage: Stage, client: pg.Client): Promise<void> {
  const dana = stage.workspace.driver.as('dana');
  for (let at = 1; at <= waitingRuns; at++) {
    const { outcome } = await dana.command('platform', '/review-and-fix', `risky-${at} --scope all --auto-fix`);
    if (outcome !== 'acked') throw new Error(`run ${at} of ${waitingRuns} was not acknowledged: ${outcome}`);
  }
  await until(
    `${waitingRuns} approvals`,
    async () => {
      const { rows } = await client.query<{ pending: number; ended: number; line: string | null }>(
        `select (select count(distinct a.id)::int from mahavishnu.approvals a join dbos.operation_outputs o on o.workflow_uuid = a.workflow_id
            and o.function_name = 'DBOS.setEvent' where a.status = 'pending') as pending, count(*)::int as ended,
          max(progress->'end'->>'line') as line from mahavishnu.runs where repository like 'risky-%' and ended_at is not null`,
      );
      const { pending = 0, ended = 0, line } = rows[0] ?? {};
      if (ended > 0) throw new Error(`${ended} runs ended instead of asking: ${line}`);
      return pending === waitingRuns;
    },
    { timeoutMs: 900_000, everyMs: 500 },
  );
}

/** By the bot's own word: every workflow of its earlier life has done again what it had recorded, and waits for what comes next. */
async function untilCaughtUp(bot: Program): Promise<void> {
  await until('all to wait again', async () => bot.output().includes('the runs of an earlier life are where they were'), {
    timeoutMs: 120_000,
    everyMs: 5,
  });
}

/**
 * That they do wait, and how long it takes to rouse them: wakes every one of them, without deciding anything, and waits until each
 * has taken that message, looked at its approval and begun to wait again. The milliseconds.
 */
async function wakeAll(stage: Stage): Promise<number> {
  const client = await connect(stage);
  const url = await addressOf(stage);
  const engine = await DBOSClient.create({ systemDatabaseUrl: url });
  try {
    const { rows } = await client.query<{ id: string; workflow: string; waits: number }>(
      `select a.id, a.workflow_id as workflow, count(o.*)::int as waits from mahavishnu.approvals a
        join dbos.operation_outputs o on o.workflow_uuid = a.workflow_id and o.function_name = 'DBOS.setEvent'
        where a.status = 'pending' group by a.id, a.workflow_id`,
    );
    if (rows.length !== waitingRuns) throw new Error(`${rows.length} of ${waitingRuns} approvals are pending after the restart`);
    const began = performance.now();
    await Promise.all(rows.map(({ id, workflow }) => engine.send(workflow, id, topicOf(id))));
    const waits = rows.reduce((sum, row) => sum + row.waits, 0);
    await until(
      'all to wait again',
      async () => {
        const { rows: now } = await client.query<{ waits: number }>(
          `select count(*)::int as waits from dbos.operation_outputs o join mahavishnu.approvals a on a.workflow_id = o.workflow_uuid
            where a.status = 'pending' and o.function_name = 'DBOS.setEvent'`,
        );
        return (now[0]?.waits ?? 0) >= waits + waitingRuns;
      },
      { timeoutMs: 120_000, everyMs: 50 },
    );
    return performance.now() - began;
  } finally {
    await engine.destroy();
    await client.end();
  }
}

/** A bot that starts writes the file anew: it may be empty at this moment. */
const addressOf = ({ folder }: Stage): Promise<string> =>
  until('the address of the database', async () => {
    const address = (await readFile(join(folder, 'state', 'database.url'), 'utf8').catch(() => '')).trim();
    return URL.canParse(address) ? address : undefined;
  });

/** To the bot's embedded database, as soon as it accepts connections. */
function connect(stage: Stage): Promise<pg.Client> {
  return until(
    'the database',
    async () => {
      const url = await addressOf(stage);
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => {});
      return client.connect().then(
        () => client,
        () => undefined,
      );
    },
    { timeoutMs: 60_000, everyMs: 20 },
  );
}

async function untilCount(client: pg.Client, condition: string, count: number, timeoutMs: number): Promise<void> {
  await until(
    `${count} runs with ${condition}`,
    async () => {
      const { rows } = await client.query<{ count: number }>(`select count(*)::int as count from mahavishnu.runs where ${condition}`);
      return (rows[0]?.count ?? 0) >= count;
    },
    { timeoutMs, everyMs: 200 },
  );
}

/** Until what a burst left behind is collected. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 5_000));
