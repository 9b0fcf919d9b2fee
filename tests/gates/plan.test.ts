import { describe, expect, it } from 'vitest';
import { planGates } from '../../src/gates/plan.js';
import { createToolExists } from '../../src/gates/tool-exists.js';
import { defaultPolicy, parseRepositoryPolicy, type RepositoryPolicy } from '../../src/repos/policy.js';

interface Given {
  policy?: RepositoryPolicy;
  has?: (tool: string) => boolean;
}

const plan = (files: Record<string, string>, { policy = defaultPolicy, has = () => true }: Given = {}) =>
  planGates({
    policy,
    listFiles: async () => Object.keys(files),
    readFile: async (path) => (Object.hasOwn(files, path) ? (files[path] ?? null) : null),
    toolExists: async (tool) => has(tool),
  });

const shown = async (...parts: Parameters<typeof plan>) =>
  (await plan(...parts)).commands.map(({ stage, run, fix }) => [stage, run, ...(fix ? [fix] : [])].join(' · '));

const manifest = (content: object) => ({ 'package.json': JSON.stringify(content) });

describe('detection (GT-6)', () => {
  it('package.json scripts', async () => {
    const scripts = {
      test: 'vitest run',
      'format:check': 'prettier -c .',
      format: 'prettier -w .',
      lint: 'eslint .',
      'lint:fix': 'eslint --fix .',
      typecheck: 'tsc',
      knip: 'knip',
    };
    expect(await shown(manifest({ scripts }))).toEqual([
      'fast · npm run format:check · npm run format',
      'fast · npm run lint · npm run lint:fix',
      'tests · npm test',
      'comprehensive · npm run typecheck',
      'comprehensive · npm run knip',
    ]);
  });
  it('a formatter that only writes is also run without writing', async () => {
    expect(await shown(manifest({ scripts: { format: 'prettier --write src' } }))).toEqual([
      'fast · npx --no-install prettier --check src · npm run format',
    ]);
    expect(await shown(manifest({ scripts: { format: 'my-own-formatter' } }))).toEqual([]);
  });
  it('the test script that npm init writes is none', async () => {
    const made = await plan(manifest({ scripts: { test: 'echo "Error: no test specified" && exit 1', lint: 'x' } }));
    expect(made.missing.map(({ stage }) => stage)).toEqual(['tests', 'comprehensive']);
  });
  it.each([
    [{ 'package-lock.json': '' }, 'npm ci --no-audit --no-fund', 'package-lock.json'],
    [{ 'pnpm-lock.yaml': '' }, 'pnpm install --frozen-lockfile', 'pnpm-lock.yaml'],
    [{ 'yarn.lock': '' }, 'yarn install --frozen-lockfile', 'yarn.lock'],
    [{}, 'npm install --no-audit --no-fund --no-package-lock', 'package.json'],
  ])('set-up by lock file %j', async (lock, run, key) => {
    expect((await plan({ ...manifest({ dependencies: { a: '1' } }), ...lock })).setup).toMatchObject({ run, key, keep: ['node_modules'] });
  });
  it('nothing is installed without dependencies', async () => {
    expect((await plan({ ...manifest({}), 'package-lock.json': '{}' })).setup).toBeNull();
  });
  it('a Python project', async () => {
    const files = { 'pyproject.toml': '[tool.ruff]\n[tool.mypy]\n[tool.pytest.ini_options]\naddopts = "--cov=src"\n' };
    expect(await shown(files)).toEqual([
      'fast · ruff check . · ruff check --fix .',
      'fast · ruff format --check . · ruff format .',
      'tests · pytest --cov-report=xml:coverage.xml',
      'comprehensive · mypy .',
    ]);
  });
  it('says which tool is not installed, instead of passing (GT-3)', async () => {
    const made = await plan({ 'pyproject.toml': '[tool.ruff]\n', 'tests/test_a.py': '' }, { has: () => false });
    expect(made.commands.map(({ unavailable }) => unavailable)).toEqual([
      'ruff is not installed on this machine',
      'ruff is not installed on this machine',
      'pytest is not installed on this machine',
    ]);
  });
  it('an environment with a lock file brings its own tools', async () => {
    const made = await plan(
      { 'pyproject.toml': '[dependency-groups]\ndev = ["pytest>=8"]\n', 'uv.lock': '' },
      { has: (tool) => tool === 'uv' },
    );
    expect(made.setup).toMatchObject({ key: 'uv.lock', keep: ['.venv'] });
    expect(made.commands.map(({ run, unavailable }) => [run, unavailable])).toEqual([['uv run --no-sync python -m pytest', undefined]]);
  });
  it('pre-commit runs the tools it names, so they are not run a second time', async () => {
    const files = { '.pre-commit-config.yaml': '', 'pyproject.toml': '[tool.ruff]\n', 'test_a.py': '' };
    expect((await shown(files)).map((line) => line.split(' ')[2])).toEqual(['pre-commit', 'pytest']);
  });
  it('lefthook, crackerjack, go, cargo', async () => {
    expect((await shown({ 'lefthook.yml': '' }))[0]).toContain('lefthook run pre-commit');
    expect((await shown({ 'pyproject.toml': '[tool.crackerjack]' }))[0]).toBe('fast · crackerjack run');
    expect((await shown({ 'go.mod': '' })).join()).toContain('go test -json ./...');
    expect((await shown({ 'Cargo.toml': '' })).join()).toContain('cargo test');
  });
  it('a Makefile fills only the stages that nothing else was found for', async () => {
    const files = {
      Makefile: 'CC := x\nlint: a\n\tx\nfmt-check fmt:\n\tx\ntest:\n\ty\n',
      ...manifest({ scripts: { test: 'node --test' } }),
    };
    expect(await shown(files)).toEqual(['fast · make fmt-check · make fmt', 'fast · make lint', 'tests · npm test']);
  });
  it('says why for each command and each missing stage', async () => {
    const made = await plan(manifest({ scripts: { test: 'node --test' } }));
    expect(made.commands.map(({ why }) => why)).toEqual(['package.json script "test"']);
    expect(made.missing.map(({ stage, why }) => `${stage}: ${why}`)[0]).toMatch(/^fast: no formatter or linter was found/);
  });
  it('broken manifests give no command', async () => {
    expect(await shown({ 'package.json': '{', 'pyproject.toml': '[[[' })).toEqual([]);
    expect(await shown({ 'package.json': '{"scripts":{"__proto__":1,"lint":3}}' })).toEqual([]);
  });
});

