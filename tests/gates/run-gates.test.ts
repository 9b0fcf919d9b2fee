import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { GateCommand, GatePlan } from '../../src/gates/gate.js';
import { planGates } from '../../src/gates/plan.js';
import { runGates } from '../../src/gates/run-gates.js';
import { defaultPolicy, parseRepositoryPolicy } from '../../src/repos/policy.js';
import { repository, temporaryFolder, write } from './repository.js';

const planOf = (folder: string, policy = defaultPolicy) =>
  planGates({
    policy,
    listFiles: async () => (await readdir(folder, { recursive: true })).filter((path) => !path.startsWith('.git/')),
    readFile: (path) => readFile(join(folder, path), 'utf8').catch(() => null),
  });

const run = (folder: string, plan: GatePlan, extra: Partial<Parameters<typeof runGates>[0]> = {}) =>
  runGates({ folder, plan, scratch: temporaryFolder(), cacheFolder: temporaryFolder(), ...extra });

const gate = (entry: Partial<GateCommand> & Pick<GateCommand, 'stage' | 'run'>): GateCommand => ({
  name: entry.stage,
  timeoutMs: 20_000,
  why: 'test',
  ...entry,
});

const plan = (commands: GateCommand[], extra: Partial<GatePlan> = {}): GatePlan => ({
  commands,
  setup: null,
  missing: [],
  blocking: ['fast', 'tests'],
  coverageMayFallBy: 0,
  ...extra,
});

const passingTests = gate({ stage: 'tests', run: 'echo "# tests 1"; echo "# pass 1"; echo "# fail 0"' });
const passingFast = gate({ stage: 'fast', run: 'true' });

const testFile = (body: string) => `import { test } from 'node:test';\nimport assert from 'node:assert';\n${body}\n`;

describe('a package with node --test', () => {
  const files = {
    'package.json': JSON.stringify({ type: 'module', scripts: { test: 'node --test tests/', lint: 'node --check src/a.js' } }),
    'src/a.js': 'export const add = (a, b) => a + b;\nexport const never = () => {\n  return 1;\n};\n',
    'tests/a.test.js': testFile(
      "import { add } from '../src/a.js';\ntest('adds', () => assert.equal(add(1, 2), 3));\ntest.skip('later', () => {});",
    ),
  };

  it('passes with counts and coverage read from the runner itself (GT-1, GT-4)', async () => {
    const folder = repository(files);
    const seen: string[] = [];
    const report = await run(folder, await planOf(folder), { onResult: ({ stage, status }) => seen.push(`${stage} ${status}`) });
    expect(report.blockers).toEqual([]);
    expect(report.passed).toBe(true);
    expect(seen).toEqual(['fast passed', 'tests passed']);
    const tests = report.results.find(({ stage }) => stage === 'tests');
    expect(tests).toMatchObject({ command: 'npm test', counts: { passed: 1, failed: 0, skipped: 1 }, exitCode: 0 });
    expect(tests?.coverage).toBeGreaterThan(50);
    expect(tests?.coverage).toBeLessThan(100);
    expect(report.autofixed).toEqual([]);
  });

  it('collects all failures of the tests, also after a failed fast gate (GT-1)', async () => {
    const folder = repository({
      ...files,
      'src/a.js': 'export const add = (a, b) => ;\n',
      'tests/a.test.js': testFile(
        "test('one', () => assert.equal(1, 2));\ntest('two', () => assert.equal(1, 3));\ntest('three', () => {});",
      ),
    });
    const report = await run(folder, await planOf(folder));
    expect(report.passed).toBe(false);
    expect(report.results.map(({ stage, status }) => [stage, status])).toEqual([
      ['fast', 'failed'],
      ['tests', 'failed'],
    ]);
    expect(report.results[1]?.counts).toEqual({ passed: 1, failed: 2, skipped: 0, failures: ['one', 'two'] });
    expect(report.blockers).toEqual(['fast/lint: failed: it ended with exit code 1', 'tests: failed: 2 of 3 tests failed']);
  });

  it('blocks when no linter is there to be run (GT-3)', async () => {
    const folder = repository({ ...files, 'package.json': JSON.stringify({ type: 'module', scripts: { test: 'node --test tests/' } }) });
    const report = await run(folder, await planOf(folder));
    expect(report.passed).toBe(false);
    expect(report.blockers).toEqual([expect.stringMatching(/^fast: unknown: no formatter or linter was found/)]);
  });
});

