import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startWorkspace } from '../../../src/local-workspace/index.js';
import { packageRoot } from '../../../src/process/entry-point.js';
import { type Bench, type Figures, withFolder } from '../bench.js';
import { manifest, startBot, untilCommandsAnswered } from '../programs.js';
import { writeSettings } from '../repositories.js';
import { median, round } from '../statistics.js';

const run = promisify(execFile);

/**
 * What a newcomer waits for. The clean clone is installed and the script played once: a second time would not be cold. The start is
 * measured in rounds, each on a state folder that does not exist yet, so that it creates its database.
 */
export async function measureCold(bench: Bench): Promise<Figures> {
  return withFolder('cold', async (folder) => {
    const clone = join(folder, 'clone');
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR };
    const quiet = { cwd: clone, env, maxBuffer: 64 * 1024 * 1024 };
    await run('git', ['clone', '--quiet', packageRoot, clone], { env });

    bench.tell('cold: install');
    const install = performance.now();
    await run('npm', ['ci', '--no-audit', '--no-fund'], quiet);
    const installed = performance.now();
    await run('npm', ['run', 'build'], quiet);

    bench.tell('cold: the demo script');
    const { publishedS, scriptS } = await playDemo(clone, { ...env, MAHAVISHNU_STATE: join(folder, 'demo state') });

    bench.tell('cold: start');
    const starts = { fresh: [] as number[], again: [] as number[] };
    const workspace = await startWorkspace({ rateLimits: 'off', seed: { app: { manifest } } });
    try {
      const settings = await writeSettings(join(folder, 'settings'), {});
      for (let at = 0; at <= bench.rounds; at++) {
        const state = join(folder, `state-${at}`);
        await mkdir(state);
        for (const kind of ['fresh', 'again'] as const) {
          const bot = startBot({ workspace, settings, state });
          try {
            const ms = await untilCommandsAnswered(workspace, bot);
            if (at > 0) starts[kind].push(ms / 1000);
          } finally {
            await bot.stop();
          }
        }
        await rm(state, { recursive: true, force: true });
      }
    } finally {
      await workspace.stop();
    }
    return {
      install_s: round((installed - install) / 1000),
      first_published_s: round(publishedS),
      script_s: round(scriptS),
      start_s: round(median(starts.fresh), 2),
      start_again_s: round(median(starts.again), 2),
    };
  });
}

/** Seconds from the start of the script until its thread says that the version is out, and until it has checked everything. */
async function playDemo(clone: string, env: NodeJS.ProcessEnv): Promise<{ publishedS: number; scriptS: number }> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const child: ChildProcess = spawn(process.execPath, [join(clone, 'dist', 'cli', 'main.js'), 'demo', '--script'], { cwd: clone, env });
  let printed = '';
  let publishedS: number | null = null;
  child.stdout?.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
    if (publishedS === null && /\d+\.\d+\.\d+ published to npm/.test(printed)) publishedS = seconds();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0 || publishedS === null) throw new Error(`the demo script ended with ${code}: ${printed.slice(-1_500)}`);
  return { publishedS, scriptS: seconds() };
}
