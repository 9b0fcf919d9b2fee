import { expect, it } from 'vitest';
import { introduced } from '../../src/review/since.js';
import { review, tree } from './support.js';

const script = `import { readFile } from 'node:fs/promises';

export class Reports {
  async show(text, db) {
    const value = eval(text);
    debugger;
    return db.save(value, 'first');
  }
  twice(text) {
    return eval(text) + eval('1' + text);
  }
}
export function outer(text) {
  const inner = () => eval(text);
  return inner();
}
`;
const python = `import subprocess
import pickle


class Loader:
    def load(self, data, name):
        value = pickle.loads(data)
        subprocess.run("ls " + name, shell=True)
        return missing_name(value, 'x')


def top(data, items=[]):
    return eval(data)
`;

/** Each bit is one thing that people and formatters do; 32 combinations are 32 commits of reformatting, moving and renaming. */
function changed(text: string, bits: number, comment: string): string {
  const has = (bit: number) => (bits & (1 << bit)) !== 0;
  let out = text;
  if (has(0)) out = `${`${comment} a line that came before\n`.repeat(7)}\n${out}`;
  if (has(1)) out = out.replaceAll("'", '"');
  if (has(2))
    out = out.replace(
      /\((value, '?"?x'?"?|value, ['"]first['"])\)/g,
      (_, inner: string) => `(\n      ${inner.replace(', ', ',\n      ')},\n    )`,
    );
  if (has(3)) out = out.replace(/^( +)/gm, (blank) => (comment === '#' ? blank : '\t'.repeat(blank.length / 2)));
  if (has(4)) out = out.replace(/\n/g, '\r\n');
  return out;
}

it('moved lines, reformatting and a renamed file keep fingerprints, over 32 versions (RV-4)', async () => {
  const versions = Array.from({ length: 32 }, (_, bits) => bits);
  const files = Object.fromEntries(
    versions.flatMap((bits) => [
      [`v${bits}/${bits % 2 ? 'reports' : 'renamed'}.js`, changed(script, bits, '//')],
      [`v${bits}/${bits % 3 ? 'loader' : 'moved'}.py`, changed(python, bits, '#')],
    ]),
  );
  const { findings, coverage } = await review(tree(files));
  expect(coverage.agents.filter(({ status }) => status === 'failed')).toEqual([]);
  const printsOf = (bits: number) =>
    findings
      .filter(({ file }) => file.startsWith(`v${bits}/`))
      .flatMap(({ rule, places }) => places.map(({ print }) => `${rule} ${print}`))
      .sort();
  const first = printsOf(0);
  expect(first.length).toBeGreaterThan(8);
  expect(first.every((print) => / v1:[0-9a-f]{20}$/.test(print))).toBe(true);
  const survived = versions.map((bits) => printsOf(bits).filter((print) => first.includes(print)).length / first.length);
  expect(survived).toEqual(versions.map(() => 1));
  for (const bits of versions) expect(printsOf(bits)).toEqual(first);
});

it('--since shows what is new, also where it is one place more in a file that was renamed (RV-5)', async () => {
  const before = await review(tree({ 'src/a.js': script, 'src/b.js': 'export const b = (t) => eval(t);\n' }));
  const after = await review(
    tree({
      'src/renamed.js': `${script}\nexport const more = (t) => eval(t + 'new');\n`,
      'src/b.js': '// moved\nexport const b = (t) => eval(t);\n',
    }),
  );
  const found = introduced(after.findings, before.findings, new Map([['src/renamed.js', 'src/a.js']]));
  expect(found.map(({ id, rule, file, startLine, places }) => [id, rule, file, startLine, places.length])).toEqual([
    ['F-1', 'oxlint/no-eval', 'src/renamed.js', 18, 1],
  ]);
  expect(
    introduced(after.findings, before.findings, new Map()).some(({ file, places }) => file === 'src/renamed.js' && places.length > 1),
  ).toBe(true);
});
