import type { Expr, Stmt } from '../ir.js';
import { type Call, callName } from './calls.js';
import type { Check } from './check.js';
import { refOf, type Scope } from './scopes.js';
import { allExpressions, eachExpression, eachStatement } from './walk.js';

type Each = Extract<Stmt, { kind: 'each' }>;

function namesIn(expr: Expr): Set<string> {
  const names = new Set<string>();
  eachExpression(expr, (inner) => {
    if (inner.kind === 'name') names.add(inner.name);
    if (inner.kind === 'object') for (const { name } of inner.entries) if (name !== null) names.add(name);
    if (inner.kind === 'function') {
      for (const name of namesOfBody(inner.fn.body())) names.add(name);
    }
  });
  return names;
}

function namesOfBody(body: readonly Stmt[]): Set<string> {
  const names = new Set<string>();
  allExpressions(body, (expr) => {
    if (expr.kind === 'name') names.add(expr.name);
  });
  return names;
}

const reading =
  /^(fetch|get|read|load|request|download|find|query|lookup|resolve|describe|head|ask|search|retrieve)([A-Z_]|$)|^(readFile|urlopen|aread|post)$/;
const ordered =
  /(cursor|tx|transaction|trx|page|browser|driver|lock|stream|reader|writer|socket|queue|iterator|connection|conn|db|database|pool|client_session|prisma|repo|session_maker)$/i;

/** Reads that do not need each other, one after the other. */
export const sequentialAwait: Check = ({ scopes, module, report }) => {
  for (const scope of scopes) {
    if (!scope.fn?.isAsync) continue;
    eachStatement(scope.body, (loop, around) => {
      if (loop.kind !== 'each' || loop.isAsync || loop.overKeys) return;
      if (around.some(({ kind }) => kind === 'while' || kind === 'each')) return;
      const awaited = awaitedReads(loop, scope, module);
      if (awaited.length !== 1 || !isIndependent(loop)) return;
      const [{ call }] = awaited as [{ call: Call }];
      const used = [...call.args.map(({ value }) => value), call.callee].flatMap((part) => [...namesIn(part)]);
      const fromLoop = new Set([...namesIn(loop.target), ...assignedFromLoop(loop)]);
      if (!used.some((name) => fromLoop.has(name))) return;
      report(call, `each round waits for ${callName(call)} of the one before`);
    });
  }
};

function assignedFromLoop({ body }: Each): Set<string> {
  const names = new Set<string>();
  for (const statement of body) {
    if (statement.kind === 'assign' && statement.op === null)
      for (const target of statement.targets) for (const name of namesIn(target)) names.add(name);
  }
  return names;
}

function awaitedReads(loop: Each, scope: Scope, module: Parameters<Check>[0]['module']): { call: Call }[] {
  const found: { call: Call }[] = [];
  let others = 0;
  const take = (value: Expr): void => {
    const call = value.kind === 'call' ? value : null;
    if (!call) return;
    const ref = refOf(call.callee, scope, module) ?? callName(call);
    const object = call.callee.kind === 'member' ? lastName(call.callee.object) : '';
    if (/^(json|text|read|body|blob|arrayBuffer|aclose|release|content|form)$/.test(callName(call)) && call.args.length === 0) return;
    if (reading.test(callName(call)) && !ordered.test(object) && !/Queue|Lock|Semaphore/.test(ref)) found.push({ call });
    else others += 1;
  };
  eachStatement(loop.body, (statement) => {
    if (statement.kind === 'with' && statement.isAsync) for (const { value } of statement.items) take(value);
  });
  allExpressions(loop.body, (expr) => {
    if (expr.kind === 'await') take(expr.value);
  });
  // Something else that is waited for (a pause, a write, a lock) may be the reason for the order.
  return others > 0 ? [] : found;
}

const lastName = (expr: Expr): string => (expr.kind === 'member' || expr.kind === 'name' ? expr.name : '');

/** No round needs the one before: nothing leaves the loop early, and nothing but collections is carried along. */
function isIndependent({ body }: Each): boolean {
  let independent = true;
  const assigned = new Set<string>();
  const readFirst = new Set<string>();
  eachStatement(body, (statement, around) => {
    if (statement.kind === 'return' || statement.kind === 'throw' || statement.kind === 'try') independent &&= statement.kind !== 'return';
    if (statement.kind === 'jump' && statement.to === 'break') independent = false;
    if (statement.kind !== 'assign') return;
    for (const target of statement.targets) {
      if (target.kind !== 'name') continue;
      if (statement.op !== null) continue;
      if (around.length > 0 || namesIn(statement.value).has(target.name)) readFirst.add(target.name);
      assigned.add(target.name);
    }
  });
  if (!independent) return false;
  // A name that is read before this round gives it a value carries something over.
  const seen = new Set<string>();
  for (const statement of body) {
    allExpressions([statement], (expr) => {
      if (expr.kind === 'name' && assigned.has(expr.name) && !seen.has(expr.name) && !isTarget(statement, expr)) readFirst.add(expr.name);
    });
    if (statement.kind === 'assign') for (const target of statement.targets) for (const name of namesIn(target)) seen.add(name);
  }
  return [...assigned].every((name) => !readFirst.has(name));
}

function isTarget(statement: Stmt, expr: Expr): boolean {
  return statement.kind === 'assign' && statement.targets.some((target) => target === expr);
}

