import { expect, test } from 'vitest';
import { review, tree } from './support.js';

test('a word of the program that stands where a password may stand is not masked; a password is', async () => {
  const { findings } = await review(
    tree({
      'lexer.py':
        'def lex(text):\n    return Token(text, token="token"), Token(text, token="pass"), login(text, password="hunter"), login(text, password="mark")\n',
      'markup.py':
        'def f(text):\n    return tokenize_markup(text), hunter(text), "mark", bypass(text), "x_hunter", "me:pass@site", "\\nhunter"\n',
    }),
    'all',
  );
  const told = findings.filter(({ file }) => file === 'markup.py').map(({ description, evidence }) => `${description} ${evidence}`);
  expect(told.join()).toContain('tokenize_markup');
  expect(told.join()).toContain('bypass(');
  expect(told.join()).not.toContain('me:pass');
  expect(told.join()).not.toContain('hunter');
  expect(told.join()).not.toContain('"mark"');
});
