import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Finding } from '../../src/review/finding.js';
import { brief, review, scratchFolder, tree } from './support.js';

const python = `import os
from datetime import datetime

def first(items=[]):
    items.append(1)
    return missing_name + items

async def wait():
    import time
    time.sleep(1)
    return datetime.utcnow()
`;
const script = `import { join } from 'node:path';
export function parse(text) {
  return eval('(' + text + ')');
}
export async function all(items) {
  for (const item of items) await parse(item);
  try {
    return parse('1');
  } catch (error) {}
}
`;

describe('a review of both languages', async () => {
  const folder = tree({ 'app/main.py': python, 'web/main.js': script });
  const all = await review(folder);

  it('reports what each analyzer finds, ranked, in valid findings', () => {
    expect(brief(all.findings)).toEqual([
      'mahavishnu/eval-json web/main.js:3',
      'ruff/F821 app/main.py:6',
      'mahavishnu/py-blocking-call app/main.py:10',
      'ruff/DTZ003 app/main.py:11',
      'mahavishnu/swallowed-error web/main.js:9',
      'ruff/B006 app/main.py:4',
      'ruff/F401 app/main.py:1',
      'oxlint/no-unused-imports web/main.js:1',
    ]);
    for (const finding of all.findings) expect(Finding.parse(finding)).toEqual(finding);
    expect(all.findings.map(({ id }) => id)).toEqual(all.findings.map((_, at) => `F-${at + 1}`));
    expect(new Set(all.findings.map(({ fingerprint }) => fingerprint)).size).toBe(all.findings.length);
  });

  it('merges what several tools say about one place', () => {
    const undefinedName = all.findings.find(({ rule }) => rule === 'ruff/F821')!;
    expect(undefinedName.description).toContain('ruff F821 and pyright reportUndefinedVariable');
    expect(undefinedName.confidence).toBeGreaterThan(0.95);
    expect(all.findings.filter(({ startLine, file }) => file === 'web/main.js' && startLine === 3)).toHaveLength(1);
    expect(all.findings.find(({ rule }) => rule === 'ruff/DTZ003')!.description).toContain('pyright');
  });

  it('says how each agent did', () => {
    expect(all.coverage.agents.map(({ agent, status, findings }) => [agent, status, findings > 0])).toEqual([
      ['architect', 'done', false],
      ['security', 'done', true],
      ['language-python', 'done', true],
      ['language-typescript', 'done', true],
      ['performance', 'done', true],
    ]);
  });

  it('gives each finding the same fingerprint in every scope', async () => {
    const known = new Set(all.findings.map(({ fingerprint }) => fingerprint));
    for (const scope of ['critical', 'security', 'performance', 'quality'] as const) {
      const { findings, coverage } = await review(folder, scope);
      expect(findings.length, scope).toBeGreaterThan(0);
      expect(findings.filter(({ fingerprint }) => !known.has(fingerprint))).toEqual([]);
      expect(coverage.agents.filter(({ status }) => status === 'failed')).toEqual([]);
      if (scope === 'critical') expect(brief(findings)).toEqual(['mahavishnu/eval-json web/main.js:3', 'ruff/F821 app/main.py:6']);
      if (scope === 'security' || scope === 'performance')
        expect(new Set(findings.map(({ perspective }) => perspective))).toEqual(new Set([scope]));
      if (scope === 'quality')
        expect(findings.some(({ perspective }) => perspective === 'security' || perspective === 'performance')).toBe(false);
    }
  });

  it('is the same every time', async () => {
    expect((await review(folder)).findings).toEqual(all.findings);
  });

  it('reads only the named files when asked to', async () => {
    expect((await review(folder, 'all', { files: ['web/main.js'] })).coverage).toMatchObject({ files: 1, read: 1 });
  });
});

describe('grouping', () => {
  it('makes many hits of one rule in one file one finding with places', async () => {
    const folder = tree({
      'a.js': "import { a, b } from './b.js';\nimport c from 'node:fs';\n",
      'b.js': 'export const a = 1;\nexport const b = 2;\n',
    });
    const { findings } = await review(folder);
    expect(findings).toMatchObject([{ rule: 'oxlint/no-unused-imports', places: [{ startLine: 1 }, { startLine: 1 }, { startLine: 2 }] }]);
  });

  it('keeps what a fixer can repair apart from what it cannot', async () => {
    const folder = tree({ 'a.js': "export const f = (t) => eval('(' + t + ')');\nexport const g = (t) => eval(t);\n" });
    const { findings } = await review(folder);
    expect(findings.map(({ rule, fixer }) => [rule, fixer])).toEqual([
      ['mahavishnu/eval-json', 'ast-grep'],
      ['mahavishnu/code-built', null],
    ]);
  });
});

describe('a project of its own mind', () => {
  it('is not contradicted where its own ruff keeps silent, but for security', async () => {
    const folder = tree({
      'pyproject.toml': '[tool.ruff.lint]\nignore = ["F401", "S"]\n[tool.ruff.lint.per-file-ignores]\n"legacy/*" = ["B006"]\n',
      'a.py': 'import os\nx = eval(input())\n',
      'legacy/b.py': 'def f(x=[]):\n    return x\n',
    });
    expect(brief((await review(folder)).findings)).toEqual(['ruff/S307 a.py:2']);
  });

  it('keeps the re-exports of a package', async () => {
    const folder = tree({ 'pkg/__init__.py': 'from pkg.a import x\n', 'pkg/a.py': 'x = 1\n' });
    expect((await review(folder)).findings).toEqual([]);
  });

  it('cannot run code through its configuration', async () => {
    const mark = join(scratchFolder(), 'mark');
    const evil = `require('node:fs').writeFileSync(${JSON.stringify(mark)}, 'ran');`;
    const folder = tree({
      'oxlint.config.ts': `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(mark)}, 'ran');\nexport default {};\n`,
      '.oxlintrc.json': '{"rules":{"no-eval":"off"},"jsPlugins":["./evil.cjs"]}',
      'eslint.config.js': `${evil}\nmodule.exports = [];\n`,
      'evil.cjs': evil,
      'pyrightconfig.json': '{"exclude":["**"]}',
      'sitecustomize.py': `open(${JSON.stringify(mark)}, 'w').write('ran')\nundefined_name\n`,
      'a.js': 'export const g = (t) => eval(t);\n',
    });
    const { findings, coverage } = await review(folder);
    expect(brief(findings)).toEqual(expect.arrayContaining(['mahavishnu/code-built a.js:1', 'ruff/F821 sitecustomize.py:2']));
    expect(coverage.agents.every(({ status }) => status === 'done')).toBe(true);
    expect(() => writeFileSync(mark, '', { flag: 'wx' })).not.toThrow(); // Nobody made it before us.
  });
});
