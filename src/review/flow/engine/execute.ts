import type { Expr, Stmt } from '../ir.js';
import { calleeName } from './conditions.js';
import type { Env } from './env.js';
import { combineForAssign, pathOf } from './evaluate.js';
import { isGuardName } from './guard-names.js';
import type { Machine } from './machine.js';
import { elementOf } from './members.js';
import { ALL_KINDS, bitOf } from './rule.js';
import { checkAssign, checkReturn } from './sinks.js';
import { derived, join, named, nothing, type Value } from './values.js';

const MAX_LOOPS = 3;

/** Runs statements in order; false when nothing after them is reached. */
export function executeAll(m: Machine, body: readonly Stmt[], env: Env): boolean {
  for (const statement of body) {
    m.budget.spend();
    if (!executeOne(m, statement, env)) return false;
  }
  return true;
}

function executeOne(m: Machine, statement: Stmt, env: Env): boolean {
  switch (statement.kind) {
    case 'expression': {
      m.evaluate(statement.value, env);
      believe(m, statement.value, env);
      return !neverReturns(statement.value);
    }
    case 'assign':
      // First: what is asked may get another value.
      staysWithin(m, statement.value, env);
      return assign(m, statement, env);
    case 'return': {
      const frame = m.frames.at(-1);
      const value = statement.value ? m.evaluate(statement.value, env) : nothing;
      if (frame) {
        frame.returns.push({ value, expr: statement.value, env: env.clone() });
        if (frame.answers && m.frames.length > 0) checkReturn(m, frame.answers, value, statement, env);
      }
      return false;
    }
    case 'throw':
      if (statement.value) m.evaluate(statement.value, env);
      return false;
    case 'jump':
      return false;
    case 'if': {
      m.evaluate(statement.test, env);
      const [yes, no] = [env.clone(), env.clone()];
      m.refine(statement.test, true, yes);
      m.refine(statement.test, false, no);
      if (isAbsent(m, statement.test, env)) {
        const goesOn = m.execute(statement.no, no);
        env.takeOver(no);
        return goesOn;
      }
      return merge(env, [yes, m.execute(statement.yes, yes)], [no, m.execute(statement.no, no)]);
    }
    case 'while':
      return loop(
        m,
        env,
        (inner) => {
          if (statement.test) {
            m.evaluate(statement.test, inner);
            m.refine(statement.test, true, inner);
          }
          return m.execute(statement.body, inner);
        },
        statement.after,
      );
    case 'each': {
      const iterable = m.evaluate(statement.iterable, env);
      return loop(
        m,
        env,
        (inner) => {
          m.bind(statement.target, statement.overKeys ? derived(iterable) : elementOf(iterable, '[]'), inner);
          return m.execute(statement.body, inner);
        },
        statement.after,
      );
    }
    case 'try':
      return tryStatement(m, statement, env);
    case 'with':
      for (const { value, target } of statement.items) {
        const held = m.evaluate(value, env);
        if (target) m.bind(target, held, env);
      }
      return m.execute(statement.body, env);
    case 'switch':
      return switchStatement(m, statement, env);
    case 'assert':
      m.evaluate(statement.test, env);
      m.refine(statement.test, true, env);
      return true;
    case 'function':
      env.vars.set(statement.fn.name, { ...named(statement.fn.name), fn: statement.fn });
      for (const decorator of statement.fn.decorators) m.evaluate(decorator, env);
      m.enter(statement.fn, env, { owner: null, isRoot: false, isRoute: false, first: [] });
      return true;
    case 'class':
      for (const member of statement.cls.body) {
        if (member.kind === 'function')
          m.enter(member.fn, env, { owner: statement.cls, isRoot: m.frames.length === 0, isRoute: false, first: [] });
        else executeOne(m, member, env);
      }
      return true;
    case 'block':
      return m.execute(statement.body, env);
    case 'import':
      for (const { local } of statement.names) env.vars.delete(local);
      return true;
    case 'delete':
    case 'enum':
      return true;
  }
}

