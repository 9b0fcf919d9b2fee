import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { readCases } from './cases.js';
import { corpusClasses } from './classes.js';
import { scoreCorpus } from './score.js';

test('the corpus is large and even: half bad and half good, every class, both languages, a good part from public reports', async () => {
  const cases = await readCases();
  expect(cases.length).toBeGreaterThanOrEqual(120);
  const bad = cases.filter(({ verdict }) => verdict === 'bad');
  // Half and half: every bad case has a twin of its own. The good ones beyond that are false alarms that real code brought up.
  const good = new Map(cases.filter(({ verdict }) => verdict === 'good').map((one) => [one.id, one]));
  expect(bad.filter((one) => `${one.class}/${good.get(`${one.class}/${one.twin}`)?.twin}` !== one.id).map(({ id }) => id)).toEqual([]);
  expect(bad.length / cases.length).toBeGreaterThanOrEqual(0.4);
  for (const language of ['python', 'typescript'] as const) {
    expect(bad.filter((one) => one.language === language).length, language).toBeGreaterThanOrEqual(25);
  }
  expect(corpusClasses.filter((name) => !bad.some((one) => one.class === name))).toEqual([]);
  expect(bad.filter(({ source }) => source !== undefined).length).toBeGreaterThanOrEqual(30);
  expect(new Set(cases.map(({ folder }) => folder)).size).toBe(cases.length);
});

test('the review finds nine in ten of the bad cases, and nineteen in twenty of what it reports are right', async () => {
  const score = await scoreCorpus(await readCases());
  const shown = JSON.stringify({ misses: score.misses, false_alarms: score.false_alarms }, null, 2);
  expect(score.precision, shown).toBeGreaterThanOrEqual(0.95);
  expect(score.recall, shown).toBeGreaterThanOrEqual(0.9);
}, 180_000);

test('the score tells what was missed, what was reported of a good case, and what was reported beside the expected line', async () => {
  const base = { language: 'python', twin: '-', about: '-' } as const;
  const python = (text: string, ...expected: number[]) => [{ name: 'a.py', text, expected: new Set(expected) }];
  const score = await scoreCorpus([
    { ...base, id: 'found', folder: 'u1', class: 'undefined-name', verdict: 'bad', files: python('print(one)\n', 1) },
    { ...base, id: 'beside', folder: 'u2', class: 'undefined-name', verdict: 'bad', files: python('print(two)\nprint(1)\n', 2) },
    { ...base, id: 'other', folder: 'u3', class: 'mutable-default', verdict: 'bad', files: python('print(three)\n', 1) },
    { ...base, id: 'quiet', folder: 'u4', class: 'undefined-name', verdict: 'good', files: python('import json\nprint(1)\n') },
    { ...base, id: 'alarmed', folder: 'u5', class: 'undefined-name', verdict: 'good', files: python('\nprint(four)\n') },
  ]);
  expect(score).toEqual({
    cases: 5,
    precision: 0.333,
    recall: 0.333,
    misses: [
      { case: 'beside', rule: 'undefined-name', line: 2 },
      { case: 'other', rule: 'mutable-default', line: 1 },
    ],
    false_alarms: [
      { case: 'alarmed', rule: 'ruff/F821', line: 2 },
      { case: 'beside', rule: 'ruff/F821', line: 1 },
    ],
  });
});

test('a case that gives itself away, marks no line or has no twin is told, with its name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cases '));
  const write = async (name: string, verdict: string, twin: string, code: string) => {
    const head = { class: 'no-timeout', language: 'python', verdict, twin, about: 'a case' };
    await mkdir(join(folder, 'no-timeout'), { recursive: true });
    await writeFile(join(folder, 'no-timeout', `${name}.yaml`), stringify({ ...head, files: { 'a.py': code } }));
  };
  try {
    await write('a-bad', 'bad', 'a-good', 'x = 1\n');
    await write('a-good', 'good', 'nowhere', 'x = 1\n');
    await write('b-bad', 'bad', 'a-good', 'x = 1  # insecure ◄\n');
    const reading = readCases(folder);
    await expect(reading).rejects.toThrow(/a-bad\.yaml: .*at least one line that ends in ◄/);
    await expect(reading).rejects.toThrow(/a-good: nowhere is no case/);
    await expect(reading).rejects.toThrow(/b-bad\.yaml: .*gives away what it is: "insecure"/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
