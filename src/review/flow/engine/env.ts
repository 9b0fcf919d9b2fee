import { bitOf } from './rule.js';
import { join, type Value } from './values.js';

/** `startsWith('/')` and not `startsWith('//')`: each alone proves nothing, both together that a path stays on this site. */
export const BEGINS_WITH_SLASH = 1 << 28;
export const NOT_TWO_SLASHES = 1 << 29;
const BOTH_HALVES = BEGINS_WITH_SLASH | NOT_TWO_SLASHES;
const HALVES_MAKE = bitOf('redirect');

/** What is known at one place of a function: the values of names (and of `self.x`), and which sources a check has let pass. */
export class Env {
  constructor(
    readonly vars = new Map<string, Value>(),
    readonly cleared = new Map<string, number>(),
    /** Facts about what happened on the way: `response is not HTML`. */
    readonly facts = new Set<string>(),
  ) {}

  clone(): Env {
    return new Env(new Map(this.vars), new Map(this.cleared), new Set(this.facts));
  }

  clear(label: string, mask: number): void {
    const known = (this.cleared.get(label) ?? 0) | mask;
    this.cleared.set(label, (known & BOTH_HALVES) === BOTH_HALVES ? known | HALVES_MAKE : known);
  }

  /** Whether a check has let this source, or what it is a part of, pass for this kind of sink. */
  isCleared(label: string, bit: number): boolean {
    for (const [known, mask] of this.cleared) {
      if ((mask & bit) !== 0 && (label === known || label.startsWith(`${known}.`))) return true;
    }
    return false;
  }

  /** Takes over what holds on either of two ways. */
  become(a: Env, b: Env): void {
    a.#settle(b);
    b.#settle(a);
    if (this !== a) this.#replace(a);
    for (const [name, value] of b.vars) {
      const mine = this.vars.get(name);
      if (mine !== value) this.vars.set(name, mine ? join(mine, value) : value);
    }
    for (const [label, mask] of this.cleared) {
      const both = mask & (b.cleared.get(label) ?? 0);
      if (both === 0) this.cleared.delete(label);
      else this.cleared.set(label, both);
    }
    for (const fact of b.facts) this.facts.add(fact);
  }

  /** What only this way has checked is written into its values, before the ways meet. */
  #settle(other: Env): void {
    const own = [...this.cleared].filter(([label, mask]) => (mask & ~(other.cleared.get(label) ?? 0)) !== 0);
    if (own.length === 0) return;
    for (const [name, value] of this.vars) {
      if (value.taints.length === 0 || other.vars.get(name) === value) continue;
      const taints = value.taints.map((taint) => {
        let { clean } = taint;
        for (const [label, mask] of own) if (taint.label === label || taint.label.startsWith(`${label}.`)) clean |= mask;
        return clean === taint.clean ? taint : { ...taint, clean };
      });
      this.vars.set(name, { ...value, taints });
    }
  }

  #replace(other: Env): void {
    this.vars.clear();
    for (const [name, value] of other.vars) this.vars.set(name, value);
    this.cleared.clear();
    for (const [label, mask] of other.cleared) this.cleared.set(label, mask);
    for (const fact of other.facts) this.facts.add(fact);
  }

  takeOver(other: Env): void {
    if (other !== this) this.#replace(other);
  }
}