const queryNames =
  /^(execute|query|fetch|fetchone|fetchall|fetchrow|fetchval|find|findOne|findFirst|findUnique|findMany|findById|findByPk|findAll|findOneBy|findBy|get|filter|first|all|select|count|one|scalar|scalars|getOne|queryOne|aggregate|request|post|get_or_create)$/;
const sqlDrivers =
  /^(execute|query|fetch|fetchone|fetchall|fetchrow|fetchval|queryOne|findOne|findFirst|findUnique|findMany|findById|findByPk|findAll|findOneBy|findBy)$/;
const databaseObject =
  /(^|[._])(db|database|conn|connection|cursor|cur|pool|session|prisma|knex|client|sequelize|repository|repo|manager|trx|tx|engine|store|orm)$/i;
const httpModules = /^(requests|httpx|aiohttp|axios|got|undici)\b|^(requests\.Session|httpx\.(Async)?Client|aiohttp\.ClientSession)\(\)/;

/** A call that asks a database or a service. */
function isQuery(call: Call, scope: Scope, module: Parameters<Check>[0]['module']): boolean {
  const name = callName(call);
  const ref = refOf(call.callee, scope, module) ?? '';
  if (ref === 'fetch' || (httpModules.test(ref) && /^(get|post|request|fetch)$/.test(name))) return true;
  if (/\.objects(\.|$)/.test(ref) || /\.objects\(\)/.test(ref)) return queryNames.test(name);
  if (call.callee.kind !== 'member') return false;
  const chain = pathText(call.callee.object);
  if (sqlDrivers.test(name) && (databaseObject.test(chain) || databaseObject.test(chain.split('.')[0] ?? '')))
    return name !== 'fetch' || /db|conn|pool/i.test(chain);
  return /^(find(One|First|Unique|Many|ById|ByPk|All|OneBy|By))$/.test(name);
}

const pathText = (expr: Expr): string =>
  expr.kind === 'name'
    ? expr.name
    : expr.kind === 'member'
      ? `${pathText(expr.object)}.${expr.name}`
      : expr.kind === 'call'
        ? pathText(expr.callee)
        : expr.kind === 'await'
          ? pathText(expr.value)
          : '';

/** One query for a list, and one more for each of its members. */
export const nPlusOne: Check = ({ scopes, module, report }) => {
  for (const scope of scopes) {
    const fromQuery = queried(scope, module);
    const comesFromQuery = (expr: Expr): boolean => {
      let yes = false;
      eachExpression(expr, (inner) => {
        if (inner.kind === 'call' && isQuery(inner, scope, module)) yes = true;
        if (inner.kind === 'name' && fromQuery.has(inner.name)) yes = true;
      });
      return yes;
    };
    const inspect = (target: Expr, body: readonly Stmt[]): void => {
      const members = namesIn(target);
      const derivedNames = new Set(members);
      eachStatement(body, (statement) => {
        if (statement.kind !== 'assign' || ![...namesIn(statement.value)].some((name) => derivedNames.has(name))) return;
        for (const one of statement.targets) if (one.kind === 'name') derivedNames.add(one.name);
      });
      let told = false;
      allExpressions(body, (expr) => {
        if (told || expr.kind !== 'call' || !isQuery(expr, scope, module)) return;
        if (!expr.args.some(({ value }) => [...namesIn(value)].some((name) => derivedNames.has(name)))) return;
        if (writes(expr)) return;
        told = true;
        report(expr, `${callName(expr)} runs once for every member of the list`);
      });
    };
    eachStatement(scope.body, (statement) => {
      if (statement.kind === 'each' && comesFromQuery(statement.iterable)) inspect(statement.target, statement.body);
    });
    allExpressions(scope.body, (expr) => {
      if (
        expr.kind === 'call' &&
        expr.callee.kind === 'member' &&
        /^(map|forEach|flatMap)$/.test(expr.callee.name) &&
        comesFromQuery(expr.callee.object)
      ) {
        const callback = expr.args[0]?.value;
        const [param] = callback?.kind === 'function' ? callback.fn.params : [];
        if (callback?.kind === 'function' && param) inspect(param.target, callback.fn.body());
      }
      if (expr.kind === 'each') {
        for (const { target, iterable } of expr.loops) {
          if (comesFromQuery(iterable)) inspect(target, [{ kind: 'expression', value: expr.element, start: expr.start, end: expr.end }]);
        }
      }
    });
  }
};

/** Names that hold what a query gave. */
function queried(scope: Scope, module: Parameters<Check>[0]['module']): Set<string> {
  const names = new Set<string>();
  eachStatement(scope.body, (statement) => {
    if (statement.kind !== 'assign') return;
    let asks = false;
    eachExpression(statement.value, (inner) => {
      if (inner.kind === 'call' && isQuery(inner, scope, module)) asks = true;
      if (inner.kind === 'name' && names.has(inner.name)) asks = true;
    });
    if (!asks) return;
    for (const target of statement.targets) {
      if (target.kind === 'name') names.add(target.name);
      if (target.kind === 'object') for (const { value } of target.entries) if (value.kind === 'name') names.add(value.name);
    }
  });
  return names;
}

/** Statements that write are not what a join would save. */
function writes(call: Call): boolean {
  const first = call.args[0]?.value;
  const text =
    first?.kind === 'literal'
      ? String(first.value)
      : first?.kind === 'template' && first.parts[0]?.kind === 'literal'
        ? String(first.parts[0].value)
        : '';
  return /^\s*(insert|update|delete|alter|create|drop|pragma|savepoint|vacuum|truncate|grant)\b/i.test(text);
}
