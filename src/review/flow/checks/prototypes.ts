import type { Expr, FunctionIr, Stmt } from '../ir.js';
import { type Call, callName } from './calls.js';
import type { Check } from './check.js';
import type { Scope } from './scopes.js';
import { allExpressions, eachExpression, eachStatement } from './walk.js';

const guarded =
  /__proto__|['"`]prototype['"`]|['"`]constructor['"`]|Object\.create\(null\)|hasOwnProperty|Object\.hasOwn|\bhasOwn\b|new Map\(|isUnsafeKey|isSafeKey|isPrototypePolluted|unsafeKeys|forbiddenKeys|blockedKeys|disallowedKeys|\bhas\(|isPlainObject\(target/i;

/** Keys from outside are followed into an object, so that `__proto__` changes all objects. */
export const prototypePollution: Check = ({ scopes, module, report }) => {
  for (const scope of scopes) {
    const { fn } = scope;
    if (!fn || guarded.test(scope.text)) continue;
    const params = new Set(fn.params.flatMap(({ target }) => namesOf(target)));
    if (guardingHelper(scope, module)) continue;
    const hit = recursiveMerge(scope, fn, params) ?? pathSetter(scope, params, module);
    if (hit) report(hit, 'a key such as __proto__ reaches the prototype of all objects');
  }
};

function namesOf(target: Expr): string[] {
  if (target.kind === 'name') return [target.name];
  if (target.kind === 'assign') return namesOf(target.target);
  if (target.kind === 'list') return target.items.flatMap(namesOf);
  if (target.kind === 'object') return target.entries.flatMap(({ value }) => namesOf(value));
  return target.kind === 'spread' ? namesOf(target.value) : [];
}

/** A function of the same file that knows `__proto__` and is called here. */
function guardingHelper(scope: Scope, module: Parameters<Check>[0]['module']): boolean {
  let found = false;
  allExpressions(scope.body, (expr) => {
    if (expr.kind !== 'call' || expr.callee.kind !== 'name') return;
    const helper = module.functions.get(expr.callee.name);
    if (helper && helper !== scope.fn && knowsPrototype(helper, module, 2)) found = true;
    if (/(safe|valid|allowed|forbidden|blocked|unsafe|polluting).*key|key.*(safe|valid|allowed)/i.test(expr.callee.name)) found = true;
  });
  return found;
}

/** Itself, by a list it compares with, or by a function it asks. */
function knowsPrototype(helper: FunctionIr, module: Parameters<Check>[0]['module'], steps: number): boolean {
  const text = module.text.slice(helper.start, helper.end);
  if (/__proto__|['"]prototype['"]/.test(text)) return true;
  const names = new Set(text.match(/[A-Za-z_$][\w$]*/g));
  for (const statement of module.body) {
    const [target] = statement.kind === 'assign' ? statement.targets : [];
    if (target?.kind !== 'name' || !names.has(target.name) || statement.end - statement.start > 500) continue;
    if (module.text.slice(statement.start, statement.end).includes('__proto__')) return true;
  }
  if (steps === 0) return false;
  return [...names].some((name) => {
    const asked = module.functions.get(name);
    return asked !== undefined && asked !== helper && knowsPrototype(asked, module, steps - 1);
  });
}

const rootName = (expr: Expr): string => {
  if (expr.kind === 'name') return expr.name;
  if (expr.kind === 'member' || expr.kind === 'index') return rootName(expr.object);
  return '';
};

/** The names that loops over the keys of something give to a key. */
function keyNames(body: readonly Stmt[]): Set<string> {
  const keys = new Set<string>();
  const take = (target: Expr | undefined): void => {
    if (target?.kind === 'name') keys.add(target.name);
    if (target?.kind === 'list' && target.items[0]?.kind === 'name') keys.add(target.items[0].name);
  };
  const listsKeys = (expr: Expr): boolean => {
    let yes = false;
    eachExpression(expr, (inner) => {
      if (inner.kind === 'call' && /^(keys|entries|getOwnPropertyNames|ownKeys)$/.test(callName(inner)) && inner.args.length === 1)
        yes = true;
    });
    return yes;
  };
  eachStatement(body, (statement) => {
    if (statement.kind === 'each' && (statement.overKeys || listsKeys(statement.iterable))) take(statement.target);
  });
  allExpressions(body, (expr) => {
    if (
      expr.kind !== 'call' ||
      expr.callee.kind !== 'member' ||
      !/^(forEach|map)$/.test(expr.callee.name) ||
      !listsKeys(expr.callee.object)
    )
      return;
    const callback = expr.args[0]?.value;
    if (callback?.kind === 'function') take(callback.fn.params[0]?.target);
  });
  return keys;
}

/** Statements of a function and of the callbacks inside of it. */
function deepBody(body: readonly Stmt[], depth = 0): Stmt[] {
  const all: Stmt[] = [];
  eachStatement(body, (statement) => void all.push(statement));
  if (depth < 3) {
    allExpressions(body, (expr) => {
      if (expr.kind === 'function') all.push(...deepBody(expr.fn.body(), depth + 1));
    });
  }
  return all;
}

const copied = (name: string): RegExp =>
  new RegExp(`(?<![\\w.$])${name.replace(/\$/g, '\\$&')}\\s*=\\s*(_\\.)?(structuredClone|clone\\w*)\\(`);

/** `target[key] = merge(target[key], source[key])` */
function recursiveMerge(scope: Scope, fn: FunctionIr, params: ReadonlySet<string>): { start: number; end: number } | null {
  const keys = keyNames(scope.body);
  // What is merged into a copy of its own leaves everything else as it was.
  if (keys.size === 0 || fn.name === '' || [...params].some((name) => copied(name).test(scope.text))) return null;
  let recurses: Call | null = null;
  let assigns: Stmt | null = null;
  const ownCall = (expr: Expr): expr is Call =>
    expr.kind === 'call' &&
    callName(expr) === fn.name &&
    expr.args.some(
      ({ value }) => value.kind === 'index' && value.key?.kind === 'name' && keys.has(value.key.name) && params.has(rootName(value)),
    );
  for (const statement of deepBody(scope.body)) {
    allExpressions([statement], (expr) => {
      if (ownCall(expr)) recurses = expr;
    });
    if (statement.kind !== 'assign') continue;
    for (const target of statement.targets) {
      if (target.kind === 'index' && target.key?.kind === 'name' && keys.has(target.key.name) && params.has(rootName(target)))
        assigns ??= statement;
    }
  }
  return recurses && assigns ? (recurses as Call) : null;
}

/** `at = at[key]` along a path, and `at[last] = value` at its end. */
function pathSetter(scope: Scope, params: ReadonlySet<string>, module: { text: string }): { start: number; end: number } | null {
  const walkers = new Set<string>();
  const isStep = (name: string, value: Expr): boolean => {
    if (value.kind === 'index') return rootName(value) === name && value.key !== null && value.key.kind !== 'literal';
    if (value.kind === 'binary' && (value.op === 'or' || value.op === 'and')) return isStep(name, value.left) || isStep(name, value.right);
    if (value.kind === 'assign') return isStep(name, value.target) || isStep(name, value.value);
    if (value.kind === 'choice') return isStep(name, value.yes) || isStep(name, value.no);
    return false;
  };
  const body = deepBody(scope.body);
  for (const statement of body) {
    if (statement.kind === 'assign' && statement.op === null) {
      for (const target of statement.targets) if (target.kind === 'name' && isStep(target.name, statement.value)) walkers.add(target.name);
    }
    for (const expr of statement.kind === 'expression' ? [statement.value] : []) {
      eachExpression(expr, (inner) => {
        if (inner.kind === 'assign' && inner.target.kind === 'name' && isStep(inner.target.name, inner.value))
          walkers.add(inner.target.name);
      });
    }
  }
  if (walkers.size === 0 || params.size < 2) return null;
  for (const statement of body) {
    if (statement.kind !== 'assign') continue;
    for (const target of statement.targets) {
      if (target.kind !== 'index' || target.object.kind !== 'name' || !walkers.has(target.object.name)) continue;
      if (!target.key || target.key.kind === 'literal' || !mayBeParam(statement.value, params)) continue;
      // `at[key] = f(at[key])` puts back what was there.
      const [written, value] = [module.text.slice(target.start, target.end), module.text.slice(statement.value.start, statement.value.end)];
      if (!value.replace(/\s+/g, '').includes(`(${written}`)) return statement;
    }
  }
  return null;
}

/** What is put at the end of the path was given to the function. */
function mayBeParam(value: Expr, params: ReadonlySet<string>): boolean {
  let found = false;
  eachExpression(value, (inner) => {
    if (inner.kind === 'name' && params.has(inner.name)) found = true;
  });
  return found;
}
