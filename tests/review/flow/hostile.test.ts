import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findIn } from './find.js';

const shared = [
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  ',',
  '.',
  ':',
  ';',
  '=',
  '+',
  '\n',
  ' ',
  '"',
  "'",
  '`',
  'x',
  '__proto__',
  'constructor',
  '1',
  'return ',
  'await ',
  'async ',
];
const words = {
  python: [
    ...shared,
    '    ',
    'def f(request):\n    ',
    'class A:\n    ',
    'if ',
    'else:\n',
    'for x in ',
    'while True:\n    ',
    'try:\n    ',
    'except:\n    ',
    'lambda x: ',
    'f"{x}"',
    'with open(x) as y:\n    ',
    'import flask\n',
    'from flask import request\n',
    '@app.get("/")\n',
    'request.args["x"]',
    'eval(',
    'os.system(',
    'match x:\n    case ',
    '*',
    '**',
    'in ',
    'not ',
    'yield ',
  ],
  typescript: [
    ...shared,
    '${',
    'function f(req, res) {',
    '=> ',
    'const { a = 1, ...b } = ',
    'class A { m() {',
    'if (',
    '} else {',
    'for (const x of ',
    'while (true) {',
    'try {',
    '} catch (e) {',
    'new ',
    'import fs from "fs";\n',
    'export ',
    'enum E {',
    'req.query.x',
    'eval(',
    'exec(',
    'switch (x) { case ',
    '...',
    '?.',
    '??',
    '<T>',
    'x[y][z] = ',
    'for (;;) {',
    'setInterval(',
  ],
};

describe('hostile files', () => {
  for (const [language, file] of [
    ['python', 'soup.py'],
    ['typescript', 'soup.ts'],
  ] as const) {
    it(`no soup of ${language} words ends the engine or goes unsaid`, () => {
      const soup = fc.array(fc.constantFrom(...words[language]), { maxLength: 60 }).map((parts) => parts.join(''));
      fc.assert(
        fc.property(soup, (text) => {
          expect(findIn({ [file]: text }).unreadable).toEqual([]);
        }),
        { numRuns: 120 },
      );
    });
  }

  it('a file nested too deeply is said to be unread, and the next one is read', () => {
    const deep = `import os\ndef f(a):\n    os.system(${'('.repeat(3000)}a${')'.repeat(3000)})\n`;
    const { found, unreadable } = findIn({ 'a.py': deep, 'b.py': 'import os\ndef f(a):\n    os.system(f"ls {a}")\n' });
    expect(unreadable).toHaveLength(1);
    expect(unreadable[0]).toMatch(/^a\.py: .*nested/);
    expect(found).toEqual(['py-command-built b.py:3']);
  });

  it('a line of a megabyte and a function of many thousand statements are read to the end', () => {
    const long = `import os\nfrom flask import request\ndef f(a):\n    x = "${'check'.repeat(200_000)}"\n    os.system(x)\n`;
    const many = `import os\nfrom flask import request\ndef f(a):\n${'    a = a + "x"\n    if a: b = a\n'.repeat(4000)}    os.system("ls " + a)\n`;
    const { found, unreadable } = findIn({ 'long.py': long, 'many.py': many, 'blank.py': '\n'.repeat(1_000_000) });
    expect(unreadable).toEqual([]);
    expect(found).toEqual(['py-command-built many.py:8004']);
  });

  it('a builder with a long chain of calls costs no more than its length', () => {
    const options = Array.from({ length: 40 }, (_, at) => `.option('--o${at} <value>', 'one more')`).join('');
    const script = `const { execSync } = require('child_process');\nprogram${options};\nexports.list = (a) => execSync('ls ' + a);\n`;
    const python = `import os\nparser = make()${options.replaceAll('--', '')}\ndef f(a):\n    os.system("ls " + a)\n`;
    const { found, unreadable } = findIn({ 'cli.js': script, 'cli.py': python });
    expect(unreadable).toEqual([]);
    expect(found).toEqual(['command-built cli.js:3', 'py-command-built cli.py:4']);
  });
});