describe('what cannot be read is unknown and blocks (GT-3)', () => {
  const cases: [string, Partial<GateCommand> & { run: string }, RegExp][] = [
    ['a test command without counts', { run: 'echo all fine' }, /how many tests ran cannot be read/],
    ['zero tests', { run: 'echo "# tests 0"; echo "# pass 0"; echo "# fail 0"' }, /no test was run/],
    ['skipped tests only', { run: 'echo "# tests 2"; echo "# pass 0"; echo "# fail 0"; echo "# skipped 2"' }, /all 2 tests were skipped/],
    ['a report that was not written', { run: 'echo "# tests 1"; echo "# pass 1"', report: 'junit.xml' }, /cannot be read/],
    ['a report that the repository brought along', { run: 'true', report: 'old.xml' }, /cannot be read/],
    ['a report that leads out of the repository', { run: 'true', report: 'link/junit.xml' }, /leads out of the repository/],
    ['a time-out', { run: 'sleep 30', timeoutMs: 300 }, /took longer than/],
    ['a missing program', { run: 'no-such-program-of-mahavishnu' }, /not installed/],
    [
      'a missing tool known beforehand',
      { run: 'pytest', unavailable: 'pytest is not installed on this machine' },
      /^pytest is not installed on this machine$/,
    ],
    ['a command that was killed', { run: 'kill -9 $$' }, /ended by/],
  ];
  it.each(cases)('%s', async (_name, entry, reason) => {
    const folder = repository({ 'old.xml': '<testsuite tests="1" failures="0"><testcase name="a"/></testsuite>' });
    const outside = temporaryFolder();
    writeFileSync(join(outside, 'junit.xml'), '<testsuite tests="1" failures="0"><testcase name="a"/></testsuite>');
    symlinkSync(outside, join(folder, 'link'));
    const report = await run(folder, plan([passingFast, gate({ stage: 'tests', ...entry })]));
    expect(report.passed).toBe(false);
    expect(report.results[1]).toMatchObject({ status: 'unknown', reason: expect.stringMatching(reason) });
    expect(report.blockers).toHaveLength(1);
    expect(existsSync(join(outside, 'junit.xml'))).toBe(true);
  });

  it('a test command that ends well although its report lists a failure fails', async () => {
    const folder = repository({});
    const xml = '<testsuites><testsuite name="s"><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite></testsuites>';
    const report = await run(folder, plan([passingFast, gate({ stage: 'tests', run: `echo '${xml}' > junit.xml`, report: 'junit.xml' })]));
    expect(report.results[1]).toMatchObject({
      status: 'failed',
      counts: { passed: 1, failed: 1 },
      reason: expect.stringContaining('1 failed test'),
    });
  });

  it('a plan without any command blocks in each blocking stage', async () => {
    expect((await run(repository({}), plan([]))).blockers).toEqual(['fast: unknown: nothing was run', 'tests: unknown: nothing was run']);
  });
});

describe('fast gates are repaired and tried once more (GT-2)', () => {
  it('passes and names the files that were changed', async () => {
    const folder = repository({ 'a.txt': 'bad\n', 'b.txt': 'good\n' });
    const fast = gate({ stage: 'fast', run: '! grep -rn bad --include=*.txt .', fix: 'sed -i s/bad/good/ a.txt && echo new > c.txt' });
    const tests = gate({ stage: 'tests', run: `${passingTests.run}; echo left > by-tests.txt` });
    const report = await run(folder, plan([fast, tests]));
    expect(report.passed).toBe(true);
    expect(report.autofixed).toEqual(['a.txt', 'c.txt']);
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('good\n');
  });

  it('fails when the repair did not help, after exactly two tries', async () => {
    const folder = repository({});
    const fast = gate({ stage: 'fast', run: 'echo x >> tries; false', fix: 'true' });
    const report = await run(folder, plan([fast, passingTests]));
    expect(report.results[0]).toMatchObject({ status: 'failed', reason: 'it ended with exit code 1, also after "true"' });
    expect(readFileSync(join(folder, 'tries'), 'utf8')).toBe('x\nx\n');
  });

  it('tests are not retried', async () => {
    const folder = repository({});
    await run(folder, plan([passingFast, gate({ stage: 'tests', run: 'echo x >> tries; false', fix: 'true' })]));
    expect(readFileSync(join(folder, 'tries'), 'utf8')).toBe('x\n');
  });
});

it('comprehensive reports without blocking, unless the repository says so (GT-2)', async () => {
  const failing = gate({ stage: 'comprehensive', name: 'types', run: 'false' });
  const commands = [passingFast, passingTests, failing];
  const lenient = await run(repository({}), plan(commands));
  expect(lenient.passed).toBe(true);
  expect(lenient.results[2]?.status).toBe('failed');
  const strict = await run(repository({}), plan(commands, { blocking: ['fast', 'tests', 'comprehensive'] }));
  expect(strict.blockers).toEqual(['comprehensive/types: failed: it ended with exit code 1']);
});

