import type { Expr } from '../ir.js';
import { BEGINS_WITH_SLASH, type Env, NOT_TWO_SLASHES } from './env.js';
import { isGuardName } from './guard-names.js';
import type { Machine } from './machine.js';
import { bitsFor } from './names.js';
import { ALL_KINDS, bitOf } from './rule.js';
import { UNKNOWN, type Value } from './values.js';

/**
 * What a condition proves. A check of anything that was made from a source counts as a check of that source: whoever compares the
 * host of an address with a list has thought of it.
 */
export function refineBy(m: Machine, test: Expr, truth: boolean, env: Env): void {
  switch (test.kind) {
    case 'unary':
      if (test.op === 'not') m.refine(test.operand, !truth, env);
      return;
    case 'await':
      m.refine(test.value, truth, env);
      return;
    case 'assign':
      m.refine(test.value, truth, env);
      return;
    case 'binary':
      refineBinary(m, test, truth, env);
      return;
    case 'call':
      refineCall(m, test, truth, env);
      return;
    case 'member':
    case 'name': {
      const name = test.kind === 'member' ? test.name : test.name;
      const sense = isGuardName(name);
      const value = m.evaluate(test.kind === 'member' ? test.object : test, env);
      if ((sense === 'allows' && truth) || (sense === 'denies' && !truth)) clear(value, ALL_KINDS, env);
      if (test.kind === 'member' && !truth && /^(netloc|host|hostname)$/.test(name)) clear(m.evaluate(test, env), NOT_TWO_SLASHES, env);
      if (test.kind === 'name' && value.tests.length > 0) refineFlag(m, name, value, truth, env);
      return;
    }
    default:
  }
}

/** A flag is asked for: what its condition proves counts here. */
function refineFlag(m: Machine, name: string, flag: Value, truth: boolean, env: Env): void {
  for (const { expr, when } of flag.tests) {
    if (when !== 'both' && when !== truth) continue;
    const inner = env.clone();
    // The condition may speak of an earlier value of the same name.
    inner.vars.set(name, { ...flag, tests: [] });
    m.refine(expr, truth, inner);
    for (const [label, mask] of inner.cleared) env.clear(label, mask);
  }
}

const comparison = /^(==|!=|in|not in|is|is not|<|>|<=|>=)$/;

function refineBinary(m: Machine, { op, left, right }: Extract<Expr, { kind: 'binary' }>, truth: boolean, env: Env): void {
  if (op === 'and' || op === 'or') {
    // `a and b` being false says that one of them is; that both were meant as a check is what people write: `if (x && !ok(x)) return`.
    m.refine(left, truth, env);
    m.refine(right, truth, env);
    return;
  }
  if (!comparison.test(op)) return;
  const [a, b] = [m.evaluate(left, env), m.evaluate(right, env)];
  // `x.indexOf('..') === -1`, `commonpath([root, full]) == root`, `relative(root, full).startsWith('..')`
  if (refineSearch(m, left, op, b, truth, env) || refineSearch(m, right, op, a, truth, env)) return;
  if (op === 'in' || op === 'not in') {
    const inside = (op === 'in') === truth;
    if (a.taints.length > 0 && b.taints.length === 0 && inside) clear(a, ALL_KINDS, env);
    if (b.taints.length > 0 && a.constant !== undefined && !inside && isTraversal(a.constant)) clear(b, bitOf('path'), env);
    if (right.kind === 'member' && right.name === 'parents') {
      // `root in path.parents`: of a path that was not resolved the folders are those it was written with, `..` and all.
      if (isOwnRoot(a) && inside && m.evaluate(right.object, env).normal) clear(b, bitOf('path'), env);
    } else if (b.taints.length > 0 && a.taints.length === 0 && (a.constant === undefined || a.normal) && inside)
      clear(b, bitOf('path'), env);
    return;
  }
  const equal = (op === '==' || op === 'is') === truth;
  if ((op === '==' || op === '!=' || op === 'is' || op === 'is not') && equal) {
    for (const [one, other, made] of [
      [a, b, left],
      [b, a, right],
    ] as const) {
      if (one.taints.length > 0 && other.taints.length === 0 && !isEmpty(other)) clear(one, ALL_KINDS, env);
      // `os.path.basename(name) == name`: what makes it harmless would change nothing.
      const mask = made.kind === 'call' ? cleaningMask(m, made, env) : 0;
      for (const { label } of one.taints) if (mask !== 0 && other.taints.some((taint) => taint.label === label)) env.clear(label, mask);
    }
  }
}

const cleaningMask = (m: Machine, { callee }: Extract<Expr, { kind: 'call' }>, env: Env): number =>
  bitsFor(m.rules.sanitizers, m.evaluateRef(callee, env));

/** The folder that a path is compared with may be what the program's own caller gives, not what a request does. */
const isOwnRoot = ({ taints }: Value): boolean => taints.every(({ origin }) => origin === 'param');

