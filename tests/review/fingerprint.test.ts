import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PositionEncoding, Workspace } from '@astral-sh/ruff-wasm-nodejs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { enclosingNames, fingerprint, normaliseCode } from '../../src/review/fingerprint.js';
import { review, tree } from './support.js';

const python = `import os, json
from datetime import datetime

class Shop:
    def first(self, items=[], *, other = {'a' : [1,2 ,3], "b": 'it is'}):
        return missing_one(items) + missing_two( other ,
            'x' )

    def second(self):
        when = datetime.utcnow( )
        return eval( 'a' +  "b" )

def first(items): return missing_one( items )
`;
const script = `import { join, resolve } from "node:path"
export class Shop {
  first(text) { return eval( '(' + text + ')' ) }
  second(text) {
    try { return this.first(text) } catch (error) { }
    for (const x of text) { missing( x , "it's" ) }
  }
}
export const open = async (items) => { for (const item of items) await fetch( item, { rejectUnauthorized : false, } ) }
`;

const prints = async (folder: string) => (await review(folder)).findings.map(({ rule, fingerprint: print }) => `${rule} ${print}`).sort();

describe('fingerprints of a review', async () => {
  const before = await prints(tree({ 'a.py': python, 'b.js': script }));

  it('survive a formatter', async () => {
    const folder = tree({ 'b.js': script });
    const ruff = new Workspace({ 'line-length': 40 }, PositionEncoding.Utf16);
    writeFileSync(join(folder, 'a.py'), ruff.format(python));
    const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');
    writeFileSync(join(folder, 'biome.json'), '{"formatter":{"lineWidth":40},"javascript":{"formatter":{"quoteStyle":"single"}}}');
    execFileSync(process.execPath, [biome, 'format', '--write', 'b.js'], { cwd: folder, stdio: 'pipe' });
    expect(readFileSync(join(folder, 'b.js'), 'utf8')).not.toBe(script);
    expect(before.length).toBeGreaterThan(9);
    expect(await prints(folder)).toEqual(before);
  });

  it('survive moved lines and comments', async () => {
    const folder = tree({
      'a.py': `# Moved.\n\nVALUE = 1\n\n\n${python.replace('class Shop', '# A shop.\nclass Shop')}`,
      'b.js': `// Moved.\n\n${script.replace('first(text)', '/* first */ first(text)')}`,
    });
    expect(await prints(folder)).toEqual(before);
  });

  it('change with the path and with what encloses the place', async () => {
    const moved = await prints(tree({ 'c.py': python }));
    expect(moved.filter((print) => before.includes(print))).toEqual([]);
    const renamed = await review(tree({ 'b.js': script.replace('class Shop', 'class Stall') }), 'critical');
    const evals = (list: string[]) => list.filter((print) => print.includes('eval-json'));
    expect(evals(renamed.findings.map(({ rule, fingerprint: print }) => `${rule} ${print}`))).not.toEqual(evals(before));
  });
});

describe('normalised code', () => {
  const word = fc.stringMatching(/^[a-z_][a-z0-9_]{0,6}$/);
  const blank = fc.constantFrom('', ' ', '\n', '  \n\t');
  const literal = fc.stringMatching(/^[a-z ]{0,8}$/);
  type Token = { kind: 'word' | 'literal' | 'mark'; text: string };
  const token: fc.Arbitrary<Token> = fc.oneof(
    word.map((text): Token => ({ kind: 'word', text })),
    literal.map((text): Token => ({ kind: 'literal', text })),
    fc.constantFrom('(', ')', '+', ',', '.', '=').map((text): Token => ({ kind: 'mark', text })),
  );

  for (const [language, comment] of [
    ['python', '# a "comment\n'],
    ['typescript', "// it's a comment\n"],
    ['typescript', '/* "block */'],
  ] as const) {
    it(`does not depend on blanks, quotes and comments such as ${comment.trim()}`, () => {
      fc.assert(
        fc.property(fc.array(fc.tuple(token, blank, fc.boolean(), fc.boolean()), { maxLength: 30 }), (tokens) => {
          const plain = tokens.map(([{ kind, text }]) => (kind === 'literal' ? `"${text}" ` : `${text} `)).join('');
          const styled = tokens
            .map(([{ kind, text }, space, single, remark]) => {
              const quote = single ? "'" : '"';
              return `${kind === 'literal' ? `${quote}${text}${quote}` : text} ${space}${remark ? comment : ''}`;
            })
            .join('');
          expect(normaliseCode(styled, language)).toBe(normaliseCode(plain, language));
        }),
      );
    });
  }

  it('keeps what is inside of a literal', () => {
    expect(normaliseCode('f(\'a b\', "# no comment", )', 'python')).toBe('f("a b","# no comment")');
    expect(normaliseCode("f('a  b // c');", 'typescript')).toBe('f("a  b // c")');
    expect(normaliseCode('`a  b` + c', 'typescript')).toBe('`a  b`+c');
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.constantFrom('python' as const, 'typescript' as const, null),
        (text, language) => {
          expect(typeof normaliseCode(text, language)).toBe('string');
        },
      ),
    );
  });
});

describe('a fingerprint', () => {
  it('differs when any of its parts does, and is never ambiguous', () => {
    const parts = fc.record({ class: fc.string(), file: fc.string(), scope: fc.array(fc.string()), text: fc.string(), ordinal: fc.nat() });
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(fingerprint(a)).toMatch(/^v1:[0-9a-f]{32}$/);
        expect(fingerprint(a) === fingerprint(b)).toBe(JSON.stringify(Object.values(a)) === JSON.stringify(Object.values(b)));
      }),
    );
  });

  it('names what encloses a range from the outside in', () => {
    expect(
      enclosingNames(
        [
          [10, 90, 'inner'],
          [0, 100, 'Outer'],
          [95, 99, 'other'],
        ],
        20,
        30,
      ),
    ).toEqual(['Outer', 'inner']);
  });
});

it('keeps apart two equal places in one function', async () => {
  const folder = tree({ 'a.js': 'export function f(t) {\n  eval(t);\n  eval(t);\n}\n' });
  const once = tree({ 'a.js': 'export function f(t) {\n  eval(t);\n}\n' });
  const [both] = (await review(folder, 'security')).findings;
  const [single] = (await review(once, 'security')).findings;
  expect(both!.places).toHaveLength(2);
  expect(single!.places).toHaveLength(1);
});