it('hides secrets in the output and gives commands nothing of the bot’s environment', async () => {
  process.env.SLACK_BOT_TOKEN = 'xoxb-123456789012-abcdefghijkl';
  const fast = gate({
    stage: 'fast',
    run: 'echo "token=ghp_abcdefghijklmnopqrstuvwxyz0123456789 env=[$SLACK_BOT_TOKEN]"; printf "\\033[31mred\\033[0m"',
  });
  const report = await run(repository({}), plan([fast, passingTests]));
  delete process.env.SLACK_BOT_TOKEN;
  expect(report.results[0]?.tail).toBe('token=[redacted] env=[]\nred');
});

it('a cancelled run is unknown', async () => {
  const report = await run(repository({}), plan([passingFast, passingTests]), { signal: AbortSignal.abort() });
  expect(report.results.map(({ status }) => status)).toEqual(['unknown', 'unknown']);
});

describe('set-up (GT-7)', () => {
  const setup = { run: 'echo x >> "$HOME/installs"; mkdir -p deps && echo lib > deps/lib.txt', key: 'lock', keep: ['deps'], why: 'lock' };
  const usesDeps = gate({ stage: 'fast', run: 'grep -q lib deps/lib.txt && echo poison > deps/lib.txt' });

  it('installs once for many trees at the same time, and no tree sees what another did to its copy', async () => {
    const home = temporaryFolder();
    const before = process.env.HOME;
    process.env.HOME = home;
    try {
      const cacheFolder = temporaryFolder();
      const one = () =>
        run(repository({ lock: 'v1', '.gitignore': 'deps/\n' }), plan([usesDeps, passingTests], { setup }), { cacheFolder });
      const reports = await Promise.all([one(), one(), one()]);
      reports.push(await one());
      expect(reports.map(({ passed }) => passed)).toEqual([true, true, true, true]);
      expect(readFileSync(join(home, 'installs'), 'utf8')).toBe('x\n');
      await run(repository({ lock: 'v2' }), plan([usesDeps, passingTests], { setup }), { cacheFolder });
      expect(readFileSync(join(home, 'installs'), 'utf8')).toBe('x\nx\n');
    } finally {
      process.env.HOME = before;
    }
  });

  it('makes everything unknown when it fails, and is not kept', async () => {
    const cacheFolder = temporaryFolder();
    const report = await run(
      repository({ lock: 'v1' }),
      plan([passingFast, passingTests], { setup: { ...setup, run: 'echo broken; exit 3' } }),
      { cacheFolder },
    );
    expect(report.results.map(({ status }) => status)).toEqual(['unknown', 'unknown']);
    expect(report.blockers[0]).toBe('fast: unknown: the set-up failed: "echo broken; exit 3" ended with exit code 3');
    expect(report.results[0]?.tail).toContain('broken');
    expect(await readdir(cacheFolder)).toEqual([]);
  });

  it('runs npm ci for a real lock file', async () => {
    const folder = repository({
      'package.json': JSON.stringify({
        type: 'module',
        dependencies: { local: 'file:./local' },
        scripts: { test: 'node --test', lint: 'node -e "import(\'local\')"' },
      }),
      'local/package.json': JSON.stringify({ name: 'local', version: '1.0.0', main: 'index.js' }),
      'local/index.js': 'module.exports = 1;\n',
      'a.test.js': testFile("import one from 'local';\ntest('local', () => assert.equal(one, 1));"),
    });
    execFileSync('npm', ['install', '--package-lock-only', '--offline', '--no-audit'], { cwd: folder, stdio: 'pipe' });
    const made = await planOf(folder);
    expect(made.setup).toMatchObject({ run: 'npm ci --no-audit --no-fund', key: 'package-lock.json', keep: ['node_modules'] });
    const report = await run(folder, made);
    expect(report.blockers).toEqual([]);
  });
});

it('runs what the repository’s own file names (GT-6)', async () => {
  const folder = repository({});
  mkdirSync(join(folder, 'out'));
  write(folder, { 'out/x': '' });
  const policy = parseRepositoryPolicy(
    [
      'gates:',
      '  fast: [{ run: "true", name: style }]',
      '  tests: [{ run: "echo \'<testsuite><testcase name=\\"a\\"/></testsuite>\' > out/j.xml; printf \'SF:a\\nDA:1,1\\nDA:2,0\\nend_of_record\\n\' > out/lcov", report: out/j.xml, coverage: out/lcov }]',
    ].join('\n'),
  );
  const report = await run(folder, await planOf(folder, policy));
  expect(report.blockers).toEqual([]);
  expect(report.results.map(({ name, coverage }) => [name, coverage])).toEqual([
    ['style', null],
    ['tests', 50],
  ]);
});
