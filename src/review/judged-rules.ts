import { type AgentTeam, fileFilter, watches } from './agents.js';
import type { ReviewCoverage, Scope } from './finding.js';
import { foundTools } from './hit.js';
import { inScope, ruleTable } from './rules/table.js';

const isFound = (tool: string | undefined) => foundTools.some((found) => found === tool);

/**
 * Tells of a rule in a file whether this review really looked for it: the rule is in the scope, an agent that knows it looked at the
 * file, and none that knows it failed. That a model is silent proves nothing, so what only a model knows is never judged.
 */
export async function judgedRules({
  scope,
  team,
  coverage,
}: {
  scope: Scope;
  team: AgentTeam;
  coverage: Pick<ReviewCoverage, 'agents' | 'tools'>;
}): Promise<(rule: string, file: string) => boolean> {
  const table = await ruleTable();
  const status = new Map(coverage.agents.map((outcome) => [outcome.agent, outcome.status]));
  const agents = team.agents.filter(({ reviews }) => reviews).map((agent) => ({ agent, looksAt: fileFilter(agent) }));
  const used = new Set<string | undefined>((coverage.tools ?? []).flatMap(({ tool, status }) => (status === 'used' ? [tool] : [])));
  return (id, file) => {
    const rule = table.byId(id);
    const knowing = agents.filter(({ agent }) =>
      agent.engine === 'built-in'
        ? rule !== undefined && watches(agent, rule)
        : (agent.engine === 'sarif' || agent.engine === 'command') && id.startsWith(`${agent.name}/`),
    );
    if (rule && !inScope(scope, rule)) return false;
    // The program that found it may not have been there this time.
    if (isFound(rule?.tool) && !used.has(rule?.tool)) return false;
    // An agent that had nothing to look at has no outcome: files of its language are all gone.
    return (
      knowing.every(({ agent }) => status.get(agent.name) !== 'failed') &&
      knowing.some(({ agent, looksAt }) => looksAt(file) && (status.get(agent.name) === 'done' || agent.engine === 'built-in'))
    );
  };
}
