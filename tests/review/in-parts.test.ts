import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inParts } from '../../src/review/analyzers/in-parts.js';
import { keptTypes } from '../../src/review/analyzers/kept/types.js';
import { cleanRun, failedRun } from '../../src/review/analyzers/outcome.js';
import { runPyright } from '../../src/review/analyzers/pyright.js';
import { SourceTexts } from '../../src/review/analyzers/source-texts.js';
import { ruleTable } from '../../src/review/rules/table.js';
import { scratchFolder, tree } from './support.js';

const timeoutMs = 300_000;

/** A tool with a clock of its own, that takes a second for each file and does not end in some. */
function slowTool(stuck: ReadonlySet<string>) {
  let clock = 0;
  const asked: (readonly string[])[] = [];
  const run = async (files: readonly string[], limitMs: number) => {
    asked.push(files);
    const needed = files.some((file) => stuck.has(file)) ? Number.POSITIVE_INFINITY : files.length * 1000;
    clock += Math.min(limitMs, needed);
    if (needed > limitMs) return { ...failedRun('pyright', 'pyright was stopped', limitMs), isLost: true };
    const hits = files.map((file) => ({ code: 'x', file, start: 0, end: 1, message: '', fixable: false }));
    return { ...cleanRun('pyright'), hits, durationMs: needed, isLost: false };
  };
  return { run, asked, now: () => clock };
}

const names = (count: number) => Array.from({ length: count }, (_, at) => `f${at}.py`);

describe('a tool that does not end', () => {
  it('loses the file that it does not end in, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 60 }), fc.nat(), async (count, at) => {
        const files = names(count);
        const culprit = files[at % count]!;
        const tool = slowTool(new Set([culprit]));
        const run = await inParts({ files, timeoutMs, patienceMs: 90_000, run: tool.run, now: tool.now });
        expect(run.unread.map(({ file }) => file)).toEqual([culprit]);
        expect(run.hits.map(({ file }) => file).sort()).toEqual(files.filter((file) => file !== culprit).sort());
        expect(run.reason).toContain(`pyright could not read 1 of ${count} files, such as ${culprit}`);
      }),
    );
  });

  it('keeps to its time, and says of every file whether it was looked at', async () => {
    const stuckAmong = fc.array(fc.nat({ max: 199 }), { maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(stuckAmong, fc.integer({ min: 1, max: 200 }), fc.nat({ max: 250_000 }), async (stuckAt, count, patienceMs) => {
        const files = names(count);
        const tool = slowTool(new Set(stuckAt.map((at) => `f${at}.py`)));
        const run = await inParts({ files, timeoutMs, patienceMs, run: tool.run, now: tool.now });
        expect(tool.now()).toBeLessThanOrEqual(timeoutMs + 1);
        const told = [...run.hits, ...run.unread].map(({ file }) => file);
        if (run.reason !== null && run.unread.length === 0) expect(told).toEqual([]);
        else expect(told.sort()).toEqual([...files].sort());
      }),
    );
  });

  it('is not asked for ever when it dies whatever it is given', async () => {
    let runs = 0;
    const run = async () => {
      runs += 1;
      return { ...failedRun('pyright', 'pyright was killed by SIGSEGV'), isLost: true };
    };
    const given = await inParts({ files: names(500), timeoutMs, patienceMs: 290_000, run, now: () => 0 });
    expect(given).toMatchObject({ reason: 'pyright was killed by SIGSEGV', unread: [] });
    expect(runs).toBe(24);
  });

  it('is given all the time when it may well need it', async () => {
    const tool = slowTool(new Set());
    const run = await inParts({ files: names(250), timeoutMs, patienceMs: 250_000, run: tool.run, now: tool.now });
    expect(run).toMatchObject({ reason: null, durationMs: 250_000 });
    expect(tool.asked).toHaveLength(1);
  });

  it('has no file to blame when it ends in none', async () => {
    const files = names(20);
    const tool = slowTool(new Set(files));
    const run = await inParts({ files, timeoutMs, patienceMs: 60_000, run: tool.run, now: tool.now });
    expect(run).toMatchObject({ reason: 'pyright was stopped', unread: [], hits: [] });
  });

  it('gets a tenth of the time for what it did not end in before', async () => {
    const tool = slowTool(new Set(['stuck.py']));
    const run = await inParts({ files: ['a.py'], again: ['stuck.py'], timeoutMs, patienceMs: 60_000, run: tool.run, now: tool.now });
    expect(run.unread).toEqual([{ file: 'stuck.py', message: 'was stopped' }]);
    expect(run.hits.map(({ file }) => file)).toEqual(['a.py']);
    expect(tool.now()).toBe(31_000);
  });
});

