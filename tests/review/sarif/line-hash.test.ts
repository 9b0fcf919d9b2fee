import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lineHashes } from '../../../src/review/sarif/line-hash.js';

const every = (text: string) => new Set(Array.from({ length: text.length + 1 }, (_, at) => at + 1));
const values = (text: string) => [...lineHashes(text, every(text)).values()];

it('is the hash that GitHub computes (RV-8)', () => {
  expect(values('')).toEqual(['c129715d7a2bc9a3:1']);
  expect(values(' a\nb\n  \t\tc\n d')).toEqual(['271789c17abda88f:1', '54703d4cd895b18:1', '180aee12dab6264:1', 'a23a3dc5e078b07b:1']);
});

it('is the same with other line ends and indentation, and counts equal ones', () => {
  expect(values('a\r\nb\rc')).toEqual(values('  a\n\tb\nc'));
  const far = `${'x'.repeat(200)}\n`;
  expect(values(`same\n${far}same\n${far}`).map((hash) => hash.split(':')[1])).toEqual(['1', '1', '2', '2', '1']);
});

it('is the sum of a hundred characters, whatever the text (property)', () => {
  const reference = (text: string): string[] => {
    const characters = [...text.replace(/\r\n?/g, '\n').replace(/[ \t]/g, '')]
      .flatMap((each) => each.split(''))
      .map((each) => each.charCodeAt(0));
    characters.push(65_535);
    const starts = [0, ...characters.flatMap((character, at) => (character === 10 ? [at + 1] : []))];
    const seen = new Map<string, number>();
    return starts.map((start) => {
      let hash = 0n;
      for (let at = start; at < start + 100; at += 1) hash = BigInt.asUintN(64, hash * 37n + BigInt(characters[at] ?? 0));
      const digits = hash.toString(16);
      seen.set(digits, (seen.get(digits) ?? 0) + 1);
      return `${digits}:${seen.get(digits)}`;
    });
  };
  const unit = fc.constantFrom('a', 'b', ' ', '\t', '\n', '\r', '\r\n', '{', '\u{1f600}', '\uffff');
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 400 }), (parts) => {
      const text = parts.join('');
      expect(values(text)).toEqual(reference(text));
      const all = lineHashes(text, every(text));
      const some = new Set([...all.keys()].filter((line) => line % 3 === 1));
      expect([...lineHashes(text, some)]).toEqual([...all].filter(([line]) => some.has(line)));
    }),
    { numRuns: 200 },
  );
});
