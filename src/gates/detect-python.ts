import { parse as parseToml } from 'smol-toml';
import { z } from 'zod';
import { command, type Detected, nothing, type Tree } from './detect.js';
import type { GateCommand, GatePlan, GateStage } from './gate.js';

const Table = z.record(z.string(), z.unknown());
type Table = z.infer<typeof Table>;

/** Gates of a Python project: the tools it configures or depends on (GT-6). */
export async function detectPython(tree: Tree): Promise<Detected> {
  const { files } = tree;
  const isPython = ['pyproject.toml', 'setup.py', 'setup.cfg', 'requirements.txt', 'pytest.ini', 'tox.ini'].some((file) => files.has(file));
  if (!isPython) return nothing;
  const project = await readToml(tree, 'pyproject.toml');
  const tools = table(project.tool);
  const others = `${(await tree.readFile('setup.cfg')) ?? ''}\n${(await tree.readFile('tox.ini')) ?? ''}`;
  const requirements = await requirementNames(tree, project);
  const uses = (name: string) => Object.hasOwn(tools, name) || requirements.has(name);
  const from = (name: string, extra?: string) =>
    extra ?? (Object.hasOwn(tools, name) ? `pyproject.toml [tool.${name}]` : `${name} among the dependencies`);

  const environment = environmentOf(tree, requirements);
  const commands: GateCommand[] = [];
  const add = async (stage: GateStage, tool: string, args: string, why: string, fixArgs?: string, coverage?: string) => {
    const line = (rest: string) => `${environment.prefix(tool)} ${rest}`.trim();
    commands.push(
      await command(tree, {
        stage,
        name: args.startsWith('format') ? `${tool} format` : tool,
        run: line(args),
        ...(fixArgs === undefined ? {} : { fix: line(fixArgs) }),
        ...(coverage === undefined ? {} : { coverage }),
        why,
        tool: environment.tool ?? tool,
      }),
    );
  };

  const ruffFile = ['ruff.toml', '.ruff.toml'].find((file) => files.has(file));
  if (uses('ruff') || ruffFile) {
    await add('fast', 'ruff', 'check .', from('ruff', ruffFile), 'check --fix .');
    if (!uses('black')) await add('fast', 'ruff', 'format --check .', from('ruff', ruffFile), 'format .');
  }
  if (uses('black')) await add('fast', 'black', '--check .', from('black'), '.');
  if (uses('isort')) await add('fast', 'isort', '--check .', from('isort'), '.');
  if (files.has('.flake8') || /^\[flake8\]/m.test(others) || requirements.has('flake8'))
    await add('fast', 'flake8', '', 'flake8 is configured');

  const pytestConfig = pytestConfigOf(tree, tools, others);
  const hasTests = [...files].some((file) => /(?:^|\/)(?:test_[^/]*|[^/]*_test)\.py$/.test(file));
  if (pytestConfig || requirements.has('pytest') || hasTests) {
    const options = `${JSON.stringify(table(table(tools.pytest).ini_options).addopts ?? '')}\n${others}\n${(await tree.readFile('pytest.ini')) ?? ''}`;
    const why = pytestConfig ?? (requirements.has('pytest') ? 'pytest among the dependencies' : 'files named as tests (test_*.py)');
    if (/--cov\b/.test(options)) await add('tests', 'pytest', '--cov-report=xml:coverage.xml', why, undefined, 'coverage.xml');
    else await add('tests', 'pytest', '', why);
  }

  const mypyFile = ['mypy.ini', '.mypy.ini'].find((file) => files.has(file));
  if (uses('mypy') || mypyFile || /^\[mypy\]/m.test(others)) await add('comprehensive', 'mypy', '.', from('mypy', mypyFile));
  const pyrightFile = ['pyrightconfig.json'].find((file) => files.has(file));
  if (uses('pyright') || pyrightFile) await add('comprehensive', 'pyright', '', from('pyright', pyrightFile));
  if (uses('bandit'))
    await add(
      'comprehensive',
      'bandit',
      '-q -r . -c pyproject.toml'.replace(Object.hasOwn(tools, 'bandit') ? '' : ' -c pyproject.toml', ''),
      from('bandit'),
    );
  if (uses('vulture')) await add('comprehensive', 'vulture', Object.hasOwn(tools, 'vulture') ? '' : '.', from('vulture'));
  return { commands, setup: environment.setup };
}

