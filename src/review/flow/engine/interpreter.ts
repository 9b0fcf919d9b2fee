import type { Budget } from '../budget.js';
import type { ClassIr, Expr, FunctionIr, Stmt } from '../ir.js';
import { refineBy } from './conditions.js';
import { Env } from './env.js';
import { evaluateExpr, memberValue, pathOf } from './evaluate.js';
import { bindTarget, executeAll } from './execute.js';
import type { CallArguments, CompiledRules, FlowHit, Frame, Hints, Machine, ModuleFacts } from './machine.js';
import { settled } from './members.js';
import { prototypeOf } from './module.js';
import { parameterValues, routeOf } from './sources.js';
import { join, nothing, type Taint, type Value } from './values.js';

const MAX_RUNS = 6;
/** A handler, the function it calls, that one's helper, and its small helper. */
const MAX_CALLS = 3;
/** With the callbacks in between. */
const MAX_FRAMES = 10;

/** Runs the functions of one file on values of which only their origin is known. */
export class Interpreter implements Machine {
  readonly globals = new Map<string, Value>();
  readonly frames: Frame[] = [];
  readonly runs = new Map<FunctionIr, number>();
  readonly hits = new Map<string, FlowHit>();
  readonly #results = new Map<FunctionIr, Value>();
  readonly #fields = new Map<ClassIr, Map<string, Value>>();
  #quiet = 0;

  constructor(
    readonly module: ModuleFacts,
    readonly rules: CompiledRules,
    readonly budget: Budget,
  ) {}

