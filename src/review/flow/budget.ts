/** Thrown when a file asks for more work than a file may: it is then reported as not read to the end. */
export class OverBudget extends Error {}

const MAX_DEPTH = 400;
const MAX_STEPS = 400_000;

/** Bounds the work on one file, whatever its text looks like. */
export class Budget {
  #depth = 0;
  #steps = 0;

  /** One more node to look at. */
  spend(): void {
    this.#steps += 1;
    if (this.#steps > MAX_STEPS) throw new OverBudget('the file needs more steps of data flow than a file may');
  }

  nested<T>(work: () => T): T {
    this.spend();
    if (this.#depth >= MAX_DEPTH) throw new OverBudget('the file is nested more deeply than a file may');
    this.#depth += 1;
    try {
      return work();
    } finally {
      this.#depth -= 1;
    }
  }
}
