import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { openEcosystem } from '../../src/coordination/ecosystem.js';
import { cut, join } from '../../src/coordination/layout.js';

const folder = mkdtempSync(joinPath(tmpdir(), 'ecosystem-properties-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
function nextFile(): string {
  files += 1;
  return joinPath(folder, `${files}.yaml`);
}

/** Texts that YAML has opinions about, beside plain ones. */
const nasty = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(
    'null',
    '~',
    'true',
    '- x',
    '# c',
    'a: b',
    "it's",
    '"q"',
    ' lead',
    'trail ',
    'two\nlines',
    '\n\n',
    '|',
    '>',
    '*a',
    '&a',
    '!t',
    '{',
    '[',
    '%',
    '@',
    '2026-11-21',
    '0x1F',
    '1e3',
    '---',
    'a #b',
    '\u0085',
    '\u2028',
    '\t',
    'x\r\ny',
  ),
);
const title = nasty.map((text) => text.trim()).filter((text) => text !== '');
const issue = fc.record({
  title,
  description: nasty,
  assignee: fc.option(nasty.filter((text) => text !== '')),
  labels: fc.array(nasty, { maxLength: 4 }),
  repos: fc.array(fc.constantFrom('api', 'web'), { maxLength: 2 }),
  metadata: fc.dictionary(
    fc.stringMatching(/^[a-z_]{1,8}$/),
    fc.oneof(nasty, fc.integer(), fc.boolean(), fc.array(nasty, { maxLength: 3 })),
    { maxKeys: 3 },
  ),
});

describe('the text of the file', () => {
  it('is the same after being cut and joined', () => {
    const line = fc.constantFrom(
      'coordination:',
      '  issues:',
      '  issues: []',
      '  - id: A-1',
      '    - id: A-2',
      '      title: |',
      '        text',
      '',
      '  # c',
      '# c',
      'x: 1',
      '  plans: []',
      '   odd',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 25 }), fc.constantFrom('\n', '\r\n'), (lines, eol) => {
        const text = lines.join(eol);
        const layout = cut(text);
        if (layout) expect(join(layout)).toBe(text);
      }),
    );
  });

  it('is cut where the YAML library sees the items, however it was written', () => {
    const options = fc.record({ indent: fc.constantFrom(2, 3, 4), indentSeq: fc.boolean(), lineWidth: fc.constantFrom(0, 40) });
    fc.assert(
      fc.property(fc.array(issue, { minLength: 1, maxLength: 6 }), options, (issues, style) => {
        const items = issues.map((fields, index) => ({ id: `A-${index}`, ...fields }));
        const layout = cut(stringify({ coordination: { issues: items, plans: [] } }, { ...style, aliasDuplicateObjects: false }));
        expect(layout?.chunks.map((chunk) => (parse(chunk) as unknown[])[0])).toEqual(items);
      }),
      { numRuns: 100 },
    );
  });
});

it('after any sequence of changes the file says what the store says, and ids are unique for ever', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('create' as const), issue }),
    fc.record({ do: fc.constant('update' as const), at: fc.nat(), issue }),
    fc.record({ do: fc.constant('remove' as const), at: fc.nat() }),
    fc.record({
      do: fc.constant('status' as const),
      at: fc.nat(),
      status: fc.constantFrom('pending' as const, 'blocked' as const, 'closed' as const),
    }),
    fc.record({ do: fc.constant('by hand' as const), comment: fc.stringMatching(/^[a-z ]{0,10}$/) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
      const file = nextFile();
      const store = openEcosystem({ file });
      const everGiven = new Set<string>();
      const live: string[] = [];
      for (const action of steps) {
        const id = 'at' in action ? live[action.at % Math.max(1, live.length)] : undefined;
        if (action.do === 'create') {
          const made = await store.create(action.issue);
          expect(everGiven.has(made.issue.id)).toBe(false);
          expect(made.issue).toMatchObject(action.issue);
          everGiven.add(made.issue.id);
          live.push(made.issue.id);
        } else if (action.do === 'by hand') {
          await store.create({ title: 'first' }).then(({ issue: { id: first } }) => everGiven.add(first) && live.push(first));
          writeFileSync(file, `# ${action.comment}\n${readFileSync(file, 'utf8')}`);
        } else if (id !== undefined) {
          if (action.do === 'update') expect(await store.update(id, action.issue)).toMatchObject(action.issue);
          if (action.do === 'status') await store.update(id, { status: action.status });
          if (action.do === 'remove') await store.remove(live.splice(live.indexOf(id), 1)[0] ?? '');
        }
      }
      const issues = await store.list();
      expect(issues.map((one) => one.id)).toEqual(live);
      // A store that knows nothing but the file reads the same, and so does the YAML library in one go.
      expect(await openEcosystem({ file }).list()).toEqual(issues);
      if (steps.length > 0 && everGiven.size > 0) {
        const whole = parse(readFileSync(file, 'utf8')) as { coordination: { issues: { id: string }[] } };
        expect(whole.coordination.issues.map((one) => one.id)).toEqual(live);
      }
    }),
    { numRuns: 60 },
  );
});
