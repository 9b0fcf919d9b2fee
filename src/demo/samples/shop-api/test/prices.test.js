import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadPrices, priceOf } from '../src/index.js';

test('loads a price list', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prices-'));
  try {
    const path = join(folder, 'prices.csv');
    writeFileSync(path, 'cup;450\npot;2300\n');
    assert.deepEqual([...loadPrices(path)], [['cup', 450], ['pot', 2300]]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('starts empty without a price list', () => {
  assert.equal(loadPrices('/nowhere/prices.csv').size, 0);
});

test('names the article that has no price', () => {
  assert.throws(() => priceOf(new Map(), 'cup'), /no price for cup/);
});
