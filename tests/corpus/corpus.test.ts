import { expect, test } from 'vitest';
import { readCases } from './cases.js';
import { corpusClasses } from './classes.js';
import { scoreCorpus } from './score.js';

test('the corpus is large and even: half bad and half good, every class, both languages, a good part from public reports', async () => {
  const cases = await readCases();
  expect(cases.length).toBeGreaterThanOrEqual(120);
  const bad = cases.filter(({ verdict }) => verdict === 'bad');
  expect(bad.length / cases.length).toBeGreaterThanOrEqual(0.45);
  expect(bad.length / cases.length).toBeLessThanOrEqual(0.55);
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
