import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readOutput, readReport } from '../../src/gates/counts.js';
import { coverageFell, readCoverage } from '../../src/gates/coverage.js';
import { instrument } from '../../src/gates/instrument.js';

describe('counts from a report (GT-4)', () => {
  it('reads JUnit XML with nested suites, errors and skipped tests', () => {
    const xml = `<?xml version="1.0"?><testsuites tests="5"><testsuite name="a"><testcase name="ok"/><testsuite name="b">
      <testcase classname="b" name="bad &lt;x&gt;"><failure message="m"/></testcase><testcase name="boom"><error/></testcase></testsuite>
      <testcase name="later"><skipped/></testcase></testsuite><testcase name="top"/></testsuites>`;
    expect(readReport(xml)).toEqual({ passed: 2, failed: 2, skipped: 1, failures: ['b › bad <x>', 'boom'] });
  });
  it('counts a suite that failed outside of any test', () => {
    expect(readReport('<testsuite tests="1" errors="1"><testcase name="a"/></testsuite>')?.failed).toBe(1);
    expect(readReport('<testsuites><testsuite failures="1"/><testsuite errors="2"/></testsuites>')?.failed).toBe(3);
  });
  it('does not count the failures of a nested suite twice', () => {
    const xml =
      '<testsuites><testsuite failures="1"><testsuite failures="1"><testcase name="a"><failure/></testcase></testsuite></testsuite></testsuites>';
    expect(readReport(xml)?.failed).toBe(1);
  });
  it('reads the JSON of jest and vitest', () => {
    const json = JSON.stringify({
      numPassedTests: 2,
      numFailedTests: 1,
      numPendingTests: 1,
      testResults: [{ assertionResults: [{ status: 'failed', fullName: 'adds' }] }],
    });
    expect(readReport(json)).toEqual({ passed: 2, failed: 1, skipped: 1, failures: ['adds'] });
  });
  it.each([
    '',
    '<testsuites><testsuite><testcase name="a"',
    '<html></html>',
    '{}',
    '{"numPassedTests":-1}',
    '<!DOCTYPE x [<!ENTITY a "b">]><testsuite><testcase name="&a;"/></testsuite>',
  ])('refuses %j', (text) => {
    expect(readReport(text)).toBeNull();
  });
  it('agrees with any list of results, and never throws', () => {
    const kinds = ['passed', 'failed', 'skipped'] as const;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...kinds)), (list) => {
        const cases = list.map(
          (kind) => `<testcase name="t">${kind === 'failed' ? '<failure/>' : kind === 'skipped' ? '<skipped/>' : ''}</testcase>`,
        );
        expect(readReport(`<testsuite>${cases.join('')}</testsuite>`)).toMatchObject(
          Object.fromEntries(kinds.map((kind) => [kind, list.filter((other) => other === kind).length])),
        );
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        readReport(`<testsuite>${text}`);
        readReport(`{${text}`);
        readOutput(text);
        readCoverage(text);
        readCoverage(`<${text}`);
      }),
    );
  });
});

describe('counts from what a runner prints', () => {
  it.each([
    ['TAP of node', 'ok 1 - a\nnot ok 2 - b\n# tests 3\n# pass 1\n# fail 1\n# cancelled 0\n# skipped 1\n# todo 0\n', [1, 1, 1], ['b']],
    ['two runs of node', 'ℹ tests 1\nℹ pass 1\nℹ fail 0\nℹ tests 2\nℹ pass 1\nℹ fail 1\n', [2, 1, 0], []],
    [
      'pytest',
      'FAILED tests/test_a.py::test_b - assert 0\n=== 1 failed, 3 passed, 2 skipped, 1 warning in 0.12s ===\n',
      [3, 1, 2],
      ['tests/test_a.py::test_b'],
    ],
    ['pytest -q', '.\n3 passed in 0.01s\n', [3, 0, 0], []],
    ['pytest with an error', '===== 1 error in 0.10s =====', [0, 1, 0], []],
    ['pytest without tests', '============ no tests ran in 0.00s ============', [0, 0, 0], []],
    ['mocha', '\n  4 passing (12ms)\n  1 pending\n  2 failing\n', [4, 2, 1], []],
    ['vitest', ' Test Files  1 passed (1)\n      Tests  1 failed | 3 passed | 1 skipped (5)\n', [3, 1, 1], []],
    ['jest', 'Tests:       1 failed, 2 todo, 3 passed, 6 total\n', [3, 1, 2], []],
    ['unittest', 'Ran 4 tests in 0.001s\n\nFAILED (failures=1, skipped=1)\n', [2, 1, 1], []],
    [
      'cargo',
      'test a::b ... FAILED\ntest result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured\ntest result: ok. 2 passed; 0 failed; 0 ignored; 0 measured\n',
      [3, 1, 1],
      ['a::b'],
    ],
    [
      'go',
      '{"Action":"pass","Package":"p","Test":"TestA"}\n{"Action":"fail","Package":"p","Test":"TestB"}\n{"Action":"fail","Package":"p"}\n{"Action":"fail","Package":"q"}\nnoise',
      [1, 2, 0],
      ['p TestB', 'q (did not build or crashed)'],
    ],
  ] as const)('%s', (_name, output, [passed, failed, skipped], failures) => {
    expect(readOutput(output)).toEqual({ passed, failed, skipped, failures });
  });
  it('reads nothing into other output', () => {
    expect(readOutput('all 3 tests passed, I promise\n')).toBeNull();
  });
});

