import type { Expr } from '../ir.js';
import { type Call, callName, keyword, ownCalls, property } from './calls.js';
import type { Check } from './check.js';
import { refOf, type Scope } from './scopes.js';

const requestNames = /^(get|post|put|patch|delete|head|options|request|send|stream)$/;

/** Calls over the network that wait for ever when the other side stays silent. */
export const noTimeout: Check = ({ module, scopes: looked, scopesWith, report }) => {
  const python = module.language === 'python';
  const text = module.text;
  // A client that axios.create made is called by another name, and so is a session that is kept in a field.
  const scopes = python && !/\brequests\.[Ss]ession\(/.test(text) ? looked : scopesWith(/(?:)/);
  for (const scope of scopes) {
    for (const { call } of ownCalls(scope)) {
      const ref = refOf(call.callee, scope, module) ?? '';
      if (call.args.some((argument) => argument.spread) && !(python && handsOnNoLimit(call, scope, text))) continue;
      if (python ? pythonWaits(call, ref) : scriptWaits(call, ref, text)) report(call, `${callName(call)} has no time limit`);
    }
  }
};

/** `self._session.get(url, **options)` in a method of one's own file, to which none of its callers gives a limit. */
function handsOnNoLimit(call: Call, { fn }: Scope, text: string): boolean {
  if (!fn || !/^_(?!_)\w+$/.test(fn.name) || /timeout/i.test(text)) return false;
  const given = call.args.filter(({ spread }) => spread).map(({ value }) => (value.kind === 'name' ? value.name : ''));
  const options = fn.params.find(({ rest }) => rest === 'dictionary')?.target;
  if (options?.kind !== 'name' || given.some((name) => name !== options.name)) return false;
  const calls = [...text.matchAll(new RegExp(`(\\bdef\\s{1,9})?\\b${fn.name}\\(([^()]{0,500})`, 'g'))].filter(
    ([, definition]) => definition === undefined,
  );
  return calls.length > 0 && calls.every(([, , args]) => !args!.includes('**'));
}

const isNone = (expr: Expr | undefined): boolean => expr?.kind === 'literal' && expr.value === null;

function pythonWaits(call: Call, ref: string): boolean {
  const name = callName(call);
  const timeout = keyword(call, 'timeout');
  if (/^requests\.(get|post|put|patch|delete|head|options|request)$/.test(ref)) return timeout === undefined || isNone(timeout);
  if (/^requests\.(Session|session)\(\)\.\w+$/.test(ref) && requestNames.test(name)) return timeout === undefined && call.args.length > 0;
  if (ref === 'urllib.request.urlopen') return timeout === undefined && call.args.length < 3;
  if (/^httpx\.(AsyncClient|Client|get|post|put|patch|delete|request|stream)$/.test(ref)) return isNone(timeout);
  if (/^aiohttp\.(ClientTimeout)$/.test(ref)) return isNone(keyword(call, 'total')) && call.args.length === 1;
  return false;
}

function scriptWaits(call: Call, ref: string, text: string): boolean {
  if (/^axios(\.(get|post|put|patch|delete|head|request|options))?$/.test(ref) && !call.isNew) {
    if (/axios\.defaults\.timeout/.test(text)) return false;
    return !call.args.some(({ value }) => hasLimit(value) || isUnknownOptions(value, call));
  }
  if (/^axios\.create\(\)\.(get|post|put|patch|delete|head|request)$/.test(ref)) {
    if (/\btimeout\b|\bsignal\b/.test(text)) return false;
    return true;
  }
  if (/^(http|https)\.(get|request)$/.test(ref)) {
    return !/\.setTimeout\(|\btimeout\b|\bsignal\b|AbortSignal|AbortController/.test(text);
  }
  if (/^(fetch|globalThis\.fetch)$/.test(ref)) {
    const options = call.args[1]?.value;
    if (/AbortSignal|AbortController|\bsignal\b/.test(text) && options === undefined) return false;
    // In a page the browser gives up; what is asked for by a path is a page's own server.
    if (/\b(document|window|localStorage|React|useEffect|useState)\b/.test(text) || isPath(call.args[0]?.value)) return false;
    return options === undefined || (options.kind === 'object' && !hasLimit(options));
  }
  return false;
}

const isPath = (expr: Expr | undefined): boolean => {
  const first = expr?.kind === 'template' ? expr.parts[0] : expr;
  return first?.kind === 'literal' && typeof first.value === 'string' && first.value.startsWith('/');
};

function hasLimit(options: Expr): boolean {
  if (options.kind !== 'object') return false;
  return (
    property(options, 'signal') !== undefined ||
    property(options, 'timeout') !== undefined ||
    options.entries.some(({ name }) => name === null)
  );
}

/** `axios.get(url, options)`: the options come from elsewhere. */
function isUnknownOptions(value: Expr, call: Call): boolean {
  const at = call.args.findIndex((argument) => argument.value === value);
  if (value.kind === 'object' || value.kind === 'literal' || value.kind === 'template') return false;
  const optionsAt = /^(post|put|patch)$/.test(callName(call)) ? 2 : 1;
  return (
    at >= optionsAt || (callName(call) === 'request' && at === 0) || (call.callee.kind === 'name' && at === 0 && call.args.length === 1)
  );
}
