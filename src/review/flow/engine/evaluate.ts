import type { Expr, FunctionIr } from '../ir.js';
import type { Env } from './env.js';
import { evaluateCall } from './evaluate-call.js';
import { contextSources, eventSources, requestSources, sourceNames } from './knowledge.js';
import type { Machine } from './machine.js';
import { closure, elementOf, formatted, memberOfTainted, settled } from './members.js';
import { bitsFor } from './names.js';
import { rootedPath } from './rooted.js';
import { ALL_KINDS, bitOf } from './rule.js';
import { asExtension, cleaned, concat, derived, join, literal, named, nothing, OUTSIDE, tainted, UNKNOWN, type Value } from './values.js';

/** The path `self.x.y` under which a value is remembered; null for anything that is not a chain of names. */
export function pathOf(expr: Expr): string | null {
  if (expr.kind === 'name') return expr.name;
  if (expr.kind !== 'member') return null;
  const object = pathOf(expr.object);
  return object === null ? null : `${object}.${expr.name}`;
}

export function evaluateExpr(m: Machine, expr: Expr, env: Env): Value {
  switch (expr.kind) {
    case 'name':
      return nameValue(m, expr.name, env);
    case 'literal':
      return literal(expr.value);
    case 'member':
      return memberValue(m, expr, m.evaluate(expr.object, env), env);
    case 'index': {
      const object = m.evaluate(expr.object, env);
      const key = expr.key && m.evaluate(expr.key, env);
      if (object.ref === '@scope' && /^(path|raw_path|query_string|headers)$/.test(String(key?.constant)))
        return request(`req.${String(key?.constant)}`, expr.start, '@scope[]');
      const element = elementOf(object, key?.constant === undefined ? '[]' : String(key.constant));
      return isExtension(expr) ? asExtension(element) : element;
    }
    case 'call':
      return isExtension(expr) ? asExtension(evaluateCall(m, expr, env)) : flagged(expr, evaluateCall(m, expr, env));
    case 'template':
      return onFixedSite(concat(expr.parts.map((part) => m.evaluate(part, env))));
    case 'binary':
      return binaryValue(m, expr, env);
    case 'unary': {
      const operand = m.evaluate(expr.operand, env);
      return expr.op === 'not' || expr.op === 'typeof' ? nothing : cleaned(derived(operand), ALL_KINDS);
    }
    case 'choice': {
      m.evaluate(expr.test, env);
      const [yes, no] = [env.clone(), env.clone()];
      m.refine(expr.test, true, yes);
      m.refine(expr.test, false, no);
      return join(settled(m.evaluate(expr.yes, yes), yes), settled(m.evaluate(expr.no, no), no));
    }
    case 'list': {
      const items = expr.items.map((item) => m.evaluate(item, env));
      const hasSpread = expr.items.some(({ kind }) => kind === 'spread');
      const fields = hasSpread ? null : new Map(items.map((item, at) => [String(at), item]));
      return { ...derived(...items), shape: hasSpread && items.some(({ taints }) => taints.length > 0) ? OUTSIDE : UNKNOWN, fields };
    }
    case 'object': {
      const fields = new Map<string, Value>();
      const values = expr.entries.map(({ name, key, value }) => {
        const held = m.evaluate(value, env);
        if (name !== null) fields.set(name, held);
        else if (key) m.evaluate(key, env);
        else for (const [inner, field] of held.fields ?? []) fields.set(inner, field);
        return held;
      });
      return { ...derived(...values), shape: UNKNOWN, fields };
    }
    case 'spread':
    case 'await':
      return m.evaluate(expr.value, env);
    case 'yield':
      if (expr.value) m.evaluate(expr.value, env);
      return nothing;
    case 'assign': {
      const value = m.evaluate(expr.value, env);
      const result = expr.op === null ? value : combined(m, expr.target, value, env);
      m.bind(expr.target, result, env);
      return result;
    }
    case 'function':
      m.enter(expr.fn, env, { owner: null, isRoot: false, isRoute: false, first: [] });
      return closure(expr.fn);
    case 'class':
      m.execute([{ kind: 'class', cls: expr.cls, start: expr.start, end: expr.end }], env);
      return nothing;
    case 'each': {
      const inner = env.clone();
      for (const { target, iterable, tests } of expr.loops) {
        m.bind(target, elementOf(m.evaluate(iterable, inner), '[]'), inner);
        for (const test of tests) {
          m.evaluate(test, inner);
          m.refine(test, true, inner);
        }
      }
      if (expr.key) m.evaluate(expr.key, inner);
      const element = settled(m.evaluate(expr.element, inner), inner);
      return { ...derived(element), shape: element.shape };
    }
    case 'pattern':
      return {
        ...named('RegExp()'),
        fields: new Map([
          ['source', literal(expr.source)],
          ['flags', literal(expr.flags)],
        ]),
      };
    case 'markup':
      for (const part of expr.parts) m.evaluate(part, env);
      return nothing;
    case 'other': {
      const parts = expr.parts.map((part) => m.evaluate(part, env));
      return parts.at(-1) ?? nothing;
    }
  }
}