interface Environment {
  prefix(tool: string): string;
  /** The program that has to be on the machine; null when each tool itself has to. */
  tool: string | null;
  setup: GatePlan['setup'];
}

/**
 * With a lock file the project's own versions run, out of an environment made by its manager. Tools are started as modules
 * (`python -m pytest`), because the scripts of an environment name the folder it was made in, and a cached one is moved (GT-7).
 */
function environmentOf({ files }: Tree, requirements: ReadonlySet<string>): Environment {
  if (files.has('uv.lock')) {
    const setup = { run: 'uv sync --frozen --all-extras --all-groups', key: 'uv.lock', keep: ['.venv'], why: 'uv.lock' };
    return { prefix: (tool) => `uv run --no-sync python -m ${tool}`, tool: 'uv', setup };
  }
  if (files.has('poetry.lock')) {
    const setup = {
      run: 'POETRY_VIRTUALENVS_IN_PROJECT=true poetry install --no-interaction',
      key: 'poetry.lock',
      keep: ['.venv'],
      why: 'poetry.lock',
    };
    return { prefix: (tool) => `.venv/bin/python -m ${tool}`, tool: 'poetry', setup };
  }
  const file = ['requirements-dev.txt', 'dev-requirements.txt', 'requirements.txt'].find((name) => files.has(name));
  if (file && requirements.has('pytest')) {
    const install = '.venv/bin/python -m pip install --quiet --disable-pip-version-check -r';
    const run = `python3 -m venv .venv && ${install} ${file}`;
    return {
      prefix: (tool) => `.venv/bin/python -m ${tool}`,
      tool: 'python3',
      setup: { run, key: file, keep: ['.venv'], why: `${file}, which names pytest` },
    };
  }
  return { prefix: (tool) => tool, tool: null, setup: null };
}

function pytestConfigOf({ files }: Tree, tools: Table, others: string): string | null {
  if (Object.hasOwn(tools, 'pytest')) return 'pyproject.toml [tool.pytest]';
  const file = ['pytest.ini', 'conftest.py', 'tests/conftest.py'].find((name) => files.has(name));
  if (file) return file;
  return /^\[(?:tool:)?pytest\]/m.test(others) ? 'setup.cfg or tox.ini [pytest]' : null;
}

async function requirementNames(tree: Tree, project: Table): Promise<ReadonlySet<string>> {
  const lines: string[] = [];
  const collect = (value: unknown): void => {
    if (typeof value === 'string') lines.push(value);
    else if (Array.isArray(value)) value.forEach(collect);
  };
  const main = table(project.project);
  collect(main.dependencies);
  Object.values(table(main['optional-dependencies'])).forEach(collect);
  Object.values(table(project['dependency-groups'])).forEach(collect);
  const poetry = table(table(project.tool).poetry);
  lines.push(...Object.keys(table(poetry.dependencies)), ...Object.keys(table(poetry['dev-dependencies'])));
  for (const group of Object.values(table(poetry.group))) lines.push(...Object.keys(table(table(group).dependencies)));
  for (const file of tree.files)
    if (/^(?:dev-)?requirements[\w-]*\.txt$/.test(file)) lines.push(...((await tree.readFile(file)) ?? '').split('\n'));
  return new Set(lines.map((line) => /^\s*([A-Za-z0-9._-]+)/.exec(line)?.[1]?.toLowerCase().replaceAll('_', '-') ?? ''));
}

async function readToml(tree: Tree, path: string): Promise<Table> {
  try {
    return table(parseToml((await tree.readFile(path)) ?? ''));
  } catch {
    return {}; // Then no gate comes of it, so its stages are missing, and missing stages block.
  }
}

function table(value: unknown): Table {
  return Table.safeParse(value).data ?? {};
}
