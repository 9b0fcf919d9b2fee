import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cut, cutAgain } from '../../src/coordination/layout.js';

const line = fc.constantFrom(
  '    - id: A-1',
  '    - id: A-2',
  '      title: x',
  '      title: "- y"',
  '      text: |',
  '        - id: A-9',
  '',
  '  # note',
  '      # mine',
  '  plans: []',
  '    - ',
  '      text: |+',
  '-',
  '    x: 1',
);
const lines = fc.array(line, { maxLength: 6 }).map((all) => all.map((each) => `${each}\n`).join(''));
const file = (middle: string) =>
  `# head\ncoordination:\n  issues:\n    - id: A-0\n      title: first\n${middle}    - id: A-8\n      title: last\n  todos: []\n`;

it('what was changed by hand is cut as if the whole file were (CO-1, property)', () => {
  let quick = 0;
  fc.assert(
    fc.property(
      lines,
      lines,
      lines,
      fc.nat({ max: 400 }),
      fc.nat({ max: 40 }),
      fc.string({ maxLength: 10 }),
      (a, b, c, at, length, typed) => {
        const before = file(a + b);
        const old = cut(before);
        if (!old) return;
        for (const text of [file(a + c + b), file(b), file(a), before.slice(0, at) + typed + before.slice(at + length), before]) {
          const again = cutAgain(text, old);
          if (!again) continue;
          quick += 1;
          expect(again.layout).toEqual(cut(text));
          const { front, back } = again.kept;
          expect(again.layout.chunks.slice(0, front)).toEqual(old.chunks.slice(0, front));
          expect(again.layout.chunks.slice(again.layout.chunks.length - back)).toEqual(old.chunks.slice(old.chunks.length - back));
        }
      },
    ),
    { numRuns: 2000 },
  );
  expect(quick).toBeGreaterThan(1000);
});
