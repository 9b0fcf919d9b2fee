import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Finding } from '../../../src/review/finding.js';
import { applySuppressions } from '../../../src/review/suppressions/apply.js';
import { readComments } from '../../../src/review/suppressions/comments.js';
import { repositorySuppressions } from '../../../src/review/suppressions/gather.js';
import type { Suppression } from '../../../src/review/suppressions/suppression.js';

it('a comment names rules and a reason, in every kind of comment (RV-9)', () => {
  const text = [
    'x = eval(a)  # mahavishnu-ignore ruff/S307: our own text',
    '// mahavishnu-ignore no-eval, oxlint/no-debugger until 2027-01-31: two of them',
    '/* mahavishnu-ignore no-eval: closed */',
    '<!-- mahavishnu-ignore secretlint/x: sample -->',
    '{/* mahavishnu-ignore no-eval: in JSX */}',
    'const text = "mahavishnu-ignore no-eval: not a comment"',
  ].join('\n');
  const { comments, broken } = readComments(text);
  expect(comments).toEqual([
    { line: 1, rules: ['ruff/S307'], reason: 'our own text', until: null, covers: [1] },
    { line: 2, rules: ['no-eval', 'oxlint/no-debugger'], reason: 'two of them', until: '2027-01-31', covers: [2, 3] },
    { line: 3, rules: ['no-eval'], reason: 'closed', until: null, covers: [3, 4] },
    { line: 4, rules: ['secretlint/x'], reason: 'sample', until: null, covers: [4, 5] },
    { line: 5, rules: ['no-eval'], reason: 'in JSX', until: null, covers: [5, 6] },
  ]);
  expect(broken).toEqual([]);
});

it('what has no reason, no rule or all rules does not count, and is said', () => {
  const of = (comment: string) => readComments(`# mahavishnu-ignore${comment}`);
  for (const bad of [
    '',
    ' ',
    ' no-eval',
    ' no-eval:',
    ' no-eval: x',
    ' : why so',
    ' *: because of it',
    ' all: because of it',
    ' ruff/*: because of it',
    ' a b until tomorrow: because',
  ])
    expect(of(bad), bad).toMatchObject({ comments: [], broken: [{ line: 1 }] });
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (rest) => {
      const { comments, broken } = of(rest);
      for (const { rules, reason } of comments) {
        expect(reason.length).toBeGreaterThan(2);
        expect(rules.length).toBeGreaterThan(0);
        expect(rules.join('')).not.toMatch(/[*\p{Cc}]/u);
      }
      expect(comments.length + broken.length).toBeLessThanOrEqual(rest.split(/\r\n|\r|\n/).length);
    }),
  );
});

const place = (startLine: number) => ({ file: 'scripts/a.js', startLine, endLine: startLine });
const finding: Finding = {
  ...place(3),
  id: 'F-1',
  rule: 'oxlint/no-eval',
  title: 't',
  description: 'd',
  severity: 'high',
  priority: 'P0',
  perspective: 'security',
  pool: 'security',
  places: [place(3), place(9)],
  evidence: '',
  suggestedFix: null,
  fixer: null,
  confidence: 1,
  agents: ['security'],
  fingerprint: 'v1:a',
};
const now = new Date('2026-11-21T00:00:00Z');
const base: Suppression = { id: 'S-1', source: 'owner', rule: null, path: null, fingerprint: null, reason: 'why', by: 'dana', until: null };
const apply = (list: Suppression[], comments: Parameters<typeof applySuppressions>[1]['comments'] = []) =>
  applySuppressions([finding], { list, comments, classOf: () => 'code-from-text', now });

it('every part that is named must match; nothing named is nothing held back', () => {
  for (const match of [
    { rule: 'oxlint/no-eval' },
    { rule: 'no-eval' },
    { rule: 'code-from-text' },
    { rule: 'oxlint/*' },
    { path: 'scripts/**' },
    { path: 'a.js' },
    { path: 'scripts' },
    { fingerprint: 'v1:a' },
    { rule: 'no-eval', path: '**/*.js' },
  ])
    expect(apply([{ ...base, ...match }]).suppressed, JSON.stringify(match)).toHaveLength(1);
  for (const miss of [
    {},
    { rule: 'eval' },
    { rule: 'oxlint' },
    { path: 'src/**' },
    { fingerprint: 'v1:b' },
    { rule: 'no-eval', path: 'src/**' },
  ])
    expect(apply([{ ...base, ...miss }]).findings, JSON.stringify(miss)).toHaveLength(1);
});

it('what has expired counts again and is said; what still holds wins over it', () => {
  const old = { ...base, rule: 'no-eval', until: new Date('2026-11-20T00:00:00Z') };
  expect(apply([old])).toMatchObject({
    findings: [{ id: 'F-1' }],
    suppressed: [],
    expired: ['suppression S-1 by dana expired on 2026-11-20'],
  });
  expect(apply([old, { ...old, id: 'S-2', until: new Date('2026-12-20T00:00:00Z') }])).toMatchObject({
    findings: [],
    expired: [],
    suppressed: [{ suppressed: { id: 'S-2' } }],
  });
});

it('a comment holds back its own place only', () => {
  const comment = {
    file: 'scripts/a.js',
    line: 2,
    covers: [2, 3],
    rules: ['no-eval'],
    reason: 'why so',
    by: 'dana',
    until: null,
    ends: null,
  };
  expect(apply([], [comment])).toMatchObject({ findings: [{ startLine: 9, places: [{ startLine: 9 }] }], suppressed: [] });
  expect(apply([], [comment, { ...comment, line: 9, covers: [9] }])).toMatchObject({
    findings: [],
    suppressed: [{ suppressed: { id: 'scripts/a.js:2', source: 'comment' } }],
  });
});

it('a repository whose file cannot be read suppresses nothing, and says so', async () => {
  const limits = { atMost: 366 * 86_400_000, now };
  expect(await repositorySuppressions(async () => 'suppress: [{ rule: x }]', limits)).toMatchObject({
    list: [],
    problems: [expect.stringContaining('none of its suppressions counts') as string],
  });
  expect(await repositorySuppressions(async () => null, limits)).toEqual({ list: [], problems: [] });
});