describe('the repository’s own file', () => {
  it('decides the stages it names; the others are detected', async () => {
    const policy = parseRepositoryPolicy(
      'gates: { fast: [{ run: npx biome check ., fix: npx biome check --write . }], comprehensive: [], comprehensive_blocks: true }\ncoverage: { may_fall_by: 0.5 }',
    );
    const made = await plan(manifest({ scripts: { lint: 'x', test: 'y', types: 'z' } }), { policy });
    expect(made.commands.map(({ name, run, why }) => [name, run, why])).toEqual([
      ['biome', 'npx biome check .', '.mahavishnu.yaml'],
      ['tests', 'npm test', 'package.json script "test"'],
    ]);
    expect(made).toMatchObject({ blocking: ['fast', 'tests', 'comprehensive'], coverageMayFallBy: 0.5 });
    expect(made.missing).toEqual([{ stage: 'comprehensive', why: '.mahavishnu.yaml lists no command for comprehensive' }]);
  });
  it('names gates so that they can be told apart', async () => {
    const policy = parseRepositoryPolicy('gates: { fast: [{ run: npm run lint }, { run: npm run lint -- --all }] }');
    expect((await plan({}, { policy })).commands.map(({ name }) => name)).toEqual(['lint', 'lint 2']);
  });
});

it('asks a program whether it starts', async () => {
  const toolExists = createToolExists();
  expect(await toolExists('git')).toBe(true);
  expect(await toolExists('no-such-program-of-mahavishnu')).toBe(false);
});
