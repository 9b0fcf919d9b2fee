import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSarif } from '../../../src/review/sarif/read.js';

const log = (run: object) =>
  JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'scan', rules: [] } }, results: [], ...run }] });
const at = (artifactLocation: object, region?: object) => ({
  message: { text: 'm' },
  ruleId: 'r',
  locations: [{ physicalLocation: { artifactLocation, ...(region ? { region } : {}) } }],
});
const one = (run: object, root?: string) => readSarif(log(run), root === undefined ? {} : { root })[0]!;
const filesOf = (results: object[], more: object = {}, root?: string) => one({ results, ...more }, root).hits.map(({ file }) => file);

describe('files (RV-8)', () => {
  it('are found as tools write them', () => {
    const bases = {
      SRCROOT: { uri: 'file:///home/runner/work/api/' },
      LIB: { uri: 'packages/lib', uriBaseId: 'SRCROOT' },
    };
    const results = [
      at({ uri: 'src/a.py' }),
      at({ uri: './src/a%20b%25.py', uriBaseId: '%SRCROOT%' }),
      at({ uri: 'src/100%.py' }),
      at({ uri: 'file:///home/runner/work/api/src/c.py' }),
      at({ uri: 'index.js', uriBaseId: 'LIB' }),
      at({ uri: 'src\\win.py' }),
      at({ uri: 'src/../src/d.py' }),
      at({ index: 0 }),
      at({ uri: 'file:///srv/checkout/e.py' }),
      at({ uri: '/srv/checkout/f.py' }),
    ];
    const artifacts = [{ location: { uri: 'src/g.py' } }];
    expect(filesOf(results, { originalUriBaseIds: bases, artifacts }, '/srv/checkout')).toEqual([
      'src/a.py',
      'src/a b%.py',
      'src/100%.py',
      'src/c.py',
      'packages/lib/index.js',
      'src/win.py',
      'src/d.py',
      'src/g.py',
      'e.py',
      'f.py',
    ]);
  });

  it('outside of the repository are refused, and said', () => {
    const results = [
      at({ uri: '../etc/passwd' }),
      at({ uri: 'src/%2e%2e/%2e%2e/etc/passwd' }),
      at({ uri: 'file:///etc/passwd' }),
      at({ uri: 'file:///srv/checkout/../secret' }),
      at({ uri: '/etc/passwd' }),
      at({ uri: 'C:\\Users\\dana\\a.py' }),
      at({ uri: 'https://evil.example/a.py' }),
      at({ uri: '//host/share/a.py' }),
      at({ uri: 'a\u0000.py' }),
      at({ uri: '.git/config' }),
      at({ uri: 'x.py', uriBaseId: 'LOOP' }),
      at({ uri: 'stdlib.py', uriBaseId: 'PYTHON' }),
      at({}),
    ];
    const run = one(
      { results, originalUriBaseIds: { LOOP: { uri: '../', uriBaseId: 'LOOP' }, PYTHON: { uri: 'file:///usr/lib/python3/' } } },
      '/srv/checkout',
    );
    expect(run.hits).toEqual([]);
    expect(run.refused.reduce((sum, { count }) => sum + count, 0)).toBe(results.length);
    expect(run.refused.map(({ reason }) => reason).sort()).toEqual(['no file named', 'not a file path', 'outside of the repository']);
  });

  it('never leave the repository, whatever stands in the log (property)', () => {
    const part = fc.constantFrom(
      '..',
      '.',
      'a',
      '%2e%2e',
      '%2F',
      '/',
      '\\',
      'file://',
      'C:',
      '%',
      '%c0%ae',
      '\u202e',
      '.git',
      ' ',
      '?x',
      '#y',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.array(part, { maxLength: 4 }), fc.boolean(), (uri, base, root) => {
        const run = one(
          { results: [at({ uri: uri.join('/'), uriBaseId: 'B' })], originalUriBaseIds: { B: { uri: base.join('') } } },
          root ? '/srv/x' : undefined,
        );
        for (const { file } of run.hits) {
          expect(file.startsWith('/') || file.split('/').some((name) => name === '..' || name === '.git' || name === '')).toBe(false);
          expect(file).not.toMatch(/\p{Cc}/u);
        }
        expect(run.hits.length + run.refused.length).toBe(1);
      }),
    );
  });
});

