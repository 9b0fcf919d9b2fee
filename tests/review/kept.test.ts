import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KeptResults } from '../../src/review/analyzers/kept/kept-results.js';
import { openExaminer } from '../../src/review/refute/examiner.js';
import { ruleTable } from '../../src/review/rules/table.js';
import { brief, review, scratchFolder, tree } from './support.js';

const files = {
  'app/shapes.py': 'class Shape:\n    def area(self):\n        return 3\n\n\ndef make():\n    return Shape()\n',
  'app/use.py': 'from app.shapes import make\n\n\ndef total():\n    return make().area()\n',
  'app/other.py': 'import os\n\n\ndef alone(x):\n    return undefined_here(x)\n',
  'web/a.js': "import { b } from './b.js';\nexport const a = (t) => eval(t) + b;\n",
  'web/b.js': 'export const b = 1;\n',
};

/** All keep files of a folder. */
const stored = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );

describe('results that are kept', () => {
  it('are the same findings, without any analyzer at work', async () => {
    const folder = tree(files);
    const kept = { folder: scratchFolder(), repository: 'shop' };
    const first = await review(folder, 'all', { kept });
    const second = await review(folder, 'all', { kept });
    expect(second.findings).toEqual(first.findings);
    expect(first.findings.length).toBeGreaterThan(2);
    expect(first.coverage.agents.some(({ durationMs }) => durationMs > 0)).toBe(true);
    expect(second.coverage.agents.every(({ durationMs }) => durationMs === 0)).toBe(true);
    // Another repository with the same content has results of its own.
    const other = await review(folder, 'all', { kept: { ...kept, repository: 'bakery' } });
    expect(other.coverage.agents.some(({ durationMs }) => durationMs > 0)).toBe(true);
  });

  it('are kept after the review is told, for whoever wants it told first', async () => {
    const folder = tree(files);
    const kept = { folder: scratchFolder(), repository: 'shop' };
    const left: (() => Promise<void>)[] = [];
    await review(folder, 'all', { kept, afterwards: (work) => void left.push(work) });
    const before = stored(kept.folder);
    for (const work of left) await work();
    expect(stored(kept.folder).length).toBeGreaterThan(before.length);
    const second = await review(folder, 'all', { kept });
    expect(second.coverage.agents.every(({ durationMs }) => durationMs === 0)).toBe(true);
  });

  it('are not taken for a file that changed, nor for one that feels the change', async () => {
    const folder = tree(files);
    const kept = { folder: scratchFolder(), repository: 'shop' };
    await review(folder, 'all', { kept });
    // What `area` gives is now a coroutine, so that the other file no longer does what it did.
    writeFileSync(join(folder, 'app/shapes.py'), files['app/shapes.py'].replace('    def area', '    async def area'));
    writeFileSync(join(folder, 'app/use.py'), files['app/use.py'].replace('    return make().area()', '    make().area()'));
    await review(folder, 'all', { kept });
    writeFileSync(join(folder, 'app/shapes.py'), files['app/shapes.py']);
    const back = await review(folder, 'all', { kept });
    expect(brief(back.findings)).not.toContain('pyright/reportUnusedCoroutine app/use.py:5');
    writeFileSync(join(folder, 'app/shapes.py'), files['app/shapes.py'].replace('    def area', '    async def area'));
    const again = await review(folder, 'all', { kept });
    expect(brief(again.findings)).toContain('pyright/reportUnusedCoroutine app/use.py:5');
    expect(again.findings).toEqual((await review(folder, 'all')).findings);
  });

  it('count as none when they are damaged', async () => {
    const folder = tree(files);
    const kept = { folder: scratchFolder(), repository: 'shop' };
    const first = await review(folder, 'security', { kept });
    for (const path of stored(kept.folder)) {
      const content = readFileSync(path, 'utf8');
      writeFileSync(path, content.replace(/"hits":\[\{.*/s, '"hits":[]}'));
      appendFileSync(path, '\u0000');
    }
    const second = await review(folder, 'security', { kept });
    expect(second.findings).toEqual(first.findings);
  });

  it('never hold a failure', async () => {
    const folder = tree(files);
    const kept = { folder: scratchFolder(), repository: 'shop' };
    const failing: [string, string] = [process.execPath, '-e'];
    const failed = await review(folder, 'security', { kept, programs: { ruff: failing, oxlint: failing } });
    expect(failed.coverage.agents).toMatchObject([{ status: 'failed' }]);
    const well = await review(folder, 'security', { kept });
    expect(well.coverage.agents).toMatchObject([{ status: 'done' }]);
    expect(well.findings).toEqual((await review(folder, 'security')).findings);
  });

  it('hold no secret', async () => {
    const token = ['xoxb', '204857391066', '2048573910663', 'sampleSampleSampleSample'].join('-');
    const folder = tree({ 'a.py': `TOKEN = "${token}"\nprint("${token}".missing)\n`, 'b.js': `export const t = '${token}';\n` });
    const kept = { folder: scratchFolder(), repository: 'shop' };
    const { findings } = await review(folder, 'all', { kept });
    expect(findings.length).toBeGreaterThan(0);
    expect(stored(kept.folder).length).toBeGreaterThan(2);
    for (const path of stored(kept.folder)) expect(readFileSync(path, 'utf8')).not.toContain(token.slice(10));
  });

  it('spare the second look what it has said of the same text', async () => {
    const guarded = 'try:\n    unicode\nexcept NameError:\n    unicode = str\n';
    const folder = tree({ 'a.py': guarded });
    const kept = { folder: scratchFolder(), repository: 'shop' };
    const rule = (await ruleTable()).find('pyright', 'reportUndefinedVariable')!;
    const start = guarded.indexOf('unicode');
    const hit = { code: rule.code, file: 'a.py', start, end: start + 7, message: '"unicode" is not defined', fixable: false, rule };
    const look = async (hash: string) => {
      const scratch = scratchFolder();
      const examiner = openExaminer({ folder, scratch, timeoutMs: 60_000, kept, hashes: new Map([['a.py', hash]]) });
      try {
        const { verdicts, problem } = await examiner.examine([hit]);
        await examiner.keep((text) => text.replaceAll('unicode', '[redacted]'));
        return { verdict: verdicts.get(hit)?.verdict, problem };
      } finally {
        examiner.close();
      }
    };
    expect(await look('as it is')).toEqual({ verdict: 'dropped', problem: null });
    for (const path of stored(kept.folder)) expect(readFileSync(path, 'utf8')).not.toContain('unicode');
    rmSync(join(folder, 'a.py'));
    expect(await look('as it is')).toEqual({ verdict: 'dropped', problem: null });
    expect(await look('another text')).toEqual({ verdict: undefined, problem: expect.stringContaining('a.py') });
    // What could not be read is asked about again.
    writeFileSync(join(folder, 'a.py'), `    ${guarded.replace('try:', 'if 1:').replace('except NameError', 'if 2')}`);
    expect((await look('another text')).problem).toBeNull();
  });

  it('of the second look come in the order in which they are asked for, however that is', async () => {
    const text = 'try:\n    unicode\nexcept NameError:\n    unicode = str\nprint(nobody)\n';
    const folder = tree({ 'a.py': text, 'b.py': text });
    const rule = (await ruleTable()).find('pyright', 'reportUndefinedVariable')!;
    const hit = (file: string, name: string) => {
      const start = text.indexOf(name);
      return { code: rule.code, file, start, end: start + name.length, message: '', fixable: false, rule };
    };
    const [a, b, c, d] = [hit('a.py', 'nobody'), hit('b.py', 'unicode'), hit('b.py', 'nobody'), hit('a.py', 'unicode')] as const;
    const examiner = openExaminer({ folder, scratch: scratchFolder(), timeoutMs: 60_000, hashes: new Map() });
    examiner.begin([a, b]);
    examiner.begin([b, c]);
    const { verdicts, problem } = await examiner.examine([d, c, b]);
    expect(problem).toBeNull();
    expect([d, c, b].map((each) => verdicts.get(each)?.verdict)).toEqual(['dropped', undefined, 'dropped']);

    // Of a review that was given up one analyzer ends after all.
    const closed = openExaminer({ folder, scratch: scratchFolder(), timeoutMs: 60_000, hashes: new Map() });
    closed.close();
    closed.begin([a]);
    expect(await closed.examine([])).toEqual({ verdicts: new Map(), problem: null });
  });

  it('are found in a copy of the tree elsewhere', async () => {
    const folder = tree(files);
    const kept = { folder: scratchFolder(), repository: 'shop' };
    const first = await review(folder, 'all', { kept });
    const copy = join(scratchFolder(), 'copy');
    cpSync(folder, copy, { recursive: true });
    rmSync(folder, { recursive: true });
    const second = await review(copy, 'all', { kept });
    expect(second.findings).toEqual(first.findings);
    expect(second.coverage.agents.every(({ durationMs }) => durationMs === 0)).toBe(true);
  });

  it('survive two writers at once', async () => {
    const place = { folder: scratchFolder(), repository: 'shop' };
    const writers = await Promise.all(Array.from({ length: 8 }, () => KeptResults.open<{ value: string }>(place, 'ruff', 'key')));
    for (const [at, writer] of writers.entries()) writer.put(`id${at}`, { value: 'x'.repeat(100_000) });
    await Promise.all(writers.map((writer) => writer.save((value) => value)));
    const after = await KeptResults.open<{ value: string }>(place, 'ruff', 'key');
    const found = writers.flatMap((_, at) => after.get(`id${at}`) ?? []);
    expect(found.length).toBeGreaterThan(0);
    for (const { value } of found) expect(value).toBe('x'.repeat(100_000));
    expect(stored(place.folder).length).toBe(1);
  });
});
