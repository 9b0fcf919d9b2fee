import type { Language } from '../languages.js';
import { Budget } from './budget.js';
import { Interpreter } from './engine/interpreter.js';
import { type CompiledRules, compileRules, type FlowHit, type ModuleFacts } from './engine/machine.js';
import type { FlowRule } from './engine/rule.js';
import type { FunctionIr } from './ir.js';

interface Looked {
  rule: FlowRule;
  quickLook: RegExp;
}

const requestWords: Record<Language, RegExp> = {
  python:
    /^[ \t]*(from|import)[ \t]+(django|flask|fastapi|starlette|aiohttp|tornado|rest_framework|sanic|quart|bottle|falcon|pyramid|litestar|werkzeug|robyn|blacksheep|mcp|fastmcp|langchain|agents|crewai)\b|@\w*(tool|mcp)\b|\brequest: ['"]?(\w+\.)?Request\b/m,
  typescript:
    /\b(req|request|ctx|context|event|c)\??\.(query|body|params|param|headers|cookies|url|originalUrl|req|request|json|get|header|queryStringParameters|files?|nextUrl|formData|rawBody|pathname)\b|\{[^{}]*\}\s*=\s*(await\s+)?(req|request|ctx)\b|@(Query|Body|Param|Headers|Cookies)\(|registerTool|\.tool\(|searchParams|\bparseurl\b/,
};

/** The rules that follow data, ready for many files. */
export class DataFlow {
  readonly #rules: { rule: FlowRule; quickLook: RegExp }[];
  readonly #compiled = new Map<string, CompiledRules>();

  constructor(rules: readonly FlowRule[]) {
    this.#rules = rules.map((rule) => ({ rule, quickLook: new RegExp(rule.requires, 'i') }));
  }

  wants(language: Language, text: string): boolean {
    return this.#looked(language, text).length > 0;
  }

  /** Without a word of a request in it, a file has no use for the rules about requests. */
  #looked(language: Language, text: string): Looked[] {
    const asked = requestWords[language].test(text);
    return this.#rules.filter(
      ({ rule, quickLook }) =>
        rule.language === language && (asked || rule.flow.origins.some((origin) => origin !== 'request')) && quickLook.test(text),
    );
  }

  /** What the rules find in one file. Throws OverBudget for a file that asks for too much. */
  find(module: ModuleFacts): FlowHit[] {
    const looked = this.#looked(module.language, module.text);
    if (looked.length === 0) return [];
    const rules = looked.map(({ rule }) => rule);
    const key = rules.map(({ id }) => id).join(' ');
    const compiled = this.#compiled.get(key) ?? compileRules(rules);
    this.#compiled.set(key, compiled);
    const interpreter = new Interpreter(module, compiled, new Budget());
    interpreter.runModule(worthRunning(module, looked));
    // What a request brings along counts more than what a caller might: of both at one place only the first is told.
    const hits = [...interpreter.hits.values()];
    const byId = new Map(rules.map((rule) => [rule.id, rule.flow]));
    const fromRequest = new Set(
      hits.flatMap(({ rule, start }) => (byId.get(rule)?.origins.includes('request') ? [`${byId.get(rule)?.kind} ${start}`] : [])),
    );
    return hits.filter(({ rule, start }) => {
      const flow = byId.get(rule);
      return flow?.origins.includes('request') || !fromRequest.has(`${flow?.kind} ${start}`);
    });
  }
}

/** Where a handler begins, one of these is near; a handler inside of a function that makes the application has its decorator. */
const sourceWords: Record<Language, RegExp> = {
  python: /request|\bscope\b|get_(query_|body_)?argument|UploadFile|RequestHandler|^[ \t]+@\w+(?:\.\w+)+\(/m,
  typescript: /\b(req|request|ctx|context|event|c|params|query|body|reply|formData|searchParams)\b/,
};

/** Functions with a word of a sink in their text, and those that call one of these. */
function worthRunning({ text, body, functions, classes, language }: ModuleFacts, rules: readonly Looked[]): (fn: FunctionIr) => boolean {
  const looks = rules.map(({ quickLook }) => quickLook);
  const withoutRequest = rules
    .filter(({ rule }) => rule.flow.origins.some((origin) => origin !== 'request'))
    .map(({ quickLook }) => quickLook);
  const holds = (fn: FunctionIr): boolean => {
    const own = text.slice(fn.start, fn.end);
    return looks.some((look) => look.test(own));
  };
  const names: string[] = [];
  for (const fn of functions.values()) if (fn.name !== '' && holds(fn)) names.push(fn.name);
  for (const cls of classes.values()) {
    for (const member of cls.body) if (member.kind === 'function' && member.fn.name !== '' && holds(member.fn)) names.push(member.fn.name);
  }
  // `const run = promisify(exec)`
  for (const statement of body) {
    const [target] = statement.kind === 'assign' && statement.value.kind === 'call' ? statement.targets : [];
    if (target?.kind === 'name' && looks.some((look) => look.test(text.slice(statement.start, statement.end)))) names.push(target.name);
  }
  const anyOf = names.slice(0, 500).map((name) => name.replace(/[^\w]/g, '\\$&'));
  const calls = anyOf.length === 0 ? null : new RegExp(`(?<![\\w$])(${anyOf.join('|')})\\s*\\(`);
  return (fn) => {
    const own = text.slice(fn.start, fn.end);
    if (withoutRequest.some((look) => look.test(own))) return true;
    const calling = calls?.test(own) ?? false;
    if (fn.decorators.length === 0 && !sourceWords[language].test(own)) return calling && withoutRequest.length > 0;
    return calling || holds(fn);
  };
}