  /** The statements of the module, then each function that `wanted` says is worth it. */
  runModule(wanted: (fn: FunctionIr) => boolean): void {
    const env = new Env(this.globals);
    const later: [FunctionIr, Hints][] = [];
    const split = (body: readonly Stmt[]): Stmt[] =>
      body.filter((statement) => {
        if (statement.kind === 'function') {
          later.push([statement.fn, { owner: null, isRoot: true, isRoute: false, first: [] }]);
          return false;
        }
        if (statement.kind === 'class') {
          for (const member of statement.cls.body) {
            const fn = functionOf(member);
            if (fn) later.push([fn, { owner: statement.cls, isRoot: true, isRoute: false, first: [] }]);
          }
          return false;
        }
        const fn = functionOf(statement);
        if (fn && statement.kind === 'assign') {
          later.push([fn, { owner: this.#prototypeOf(statement), isRoot: true, isRoute: false, first: [] }]);
          for (const target of statement.targets) if (target.kind === 'name') this.globals.set(target.name, { ...nothing, fn });
          return false;
        }
        return true;
      });
    this.execute(split(this.module.body), env);
    for (const [fn, hints] of later) if (wanted(fn)) this.enter(fn, new Env(), hints);
  }

  evaluate(expr: Expr, env: Env): Value {
    return this.budget.nested(() => evaluateExpr(this, expr, env));
  }

  member(expr: Extract<Expr, { kind: 'member' }>, object: Value, env: Env): Value {
    return memberValue(this, expr, object, env);
  }

  /** Without reporting again what was reported when the statement ran. */
  evaluateQuietly(expr: Expr, env: Env): Value {
    this.#quiet += 1;
    try {
      return this.evaluate(expr, env);
    } finally {
      this.#quiet -= 1;
    }
  }

  evaluateRef(callee: Expr, env: Env): string | null {
    return this.evaluateQuietly(callee, env).ref ?? (callee.kind === 'member' ? `?.${callee.name}` : null);
  }

  execute(body: readonly Stmt[], env: Env): boolean {
    return executeAll(this, body, env);
  }

  bind(target: Expr, value: Value, env: Env): void {
    bindTarget(this, target, value, env);
  }

  refine(test: Expr, truth: boolean, env: Env): void {
    this.#quiet += 1;
    try {
      this.budget.nested(() => refineBy(this, test, truth, env));
    } finally {
      this.#quiet -= 1;
    }
  }

  enter(fn: FunctionIr, env: Env, hints: Hints): Value {
    const runs = this.runs.get(fn) ?? 0;
    if (runs >= MAX_RUNS || (this.#quiet > 0 && runs > 0)) return nothing;
    this.runs.set(fn, runs + 1);
    const inner = env.clone();
    const values = parameterValues(fn, this.module, hints, this.rules.origins);
    for (const [at, param] of fn.params.entries()) this.bind(param.target, values[at] ?? nothing, inner);
    if (hints.owner && hints.isRoot) for (const [path, value] of this.#fieldsOf(hints.owner, fn)) inner.vars.set(path, value);
    const route = this.module.language === 'python' ? routeOf(fn) : null;
    const flask = route?.framework === 'flask' && /\b(flask|quart|bottle)\b/i.test(this.module.text);
    const exits: Env[] = [];
    const owner = hints.owner ?? this.frames.at(-1)?.owner ?? null;
    const depth = this.frames.at(-1)?.depth ?? 0;
    const result = this.#run(fn, inner, { owner, answers: flask ? 'flask' : null, depth }, exits);
    if (hints.isStep) provedBy(exits, env);
    return result;
  }

  #prototypeOf({ targets }: Extract<Stmt, { kind: 'assign' }>): ClassIr | null {
    const owner = targets[0] ? prototypeOf(targets[0]) : null;
    return owner === null ? null : (this.module.prototypes.get(owner) ?? null);
  }

  /** What the constructor of a class leaves in its fields of what it was given. */
  #fieldsOf(owner: ClassIr, fn: FunctionIr): Map<string, Value> {
    const known = this.#fields.get(owner);
    if (known) return known;
    const fields = new Map<string, Value>();
    this.#fields.set(owner, fields);
    if (!this.rules.origins.has('param')) return fields;
    const made = owner.body
      .flatMap((member) => (member.kind === 'function' ? [member.fn] : []))
      .find(({ name }) => /^(constructor|__init__)$/.test(name));
    if (!made || made === fn || made.params.length === 0) return fields;
    const env = new Env();
    const hints: Hints = { owner, isRoot: true, isRoute: false, first: [] };
    const values = parameterValues({ ...made, name: 'make', exported: true }, this.module, hints, this.rules.origins);
    this.#quiet += 1;
    try {
      for (const [at, param] of made.params.entries()) {
        this.bind(param.target, values[at] ?? nothing, env);
        if (param.isField && param.target.kind === 'name') env.vars.set(`this.${param.target.name}`, values[at] ?? nothing);
      }
      this.#run(made, env, { owner, answers: null, depth: 0 });
    } finally {
      this.#quiet -= 1;
    }
    for (const [path, value] of env.vars) if (/^(self|this)\./.test(path) && value.taints.length > 0) fields.set(path, value);
    return fields;
  }

  call(fn: FunctionIr, { places, names }: CallArguments, env: Env): Value {
    const isMethod = fn.params[0]?.target.kind === 'name' && /^(self|cls)$/.test(fn.params[0].target.name);
    const holdsSource = [...places, ...names.values()].some(({ taints }) => taints.length > 0) || holdsFields(env);
    const runs = this.runs.get(fn) ?? 0;
    const depth = (this.frames.at(-1)?.depth ?? 0) + 1;
    if (depth > MAX_CALLS || this.frames.length >= MAX_FRAMES || this.frames.some((frame) => frame.fn === fn) || runs >= MAX_RUNS * 4)
      return nothing;
    // Without a source in its arguments a function gives the same each time.
    const known = holdsSource ? undefined : this.#results.get(fn);
    if (known) return known;
    this.runs.set(fn, runs + 1);
    const inner = env.clone();
    for (const [at, param] of fn.params.entries()) {
      const place = isMethod ? at - 1 : at;
      const name = param.target.kind === 'name' ? param.target.name : '';
      const value = names.get(name) ?? (param.rest === 'list' ? places.slice(place)[0] : places[place]);
      if (value) this.bind(param.target, value, inner);
      else if (place >= 0) this.bind(param.target, param.fallback ? this.evaluate(param.fallback, inner) : nothing, inner);
    }
    const owner = this.frames.at(-1)?.owner ?? null;
    const exits: Env[] = [];
    const result = this.#run(fn, inner, { owner, answers: null, depth }, exits);
    if (!holdsSource) this.#results.set(fn, result);
    provedBy(exits, env);
    return result;
  }

  #run(fn: FunctionIr, env: Env, { owner, answers, depth }: Pick<Frame, 'owner' | 'answers' | 'depth'>, exits: Env[] = []): Value {
    const frame: Frame = { fn, owner, answers, returns: [], loops: 0, depth };
    this.frames.push(frame);
    try {
      if (this.execute(fn.body(), env)) exits.push(env);
    } finally {
      this.frames.pop();
    }
    exits.push(...frame.returns.map((way) => way.env));
    return (
      frame.returns
        .map(({ value, env: way }) => settled(value, way))
        .reduce<Value | null>((all, value) => (all ? join(all, value) : value), null) ?? nothing
    );
  }

  report(found: Parameters<Machine['report']>[0], { start, end }: { start: number; end: number }, taint: Taint, sinkName: string): void {
    if (this.#quiet > 0) return;
    const { id } = found.rule;
    const key = `${id} ${start}`;
    if (this.hits.has(key)) return;
    this.hits.set(key, { rule: id, start, end, message: `${taint.label} reaches ${sinkName}` });
  }
}

/** What every way out of a function has checked is checked for what comes after it as well. */
function provedBy([first, ...others]: readonly Env[], env: Env): void {
  for (const [label, mask] of first?.cleared ?? []) {
    const both = others.reduce((all, exit) => all & (exit.cleared.get(label) ?? 0), mask);
    if (both !== 0) env.clear(label, both);
  }
}

function holdsFields({ vars }: Env): boolean {
  for (const [path, { taints }] of vars) if (taints.length > 0 && /^(self|this)\./.test(path)) return true;
  return false;
}

/** The function a statement of a module or class defines: `def f`, `const f = () => …`, `exports.f = function …`. */
function functionOf(statement: Stmt): FunctionIr | null {
  if (statement.kind === 'function') return statement.fn;
  if (statement.kind !== 'assign' || statement.value.kind !== 'function') return null;
  const { fn } = statement.value;
  const [target] = statement.targets;
  if (target?.kind === 'member') {
    const path = pathOf(target) ?? '';
    if (/^(module\.)?exports\b|\.prototype\./.test(path)) fn.exported = true;
    if (fn.name === '') fn.name = target.name;
  }
  return fn;
}