const isTraversal = (text: unknown): boolean => typeof text === 'string' && /\.\.|^[/\\]$/.test(text);
/** `/srv/public` is also the beginning of `/srv/public-restricted`. */
const isOpenEnded = ({ constant, normal, shape }: Value): boolean =>
  (typeof constant === 'string' || normal) && !/[/\\]$/.test(shape) && !shape.endsWith(UNKNOWN) && shape !== '';
const isEmpty = ({ constant }: Value): boolean => constant === null || constant === '' || typeof constant === 'boolean';

/** Searches whose result is a number, and comparisons of paths. */
function refineSearch(m: Machine, call: Expr, op: string, other: Value, truth: boolean, env: Env): boolean {
  if (call.kind !== 'call') return false;
  const name = calleeName(call);
  if ((name === 'indexOf' || name === 'find' || name === 'lastIndexOf' || name === 'search') && typeof other.constant === 'number') {
    const found = ((op === '!=' || op === '>' || op === '>=') && other.constant <= 0 && !(op === '!=' && other.constant === 0)) === truth;
    const at = op === '==' && other.constant === 0 ? truth : found;
    // `full.indexOf(root) === 0` is the startsWith of its day.
    if (name === 'indexOf' && other.constant === 0 && (op === '==' || op === '!=') && call.callee.kind === 'member')
      refinePrefix(m, m.evaluate(call.callee.object, env), call, at, env);
    else refineMembership(m, call, at, env);
    return true;
  }
  if (/^(commonpath|relative)$/.test(name)) {
    for (const { value } of call.args) clear(m.evaluate(value, env), bitOf('path'), env);
    return true;
  }
  return false;
}

/** `ALLOWED.includes(x)` lets x pass; `x.includes('..')` speaks against it. */
function refineMembership(m: Machine, call: Extract<Expr, { kind: 'call' }>, truth: boolean, env: Env): void {
  if (call.callee.kind !== 'member') return;
  const holder = m.evaluate(call.callee.object, env);
  const [first] = call.args.map(({ value }) => m.evaluate(value, env));
  if (!first) return;
  if (holder.taints.length === 0 && first.taints.length > 0 && truth) clear(first, ALL_KINDS, env);
  if (holder.taints.length > 0 && !truth && isTraversal(first.constant)) clear(holder, bitOf('path'), env);
}

function refineCall(m: Machine, call: Extract<Expr, { kind: 'call' }>, truth: boolean, env: Env): void {
  const name = calleeName(call);
  const target = m.evaluate(call.callee, env);
  const holder = call.callee.kind === 'member' ? m.evaluate(call.callee.object, env) : null;
  const args = call.args.map(({ value }) => m.evaluate(value, env));
  const involved = [...args, ...(holder ? [holder] : [])];
  const ref = target.ref ?? `?.${name}`;
  const allowed = bitsFor(m.rules.allows, ref);
  const denied = bitsFor(m.rules.denies, ref);
  for (const value of involved) {
    if (truth && allowed) clear(value, allowed, env);
    if (!truth && denied) clear(value, denied, env);
  }
  if (/^(includes|has|contains|indexOf|__contains__)$/.test(name)) {
    refineMembership(m, call, truth, env);
    return;
  }
  if (/^(startsWith|startswith)$/.test(name) && holder) {
    refinePrefix(m, holder, call, truth, env);
    return;
  }
  if (/^(endsWith|endswith)$/.test(name) && holder) {
    const suffix = args[0]?.constant;
    if (truth && typeof suffix === 'string' && /^\.[\w-]+\./.test(suffix)) clear(holder, bitOf('url') | bitOf('redirect'), env);
    return;
  }
  if (name === 'is_relative_to' || name === 'isRelativeTo') {
    if (truth && holder?.normal) clear(holder, bitOf('path'), env);
    return;
  }
  if (name === 'relative_to') return;
  if (/^(test|match|fullmatch|search)$/.test(name)) {
    refinePattern(call, args, holder, truth, env);
    return;
  }
  if (/^(isalnum|isalpha|isdigit|isnumeric|isdecimal|isidentifier|isInteger|isSafeInteger|isFinite|isUUID|isInt)$/.test(name)) {
    if (truth) for (const value of involved) clear(value, ALL_KINDS, env);
    return;
  }
  if (name === 'isNaN' && !truth) for (const value of args) clear(value, ALL_KINDS, env);
  if (target.fn && m.frames.length < 4) refineByBody(m, target.fn, call, truth, env);
  const sense = isGuardName(name);
  // `safe_filename(name)` gives a name, or, where it is asked in a condition, an answer.
  const asks = sense === 'allows' || (sense === 'cleans' && /^_*(is_?)?(safe|secure|valid|check|verif|ensure|allow|inside)/i.test(name));
  const passes = sense === 'denies' ? !truth : asks && truth;
  if (passes) for (const value of involved) clear(value, ALL_KINDS, env);
}