/** `name.split('.')[-1]`, `name.rsplit('.', 1)[1]`, `splitext(name)[1]`, `name.split('.').pop()` */
function isExtension(expr: Extract<Expr, { kind: 'index' | 'call' }>): boolean {
  const taken = expr.kind === 'index' ? expr.key : expr.args[0]?.value;
  const isLast = taken?.kind === 'unary' && taken.op === '-' && taken.operand.kind === 'literal' && taken.operand.value === 1;
  const isSecond = expr.kind === 'index' && taken?.kind === 'literal' && taken.value === 1;
  const method = expr.kind === 'call' && expr.callee.kind === 'member' ? expr.callee.name : '';
  const popped = (method === 'pop' && taken === undefined) || (method === 'at' && isLast);
  const of = expr.kind === 'index' ? expr.object : expr.callee.kind === 'member' ? expr.callee.object : null;
  if (of?.kind !== 'call' || (of.callee.kind !== 'member' && of.callee.kind !== 'name')) return false;
  const { name } = of.callee;
  if (name === 'splitext') return isLast || isSecond;
  const [dot] = of.args;
  if (!/^r?split$/.test(name) || dot?.value.kind !== 'literal' || dot.value.value !== '.') return false;
  return popped || (expr.kind === 'index' && (isLast || (isSecond && name === 'rsplit' && of.args.length === 2)));
}

/** The result of a call that says yes or no. */
function flagged(expr: Extract<Expr, { kind: 'call' }>, value: Value): Value {
  const { callee, args } = expr;
  const name = callee.kind === 'member' || callee.kind === 'name' ? callee.name : '';
  const [first] = args;
  if (/^(bool|Boolean)$/.test(name) && first) return { ...value, tests: [{ expr: first.value, when: 'both' }] };
  return /^(test|match|fullmatch|search|startsWith|startswith|includes|has|is_relative_to)$/.test(name)
    ? { ...value, tests: [{ expr, when: 'both' }] }
    : value;
}

/** `x += y` */
function combined(m: Machine, target: Expr, value: Value, env: Env): Value {
  const before = m.evaluate(target, env);
  return concat([before, value]);
}

export function combineForAssign(m: Machine, target: Expr, value: Value, op: string, env: Env): Value {
  if (op === '+') return combined(m, target, value, env);
  if (op === '%' && m.module.language === 'python') return formatted(m.evaluate(target, env), value);
  if (op === '/' && m.module.language === 'python') return concat([m.evaluate(target, env), literal('/'), value]);
  return join(m.evaluate(target, env), value);
}

function nameValue(m: Machine, name: string, env: Env): Value {
  const local = env.vars.get(name) ?? m.globals.get(name);
  if (local) return local;
  const imported = m.module.imports.get(name);
  if (imported !== undefined) return sourceAt(imported, 0) ?? named(imported);
  const fn = m.module.functions.get(name);
  if (fn) return { ...named(name), fn };
  return named(name);
}

const request = (label: string, at: number, ref: string): Value => tainted([{ label, origin: 'request', clean: 0, at }], ref);

