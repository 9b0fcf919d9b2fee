import type { Expr } from '../ir.js';
import type { Env } from './env.js';
import type { CallArguments, Machine } from './machine.js';
import type { Sink } from './rule.js';
import { OUTSIDE, type Taint, type Value } from './values.js';

type Call = Extract<Expr, { kind: 'call' }>;

/** In the arguments of a sink: what the method is called on. No argument of Python or of a script can have this name. */
const RECEIVER = '<receiver>';

/** The argument a rule names: a place, a keyword, what the method is called on, or a member of one of them (`0.url`, `1.2`). */
function argumentAt({ places, names, receiver }: CallArguments, path: string): Value | undefined {
  const [head = '', ...rest] = path.split('.');
  let value = /^\d+$/.test(head) ? places[Number(head)] : head === RECEIVER ? (receiver ?? undefined) : names.get(head);
  for (const part of rest) value = value?.fields?.get(part);
  return value;
}

export function checkCall(m: Machine, expr: Call, ref: string | null, args: CallArguments, env: Env): void {
  for (const found of m.rules.calls.find(ref)) {
    const { sink, bit, rule } = found;
    if (!applies(sink, args, env) || expr.tagged) continue;
    for (const path of sink.args) {
      const value = argumentAt(args, path);
      const taint = value && dangerous(value, sink, bit, rule.flow.origins, env);
      if (!taint) continue;
      const argument = expr.args.find(({ name }, at) => (name ?? String(at)) === path.split('.')[0]);
      m.report(found, { start: expr.start, end: argument?.value.end ?? expr.end }, taint, shown(expr.callee));
      break;
    }
  }
}

export function checkAssign(
  m: Machine,
  target: Expr,
  ref: string | null,
  value: Value,
  at: { start: number; end: number },
  env: Env,
): void {
  for (const found of m.rules.assigns.find(ref)) {
    if (!isOnTheWay(found.sink, env)) continue;
    const taint = dangerous(value, found.sink, found.bit, found.rule.flow.origins, env);
    if (taint) m.report(found, at, taint, shown(target));
  }
}

export function checkReturn(m: Machine, framework: 'flask' | 'koa', value: Value, at: { start: number; end: number }, env: Env): void {
  for (const found of m.rules.returns) {
    if (!found.sink.returns?.includes(framework)) continue;
    const taint = dangerous(value, found.sink, found.bit, found.rule.flow.origins, env);
    if (taint) m.report(found, at, taint, 'the answer');
  }
}

const isOnTheWay = ({ unless_fact, only_fact }: Sink, { facts }: Env): boolean =>
  (unless_fact === undefined || !facts.has(unless_fact)) && (only_fact === undefined || facts.has(only_fact));

function applies(sink: Sink, args: CallArguments, env: Env): boolean {
  if (!isOnTheWay(sink, env)) return false;
  for (const [path, wanted] of Object.entries(sink.when ?? {})) if (argumentAt(args, path)?.constant !== wanted) return false;
  for (const [path, pattern] of Object.entries(sink.when_text ?? {})) {
    const text = argumentAt(args, path)?.shape;
    if (text === undefined || !new RegExp(pattern, 'is').test(text)) return false;
  }
  return !(sink.unless ?? []).some((path) => argumentAt(args, path) !== undefined);
}

/** The source that reaches the sink as it came, if there is one. */
function dangerous(value: Value, sink: Sink, bit: number, wanted: readonly string[], env: Env): Taint | undefined {
  if (value.taints.length === 0 || !value.shape.includes(OUTSIDE)) return undefined;
  if (sink.shape !== undefined && !new RegExp(sink.shape, 'is').test(value.shape)) return undefined;
  if (sink.unless_shape !== undefined && new RegExp(sink.unless_shape, 'is').test(value.shape)) return undefined;
  return value.taints.find(
    ({ label, origin, clean }) =>
      wanted.includes(origin) &&
      (clean & bit) === 0 &&
      !env.isCleared(label, bit) &&
      !(sink.unless_label !== undefined && new RegExp(sink.unless_label, 'i').test(label)) &&
      (sink.only_label === undefined || new RegExp(sink.only_label, 'i').test(label)),
  );
}

function shown(expr: Expr): string {
  if (expr.kind === 'name') return expr.name;
  if (expr.kind === 'member') return `${shown(expr.object)}.${expr.name}`;
  if (expr.kind === 'call') return `${shown(expr.callee)}()`;
  if (expr.kind === 'index') return `${shown(expr.object)}[…]`;
  return '…';
}
