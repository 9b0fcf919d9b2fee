import type { Scope } from '../finding.js';
import type { Tool } from '../hit.js';
import { banditRules, dependencyRules, knipRules, mypyRules, publintRules, shellcheckRules, zizmorRules } from './found.js';
import { jscpdRules } from './jscpd.js';
import { oxlintRules } from './oxlint.js';
import { loadRulePack, type PackRule, packTableRule } from './pack.js';
import { pyrightRules } from './pyright.js';
import { ruffRules } from './ruff.js';
import type { Rule } from './rule.js';
import { secretRules } from './secrets.js';

export interface RuleTable {
  rules: readonly Rule[];
  pack: readonly PackRule[];
  /** The line for a tool's code; for a family, with the code itself in its id. */
  find(tool: Tool, code: string): Rule | undefined;
  /** The line of a finding's `rule`. */
  byId(id: string): Rule | undefined;
}

let loaded: Promise<RuleTable> | undefined;

/** The one rule table. Read once: its files belong to the program, not to the repositories. */
export function ruleTable(): Promise<RuleTable> {
  loaded ??= buildTable().catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  return loaded;
}

async function buildTable(): Promise<RuleTable> {
  const pack = await loadRulePack();
  const rules = [
    ...pack.map(packTableRule),
    ...ruffRules,
    ...oxlintRules,
    ...pyrightRules,
    ...secretRules,
    ...jscpdRules,
    ...banditRules,
    ...shellcheckRules,
    ...zizmorRules,
    ...mypyRules,
    ...publintRules,
    ...knipRules,
    ...dependencyRules,
  ];
  const known = new Map<string, Rule | undefined>();
  const find = (tool: Tool, code: string): Rule | undefined => {
    const key = `${tool}/${code}`;
    if (!known.has(key)) known.set(key, lookUp(rules, tool, code));
    return known.get(key);
  };
  const byId = (id: string): Rule | undefined => {
    const slash = id.indexOf('/');
    const tool = id.slice(0, slash);
    return find((tool === 'mahavishnu' ? 'ast-grep' : tool) as Tool, id.slice(slash + 1));
  };
  return { rules, pack, find, byId };
}

function lookUp(rules: readonly Rule[], tool: Tool, code: string): Rule | undefined {
  const exact = rules.find((rule) => rule.tool === tool && !rule.family && rule.code === code);
  if (exact) return exact;
  const families = rules.filter((rule) => rule.tool === tool && rule.family && code.startsWith(rule.code));
  const closest = families.sort((a, b) => b.code.length - a.code.length)[0];
  return closest && { ...closest, id: `${tool}/${code}`, code, family: false };
}

/** Scopes are filters over the table (RV-5). */
export function inScope(scope: Scope, { priority, perspective }: Pick<Rule, 'priority' | 'perspective'>): boolean {
  if (scope === 'all') return true;
  if (scope === 'critical') return priority === 'P0';
  if (scope === 'quality') return perspective === 'language' || perspective === 'architect';
  return perspective === scope;
}
