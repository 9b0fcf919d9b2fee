import type { Language } from '../languages.js';
import { Budget } from './budget.js';
import { Interpreter } from './engine/interpreter.js';
import { type CompiledRules, compileRules, type FlowHit, type ModuleFacts } from './engine/machine.js';
import type { FlowRule } from './engine/rule.js';
import type { FunctionIr } from './ir.js';

/** The rules that follow data, ready for many files. */
export class DataFlow {
  readonly #rules: { rule: FlowRule; quickLook: RegExp }[];
  readonly #compiled = new Map<string, CompiledRules>();

  constructor(rules: readonly FlowRule[]) {
    this.#rules = rules.map((rule) => ({ rule, quickLook: new RegExp(rule.requires, 'i') }));
  }

  wants(language: Language, text: string): boolean {
    return this.#rules.some(({ rule, quickLook }) => rule.language === language && quickLook.test(text));
  }

  /** What the rules find in one file. Throws OverBudget for a file that asks for too much. */
  find(module: ModuleFacts): FlowHit[] {
    const looked = this.#rules.filter(({ rule, quickLook }) => rule.language === module.language && quickLook.test(module.text));
    if (looked.length === 0) return [];
    const rules = looked.map(({ rule }) => rule);
    const key = rules.map(({ id }) => id).join(' ');
    const compiled = this.#compiled.get(key) ?? compileRules(rules);
    this.#compiled.set(key, compiled);
    const interpreter = new Interpreter(module, compiled, new Budget());
    interpreter.runModule(
      worthRunning(
        module,
        looked.map(({ quickLook }) => quickLook),
      ),
    );
    return [...interpreter.hits.values()];
  }
}

/** Functions with a word of a sink in their text, and those that call one of these. */
function worthRunning({ text, functions, classes }: ModuleFacts, looks: readonly RegExp[]): (fn: FunctionIr) => boolean {
  const holds = (fn: FunctionIr): boolean => {
    const own = text.slice(fn.start, fn.end);
    return looks.some((look) => look.test(own));
  };
  const names: string[] = [];
  for (const fn of functions.values()) if (fn.name !== '' && holds(fn)) names.push(fn.name);
  for (const cls of classes.values()) {
    for (const member of cls.body) if (member.kind === 'function' && member.fn.name !== '' && holds(member.fn)) names.push(member.fn.name);
  }
  const anyOf = names.slice(0, 500).map((name) => name.replace(/[^\w]/g, '\\$&'));
  const calls = anyOf.length === 0 ? null : new RegExp(`(?<![\\w$])(${anyOf.join('|')})\\s*\\(`);
  return (fn) => holds(fn) || (calls?.test(text.slice(fn.start, fn.end)) ?? false);
}
