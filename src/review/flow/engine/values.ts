import type { Expr, FunctionIr } from '../ir.js';
import { bitOf, type Origin } from './rule.js';

export interface Taint {
  /** How the source is written, `req.query.url`: reading it twice is the same source, and a check of one is a check of both. */
  label: string;
  origin: Origin;
  /** One bit for each kind of sink the value was made harmless for. */
  clean: number;
  at: number;
}

/** Stands in a shape for a part that is not known. */
export const UNKNOWN = '\u0000';
/** Stands in a shape for a part that came from outside. */
export const OUTSIDE = '\u0001';
const MAX_SHAPE = 4000;
const MAX_TAINTS = 8;

export interface Value {
  taints: readonly Taint[];
  /** The qualified name of what it is, `flask.request.args`, or of what made it, `requests.Session()`. */
  ref: string | null;
  /** Its text, with a mark for each part that is not written in the source. */
  shape: string;
  /** Whether it is known that the shape is a text of the source. */
  normal: boolean;
  fields: ReadonlyMap<string, Value> | null;
  fn: FunctionIr | null;
  constant: string | number | boolean | null | undefined;
  /** Of a flag, the conditions it is the result of: who asks for the flag asks for them. */
  tests: readonly { expr: Expr; when: boolean | 'both' }[];
}

export const nothing: Value = {
  taints: [],
  ref: null,
  shape: UNKNOWN,
  normal: false,
  fields: null,
  fn: null,
  constant: undefined,
  tests: [],
};

export const literal = (constant: string | number | boolean | null): Value => ({
  ...nothing,
  constant,
  shape: constant === null ? '' : String(constant).slice(0, MAX_SHAPE),
});

export const named = (ref: string | null): Value => ({ ...nothing, ref });

export const tainted = (taints: readonly Taint[], ref: string | null = null): Value => ({
  ...nothing,
  taints,
  ref,
  shape: taints.length > 0 ? OUTSIDE : UNKNOWN,
});

/** The same sources in a value of which nothing else is known. */
export const derived = (...values: readonly Value[]): Value => tainted(mergeTaints(values));

/** What remains for checks to find after a function that we do not know, or that makes the value harmless. */
export function cleaned(value: Value, mask: number): Value {
  if (value.taints.length === 0) return value;
  const taints = value.taints.map((taint) => ({ ...taint, clean: taint.clean | mask }));
  const fields = value.fields && new Map([...value.fields].map(([name, field]) => [name, cleaned(field, mask)]));
  return { ...value, taints, fields };
}

export function mergeTaints(values: readonly Value[]): readonly Taint[] {
  const holders = values.filter(({ taints }) => taints.length > 0);
  if (holders.length <= 1) return holders[0]?.taints ?? [];
  const merged = new Map<string, Taint>();
  for (const { taints } of holders) {
    for (const taint of taints) {
      const known = merged.get(taint.label);
      if (!known) {
        if (merged.size < MAX_TAINTS) merged.set(taint.label, taint);
      } else if (known.clean !== taint.clean) merged.set(taint.label, { ...known, clean: known.clean & taint.clean });
    }
  }
  return [...merged.values()];
}

export function concat(values: readonly Value[]): Value {
  const shape = values
    .map((value) => value.shape)
    .join('')
    .slice(0, MAX_SHAPE);
  const known = values.every(({ constant }) => constant !== undefined);
  return { ...nothing, taints: mergeTaints(values.map(appended)), shape, constant: known ? shape : undefined };
}

/** What stands behind the last dot of a name holds no two of them. */
const EXTENSION = 1 << 24;

export const asExtension = (value: Value): Value => cleaned(value, EXTENSION);

/** An extension is no way to another folder, unless it is a part of the path by itself: `/etc` then is where it begins anew. */
function appended(value: Value, at: number, values: readonly Value[]): Value {
  const before = values[at - 1];
  if (!before || before.shape === '' || before.shape.endsWith('/')) return value;
  const path = bitOf('path');
  const taints = value.taints.map((taint) => ((taint.clean & EXTENSION) === 0 ? taint : { ...taint, clean: taint.clean | path }));
  return { ...value, taints };
}

export function join(a: Value, b: Value): Value {
  if (a === b) return a;
  const taints = mergeTaints([a, b]);
  return {
    taints,
    ref: a.ref === b.ref ? a.ref : (a.ref ?? b.ref),
    shape: a.shape === b.shape ? a.shape : riskier(a, b).shape,
    normal: a.taints.length > 0 === b.taints.length > 0 ? a.normal && b.normal : a.taints.length > 0 ? a.normal : b.normal,
    fields: joinFields(a.fields, b.fields),
    fn: a.fn ?? b.fn,
    constant: a.constant === b.constant ? a.constant : undefined,
    tests: joinTests(a, b),
  };
}

/** `ok = False`, and elsewhere `ok = x in known`: where it is true the condition held; where it is not nothing follows. */
function joinTests(a: Value, b: Value): Value['tests'] {
  if (a.tests.length > 0 && b.tests.length > 0) return [...a.tests, ...b.tests].slice(0, MAX_TAINTS);
  const [flag, other] = a.tests.length > 0 ? [a, b] : [b, a];
  if (flag.tests.length === 0 || typeof other.constant !== 'boolean') return [];
  return flag.tests.filter(({ when }) => when !== other.constant).map(({ expr }) => ({ expr, when: !other.constant }));
}

/** Of two texts, the one that holds more of what came from outside decides what a sink thinks of both. */
function riskier(a: Value, b: Value): Value {
  const [outsideA, outsideB] = [a.shape.includes(OUTSIDE), b.shape.includes(OUTSIDE)];
  if (outsideA !== outsideB) return outsideA ? a : b;
  return a.shape.length >= b.shape.length ? a : b;
}

function joinFields(a: Value['fields'], b: Value['fields']): Value['fields'] {
  if (a === b || !b) return a;
  if (!a) return b;
  const fields = new Map(a);
  for (const [name, value] of b) {
    const other = fields.get(name);
    fields.set(name, other ? join(other, value) : value);
  }
  return fields;
}
