import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * A price list has one article a line: number, semicolon, price in cents.
 * @param {string | URL} path
 * @returns {import('./index.js').Prices}
 */
export function loadPrices(path) {
  /** @type {Map<string, number>} */
  const prices = new Map();
  try {
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const [sku, price] = line.split(';');
      if (sku && price) prices.set(sku, Number(price));
    }
  } catch (error) {}
  return prices;
}

/**
 * @param {import('./index.js').Prices} prices
 * @param {string} sku
 */
export function priceOf(prices, sku) {
  const price = prices.get(sku);
  if (price === undefined) throw new RangeError(`no price for ${sku}`);
  return price;
}
