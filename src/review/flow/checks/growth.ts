import type { Expr, Stmt } from '../ir.js';
import { type Call, callName, keyword, ownCalls } from './calls.js';
import type { Check, CheckInput } from './check.js';
import { refOf, type Scope } from './scopes.js';
import { eachStatement } from './walk.js';

/** Memory that grows with what comes in and never shrinks. */
export const unboundedGrowth: Check = (input) => {
  const { module } = input;
  if (module.language === 'python') {
    caches(input);
    queues(input);
  }
  collections(input);
};

const escaped = (name: string): string => name.replace(/[^\w.]/g, '\\$&').replace(/\./g, '\\.');

/** Collections that live as long as the process: of the module, and of objects made once. */
function collections(input: CheckInput): void {
  const { module, report } = input;
  const python = module.language === 'python';
  const names = new Map<string, Scope | null>();
  eachStatement(module.body, (statement, around) => {
    if (around.length === 0 && statement.kind === 'assign' && isEmptyCollection(statement.value, python)) {
      for (const target of statement.targets) if (target.kind === 'name') names.set(target.name, null);
    }
  });
  for (const scope of input.scopesWith(/__init__|\bconstructor\b/)) {
    if (!scope.owner || !/^(__init__|constructor)$/.test(scope.fn?.name ?? '') || !isLongLived(scope.owner.name)) continue;
    for (const statement of scope.body) noteFields(statement, python, names, scope);
  }
  for (const cls of module.classes.values()) {
    if (isLongLived(cls.name)) for (const member of cls.body) if (!python) noteFields(member, python, names, null);
  }
  if (names.size === 0) return;
  const scopes = input.scopesWith(new RegExp([...names.keys()].slice(0, 100).map(escaped).join('|')));
  for (const [name, owner] of names) {
    if (isBounded(name, module.text)) continue;
    const growth = firstGrowth(name, owner, scopes, module);
    if (growth) report(growth, `nothing is ever taken out of ${name}`);
  }
}

/** Objects of which a process has a few, and keeps them. */
const isLongLived = (name: string): boolean =>
  /(Monitor|Cache|Registry|Service|Server|Manager|Store|Tracker|Limiter|Handler|Client|Pool|Bot|Gateway|Hub|Broker|Watcher|Collector|Router|Index|Middleware|Plugin|Repository|Provider)$/.test(
    name,
  );

function noteFields(statement: Stmt, python: boolean, names: Map<string, Scope | null>, scope: Scope | null): void {
  if (statement.kind !== 'assign' || !isEmptyCollection(statement.value, python)) return;
  for (const target of statement.targets) {
    if (target.kind === 'member' && target.object.kind === 'name' && /^(self|this)$/.test(target.object.name))
      names.set(`${target.object.name}.${target.name}`, scope);
  }
}

function isEmptyCollection(value: Expr, python: boolean): boolean {
  if (value.kind === 'object') return value.entries.length === 0;
  if (value.kind === 'list') return value.items.length === 0;
  if (value.kind !== 'call' || value.args.length > 1) return false;
  const name = callName(value);
  if (python) return /^(dict|list|set|OrderedDict|defaultdict)$/.test(name) && (name === 'defaultdict' || value.args.length === 0);
  return value.isNew && /^(Map|Set|Array)$/.test(name) && value.args.length === 0;
}

/** Somewhere something is taken out, the whole is replaced, or its size is looked at. */
function isBounded(name: string, text: string): boolean {
  const it = escaped(name);
  const taken = `(?<![\\w.])${it}\\??\\.(pop|popitem|popleft|clear|remove|discard|delete|shift|splice|evict|expire|prune|unlink)\\b`;
  const removed = `\\bdel(ete)?\\s+${it}\\b`;
  const sized = `\\blen\\(\\s*${it}\\s*\\)\\s*(>|>=|<|<=|==)|(?<![\\w.])${it}\\??\\.(size|length)\\s*(>|>=|<|<=|===)`;
  const replaced = `(?<![\\w.])${it}(\\.length)?\\s*(:[^=\\n]+)?=[^=]`;
  const handed = `(prune|evict|trim|clean|expire|limit|shrink|bounded)\\w*\\(\\s*${it}\\b`;
  if (new RegExp(`${taken}|${removed}|${sized}|${handed}`, 'i').test(text)) return true;
  return (text.match(new RegExp(replaced, 'g'))?.length ?? 0) > 1;
}

/** Where a function puts something under a key that comes from outside of it. */
function firstGrowth(
  name: string,
  owner: Scope | null,
  scopes: readonly Scope[],
  module: CheckInput['module'],
): { start: number; end: number } | null {
  for (const scope of scopes) {
    const { fn } = scope;
    if (!fn || /^(__init__|constructor|__init_subclass__|__set_name__)$/.test(fn.name) || isSetUp(fn.name)) continue;
    if (owner && scope.owner !== owner.owner) continue;
    const outside = new Set<string>();
    for (let at: Scope | null = scope; at; at = at.parent)
      for (const { target } of at.fn?.params ?? []) for (const one of paramNames(target)) outside.add(one);
    eachStatement(scope.body, (statement) => {
      if (statement.kind === 'assign')
        for (const target of statement.targets) if (target.kind === 'name' && mentions(statement.value, outside)) outside.add(target.name);
      if (statement.kind === 'each' && mentions(statement.iterable, outside))
        for (const one of paramNames(statement.target)) outside.add(one);
    });
    outside.delete('self');
    outside.delete('this');
    outside.delete('cls');
    let found: { start: number; end: number } | null = null;
    const isIt = (expr: Expr): boolean => pathOf(expr) === name;
    eachStatement(scope.body, (statement) => {
      if (found) return;
      if (statement.kind === 'assign') {
        for (const target of statement.targets) {
          if (target.kind === 'index' && isIt(target.object) && target.key && mentions(target.key, outside)) found = statement;
        }
      } else if (statement.kind === 'expression' && statement.value.kind === 'call') {
        const call = statement.value;
        if (call.callee.kind !== 'member' || !isIt(call.callee.object)) return;
        const grows = /^(set|append|push|add|extend|unshift|insert|setdefault)$/.test(call.callee.name);
        const isHandler = looksLikeRequest(scope) || call.callee.name === 'set' || call.callee.name === 'setdefault';
        if (grows && isHandler && call.args.some(({ value }) => mentions(value, outside))) found = statement;
      }
    });
    if (found) return registers(scope, module) ? null : found;
  }
  return null;
}

