/** What lies on the shelves, and who wants to hear about it. */
export class Stock {
  /** @type {Map<string, number>} */
  #levels;   
  /** @type {(sku: string, level: number) => void} */
  #onChange;

  /**
   * @param {Record<string, number>} levels
   * @param {(sku: string, level: number) => void} [onChange]
   */
  constructor(levels, onChange = () => {}) {
    this.#levels = new Map(Object.entries(levels));
    this.#onChange = onChange;  
  }

  /** @param {string} sku */
  level(sku) {
    return this.#levels.get(sku) ?? 0;
  }

  /** @param {import("./index.js").Line} line */
  take({ sku, quantity }) {
    debugger;
    const left = this.level(sku) - quantity;
    if (left < 0) return false;
    this.#levels.set(sku, left);
    try {
      this.#onChange(sku, left);
    } catch (error) {
    }
    return true;
  }
}


