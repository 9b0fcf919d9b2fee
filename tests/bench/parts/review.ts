import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { createSampleRepository, sampleNames } from '../../../src/demo/sample-repositories.js';
import { startWorkspace, type Workspace } from '../../../src/local-workspace/index.js';
import { prepareBareReview } from '../bare/analyzers.js';
import { type Bench, type Figures, until, withFolder } from '../bench.js';
import { generateTree } from '../generate.js';
import { watchMemory } from '../processes.js';
import { manifest, startBot, untilCommandsAnswered } from '../programs.js';
import { createRepository, writeSettings } from '../repositories.js';
import { changeThreeFiles, fetchSourcePackage } from '../source-package.js';
import { compare, median, round } from '../statistics.js';

export const reviews = ['sample', 'generated_500', 'python_170k'] as const;

/** A review of everything, by the bot as it runs for people, from the pinned commit to the stored findings, beside its analyzers alone. */
export async function measureReview(bench: Bench, asked: readonly string[]): Promise<Figures> {
  return withFolder('review', async (folder) => {
    const samples = join(folder, 'samples');
    for (const name of sampleNames) await createSampleRepository(name, samples);
    const python = join(folder, 'python', 'python.git');
    const generated = await createRepository(join(folder, 'generated.git'), generateTree({ files: 500 }));
    const settings = await writeSettings(join(folder, 'settings'), {
      ...Object.fromEntries(sampleNames.map((name) => [name, join(samples, `${name}.git`)])),
      generated,
      python,
    });
    const state = join(folder, 'state');
    await mkdir(state);
    const workspace = await startWorkspace({ rateLimits: 'off', seed: { app: { manifest } } });
    const bot = startBot({ workspace, settings, state });
    try {
      await untilCommandsAnswered(workspace, bot);
      const client = new pg.Client({ connectionString: (await readFile(join(state, 'database.url'), 'utf8')).trim() });
      await client.connect();
      try {
        const measure = (names: readonly string[], trees: readonly string[]) =>
          alternate(bench, { workspace, client, pid: bot.pid, state, names, trees, scratch: join(folder, 'scratch') });
        const figures: Record<(typeof reviews)[number], () => Promise<Figures>> = {
          // Both sample repositories, one after the other: one of each language.
          sample: async () =>
            measure(sampleNames, await Promise.all(sampleNames.map((name) => plainCopy(join(samples, name), join(folder, 'trees', name))))),
          generated_500: async () => measure(['generated'], [await plainCopy(`${generated}.checkout`, join(folder, 'trees', 'generated'))]),
          python_170k: () => measurePackage(bench, { folder, settings, workspace, client, pid: bot.pid, state }),
        };
        const results: Figures = {};
        for (const name of reviews) {
          if (asked.includes('review') || asked.includes(`review.${name}`)) results[name] = await orError(figures[name]);
        }
        return results;
      } finally {
        await client.end();
      }
    } finally {
      await bot.stop();
      await workspace.stop();
    }
  });
}

/** The tree as the bot's own checkout has it: without `.git`. */
async function plainCopy(from: string, to: string): Promise<string> {
  await cp(from, to, { recursive: true, filter: (path) => !/\/\.git(?:\/|$)/.test(path) });
  return to;
}