/** Prints what pyright prints for files without a fault; stays for ever with `stuck.py` among them, and dies with `deadly.py`. */
const stays = `
  const { include } = JSON.parse(require('node:fs').readFileSync(process.argv.at(-4), 'utf8'));
  if (include.some((file) => file.endsWith('stuck.py'))) setInterval(() => {}, 1000);
  else if (include.some((file) => file.endsWith('deadly.py'))) process.kill(process.pid, 'SIGABRT');
  else console.log(JSON.stringify({ generalDiagnostics: [], summary: { filesAnalyzed: include.length } }));
`;

describe('pyright', () => {
  it('names the file it dies at, however large the tree is', async () => {
    const folder = tree({ 'a.py': 'A = 1\n', 'b.py': 'B = 1\n', 'deadly.py': 'C = 1\n' });
    const script = join(scratchFolder(), 'dies.cjs');
    writeFileSync(script, stays);
    const rules = (await ruleTable()).rules.filter(({ tool }) => tool === 'pyright');
    const context = { folder, scratch: scratchFolder(), timeoutMs: 60_000, programs: { pyright: [process.execPath, script] as const } };
    const run = await runPyright(['a.py', 'b.py', 'deadly.py'], rules, new SourceTexts(folder), context, { patienceMs: 60_000 });
    expect(run.unread).toEqual([{ file: 'deadly.py', message: 'was killed by SIGABRT' }]);
  });

  it('names the file it does not end in, which the next review asks about apart', async () => {
    const texts = Object.fromEntries(['a.py', 'b.py', 'c.py', 'stuck.py'].map((file) => [file, `def f():\n    return "${file}"\n`]));
    const folder = tree(texts);
    const files = Object.keys(texts).sort();
    const script = join(scratchFolder(), 'stays.cjs');
    writeFileSync(script, stays);
    const rules = (await ruleTable()).rules.filter(({ tool }) => tool === 'pyright');
    const context = { folder, scratch: scratchFolder(), timeoutMs: 8_000, programs: { pyright: [process.execPath, script] as const } };
    const first = await runPyright(files, rules, new SourceTexts(folder), context, { patienceMs: 1_000 });
    expect(first.unread.map(({ file }) => file)).toEqual(['stuck.py']);
    expect(first.reason).toMatch(/^pyright could not read 1 of 4 files, such as stuck\.py \(was stopped after \d+ s\)$/);

    const kept = { folder: scratchFolder(), repository: 'shop' };
    const asked: string[][][] = [];
    const review = async (changed: string) => {
      const saves: Parameters<Parameters<typeof keptTypes>[1]['later']>[0][] = [];
      const tree = new Map(files.map((file) => [file, file === changed ? 'changed' : 'as it was']));
      const analyze = async (...lists: string[][]) => {
        asked.push(lists);
        return { ...first, unread: first.unread.filter(({ file }) => lists.flat().includes(file)) };
      };
      const run = await keptTypes(
        { folder, files, key: [], analyze },
        { kept, idOf: () => undefined, tree, later: (save) => saves.push(save) },
      );
      for (const save of saves) await save((text) => text);
      return run.reason;
    };
    expect(await review('')).toBe(first.reason);
    expect(await review('a.py')).toBe(first.reason);
    expect(await review('')).toBe(first.reason);
    expect(asked).toEqual([
      [files, []],
      [['a.py'], ['stuck.py']],
      [['a.py'], ['stuck.py']],
    ]);
  });
});
