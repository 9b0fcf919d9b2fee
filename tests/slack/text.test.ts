import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { code, codeBlock, duration, escapeText, oneLine, outside, person, plain, shorten, time } from '../../src/slack/text.js';

/** Text as an attacker or a careless tool would write it. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc
    .array(
      fc.constantFrom(
        '<!channel>',
        '<@U0DANA>',
        '<https://evil|bank>',
        '<!subteam^S1>',
        '&lt;',
        '`',
        '```',
        '\n',
        '\u202e',
        '\u0000',
        '\ud800',
        ' ',
        'word',
        '😀',
      ),
      { maxLength: 120 },
    )
    .map((parts) => parts.join('')),
);

describe('text from outside (SL-12)', () => {
  it('cannot ping, link or break out of code marks, whatever it is', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 300 }), (text, max) => {
        const shown = outside(text, max);
        expect(shown).not.toMatch(/[<>`\n\r]|\p{Cc}|\p{Cs}|[\u202a-\u202e\u2066-\u2069\u200b]/u);
        expect(shown.replace(/&(amp|lt|gt);/g, '')).not.toContain('&');
        expect(shown.length).toBeLessThanOrEqual(max);
        expect(code(text)).toMatch(/^`[^`\n]+`$/);
      }),
    );
  });

  it('keeps its line breaks in a block of code and nothing that ends it', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const block = codeBlock(text, 500);
        expect(block.length).toBeLessThanOrEqual(500);
        expect(block.slice(3, -3)).not.toContain('```');
        expect(block).not.toMatch(/[<>]/);
      }),
    );
    expect(codeBlock('a\n\tb\r\nc', 100)).toBe('```\na\n  b\nc\n```');
  });

  it('encodes exactly three characters', () => {
    expect(escapeText(`<a href="x">'&amp;'</a>`)).toBe(`&lt;a href="x"&gt;'&amp;amp;'&lt;/a&gt;`);
  });

  it('is never empty where Slack wants text', () => {
    expect(plain('\u0000\n', 75)).toBe('—');
  });

  it('joins lines and drops what cannot be seen', () => {
    expect(oneLine('a\u202eb\n\n c\u200b\td')).toBe('a b c d');
  });
});

describe('shortening', () => {
  it('cuts at a word', () => {
    expect(shorten('the quick brown fox', 12)).toBe('the quick…');
    expect(shorten('the quick brown fox', 10)).toBe('the quick…');
    expect(shorten('short', 10)).toBe('short');
  });

  it('never cuts a character in two and never exceeds its length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 1, max: 60 }), (text, max) => {
        const cut = shorten(text, max);
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(cut).not.toMatch(/\p{Cs}/u);
      }),
    );
  });
});

it('says times in the reader’s zone, durations in few words', () => {
  expect(time('2026-11-21T15:42:10Z')).toBe('<!date^1795275730^{time}|15:42 UTC>');
  expect([400, 38_000, 240_000, 7_500_000].map(duration)).toEqual(['0 s', '38 s', '4 min', '2 h 5 min']);
});

it('mentions only what is a user’s id', () => {
  expect(person({ kind: 'slack', id: 'U0DANA' })).toBe('<@U0DANA>');
  expect(person({ kind: 'slack', id: '!channel>' })).toBe('!channel&gt;');
  expect(person({ kind: 'local', id: '<!here>' })).toBe('&lt;!here&gt; at the terminal');
});
