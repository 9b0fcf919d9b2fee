import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { applyEdits, type Edit } from '../../../src/fix/fixers/edits.js';
import { FixFailed, fixers, reasonNotFixable } from '../../../src/fix/fixers/fixers.js';
import type { Finding } from '../../../src/review/finding.js';
import { recheck } from '../../../src/review/recheck.js';

const home = mkdtempSync(join(tmpdir(), 'mahavishnu fixers '));
afterAll(() => rmSync(home, { recursive: true, force: true }));

function tree(files: Record<string, string>): string {
  const folder = mkdtempSync(join(home, 'tree-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
/** Everything but pyright, which repairs nothing and takes its time. */
async function review(folder: string): Promise<Finding[]> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
  return (await recheck({ folder, findings: [], files: names, scratch: mkdtempSync(join(home, 'scratch-')) })).findings;
}
const fixerOf = (finding: Finding) => fixers.find((fixer) => fixer.canFix(finding));

async function fixAll(folder: string): Promise<string[]> {
  const done: string[] = [];
  for (const finding of await review(folder)) {
    const fixer = fixerOf(finding);
    if (!fixer) continue;
    await fixer.fix({ folder, finding });
    done.push(finding.rule);
  }
  return done;
}

describe('fixers', () => {
  it('repair Python, each rule until nothing of it is left', async () => {
    const folder = tree({
      'a.py': [
        'import os, sys, json, re',
        'from typing import (',
        '    List,  # kept',
        '    Dict,',
        ')',
        '',
        'def f(x=[], y={}):',
        '    if x == None or not y in x:',
        '        print(f"plain")',
        '    return re.compile("a"), Dict, x is "a", set([1, 2])',
        '',
      ].join('\n'),
    });
    expect((await fixAll(folder)).sort()).toEqual(
      ['ruff/B006', 'ruff/C405', 'ruff/E711', 'ruff/E713', 'ruff/F401', 'ruff/F541', 'ruff/F632'].sort(),
    );
    expect(readFileSync(join(folder, 'a.py'), 'utf8')).toMatchInlineSnapshot(`
      "import re
      from typing import (
          Dict,
      )

      def f(x=None, y=None):
          if y is None:
              y = {}
          if x is None:
              x = []
          if x is None or y not in x:
              print("plain")
          return re.compile("a"), Dict, x == "a", {1, 2}
      "
    `);
    expect(await review(folder)).toEqual([]);
  });

  it('repair JavaScript and TypeScript without leaving untidy lines', async () => {
    const folder = tree({
      'a.ts':
        "import fs, { readFileSync } from 'node:fs';\nimport type { Thing } from './b.js';\nexport function f(o: object, k: string): boolean {\n  debugger;\n  if (!k in o) return false;\n  return readFileSync.length > 0;\n}\n",
      'b.js': "export const read = (a, b) => [eval('(' + a + ')'), eval('(' + eval('(' + b + ')') + ')')];\n",
    });
    await fixAll(folder);
    expect(readFileSync(join(folder, 'a.ts'), 'utf8')).toBe(
      "import { readFileSync } from 'node:fs';\nexport function f(o: object, k: string): boolean {\n  if (!(k in o)) return false;\n  return readFileSync.length > 0;\n}\n",
    );
    expect(readFileSync(join(folder, 'b.js'), 'utf8')).toBe('export const read = (a, b) => [JSON.parse(a), JSON.parse(JSON.parse(b))];\n');
    expect(await review(folder)).toEqual([]);
  });

  it('change only the rule and the file of their finding, and keep its mode', async () => {
    const folder = tree({ 'a.py': 'import os\n\ndef f(x=[]):\n    return x\n', 'b.py': 'import os\n' });
    const { mode } = statSync(join(folder, 'a.py'));
    const finding = (await review(folder)).find(({ rule, file }) => rule === 'ruff/F401' && file === 'a.py')!;
    await fixerOf(finding)!.fix({ folder, finding });
    expect(readFileSync(join(folder, 'a.py'), 'utf8')).toBe('def f(x=[]):\n    return x\n');
    expect(readFileSync(join(folder, 'b.py'), 'utf8')).toBe('import os\n');
    expect(readdirSync(folder).sort()).toEqual(['a.py', 'b.py']);
    expect(statSync(join(folder, 'a.py')).mode).toBe(mode);
  });

  it('fail, and change nothing, when there is nothing to repair any more', async () => {
    const folder = tree({ 'a.py': 'import os\n', 'b.js': "import a from './a.js';\nexport const f = (t) => eval('(' + t + ')');\n" });
    const findings = await review(folder);
    const clean = { 'a.py': 'x = 1\n', 'b.js': 'export const x = 1;\n' };
    for (const [name, text] of Object.entries(clean)) writeFileSync(join(folder, name), text);
    expect(findings).toHaveLength(3);
    for (const finding of findings) await expect(fixerOf(finding)!.fix({ folder, finding })).rejects.toThrow(FixFailed);
    for (const [name, text] of Object.entries(clean)) expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
  });

  it('never leave the worktree: not by a path, not by a link', async () => {
    const folder = tree({ 'a.py': 'import os\n', 'sub/b.py': 'import os\n' });
    const outside = tree({ 'victim.py': 'import os\n' });
    symlinkSync(join(outside, 'victim.py'), join(folder, 'link.py'));
    symlinkSync(outside, join(folder, 'linked'));
    const [finding] = await review(folder);
    for (const file of [
      '../' + outside.split('/').at(-1) + '/victim.py',
      join(outside, 'victim.py'),
      'link.py',
      'linked/victim.py',
      '',
      '..',
      'missing.py',
      'sub',
    ]) {
      await expect(fixerOf(finding!)!.fix({ folder, finding: { ...finding!, file } }), file).rejects.toThrow(FixFailed);
    }
    expect(readFileSync(join(outside, 'victim.py'), 'utf8')).toBe('import os\n');
  });

  it('take nothing that is not theirs, whatever a finding claims', async () => {
    const folder = tree({ 'a.py': 'password = "hunter2hunter2"\nx = eval(password)\n' });
    for (const finding of await review(folder)) {
      for (const name of ['ruff', 'oxlint', 'ast-grep']) expect(fixerOf({ ...finding, fixer: name })).toBeUndefined();
      expect(reasonNotFixable(finding)).toMatch(/person/);
    }
  });

  it('stop when they are cancelled', async () => {
    const folder = tree({ 'a.py': 'import os\n' });
    const [finding] = await review(folder);
    await expect(fixerOf(finding!)!.fix({ folder, finding: finding!, signal: AbortSignal.abort() })).rejects.toThrow('cancelled');
    expect(readFileSync(join(folder, 'a.py'), 'utf8')).toBe('import os\n');
  });
});

describe('edits', () => {
  it('are applied whole or not at all, and never twice at one spot', () => {
    const edit = fc
      .tuple(fc.nat(40), fc.nat(8), fc.string({ maxLength: 4 }))
      .map(([start, length, text]) => ({ start, end: start + length, text }));
    fc.assert(
      fc.property(fc.array(fc.array(edit, { minLength: 1, maxLength: 1 })), (groups) => {
        const text = 'x'.repeat(60);
        const { text: result, applied } = applyEdits(text, groups);
        const taken: Edit[] = [];
        for (const [one] of groups) if (!taken.some(({ start, end }) => one!.start <= end && start <= one!.end)) taken.push(one!);
        expect(applied).toBe(taken.length);
        expect(result.length).toBe(taken.reduce((length, { start, end, text: added }) => length - (end - start) + added.length, 60));
      }),
    );
  });

  it('leave a group out when any part of it meets another', () => {
    const groups = [
      [{ start: 0, end: 3, text: 'A' }],
      [
        { start: 10, end: 12, text: 'B' },
        { start: 2, end: 4, text: 'C' },
      ],
      [{ start: 11, end: 12, text: 'D' }],
    ];
    expect(applyEdits('abcdefghijklmno', groups)).toEqual({ text: 'AdefghijkDmno', applied: 2 });
  });
});
