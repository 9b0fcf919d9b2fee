import { agents, watches } from './agents.js';
import type { Scope } from './finding.js';
import { foundTools } from './hit.js';
import { inScope, ruleTable } from './rules/table.js';

/** Tells of a finding's rule whether a review really looked for it: it is in the scope, and no agent that knows it failed. */
export async function judgedRules(scope: Scope, failedAgents: readonly string[]): Promise<(rule: string) => boolean> {
  const table = await ruleTable();
  const failed = new Set(failedAgents);
  return (id) => {
    const rule = table.byId(id);
    if (!rule || !inScope(scope, rule)) return false;
    // The program that found it may not have been there this time.
    if (foundTools.some((tool) => tool === rule.tool)) return false;
    return !agents.some((agent) => failed.has(agent.name) && watches(agent, rule));
  };
}
