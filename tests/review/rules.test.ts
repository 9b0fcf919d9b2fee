import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixers } from '../../src/fix/fixers/fixers.js';
import { loadRulePack } from '../../src/review/rules/pack.js';
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