/** A function of the same file that says yes or no: what its own conditions prove counts here. */
function refineByBody(m: Machine, fn: NonNullable<Value['fn']>, call: Extract<Expr, { kind: 'call' }>, truth: boolean, env: Env): void {
  const inner = env.clone();
  for (const [at, param] of fn.params.entries()) {
    const argument = call.args[at];
    if (argument) m.bind(param.target, m.evaluate(argument.value, env), inner);
  }
  const before = (m.runs.get(fn) ?? 0) + 1;
  if (before > 40) return;
  m.runs.set(fn, before);
  const frame = { fn, owner: null, answers: null, returns: [], loops: 0, depth: m.frames.at(-1)?.depth ?? 0 } as Machine['frames'][number];
  m.frames.push(frame);
  try {
    m.execute(fn.body(), inner);
  } finally {
    m.frames.pop();
  }
  let common: Map<string, number> | null = null;
  for (const { expr, env: at } of frame.returns) {
    if (!expr || (expr.kind === 'literal' && Boolean(expr.value) !== truth)) continue;
    const proved = at.clone();
    m.frames.push({ ...frame, returns: [] });
    m.refine(expr, truth, proved);
    m.frames.pop();
    if (common === null) common = new Map(proved.cleared);
    else for (const [label, mask] of common) common.set(label, mask & (proved.cleared.get(label) ?? 0));
  }
  for (const [label, mask] of common ?? []) if (mask !== 0) env.clear(label, mask);
}

/** The beginning of a path tells something when `..` was taken out before; that of an address when it holds the host. */
function refinePrefix(m: Machine, holder: Value, call: Extract<Expr, { kind: 'call' }>, truth: boolean, env: Env): void {
  const prefix = call.args[0] ? m.evaluate(call.args[0].value, env) : undefined;
  if (!prefix) return;
  if (prefix.constant === '/' && truth) clear(holder, BEGINS_WITH_SLASH, env);
  if ((prefix.constant === '//' || prefix.constant === '/\\') && !truth) clear(holder, NOT_TWO_SLASHES, env);
  if (isTraversal(prefix.constant) && prefix.constant !== '/') {
    // Of a path as it was written, `..` may stand anywhere; `relative(root, full)` has it at its beginning only.
    if (!truth && (holder.normal || holder.ref?.endsWith('()'))) clear(holder, bitOf('path'), env);
    return;
  }
  if (!truth) return;
  // Of an address that was taken apart: its path begins with our own.
  if (prefix.taints.length === 0) for (const { label } of holder.taints) env.clear(label.replace(/\.path$/, ''), BEGINS_WITH_SLASH);
  if (holder.normal || m.module.language === 'typescript') {
    if (holder.normal && !isOpenEnded(prefix)) clear(holder, bitOf('path'), env);
  }
  if (typeof prefix.constant === 'string') {
    if (/^https?:\/\/[^/?#]+\//i.test(prefix.constant)) clear(holder, bitOf('url') | bitOf('redirect'), env);
    // `startsWith('/')` alone lets `//evil.example` pass; together with a check for `//` it does not.
    if (/^\/[^/\\]/.test(prefix.constant)) clear(holder, bitOf('redirect'), env);
  } else if (prefix.taints.length === 0) clear(holder, bitOf('url') | bitOf('redirect'), env);
}

/** A regular expression is a check unless it only looks at the scheme. */
function refinePattern(call: Extract<Expr, { kind: 'call' }>, args: Value[], holder: Value | null, truth: boolean, env: Env): void {
  const patternExpr =
    call.callee.kind === 'member' && call.callee.object.kind === 'pattern'
      ? call.callee.object
      : call.args.find(({ value }) => value.kind === 'pattern')?.value;
  const written =
    patternExpr?.kind === 'pattern' ? patternExpr.source : args.find(({ constant }) => typeof constant === 'string')?.constant;
  const values = [...args, ...(holder ? [holder] : [])];
  if (typeof written === 'string') {
    // In a path that is put together there are no `..` to look for.
    if (holder?.normal && /^[\^$()|?:\\/.[\]*+]+$/.test(written)) return;
    const rest = written.replace(/^\^?\(?\??:?https?\\?\??:?(\(s\)\?)?:?(\\?\/){0,2}\)?/i, '');
    if (/^\^?\(?(https?|http\(s\))/.test(written) && !/[a-z]{2}/i.test(rest)) return;
    const anchored = written.startsWith('^') || /fullmatch|match/.test(calleeName(call));
    if (!anchored) {
      if (!truth) for (const value of values) clear(value, ALL_KINDS, env);
      return;
    }
  }
  // Of a pattern that is not written here nobody can say in which sense it is meant.
  for (const value of values) clear(value, ALL_KINDS, env);
}

function clear({ taints }: Value, mask: number, env: Env): void {
  if (mask === 0) return;
  for (const { label } of taints) env.clear(label, mask);
}

export function calleeName(call: Extract<Expr, { kind: 'call' }>): string {
  const { callee } = call;
  return callee.kind === 'member' || callee.kind === 'name' ? callee.name : '';
}
