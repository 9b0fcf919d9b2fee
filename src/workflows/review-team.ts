import type { Repo } from '../repos/source.js';
import { type AgentTeam, agentTeam } from '../review/agents.js';
import { policyAt } from './gates-of.js';
import type { WorkflowParts } from './parts.js';

/** Who reviews a repository: the settings' agents, with what the repository says of them at this commit. */
export async function teamAt(parts: Pick<WorkflowParts, 'clones' | 'settings'>, repo: Repo, commit: string): Promise<AgentTeam> {
  const { agents } = await policyAt(parts, repo, commit);
  const settings = parts.settings();
  const listed = settings.repos.find(({ name, path, url }) => name === repo.name && (path ?? url) === repo.source);
  return agentTeam(settings.agents, agents, listed?.agents);
}