/** What runs a bounded number of times, when a program is put together. */
const isSetUp = (name: string): boolean =>
  /^_*(register|add|define|install|use|setup|init|load|configure|declare|subscribe|on|bind|mount|include|import|set)(_|[A-Z]|$)/.test(name);

/** A decorator that keeps the functions it is given: as many as the source has. */
const registers = ({ fn }: Scope, _module: CheckInput['module']): boolean => /(decorator|wrapper|register|plugin)/i.test(fn?.name ?? '');

const looksLikeRequest = ({ fn }: Scope): boolean =>
  fn?.params.some(
    ({ target, annotation }) =>
      /^_?(req|request|ctx|event|message|session|key|user)/.test(target.kind === 'name' ? target.name : '') ||
      /\b(Request|Message|Event|Context)\b/.test(annotation),
  ) ?? false;

function paramNames(target: Expr): string[] {
  if (target.kind === 'name') return [target.name];
  if (target.kind === 'list') return target.items.flatMap(paramNames);
  if (target.kind === 'object') return target.entries.flatMap(({ value }) => paramNames(value));
  if (target.kind === 'assign') return paramNames(target.target);
  return target.kind === 'spread' ? paramNames(target.value) : [];
}

function mentions(expr: Expr, names: ReadonlySet<string>): boolean {
  switch (expr.kind) {
    case 'name':
      return names.has(expr.name);
    case 'member':
      return mentions(expr.object, names);
    case 'index':
      return mentions(expr.object, names);
    case 'call':
      return mentions(expr.callee, names) || expr.args.some(({ value }) => mentions(value, names));
    case 'template':
      return expr.parts.some((part) => mentions(part, names));
    case 'binary':
      return mentions(expr.left, names) || mentions(expr.right, names);
    case 'list':
      return expr.items.some((item) => mentions(item, names));
    case 'object':
      return expr.entries.some(({ value }) => mentions(value, names));
    case 'await':
    case 'spread':
      return mentions(expr.value, names);
    default:
      return false;
  }
}

const pathOf = (expr: Expr): string =>
  expr.kind === 'name' ? expr.name : expr.kind === 'member' ? `${pathOf(expr.object)}.${expr.name}` : '';

/** `lru_cache(maxsize=None)` and `cache` on what takes text from outside or keeps `self` alive. */
function caches({ module, scopesWith, report }: CheckInput): void {
  if (!/\bcache\b|lru_cache/.test(module.text)) return;
  const scopes = scopesWith(/(?:)/);
  for (const scope of scopes) {
    const { fn, owner } = scope;
    if (!fn || scope.parent?.fn) continue;
    for (const decorator of fn.decorators) {
      const ref = refOf(decorator.kind === 'call' ? decorator.callee : decorator, scope.parent ?? scope, module);
      const isCache = ref === 'functools.cache';
      const isOpen =
        ref === 'functools.lru_cache' && decorator.kind === 'call' && isNone(keyword(decorator, 'maxsize') ?? decorator.args[0]?.value);
      if (!isCache && !isOpen) continue;
      const params = fn.params.filter(({ target }) => target.kind === 'name' && !/^(self|cls)$/.test(target.name));
      const keepsSelf = owner !== null && fn.params[0]?.target.kind === 'name' && fn.params[0].target.name === 'self';
      const takesText = params.some(({ annotation }) => /\b(str|bytes|float|Path)\b/.test(annotation)) && isUsedWithRequest(module.text);
      if (keepsSelf || takesText)
        report(
          { start: decorator.start, end: decorator.end },
          keepsSelf ? 'the cache keeps every object alive' : 'the cache keeps an entry for every argument',
        );
    }
  }
}

const isUsedWithRequest = (text: string): boolean => /\b(flask|fastapi|django|starlette|aiohttp|request\.)\b/.test(text);
const isNone = (expr: Expr | undefined): boolean => expr?.kind === 'literal' && expr.value === null;

/** A queue without a limit between something that comes from the network and something that writes. */
function queues({ module, scopesWith, report }: CheckInput): void {
  if (!module.text.includes('Queue')) return;
  const scopes = scopesWith(/Queue\(/);
  if (!/StreamReader|\brequest\b|websocket|async for |on_message|on_client|handler|receive|webhook/i.test(module.text)) return;
  for (const scope of scopes) {
    for (const { call } of ownCalls(scope)) {
      const ref = refOf(call.callee, scope, module);
      if (!/^(asyncio|queue|multiprocessing)\.(Queue|LifoQueue|PriorityQueue)$/.test(ref ?? '')) continue;
      if (call.args.length > 0 || isDropped(call, module.text)) continue;
      report(call, 'the queue has no limit');
    }
  }
}

/** Tokens and results that are put once are no stream. */
const isDropped = (_call: Call, text: string): boolean => !/\.put(_nowait)?\(/.test(text) || /\.qsize\(\)\s*[<>]|maxsize/.test(text);
