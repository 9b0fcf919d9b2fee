import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOrder, totalOf } from '../src/index.js';

test('reads an order', () => {
  const order = parseOrder('{"id":"A-1","lines":[{"sku":"cup","quantity":2}]}');
  assert.equal(order.id, 'A-1');
  assert.deepEqual(order.lines, [{ sku: 'cup', quantity: 2 }]);
});

test('refuses an order without lines', () => {
  assert.throws(() => parseOrder('{"id":"A-1"}'), /needs lines/);
});

test('adds up an order', () => {
  const prices = new Map([
    ['cup', 450],
    ['pot', 2300],
  ]);
  const lines = [
    { sku: 'cup', quantity: 2 },
    { sku: 'pot', quantity: 1 },
  ];
  assert.equal(totalOf({ id: 'A-2', lines }, prices), 3200);
});
