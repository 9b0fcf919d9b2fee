import type { Settings } from '../../settings/load.js';
import type { EngineParts } from './engine.js';

/** Keys come from the bot's own environment and go to the engine they are for, nowhere else (RL-4). */
export function engineParts({ engines, secrets }: Pick<Settings, 'engines' | 'secrets'>): EngineParts {
  return {
    packages: engines.packages,
    claude: { ...engines.claude, apiKey: secrets.get('ANTHROPIC_API_KEY') },
    codex: { ...engines.codex, apiKey: secrets.get('OPENAI_API_KEY') },
  };
}
