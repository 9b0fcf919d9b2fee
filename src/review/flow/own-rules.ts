import type { SgNode } from '@ast-grep/napi';
import type { AstGrepRule } from '../analyze.js';
import type { RawHit } from '../hit.js';
import type { Language } from '../languages.js';
import { Budget } from './budget.js';
import { Checks } from './checks/checks.js';
import { DataFlow } from './data-flow.js';
import { readModule } from './engine/module.js';
import type { FlowRule } from './engine/rule.js';
import { Syntax } from './syntax.js';

interface ParsedFile {
  file: string;
  language: Language;
  text: string;
  root: SgNode;
}

/** The rules of the pack that are more than a pattern: those that follow data, and our checks. */
export class OwnRules {
  readonly #flow: DataFlow;
  readonly #checks: Checks;

  constructor(rules: readonly AstGrepRule[]) {
    this.#flow = new DataFlow(
      rules.flatMap(({ id, language, requires, flow }): FlowRule[] => (flow ? [{ id, language, requires, flow }] : [])),
    );
    this.#checks = new Checks(rules);
  }

  wants(language: Language, text: string): boolean {
    return this.#flow.wants(language, text) || this.#checks.wants(language, text);
  }

  /** Throws OverBudget for a file that asks for more work than a file may. */
  find({ file, language, text, root }: ParsedFile): RawHit[] {
    if (!this.wants(language, text)) return [];
    const module = readModule(new Syntax(root, text), language, new Budget());
    const found = [...this.#flow.find(module), ...this.#checks.find(file, module)];
    return found.map(({ rule, start, end, message }) => ({ code: rule, file, start, end, message, fixable: false }));
  }

  /** What shows only when all files have been seen. */
  finish(): RawHit[] {
    return this.#checks.finish();
  }
}
