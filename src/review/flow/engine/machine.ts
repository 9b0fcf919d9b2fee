import type { Language } from '../../languages.js';
import type { Budget } from '../budget.js';
import type { ClassIr, Expr, FunctionIr, Stmt } from '../ir.js';
import type { Env } from './env.js';
import { NameTable } from './names.js';
import { bitOf, type FlowRule, type Origin, type Sink } from './rule.js';
import type { Taint, Value } from './values.js';

interface CompiledSink {
  rule: FlowRule;
  sink: Sink;
  bit: number;
}

/** The rules of one language, looked up by the names they are about. */
export interface CompiledRules {
  calls: NameTable<CompiledSink>;
  assigns: NameTable<CompiledSink>;
  returns: CompiledSink[];
  sanitizers: NameTable<number>;
  allows: NameTable<number>;
  denies: NameTable<number>;
  origins: ReadonlySet<Origin>;
  bits: number;
}

export function compileRules(rules: readonly FlowRule[]): CompiledRules {
  const compiled: CompiledRules = {
    calls: new NameTable(),
    assigns: new NameTable(),
    returns: [],
    sanitizers: new NameTable(),
    allows: new NameTable(),
    denies: new NameTable(),
    origins: new Set(rules.flatMap(({ flow }) => flow.origins)),
    bits: rules.reduce((mask, { flow }) => mask | bitOf(flow.kind), 0),
  };
  for (const rule of rules) {
    const { flow } = rule;
    const bit = bitOf(flow.kind);
    for (const sink of flow.sinks) {
      for (const name of sink.call ?? []) compiled.calls.add(name, { rule, sink, bit });
      for (const name of sink.assign ?? []) compiled.assigns.add(name, { rule, sink, bit });
      if (sink.returns) compiled.returns.push({ rule, sink, bit });
    }
    for (const name of flow.sanitizers ?? []) compiled.sanitizers.add(name, bit);
    for (const name of flow.allows ?? []) compiled.allows.add(name, bit);
    for (const name of flow.denies ?? []) compiled.denies.add(name, bit);
  }
  return compiled;
}

/** The names of one file that all its functions see. */
export interface ModuleFacts {
  language: Language;
  text: string;
  body: Stmt[];
  imports: Map<string, string>;
  functions: Map<string, FunctionIr>;
  classes: Map<string, ClassIr>;
  /** What is put on the prototypes of functions (`Mount.prototype.serve = …`), as if each were a class. */
  prototypes: Map<string, ClassIr>;
  exported: Set<string>;
  /** A Python file that works with one of the web frameworks. */
  hasFramework: boolean;
}

export interface FlowHit {
  rule: string;
  start: number;
  end: number;
  message: string;
}

/** What a call of a function is running in. */
export interface Frame {
  fn: FunctionIr | null;
  owner: ClassIr | null;
  /** The framework whose handler this is, when what it returns is sent to the reader. */
  answers: 'flask' | 'koa' | null;
  returns: { value: Value; expr: Expr | null; env: Env }[];
  loops: number;
  /** How many functions that were called by name it stands in; callbacks do not count. */
  depth: number;
}

export interface CallArguments {
  places: Value[];
  names: Map<string, Value>;
  /** What the method is called on; only sinks ask for it. */
  receiver?: Value | null;
}

/** Everything the interpreter of one file works with; `evaluate`, `execute` and `call` are tied together in interpreter.ts. */
export interface Machine {
  readonly module: ModuleFacts;
  readonly rules: CompiledRules;
  readonly budget: Budget;
  readonly globals: Map<string, Value>;
  readonly frames: Frame[];
  readonly runs: Map<FunctionIr, number>;
  evaluate(expr: Expr, env: Env): Value;
  /** A member of what has been evaluated. */
  member(expr: Extract<Expr, { kind: 'member' }>, object: Value, env: Env): Value;
  /** Without reporting: for what is looked at a second time. */
  evaluateQuietly(expr: Expr, env: Env): Value;
  evaluateRef(callee: Expr, env: Env): string | null;
  execute(body: readonly Stmt[], env: Env): boolean;
  bind(target: Expr, value: Value, env: Env): void;
  /** Lets the environment know what follows from a condition. */
  refine(test: Expr, truth: boolean, env: Env): void;
  /** Runs a function where it is defined, with what its own kind of parameters brings. */
  enter(fn: FunctionIr, env: Env, hints: Hints): Value;
  /** Runs a function of this file with the arguments of a call. */
  call(fn: FunctionIr, args: CallArguments, env: Env): Value;
  report(found: CompiledSink, expr: { start: number; end: number }, taint: Taint, sinkName: string): void;
}

/** What the place of a function's definition says of its parameters. */
export interface Hints {
  owner: ClassIr | null;
  isRoot: boolean;
  /** Given to `app.get('/path', …)` and the like. */
  isRoute: boolean;
  /** Values of its first parameters that the caller knows. */
  first: Value[];
  /** It runs on the way, as a step of a promise does: what it checks is checked for what comes after. */
  isStep?: boolean;
}
