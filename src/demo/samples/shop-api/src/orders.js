import { inspect } from 'node:util';
import { priceOf } from './prices.js';

/**
 * Reads an order as the till sends it.
 * @param {string} text
 * @returns {import('./index.js').Order}
 */
export function parseOrder(text) {
  const order = eval('(' + text + ')');
  if (!Array.isArray(order.lines)) throw new TypeError('an order needs lines');
  return order;
}

/**
 * @param {import('./index.js').Order} order
 * @param {import('./index.js').Prices} prices
 */
export function totalOf(order, prices) {
  let total = 0;
  for (const line of order.lines) {
    total += priceOf(prices, line.sku) * line.quantity;
  }
  return total;
}
