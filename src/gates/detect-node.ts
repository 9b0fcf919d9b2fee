import { z } from 'zod';
import { command, type Detected, nothing, type Tree } from './detect.js';
import type { GateCommand, GatePlan } from './gate.js';

const Names = z.record(z.string(), z.unknown()).catch({});
const Manifest = z.object({
  scripts: z.record(z.string(), z.string()).catch({}).default({}),
  dependencies: Names.default({}),
  devDependencies: Names.default({}),
  optionalDependencies: Names.default({}),
  workspaces: z.unknown().optional(),
});

const fastScripts = [
  {
    name: 'format',
    check: ['format:check', 'format-check', 'check:format', 'fmt:check', 'prettier:check'],
    fix: ['format:fix', 'format:write', 'format', 'fmt', 'prettier'],
  },
  { name: 'lint', check: ['lint', 'lint:check', 'check:lint', 'eslint'], fix: ['lint:fix', 'fix:lint', 'fix'] },
];
const comprehensiveScripts = [
  { name: 'types', check: ['typecheck', 'type-check', 'types', 'check:types', 'check-types', 'types:check', 'tsc'] },
  { name: 'unused', check: ['unused', 'knip', 'dead-code', 'deadcode', 'depcheck'] },
  { name: 'security', check: ['security', 'check:security'] },
  { name: 'complexity', check: ['complexity'] },
];

/** Gates of a package.json: its scripts, by the names people give them (GT-6). */
export async function detectNode(tree: Tree): Promise<Detected> {
  if (!tree.files.has('package.json')) return nothing;
  const manifest = await readManifest(tree);
  if (manifest === null) return nothing;
  const manager = packageManager(tree);
  const has = (name: string) => Object.hasOwn(manifest.scripts, name);
  const first = (names: readonly string[]) => names.find(has);
  const run = (script: string) => `${manager.name} run ${/^[\w:.-]+$/.test(script) ? script : `'${script.replaceAll("'", '')}'`}`;
  const make = (entry: Omit<GateCommand, 'timeoutMs'>) => command(tree, { ...entry, tool: manager.name });
  const commands: GateCommand[] = [];

  for (const { name, check, fix } of fastScripts) {
    const script = first(check);
    const fixer = first(fix.filter((candidate) => candidate !== script));
    if (script) {
      const why = `package.json script "${script}"`;
      commands.push(await make({ stage: 'fast', name, run: run(script), ...(fixer ? { fix: run(fixer) } : {}), why }));
    } else if (fixer && name === 'format') {
      const derived = checkOf(manifest.scripts[fixer] ?? '');
      if (derived === 'checks') commands.push(await make({ stage: 'fast', name, run: run(fixer), why: `package.json script "${fixer}"` }));
      else if (derived !== null) {
        const why = `package.json script "${fixer}", which writes; this is the same without writing`;
        commands.push(await make({ stage: 'fast', name, run: `npx --no-install ${derived}`, fix: run(fixer), why }));
      }
    }
  }

  const test = first(['test', 'test:ci', 'test:unit', 'tests']);
  const testLine = test ? manifest.scripts[test] : undefined;
  // What `npm init` writes says itself that there are no tests.
  if (test && testLine && !testLine.includes('no test specified')) {
    commands.push(
      await make({
        stage: 'tests',
        name: 'tests',
        run: test === 'test' ? `${manager.name} test` : run(test),
        script: testLine,
        why: `package.json script "${test}"`,
      }),
    );
  }

  for (const { name, check } of comprehensiveScripts) {
    const script = first(check);
    if (script) commands.push(await make({ stage: 'comprehensive', name, run: run(script), why: `package.json script "${script}"` }));
  }
  const named = (stageName: string) => commands.some((entry) => entry.stage === 'comprehensive' && entry.name === stageName);
  if (!named('types') && tree.files.has('tsconfig.json') && dependsOn(manifest, 'typescript')) {
    commands.push(
      await make({
        stage: 'comprehensive',
        name: 'types',
        run: 'npx --no-install tsc --noEmit -p tsconfig.json',
        why: 'tsconfig.json, and typescript among the dependencies',
      }),
    );
  }
  return { commands, setup: setupOf(tree, manifest, manager) };
}

async function readManifest(tree: Tree): Promise<z.infer<typeof Manifest> | null> {
  try {
    return Manifest.parse(JSON.parse((await tree.readFile('package.json')) ?? ''));
  } catch {
    return null; // Then no gate comes of it, so its stages are missing, and missing stages block.
  }
}

function dependsOn(manifest: z.infer<typeof Manifest>, name: string): boolean {
  return [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies].some((names) => Object.hasOwn(names, name));
}

/** `prettier --write .` → `prettier --check .`; `checks` for a script that only looks; null when it cannot be told. */
function checkOf(line: string): string | null {
  if (/[|;&<>`$\n]/.test(line)) return null;
  const prettier = /^prettier\b.*\s(?:--write|-w)\b/.test(line);
  if (prettier) return line.replace(/\s(?:--write|-w)\b/, ' --check');
  if (/^biome (?:format|check)\b/.test(line))
    return /\s--write\b|\s--fix\b/.test(line) ? line.replace(/\s(?:--write|--fix)\b/g, '') : 'checks';
  return /^prettier\b.*\s(?:--check|-c|-l|--list-different)\b|^dprint check\b/.test(line) ? 'checks' : null;
}

interface PackageManager {
  name: 'npm' | 'pnpm' | 'yarn' | 'bun';
  lock: string | null;
  install: string;
}

function packageManager({ files }: Tree): PackageManager {
  const found = (lock: string) => files.has(lock);
  if (found('pnpm-lock.yaml')) return { name: 'pnpm', lock: 'pnpm-lock.yaml', install: 'pnpm install --frozen-lockfile' };
  if (found('yarn.lock'))
    return {
      name: 'yarn',
      lock: 'yarn.lock',
      install: found('.yarnrc.yml') ? 'yarn install --immutable' : 'yarn install --frozen-lockfile',
    };
  for (const lock of ['bun.lock', 'bun.lockb']) if (found(lock)) return { name: 'bun', lock, install: 'bun install --frozen-lockfile' };
  const lock = ['npm-shrinkwrap.json', 'package-lock.json'].find(found) ?? null;
  return { name: 'npm', lock, install: lock ? 'npm ci --no-audit --no-fund' : 'npm install --no-audit --no-fund --no-package-lock' };
}

function setupOf(tree: Tree, manifest: z.infer<typeof Manifest>, manager: PackageManager): GatePlan['setup'] {
  const needed = [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies].some(
    (names) => Object.keys(names).length > 0,
  );
  if (!needed && manifest.workspaces === undefined && !tree.files.has('pnpm-workspace.yaml')) return null;
  const why = manager.lock ? `${manager.lock}, and dependencies in package.json` : 'dependencies in package.json, without a lock file';
  // Workspaces have a node_modules each; what is kept for later trees is all of them.
  const folders = [...tree.files]
    .filter((file) => file.endsWith('/package.json') && !file.includes('node_modules/'))
    .map((file) => file.replace(/package\.json$/, 'node_modules'));
  const keep = ['node_modules', ...(manifest.workspaces === undefined && !tree.files.has('pnpm-workspace.yaml') ? [] : folders)];
  return { run: manager.install, key: manager.lock ?? 'package.json', keep, why };
}
