// Compiles src/ to dist/ and copies beside it what is read at run time and is not TypeScript.
// Children of the process (analyzers, the bot itself in tests) always run from dist/, so that a test and a user start the same files.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
const tsc = join(dirname(typescript), 'bin', 'tsc');

rmSync(join(root, 'dist'), { recursive: true, force: true });
const compiled = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { cwd: root, stdio: 'inherit' });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

// The page of the local workspace: checked with the types of a browser, then one script and one style sheet.
const page = join(root, 'src', 'local-workspace', 'page');
const checked = spawnSync(process.execPath, [tsc, '-p', join(page, 'tsconfig.json')], { cwd: root, stdio: 'inherit' });
if (checked.status !== 0) process.exit(checked.status ?? 1);
await build({
  entryPoints: { workspace: join(page, 'main.tsx') },
  outdir: join(root, 'dist', 'local-workspace', 'page'),
  bundle: true,
  // What is imported on demand comes in files of its own.
  splitting: true,
  format: 'esm',
  target: 'es2023',
  minify: true,
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'inline',
  logLevel: 'warning',
});

for (const folder of ['database/migrations', 'demo/samples', 'local-workspace/page']) {
  const from = join(root, 'src', folder);
  if (!existsSync(from)) continue;
  mkdirSync(join(root, 'dist', folder), { recursive: true });
  cpSync(from, join(root, 'dist', folder), {
    recursive: true,
    filter: (path) => statSync(path).isDirectory() || !/\.tsx?$|tsconfig\.json$/.test(path) || folder === 'demo/samples',
  });
}
