export interface Line {
  sku: string;
  quantity: number;
}

export interface Order {
  id: string;
  lines: Line[];
}

export type Prices = ReadonlyMap<string, number>;

export function parseOrder(text: string): Order;
export function totalOf(order: Order, prices: Prices): number;
export function loadPrices(path: string | URL): Prices;
export function priceOf(prices: Prices, sku: string): number;
export function connectionOptions(host: string): { host: string; port: number; rejectUnauthorized: boolean };

export class Stock {
  constructor(levels: Record<string, number>, onChange?: (sku: string, level: number) => void);
  take(line: Line): boolean;
  level(sku: string): number;
}
