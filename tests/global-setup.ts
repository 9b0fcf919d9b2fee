import { spawnSync } from 'node:child_process';

/** Children that tests start (analyzers, the bot itself) run from dist/, as they do for a user: build it once per run. */
export function setup(): void {
  const built = spawnSync(process.execPath, ['.ci/build.mjs'], { stdio: 'inherit' });
  if (built.status !== 0) throw new Error('the build failed, so no test can start');
}
