import type { Repo } from '../repos/source.js';
import { type AgentTeam, agentTeam } from '../review/agents.js';
import type { EngineParts } from '../review/engines/engine.js';
import type { Settings } from '../settings/load.js';
import { policyAt } from './gates-of.js';
import type { WorkflowParts } from './parts.js';

/** Who reviews a repository: the settings' agents, with what the repository says of them at this commit. */
export async function teamAt(parts: Pick<WorkflowParts, 'clones' | 'settings'>, repo: Repo, commit: string): Promise<AgentTeam> {
  const { agents } = await policyAt(parts, repo, commit);
  const settings = parts.settings();
  const listed = settings.repos.find(({ name, path, url }) => name === repo.name && (path ?? url) === repo.source);
  return agentTeam(settings.agents, agents, listed?.agents);
}

/** Keys come from the bot's own environment and go to the engine they are for, nowhere else (RL-4). */
export function engineParts({ engines, secrets }: Pick<Settings, 'engines' | 'secrets'>): EngineParts {
  return {
    packages: engines.packages,
    claude: { ...engines.claude, apiKey: secrets.get('ANTHROPIC_API_KEY') },
    codex: { ...engines.codex, apiKey: secrets.get('OPENAI_API_KEY') },
  };
}