/** A parameter for which this call gives null, or nothing where null is the default. */
function isAbsent({ frames }: Machine, test: Expr, env: Env): boolean {
  const frame = frames.at(-1);
  if (test.kind !== 'name' || !frame?.fn || frame.loops > 0) return false;
  const { name } = test;
  return env.vars.get(name)?.constant === null && frame.fn.params.some(({ target }) => target.kind === 'name' && target.name === name);
}

function assign(m: Machine, statement: Extract<Stmt, { kind: 'assign' }>, env: Env): boolean {
  let value = m.evaluate(statement.value, env);
  for (const target of statement.targets) {
    if (statement.op !== null) value = combineForAssign(m, target, value, statement.op, env);
    const ref = target.kind === 'member' ? (m.evaluate(target.object, env).ref ?? '?') : null;
    if (ref !== null && target.kind === 'member') {
      const name = `${ref}.${target.name}`;
      if (/^(@context|@response)\.(type|contentType|content_type)$/.test(name)) noteType(value.constant, env);
      checkAssign(m, target, name, value, statement, env);
    }
    if (target.kind === 'index' && target.object.kind === 'index' && target.object.key && m.module.language === 'typescript') {
      const holder = m.evaluate(target.object.object, env);
      if (holder.ref?.endsWith('()') !== true) checkAssign(m, target, '[][]', m.evaluate(target.object.key, env), statement, env);
    }
    m.bind(target, value, env);
  }
  return true;
}

/** A type that is not known says nothing. */
function noteType(type: Value['constant'], env: Env): void {
  if (type === undefined) return;
  const isHtml = /html/.test(String(type));
  env.facts.add(isHtml ? 'html' : 'not html');
  env.facts.delete(isHtml ? 'not html' : 'html');
}

export function bindTarget(m: Machine, target: Expr, value: Value, env: Env): void {
  switch (target.kind) {
    case 'name':
      forget(target.name, env);
      env.vars.set(target.name, value);
      return;
    case 'member': {
      const path = pathOf(target);
      if (path !== null) env.vars.set(path, value);
      return;
    }
    case 'index': {
      // A container that got something from outside holds it from now on.
      const path = pathOf(target.object);
      if (path === null || value.taints.length === 0) return;
      const before = m.evaluate(target.object, env);
      const key = target.key && m.evaluate(target.key, env);
      const fields = new Map(before.fields ?? []);
      fields.set(typeof key?.constant === 'string' ? key.constant : '[]', value);
      env.vars.set(path, { ...before, fields });
      return;
    }
    case 'list':
      for (const [at, item] of target.items.entries())
        m.bind(item, item.kind === 'spread' ? derived(value) : elementOf(value, String(at)), env);
      return;
    case 'object':
      for (const { name, value: inner } of target.entries) {
        if (name === null) m.bind(inner, value, env);
        else m.bind(inner, memberValue(value, name), env);
      }
      return;
    case 'assign': {
      const fallback = m.evaluate(target.value, env);
      m.bind(target.target, value.constant === undefined && value.taints.length === 0 && value.ref === null ? fallback : value, env);
      return;
    }
    case 'spread':
      m.bind(target.value, value, env);
      return;
    default:
  }
}

function memberValue(value: Value, name: string): Value {
  const found = elementOf(value, name);
  if (found.taints.length > 0 || value.ref === null) return found;
  return { ...found, ref: `${value.ref}.${name}` };
}

/** What was known of `x.y` is not true of another `x`. */
function forget(name: string, env: Env): void {
  const prefix = `${name}.`;
  for (const path of [...env.vars.keys()]) if (path.startsWith(prefix)) env.vars.delete(path);
}