/** A part of the part that could not run is told, and the others count. */
async function orError(measure: () => Promise<Figures>): Promise<Figures> {
  try {
    return await measure();
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

interface Running {
  workspace: Workspace;
  client: pg.Client;
  pid: number;
  /** The bot's own folder. */
  state: string;
}

/**
 * A real Python package, as published, beside its analyzers alone. `second_ms` is a review after a change of three files, with what
 * the first one kept.
 */
async function measurePackage(bench: Bench, { folder, ...running }: Running & { folder: string; settings: string }): Promise<Figures> {
  const { repository, checkout, title } = await fetchSourcePackage(join(folder, 'python'));
  const tree = await plainCopy(checkout, join(folder, 'trees', 'python'));
  const figures = await alternate(bench, { ...running, names: ['python'], trees: [tree], scratch: join(folder, 'scratch') });
  // The last review of the rounds kept its results.
  const unchanged = await review(running.workspace, running.client, 'python');
  const seconds: number[] = [];
  for (let at = 0; at <= bench.rounds; at++) {
    await changeThreeFiles(checkout, repository, at);
    const { ms, findings } = await review(running.workspace, running.client, 'python');
    bench.tell(`review python after a change of three files: ${round(ms)} ms, ${findings} findings${at === 0 ? ' (warm-up)' : ''}`);
    if (at > 0) seconds.push(ms);
  }
  const second = median(seconds);
  return {
    package: title,
    ...figures,
    unchanged_ms: round(unchanged.ms),
    second_ms: round(second),
    second_ratio: round(second / Number(figures.ms), 3),
  };
}

interface Asked extends Running {
  names: readonly string[];
  trees: readonly string[];
  scratch: string;
}

async function alternate(bench: Bench, { workspace, client, pid, state, names, trees, scratch }: Asked): Promise<Figures> {
  const bares: (() => Promise<number>)[] = [];
  for (const [at, tree] of trees.entries()) bares.push(await prepareBareReview(tree, join(scratch, `${names[at]}`)));
  const bare = async () => {
    let sum = 0;
    for (const review of bares) sum += await review();
    return sum;
  };
  let findings = 0;
  const ours = async () => {
    let sum = 0;
    findings = 0;
    // What earlier rounds kept would be another measurement.
    await rm(join(state, 'cache', 'results'), { recursive: true, force: true });
    for (const name of names) {
      const reviewed = await review(workspace, client, name);
      sum += reviewed.ms;
      findings += reviewed.findings;
    }
    return sum;
  };
  const taken = { ours: [] as number[], bare: [] as number[] };
  for (let at = 0; at <= bench.rounds; at++) {
    const times = at % 2 === 0 ? { ours: await ours(), bare: await bare() } : { bare: await bare(), ours: await ours() };
    bench.tell(`review ${names.join(', ')}: ${round(times.ours)} ms, bare ${round(times.bare)} ms${at === 0 ? ' (warm-up)' : ''}`);
    if (at === 0) continue;
    taken.ours.push(times.ours);
    taken.bare.push(times.bare);
  }
  // In a round of its own: looking costs time.
  const watch = watchMemory(pid);
  await ours();
  const peak = watch.stop();
  // Of the bot and the analyzers together, and of the analyzers alone.
  return { ...compare(taken.ours, taken.bare), peak_mb: round(peak.all), children_peak_mb: round(peak.children), findings };
}

/** The times are the database's own, of the two events. */
async function review(workspace: Workspace, client: pg.Client, repository: string): Promise<{ ms: number; findings: number }> {
  const { rows: before } = await client.query<{ id: string }>('select id from mahavishnu.runs');
  const known = new Set(before.map(({ id }) => id));
  await workspace.driver.as('dana').command('platform', '/review-and-fix', `${repository} --scope all --dry-run`);
  const runId = await until('a run', async () => {
    const { rows } = await client.query<{ id: string }>('select id from mahavishnu.runs order by created_at desc limit 1');
    return rows[0] && !known.has(rows[0].id) ? rows[0].id : undefined;
  });
  await until(
    `the end of ${runId}`,
    async () => {
      const { rows } = await client.query<{ status: string; progress: unknown }>(
        'select status, progress from mahavishnu.runs where id = $1',
        [runId],
      );
      if (rows[0]?.status === 'failed') throw new Error(`the review failed: ${JSON.stringify(rows[0].progress).slice(-500)}`);
      return rows[0]?.status === 'done';
    },
    { timeoutMs: 900_000, everyMs: 50 },
  );
  const { rows } = await client.query<{ ms: number; findings: number; failed: number }>(
    `select extract(epoch from max(at) filter (where key = 'reviewed') - max(at) filter (where key = 'pinned'))::float8 * 1000 as ms,
      count(*) filter (where event->'outcome'->>'status' = 'failed')::int as failed,
      (select count(*)::int from mahavishnu.findings where run_id = $1) as findings
     from mahavishnu.run_events where run_id = $1`,
    [runId],
  );
  const [row] = rows;
  if (!row || row.failed > 0) throw new Error(`${row?.failed ?? 'unknown'} agents failed in ${runId}`);
  return row;
}
