// Compiles src/ to dist/ and copies beside it what is read at run time and is not TypeScript.
// Children of the process (analyzers, the bot itself in tests) always run from dist/, so that a test and a user start the same files.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
const tsc = join(dirname(typescript), 'bin', 'tsc');

rmSync(join(root, 'dist'), { recursive: true, force: true });
const compiled = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { cwd: root, stdio: 'inherit' });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

for (const folder of ['database/migrations', 'demo/samples', 'local-workspace/page']) {
  const from = join(root, 'src', folder);
  if (!existsSync(from)) continue;
  mkdirSync(join(root, 'dist', folder), { recursive: true });
  cpSync(from, join(root, 'dist', folder), {
    recursive: true,
    filter: (path) => statSync(path).isDirectory() || !path.endsWith('.ts') || folder === 'demo/samples',
  });
}
