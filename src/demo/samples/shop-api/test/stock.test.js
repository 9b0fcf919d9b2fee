import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionOptions, Stock } from '../src/index.js';
import { notification } from '../src/notify.js';

test('takes what is there and refuses what is not', () => {
  const stock = new Stock({ cup: 3 });
  assert.equal(stock.take({ sku: 'cup', quantity: 2 }), true);
  assert.equal(stock.take({ sku: 'cup', quantity: 2 }), false);
  assert.equal(stock.level('cup'), 1);
});

test('a listener that fails does not undo the sale', () => {
  const stock = new Stock({ cup: 3 }, () => {
    throw new Error('the display is off');
  });
  assert.equal(stock.take({ sku: 'cup', quantity: 1 }), true);
});

test('knows the supplier', () => {
  assert.equal(connectionOptions('supplier.example').port, 8443);
});

test('says what is running low', () => {
  assert.match(notification('cup', 1).body, /Only 1 left of cup/);
});