describe('coverage (GT-4, GT-5)', () => {
  it.each([
    ['lcov', 'TN:\nSF:a.js\nDA:1,1\nDA:2,0\nDA:2,3\nLF:9\nLH:9\nend_of_record\nSF:b.js\nDA:1,0\nend_of_record\n', (2 / 3) * 100],
    [
      'Cobertura',
      '<?xml version="1.0"?><!DOCTYPE coverage SYSTEM "x.dtd"><coverage lines-valid="4" lines-covered="3" line-rate="0.1"/>',
      75,
    ],
    ['Cobertura without counts', '<coverage line-rate="0.5"/>', 50],
    ['coverage.py', '{"totals":{"percent_covered":83.25}}', 83.25],
    ['istanbul', '{"total":{"lines":{"total":200,"covered":100,"skipped":0,"pct":50}}}', 50],
    ['empty', '', null],
    ['nothing counted', '{"total":{"lines":{"total":0,"covered":0,"pct":"Unknown"}}}', null],
    ['other JSON', '{"totals":{"percent_covered":"all"}}', null],
  ])('%s', (_name, text, expected) => {
    const read = readCoverage(text);
    if (expected === null) expect(read).toBeNull();
    else expect(read).toBeCloseTo(expected, 6);
  });
  it('leaves out the files it is told to', () => {
    const lcov = 'SF:a.js\nDA:1,0\nend_of_record\nSF:tests/a.test.js\nDA:1,1\nend_of_record\n';
    expect(readCoverage(lcov, (file) => file.startsWith('tests/'))).toBe(0);
  });
  it('says when it fell by more than is allowed', () => {
    expect(coverageFell(90, 89.5, 0.1)).toBe('coverage fell from 90 % to 89.5 %; at most 0.1 % less is allowed');
    expect(coverageFell(90, 89.9, 0.1)).toBeNull();
    expect(coverageFell((2 / 3) * 100, 66.666666, 0)).toBeNull();
    expect(coverageFell(90, 95, 0)).toBeNull();
    expect(coverageFell(null, 10, 0)).toBeNull();
    expect(coverageFell(90, null, 5)).toContain('cannot be read any more');
  });
});

describe('asking a runner for its report', () => {
  const scratch = "/tmp/it's here";
  const line = (run: string, script?: string) => instrument({ run, script, scratch }).line;
  it('puts the flags of node before the files, also behind a build', () => {
    expect(line('npm test', 'tsc && node --import tsx --test "tests/*.ts"')).toMatch(
      /^tsc && node --import tsx --test --test-reporter=spec .*--test-reporter=junit --test-reporter-destination='\/tmp\/it'\\''s here\/tests\.xml'.* "tests\/\*\.ts"$/,
    );
  });
  it.each([
    ['npm test', 'vitest run', /^npm test -- --reporter=default --reporter=junit/],
    ['npx vitest run --coverage', undefined, /^npx vitest run --coverage --reporter=default .*--coverage.reporter=json-summary/],
    ['npm test', 'jest', /^npm test -- --json --outputFile=/],
    ['pytest -q', undefined, /^pytest -q --junitxml=/],
    ['.venv/bin/python -m pytest', undefined, /--junitxml=/],
    ['uv run --no-sync python -m pytest', undefined, /^uv run/],
  ])('%s (%s)', (run, script, expected) => {
    expect(line(run, script)).toMatch(expected);
  });
  it.each([
    ['npm test', 'node --test | tee log'],
    ['npm test', 'node --test; true'],
    ['npm test', 'node test.js'],
    ['npm test', 'node --test --test-reporter=dot'],
    ['make test', undefined],
  ])('leaves %s (%s) as it is', (run, script) => {
    expect(line(run, script)).toBe(run);
  });
});
