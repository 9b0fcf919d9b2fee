import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rewriteIssue, writeIssue, writePlainIssue } from '../../src/coordination/issue-text.js';
import { readIssue } from '../../src/coordination/parse.js';
import { Issue } from '../../src/coordination/schema.js';

const word = fc.oneof(
  { arbitrary: fc.stringMatching(/^[A-Za-z][a-z0-9 ,.'":#()/_-]{0,40}$/), weight: 30 },
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 10 }),
  fc.constantFrom(
    '',
    '~',
    'null',
    'Yes',
    '1.0',
    '0x1f',
    '1e3',
    '.5',
    '-',
    '- a',
    '? b',
    'a: b',
    'a:',
    'a #b',
    "it's",
    '"q"',
    `both ' and "`,
    '#x',
    '[a]',
    'a, b',
    '{a}',
    'x'.repeat(70),
    '2026-11-21',
    'v1:ab',
    '*a',
    '&a',
    '!a',
    '%a',
    '@a',
    '`a',
    '|',
    '>',
    'a\\b',
    ' a',
    'a ',
    '---',
    '...',
    'true',
    'é ü',
    '—',
    '\u00a0',
    '\u2028',
    '\ufeff',
    'a\tb',
    '<<',
    '=',
  ),
);
const text = word.filter((each) => each.trim() !== '');
const issue = fc
  .record({
    title: text,
    description: word,
    severity: word,
    repos: fc.array(word, { maxLength: 4 }),
    affectedFiles: fc.array(word, { maxLength: 5 }),
    assignee: fc.option(word),
    fingerprint: fc.option(word),
    resolution: fc.option(
      fc.record({
        fixedBy: fc.option(word),
        qualityGates: fc.array(word, { maxLength: 3 }),
        timestamp: fc.constant('2026-11-21T10:00:00.000Z'),
        commit: fc.option(word),
      }),
    ),
    metadata: fc.dictionary(
      fc.stringMatching(/^[a-z_]{1,10}$/),
      fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null), fc.array(word, { maxLength: 3 })),
    ),
  })
  .map((fields): Issue => ({ ...Issue.parse({ id: 'MHV-001', title: 'x', created: '2026-11-21', updated: '2026-11-21' }), ...fields }));

it('an item written quickly is the item that the YAML library writes, and reads back as it was (CO-1, property)', () => {
  let quick = 0;
  fc.assert(
    fc.property(issue, fc.constantFrom(0, 2, 4), fc.constantFrom('\n', '\r\n'), (value, indent, eol) => {
      const plain = writePlainIssue(value, indent, eol);
      if (plain === null) return;
      quick += 1;
      expect(plain).toBe(writeIssue(value, indent, eol));
      const read = readIssue(plain);
      expect(read.problems).toEqual([]);
      expect(read.issue).toMatchObject({
        title: value.title,
        description: value.description,
        repos: value.repos,
        fingerprint: value.fingerprint || null,
      });
    }),
    { numRuns: 1500 },
  );
  expect(quick).toBeGreaterThan(300);
});

it('an item that a person touched is never written anew', () => {
  const [one] = fc.sample(issue, { numRuns: 1, seed: 7 }).map(
    (value): Issue => ({
      ...value,
      title: 'a',
      description: '',
      severity: 'high',
      repos: [],
      affectedFiles: [],
      resolution: null,
      metadata: {},
      assignee: null,
      fingerprint: 'v1:a',
    }),
  );
  const chunk = writePlainIssue(one!, 4, '\n')!;
  const changed = { ...one!, title: 'b' };
  expect(rewriteIssue(chunk, one!, changed, 4, '\n')).toContain('title: b');
  expect(rewriteIssue(`${chunk}\n    # about the next one\n`, one!, changed, 4, '\n')).toMatch(/title: b[\s\S]*# about the next one\n$/);
  for (const touched of [
    chunk.replace('title: a', 'title: a # note'),
    chunk.replace('title: a', "title: 'a'"),
    `${chunk}      mine: 1\n`,
    `${chunk}      # mine\n`,
    chunk.replace('severity: high\n', ''),
  ])
    expect(rewriteIssue(touched, one!, changed, 4, '\n')).toBeNull();
});