/** The value of a name that is a source by itself, such as `flask.request.args`. */
function sourceAt(ref: string, at: number): Value | null {
  if (!ref.includes('.')) return null;
  const dot = ref.lastIndexOf('.');
  const [object, last] = [ref.slice(0, dot), ref.slice(dot + 1)];
  if (object === '@request' && requestSources.has(last)) return request(`req.${last}`, at, ref);
  if (object === '@context' && contextSources.has(last)) return request(`ctx.${last}`, at, ref);
  if (object === '@event' && eventSources.has(last)) return request(`event.${last}`, at, ref);
  if (sourceNames.has(ref)) return request(ref.replace(/^.*?\b(request)/, '$1'), at, ref);
  return null;
}

export function memberValue(m: Machine, expr: Extract<Expr, { kind: 'member' }>, object: Value, env: Env): Value {
  const path = pathOf(expr);
  const remembered = path === null ? undefined : env.vars.get(path);
  if (remembered) return remembered;
  const { name } = expr;
  const field = object.fields?.get(name);
  if (field) return field;
  let ref = object.ref === null ? null : `${object.ref}.${name}`;
  if (ref !== null) {
    if (/^@context\.(request|req)$/.test(ref)) ref = '@request';
    else if (/^@context\.(response|res|reply)$/.test(ref)) ref = '@response';
    else if (ref === '@request.request') ref = '@request';
    if (ref === 'self.request' && m.module.hasFramework) ref = '@request';
    const source = sourceAt(ref, expr.start);
    // Hono reads the path from an address that was parsed, as `URL` does it.
    if (source && object.taints.length === 0)
      return ref === '@request.path' && /\bhono\b/i.test(m.module.text) ? rootedPath(source) : source;
  }
  if (name === 'entryName' && m.rules.origins.has('entry')) {
    const { taints } = memberOfTainted(object, name);
    return tainted([...taints, { label: 'entryName', origin: 'entry', clean: 0, at: expr.start }], ref);
  }
  if (object.taints.length === 0) return { ...nothing, ref, fn: methodOf(m, expr, object) };
  // `Path(name).name` is its last part, as `basename` gives it.
  const cleans = /Path\(\)$/.test(object.ref ?? '') ? bitsFor(m.rules.sanitizers, ref) : 0;
  if (cleans !== 0) return cleaned(derived(object), cleans);
  return { ...memberOfTainted(object, name), ref };
}

function methodOf(m: Machine, expr: Extract<Expr, { kind: 'member' }>, object: Value): FunctionIr | null {
  if (expr.object.kind !== 'name') return null;
  if (!/^(self|this|cls)$/.test(expr.object.name) && !(object.ref !== null && m.module.classes.has(object.ref.replace(/\(\)$/, ''))))
    return null;
  const owner = /^(self|this|cls)$/.test(expr.object.name)
    ? m.frames.findLast((frame) => frame.owner)?.owner
    : m.module.classes.get(object.ref!.replace(/\(\)$/, ''));
  const found = owner?.body.find((statement) => statement.kind === 'function' && statement.fn.name === expr.name);
  return found?.kind === 'function' ? found.fn : null;
}

/** Behind the name of a site, text from outside leads to no other one, whatever the address goes through. */
function onFixedSite(value: Value): Value {
  const fixed = value.taints.length > 0 ? value.shape.slice(0, value.shape.indexOf(OUTSIDE)) : '';
  return /^https?:\/\/[\w.-]+(?::\d+)?\//.test(fixed) ? cleaned(value, bitOf('url') | bitOf('redirect')) : value;
}

function binaryValue(m: Machine, expr: Extract<Expr, { kind: 'binary' }>, env: Env): Value {
  const { op, left, right } = expr;
  if (op === 'and' || op === 'or') {
    const first = m.evaluate(left, env);
    const inner = env.clone();
    m.refine(left, op === 'and', inner);
    const second = settled(m.evaluate(right, inner), inner);
    if (op === 'and') return second;
    return join(first, second);
  }
  const [a, b] = [m.evaluate(left, env), m.evaluate(right, env)];
  if (op === '+') return onFixedSite(concat([a, b]));
  if (m.module.language === 'python') {
    if (op === '%') return formatted(a, b);
    if (op === '/') return concat([a, literal('/'), b]);
  }
  if (/^(==|!=|<|>|<=|>=|in|not in|is|is not|instanceof)$/.test(op)) return { ...nothing, tests: [{ expr, when: 'both' }] };
  return cleaned(derived(a, b), ALL_KINDS);
}
