export { parseOrder, totalOf } from './orders.js';
export { loadPrices, priceOf } from './prices.js';
export { connectionOptions } from './supplier.js';
export { Stock } from './stock.js';
