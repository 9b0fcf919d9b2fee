import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PositionEncoding, Workspace } from '@astral-sh/ruff-wasm-nodejs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fixers } from '../../src/fix/fixers/fixers.js';
import { runProcess } from '../../src/process/runner.js';
import { oxlintProgram } from '../../src/review/analyzers/oxlint.js';
import { pyrightProgram } from '../../src/review/analyzers/pyright.js';
import { oxlintName } from '../../src/review/rules/oxlint.js';
import { loadRulePack } from '../../src/review/rules/pack.js';
import { pyrightName } from '../../src/review/rules/pyright.js';
import { ruleTable } from '../../src/review/rules/table.js';
import { brief, review, tree } from './support.js';

const pack = await loadRulePack();
const endings = { python: ['py'], typescript: ['ts', 'js'] } as const;
const fileOf = (id: string, kind: string, at: number, ending: string): string => `src/${id}-${kind}-${at}.${ending}`;

const files: Record<string, string> = {};
for (const { id, language, examples } of pack) {
  for (const ending of endings[language]) {
    for (const [at, text] of examples.bad.entries()) files[fileOf(id, 'bad', at, ending)] = text;
    for (const [at, text] of examples.good.entries()) files[fileOf(id, 'good', at, ending)] = text;
    if (examples.beside !== undefined) files[fileOf(id, 'a-beside', 0, ending)] = examples.beside;
  }
}

describe('the rule pack', async () => {
  const folder = tree(files);
  const { findings, coverage } = await review(folder);
  const found = (id: string, file: string) => findings.filter((finding) => finding.file === file && finding.rule === `mahavishnu/${id}`);

  it('is read by agents that all finish', () => {
    expect(coverage.agents.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(coverage.read).toBe(Object.keys(files).length);
  });

  for (const { id, language, examples } of pack) {
    it(`${id} finds each bad example and no good one`, () => {
      for (const ending of endings[language]) {
        for (const at of examples.bad.keys())
          expect(brief(found(id, fileOf(id, 'bad', at, ending))), `bad ${at} as ${ending}`).toHaveLength(1);
        for (const at of examples.good.keys())
          expect(brief(found(id, fileOf(id, 'good', at, ending))), `good ${at} as ${ending}`).toEqual([]);
      }
    });
  }

  for (const { id, language, examples } of pack.filter(({ fix }) => fix)) {
    it(`${id} is repaired as its examples say`, async () => {
      const fixer = fixers.find(({ name }) => name === 'ast-grep')!;
      for (const ending of endings[language]) {
        for (const [at, fixed] of (examples.fixed ?? []).entries()) {
          const file = fileOf(id, 'bad', at, ending);
          const [finding] = found(id, file);
          expect(fixer.canFix(finding!)).toBe(true);
          expect(await fixer.fix({ folder, finding: finding! })).toMatchObject({ changedFiles: [file] });
          expect(readFileSync(join(folder, file), 'utf8')).toBe(fixed);
        }
      }
    });
  }
});

describe('the rule table', async () => {
  const table = await ruleTable();

  it('names each rule once and says why it is on', () => {
    const ids = table.rules.map(({ id, family }) => `${id}${family ? '*' : ''}`);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
    for (const rule of table.rules) expect(rule.why.length, rule.id).toBeGreaterThan(10);
  });

  it('keeps its priorities and severities in step', () => {
    for (const { id, priority, severity, confidence } of table.rules) {
      if (priority === 'P0') expect([severity === 'critical' || severity === 'high', confidence >= 0.8], id).toEqual([true, true]);
      if (severity === 'critical') expect(priority, id).toBe('P0');
    }
  });

  it('finds the closest family for a code and keeps the code', () => {
    expect(table.find('ruff', 'PLE0101')).toMatchObject({ id: 'ruff/PLE0101', class: 'python-error' });
    expect(table.find('ruff', 'F632')).toMatchObject({ id: 'ruff/F632', severity: 'medium' });
    expect(table.find('ruff', 'D100')).toBeUndefined();
    expect(table.byId('mahavishnu/eval-json')).toMatchObject({ fixer: 'ast-grep' });
  });
});

describe('every code of the table is known by the tool that comes with us', async () => {
  const { rules } = await ruleTable();
  const of = (tool: string) => rules.filter((rule) => rule.tool === tool);

  it('ruff', () => {
    const known = (code: string) => {
      try {
        new Workspace({ lint: { select: [code] } }, PositionEncoding.Utf16).free();
        return true;
      } catch {
        return false;
      }
    };
    expect([known('F821'), known('PLE'), known('XYZ123')]).toEqual([true, true, false]);
    const codes = of('ruff').map(({ code }) => code);
    expect(codes.filter((code) => code !== 'invalid-syntax' && !known(code))).toEqual([]);
  });

  it('oxlint', async () => {
    const { stdout } = await runProcess({ command: oxlintProgram, args: ['--rules', '-f', 'json'], cwd: tmpdir(), timeoutMs: 60_000 });
    const listed = z.array(z.object({ scope: z.string(), value: z.string() })).parse(JSON.parse(stdout));
    const known = new Set(listed.map(({ scope, value }) => (scope === 'eslint' ? value : `${scope}/${value}`)));
    expect(known.size).toBeGreaterThan(500);
    expect(
      of('oxlint')
        .flatMap(({ code }) => oxlintName(code) ?? [])
        .filter((name) => !known.has(name)),
    ).toEqual([]);
  });

  it('pyright', async () => {
    const folder = tree({
      'a.py': 'x = 1\n',
      'pyrightconfig.json': JSON.stringify({
        include: ['a.py'],
        reportNothing: 'error',
        ...Object.fromEntries(of('pyright').map(({ code }) => [pyrightName(code), 'error'])),
      }),
    });
    const { stdout, stderr } = await runProcess({
      command: process.execPath,
      args: [pyrightProgram, '-p', folder, '--pythonpath', join(folder, 'no-python')],
      cwd: folder,
      timeoutMs: 60_000,
    });
    // What it does not know, it names; and would never report.
    expect([...`${stdout}${stderr}`.matchAll(/unrecognized setting "(\w+)"/g)].map(([, name]) => name)).toEqual(['reportNothing']);
  });
});