/** `validateUrl(url);` that returned has let its argument pass. */
function believe(m: Machine, expr: Expr, env: Env): void {
  const call = expr.kind === 'await' ? expr.value : expr;
  if (call.kind !== 'call') return;
  const name = calleeName(call);
  const sense = isGuardName(name);
  const ref = m.evaluateRef(call.callee, env);
  const mask = m.rules.allows.find(ref).reduce((all, bit) => all | bit, 0);
  const involved = call.args.map(({ value }) => m.evaluateQuietly(value, env));
  if (sense === 'cleans' || mask !== 0) {
    for (const { taints } of involved) for (const { label } of taints) env.clear(label, mask || ALL_KINDS);
  }
  staysWithin(m, call, env);
}

/** `full.relative_to(root)` raises for what lies outside. */
function staysWithin(m: Machine, expr: Expr, env: Env): void {
  if (expr.kind !== 'call' || expr.callee.kind !== 'member' || expr.callee.name !== 'relative_to') return;
  const holder = m.evaluateQuietly(expr.callee.object, env);
  if (holder.normal) for (const { label } of holder.taints) env.clear(label, bitOf('path'));
}

const leaving = /^(process\.exit|sys\.exit|exit|quit|os\._exit|abort|flask\.abort|pytest\.fail|notFound)$|^(ctx|context|c)\.throw$/;

function neverReturns(expr: Expr): boolean {
  return expr.kind === 'call' && leaving.test(pathOf(expr.callee) ?? '');
}

function merge(env: Env, [a, aGoesOn]: [Env, boolean], [b, bGoesOn]: [Env, boolean]): boolean {
  if (aGoesOn && bGoesOn) env.become(a, b);
  else if (aGoesOn) env.takeOver(a);
  else if (bGoesOn) env.takeOver(b);
  return aGoesOn || bGoesOn;
}

function loop(m: Machine, env: Env, round: (inner: Env) => boolean, after: readonly Stmt[]): boolean {
  const frame = m.frames.at(-1);
  const depth = frame?.loops ?? 0;
  if (frame) frame.loops += 1;
  // Twice, because a value of the first round can reach a sink in the second; deep inside of loops once.
  for (let times = depth < MAX_LOOPS ? 2 : 1; times > 0; times -= 1) {
    const inner = env.clone();
    round(inner);
    env.become(env.clone(), inner);
  }
  if (frame) frame.loops -= 1;
  return m.execute(after, env);
}

function tryStatement(m: Machine, { body, handlers, orElse, final }: Extract<Stmt, { kind: 'try' }>, env: Env): boolean {
  const before = env.clone();
  const inner = env.clone();
  const goesOn = m.execute(body, inner) && m.execute(orElse, inner);
  let state: [Env, boolean] = [inner, goesOn];
  for (const handler of handlers) {
    // Anything in the body may have failed: what it assigned may be there, what it checked is not proved.
    const start = before.clone();
    for (const [name, value] of inner.vars) {
      const old = start.vars.get(name);
      start.vars.set(name, old ? join(old, value) : value);
    }
    if (handler.name) start.vars.set(handler.name, nothing);
    const handled = m.execute(handler.body, start);
    const both = env.clone();
    const reached = merge(both, state, [start, handled]);
    state = [both, reached];
  }
  env.takeOver(state[0]);
  return m.execute(final, env) && state[1];
}

function switchStatement(m: Machine, { subject, cases }: Extract<Stmt, { kind: 'switch' }>, env: Env): boolean {
  const value = m.evaluate(subject, env);
  const start = env.clone();
  let state: [Env, boolean] = [env.clone(), !cases.some(({ isDefault }) => isDefault)];
  for (const { tests, isDefault, body } of cases) {
    const inner = start.clone();
    const constant = tests.length > 0 && tests.every((test) => test.kind === 'literal');
    if (constant && !isDefault) for (const { label } of value.taints) inner.clear(label, ALL_KINDS);
    const goesOn = m.execute(body, inner) || body.at(-1)?.kind === 'jump';
    const both = env.clone();
    state = [both, merge(both, state, [inner, goesOn])];
  }
  env.takeOver(state[0]);
  return state[1];
}
