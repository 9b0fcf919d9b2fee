import type { Language } from '../languages.js';
import { Budget } from './budget.js';
import { Interpreter } from './engine/interpreter.js';
import { type CompiledRules, compileRules, type FlowHit, type ModuleFacts } from './engine/machine.js';
import { readModule } from './engine/module.js';
import type { FlowRule } from './engine/rule.js';
import type { FunctionIr } from './ir.js';
import type { Syntax } from './syntax.js';

/** The rules that follow data, ready for many files. */
export class DataFlow {
  readonly #compiled = new Map<string, CompiledRules>();

  constructor(readonly rules: readonly FlowRule[]) {}

  /** What the rules find in one file. Throws OverBudget for a file that asks for too much. */
  find(root: Syntax, language: Language, module?: ModuleFacts): FlowHit[] {
    const looked = this.rules
      .filter((rule) => rule.language === language)
      .map((rule) => ({ rule, quickLook: new RegExp(rule.requires, 'i') }))
      .filter(({ quickLook }) => quickLook.test(root.source));
    if (looked.length === 0) return [];
    const rules = looked.map(({ rule }) => rule);
    const key = rules.map(({ id }) => id).join(' ');
    const compiled = this.#compiled.get(key) ?? compileRules(rules);
    this.#compiled.set(key, compiled);
    const budget = new Budget();
    const facts = module ?? readModule(root, language, budget);
    const interpreter = new Interpreter(facts, compiled, budget);
    interpreter.runModule(worthRunning(facts, looked.map(({ rule }) => new RegExp(rule.requires, 'i'))));
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
  const calls = names.length === 0 ? null : new RegExp(`(?<![\\w$])(${names.slice(0, 500).map((name) => name.replace(/[^\w]/g, '\\$&')).join('|')})\\s*\\(`);
  return (fn) => holds(fn) || (calls?.test(text.slice(fn.start, fn.end)) ?? false);
}
