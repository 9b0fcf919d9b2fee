import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { guessTypes } from '../../src/review/analyzers/kept/early-types.js';
import { SourceTexts } from '../../src/review/analyzers/source-texts.js';
import { ruleTable } from '../../src/review/rules/table.js';
import { review, scratchFolder, tree } from './support.js';

const files = {
  'app/shapes.py': 'class Shape:\n    def area(self):\n        return 3\n\n\ndef make():\n    return Shape()\n',
  'app/use.py': 'from app.shapes import make\n\n\ndef total():\n    make().area()\n',
  'app/other.py': 'def alone(x):\n    return undefined_here(x)\n',
};

describe('pyright begun on a guess', () => {
  const begin = async (folder: string, changed: readonly string[]) => {
    const rules = (await ruleTable()).rules.filter(({ tool }) => tool === 'pyright');
    return guessTypes(changed, rules, new SourceTexts(folder), { folder, scratch: scratchFolder(), timeoutMs: 60_000 });
  };

  it('is taken when the files are those, and ended when they are not', async () => {
    const folder = tree(files);
    const right = await begin(folder, ['app/other.py', 'README.md']);
    const run = await right?.take(['app/other.py']);
    expect(run?.hits.map(({ file, code }) => `${file} ${code}`)).toEqual(['app/other.py reportUndefinedVariable']);
    const wrong = await begin(folder, ['app/other.py']);
    expect(wrong?.take(['app/other.py', 'app/use.py'])).toBeNull();
    expect(wrong?.take([])).toBeNull();
    expect((await wrong?.take(['app/other.py']))?.reason).not.toBeNull();
  });

  it('is not begun for what is no file of Python, is gone, or leads elsewhere', async () => {
    const folder = tree(files);
    symlinkSync('/etc/hosts', join(folder, 'linked.py'));
    expect(await begin(folder, ['linked.py', 'gone.py', 'app', 'README.md'])).toBeNull();
    expect(await begin(folder, [])).toBeNull();
    // A review of another scope does not ask it.
    expect(guessTypes(['app/other.py'], [], new SourceTexts(folder), { folder, scratch: scratchFolder(), timeoutMs: 60_000 })).toBeNull();
  });

  it('changes no finding, whatever was guessed (RV-8)', async () => {
    const folder = tree(files);
    const kept = { folder: scratchFolder(), repository: 'shop' };
    const first = await review(folder, 'all', { kept, changed: ['app/other.py'] });
    expect(first.findings).toEqual((await review(folder, 'all')).findings);
    // What `area` gives is a coroutine now and then, so that the other file, which did not change, does no longer what it did.
    let isAsync = false;
    for (const changed of [['app/shapes.py'], ['app/shapes.py', 'app/use.py'], ['app/other.py'], ['gone.py']]) {
      isAsync = !isAsync;
      writeFileSync(
        join(folder, 'app/shapes.py'),
        files['app/shapes.py'].replace('    def area', isAsync ? '    async def area' : '    def area'),
      );
      const guessed = await review(folder, 'all', { kept, changed });
      expect(guessed.coverage.agents.filter(({ status }) => status === 'failed')).toEqual([]);
      expect(guessed.findings).toEqual((await review(folder, 'all')).findings);
    }
  });
});
