import { describe, expect, it } from 'vitest';
import { InvalidSettings } from '../../src/errors.js';
import { defaultPolicy, parseRepositoryPolicy, readRepositoryPolicy } from '../../src/repos/policy.js';

const problems = (text: string): readonly string[] => {
  try {
    parseRepositoryPolicy(text);
  } catch (error) {
    if (error instanceof InvalidSettings) return error.problems;
    throw error;
  }
  return [];
};

describe('.mahavishnu.yaml', () => {
  it('reads the example of the settings', () => {
    const policy = parseRepositoryPolicy(`
setup: { run: npm ci, key: package-lock.json, keep: [node_modules] }
gates:
  fast:          [{ run: npx biome check ., fix: npx biome check --write . }]
  tests:         [{ run: npx vitest run --coverage, report: junit.xml, coverage: coverage/lcov.info, timeout: 10m }]
  comprehensive: [{ run: npx tsc --noEmit }, { run: npx knip }]
coverage: { may_fall_by: 0.1 }
high_risk: [package.json, .github/**, src/main.ts]
handover: { pull_request: main }    # or { push: main }, or patch
release: { bump: [package.json], publish: [npm, github] }
suppress:
  - { rule: no-eval, path: scripts/**, until: 2027-01-31, reason: build scripts, by: dana }
`);
    expect(policy).toMatchObject({
      present: true,
      setup: { run: 'npm ci', key: 'package-lock.json', keep: ['node_modules'] },
      coverageMayFallBy: 0.1,
      highRisk: ['package.json', '.github/**', 'src/main.ts'],
      handover: { kind: 'pull_request', branch: 'main' },
      release: { bump: ['package.json'], publish: ['npm', 'github'] },
      suppress: [{ rule: 'no-eval', until: '2027-01-31', by: 'dana' }],
    });
    expect(policy.gates.tests).toEqual([
      { run: 'npx vitest run --coverage', report: 'junit.xml', coverage: 'coverage/lcov.info', timeoutMs: 600_000 },
    ]);
    expect(parseRepositoryPolicy('handover: patch').handover).toEqual({ kind: 'patch' });
    expect(parseRepositoryPolicy('handover: { push: release/next }').handover).toEqual({ kind: 'push', branch: 'release/next' });
  });
  it('is the default when there is none, or it is empty', async () => {
    expect(await readRepositoryPolicy(async () => null)).toBe(defaultPolicy);
    expect(parseRepositoryPolicy('# nothing yet\n')).toEqual({ ...defaultPolicy, present: true });
  });
  it('lists every problem with line and path', () => {
    expect(
      problems('coverage:\n  may_fall_by: lots\ngates:\n  tests:\n    - run: ""\n      report: ../out.xml\nhandover: { push: "-x" }\n'),
    ).toEqual([
      expect.stringMatching(/^\.mahavishnu\.yaml:5: gates\.tests\.0\.run: write the command/),
      expect.stringMatching(/^\.mahavishnu\.yaml:6: gates\.tests\.0\.report: must be a path inside/),
      expect.stringMatching(/^\.mahavishnu\.yaml:2: coverage\.may_fall_by: /),
      expect.stringMatching(/^\.mahavishnu\.yaml:7: handover/),
    ]);
  });
  it('never says of its own repository that it is trusted (SE-3)', () => {
    for (const text of ['trusted: true', 'trusted: false\nother: 1']) {
      expect(problems(text)).toEqual([
        expect.stringContaining('trusted: a repository cannot say so of itself; who runs the bot does, in its repos.yaml'),
      ]);
    }
    expect(problems('agents: { mine: { perspective: security, trusted: true } }')).toHaveLength(1);
  });
  it.each([
    'a: [',
    'a: 1\na: 2',
    'unknown: 1',
    'just text',
    '- a list',
    'setup: { run: x, key: /etc/passwd }',
    'setup: { run: x, keep: [.git] }',
    'suppress: [{ until: 2027-01-31, reason: r, by: d }]',
    '__proto__: { polluted: true }',
    `${'&a [*a,*a]'.repeat(3)}`,
    'x'.repeat(300_000),
  ])('refuses %.40j', (text) => {
    expect(problems(text).length).toBeGreaterThan(0);
    expect(problems(text)[0]).toMatch(/^\.mahavishnu\.yaml:/);
  });
});