describe('results', () => {
  it('take level, words and severity from their rule when they have none', () => {
    const rules = [
      { id: 'unused', defaultConfiguration: { level: 'note' } },
      {
        id: 'sqli',
        shortDescription: { text: 'SQL injection' },
        messageStrings: { default: { text: 'value {0} reaches {1}' } },
        properties: { 'security-severity': '8.8', tags: ['security', 'external/cwe/cwe-089'] },
      },
    ];
    const driver = { name: 'scan', rules };
    const results = [
      { ruleIndex: 1, message: { id: 'default', arguments: ['x', 'execute'] }, locations: at({ uri: 'a.py' }).locations },
      { ...at({ uri: 'a.py' }), ruleId: 'unused/deep' },
      { ...at({ uri: 'a.py' }), ruleId: 'unheard-of' },
      { ...at({ uri: 'a.py' }), level: 'error' },
      { ...at({ uri: 'a.py' }), rule: { index: 0, toolComponent: { index: 0 } }, ruleId: undefined },
    ];
    const { hits } = one({ tool: { driver, extensions: [{ name: 'pack', rules: [{ id: 'from-pack' }] }] }, results });
    expect(hits.map(({ rule, level }) => `${rule} ${level}`)).toEqual([
      'sqli warning',
      'unused/deep note',
      'unheard-of warning',
      'r error',
      'from-pack warning',
    ]);
    expect(hits[0]).toMatchObject({
      title: 'SQL injection',
      message: 'value x reaches execute',
      securitySeverity: 8.8,
      tags: ['security', 'external/cwe/cwe-089'],
    });
  });

  it('keep their fingerprints as second keys, and need no region', () => {
    const result = {
      ...at({ uri: 'a.py' }),
      // As semgrep writes it without an account: the same for everything it finds.
      fingerprints: { 'stable/v1': 'abc', 'matchBasedId/v1': 'requires login' },
      partialFingerprints: { primaryLocationLineHash: 'f00:1' },
    };
    expect(one({ results: [result] }).hits[0]).toMatchObject({
      region: null,
      fingerprints: [
        { name: 'stable/v1', value: 'abc', partial: false },
        { name: 'primaryLocationLineHash', value: 'f00:1', partial: true },
      ],
    });
    expect(one({ results: [at({ uri: 'a.py' }, { startLine: 0 })] }).hits[0]!.region).toBeNull();
  });

  it('that passed, are gone or are suppressed do not count as found', () => {
    const base = at({ uri: 'a.py' });
    const results = [
      { ...base, kind: 'pass' },
      { ...base, baselineState: 'absent' },
      { ...base, suppressions: [{ kind: 'inSource', justification: 'known' }] },
      { ...base, suppressions: [{ kind: 'external', status: 'rejected' }] },
    ];
    expect(one({ results }).hits.map(({ suppressed }) => suppressed)).toEqual(['known', null]);
  });

  it('that are broken are counted, and the others stay', () => {
    const results = [7, { ruleId: 5 }, { ...at({ uri: 'a.py' }), level: 'catastrophic' }, null, at({ uri: 'a.py' })];
    const run = one({ results });
    expect(run.hits).toHaveLength(1);
    expect(run.refused).toMatchObject([{ reason: 'unreadable result', count: 4 }]);
  });
});

it('a tool that failed is never one that found nothing (RV-6)', () => {
  expect(one({ invocations: [{ executionSuccessful: false, exitCode: 2 }] }).failures).toEqual(['scan says that it failed (exit code 2)']);
  expect(
    one({
      invocations: [{ executionSuccessful: true, toolExecutionNotifications: [{ level: 'error', message: { text: 'out of memory' } }] }],
    }).failures,
  ).toEqual(['scan: out of memory']);
  expect(one({ results: null }).failures).toHaveLength(1);
});

it('what is no SARIF is refused in words', () => {
  for (const [text, words] of [
    ['', /is not JSON/],
    ['[]', /needs "version"/],
    ['{"version":"2.0.0","runs":[]}', /only 2\.1\.0/],
    ['{"version":"2.1.0","runs":[{}]}', /runs\.0\.tool/],
    [log({ columnKind: 'bytes' }), /columnKind/],
  ] as const)
    expect(() => readSarif(text, { shown: 'scan.sarif' })).toThrow(words);
  expect(readSarif('\uFEFF{"version":"2.1.0","runs":[],"__proto__":{"polluted":1}}')).toEqual([]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

it('never throws anything but a refusal (property)', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (json) => {
      const text = `{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x","rules":[${json}]}},"results":[${json},{"locations":[${json}]}],"artifacts":[]}]}`;
      const [run] = readSarif(text);
      expect(run!.hits).toEqual([]);
    }),
  );
});
