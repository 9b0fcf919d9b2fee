import { isAbsolute } from 'node:path';
import type { Repo } from '../repos/source.js';
import { type AgentTeam, agentTeam } from '../review/agents.js';
import { type OwnersTools, ownersTools } from '../review/analyzers/found/owners-tools.js';
import { policyAt } from './gates-of.js';
import type { WorkflowParts } from './parts.js';

/** Who reviews a repository: the settings' agents, with what the repository says of them at this commit. */
export async function teamAt(parts: Pick<WorkflowParts, 'clones' | 'settings'>, repo: Repo, commit: string): Promise<AgentTeam> {
  const { agents } = await policyAt(parts, repo, commit);
  const settings = parts.settings();
  return agentTeam(settings.agents, agents, listed(parts, repo)?.agents);
}

/** What the owner says of programs that are used when they are found, for this repository. */
export function toolsFor(parts: Pick<WorkflowParts, 'settings'>, repo: Repo): OwnersTools {
  return ownersTools(parts.settings(), listed(parts, repo), isAbsolute(repo.source) ? repo.source : undefined);
}

const listed = ({ settings }: Pick<WorkflowParts, 'settings'>, repo: Repo) =>
  settings().repos.find(({ name, path, url }) => name === repo.name && (path ?? url) === repo.source);
