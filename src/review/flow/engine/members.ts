import type { FunctionIr } from '../ir.js';
import type { Env } from './env.js';
import { harmlessMembers, speaksForWhole } from './knowledge.js';
import { rootedPath } from './rooted.js';
import { cleaned, derived, named, nothing, OUTSIDE, tainted, UNKNOWN, type Value } from './values.js';

export function closure(fn: FunctionIr): Value {
  return { ...nothing, fn };
}

/** A value that leaves the branch in which a check let it pass takes the check's result along. */
export function settled(value: Value, env: Env): Value {
  if (env.cleared.size === 0 || value.taints.length === 0) return value;
  const fields = value.fields && new Map([...value.fields].map(([name, field]) => [name, settled(field, env)]));
  const taints = value.taints.map((taint) => {
    let clean = taint.clean;
    for (const [label, mask] of env.cleared) if (taint.label === label || taint.label.startsWith(`${label}.`)) clean |= mask;
    return clean === taint.clean ? taint : { ...taint, clean };
  });
  return { ...value, taints, fields };
}

export function elementOf(object: Value, key: string): Value {
  const field = object.fields?.get(key);
  if (field) return field;
  if (object.taints.length === 0) return object.ref === null ? nothing : named(`${object.ref}[]`);
  return memberOfTainted(object, key);
}

export function memberOfTainted(object: Value, name: string): Value {
  if (harmlessMembers.has(name)) return nothing;
  // `new URL(…)` has taken every `..` out of the path, also of one that is encoded, where `url.parse` leaves them.
  if (name === 'pathname' && /^(?:url\.)?URL\(\)$/.test(object.ref ?? '')) return rootedPath({ ...derived(object), shape: OUTSIDE });
  if (speaksForWhole.has(name)) return { ...derived(object), shape: OUTSIDE };
  const taints = object.taints.map((taint) => ({ ...taint, label: taint.label.length < 120 ? `${taint.label}.${name}` : taint.label }));
  return tainted(taints);
}

/** `'… %s' % x` */
export function formatted(pattern: Value, value: Value): Value {
  if (pattern.constant === undefined && pattern.shape === UNKNOWN) return cleaned(derived(value), 0);
  const marks = /%(?:\((\w+)\))?[-#0 +]*[\d*]*(?:\.\d+)?([sdrfiuxXaegc])/g;
  let at = 0;
  const used: Value[] = [pattern];
  const shape = pattern.shape.replace(marks, (_, key: string | undefined, type: string) => {
    const part = value.fields?.get(key ?? String(at)) ?? (value.fields ? nothing : value);
    at += 1;
    if (!/[sra]/.test(type)) return UNKNOWN;
    used.push(part);
    return part.constant === undefined ? part.shape : String(part.constant);
  });
  return { ...derived(...used), shape };
}
