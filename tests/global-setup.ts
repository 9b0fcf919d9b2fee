import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { clusterFolder, startEmbeddedPostgres } from '../src/database/embedded-postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the suite's Postgres; each test file makes databases of its own on it. */
    cluster: string;
  }
}

/** Children that tests start (analyzers, the bot itself) run from dist/, as they do for a user: build it once per run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const built = spawnSync(process.execPath, ['.ci/build.mjs'], { stdio: 'inherit' });
  if (built.status !== 0) throw new Error('the build failed, so no test can start');

  // Under /tmp, not under os.tmpdir(): a Unix socket's path is short, and root's Postgres account must be able to pass.
  const folder = await mkdtemp(join('/tmp', 'mahavishnu-tests-'));
  const flags = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '400' };
  const cluster = await startEmbeddedPostgres({ stateFolder: folder, log: { info() {}, warn() {} }, flags });
  project.provide('cluster', cluster.url);
  return async () => {
    await cluster.stop();
    await rm(await clusterFolder(folder), { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  };
}
