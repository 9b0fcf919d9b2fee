import { findTool } from '../review/analyzers/found/find-tool.js';
import { ownersTools } from '../review/analyzers/found/owners-tools.js';
import { runsCode } from '../review/found-analyzers.js';
import { type FoundToolName, foundTools } from '../review/hit.js';
import type { Settings } from '../settings/load.js';
import { signs, table, widthOf } from './text.js';

export interface ToolState {
  tool: FoundToolName;
  state: 'used' | 'not found' | 'off';
  /** Where it is, or why it is not used. */
  why: string;
  version: string | null;
  /** It executes code of what it looks at, so it is used for repositories with `trusted: true` alone. */
  needsTrust: boolean;
}

/** What becomes of one of the programs that reviews use when they find them. */
export async function stateOfTool(tool: FoundToolName, settings: Settings | null): Promise<ToolState> {
  const needsTrust = runsCode(tool);
  const owners = settings ? ownersTools(settings) : null;
  const at = owners?.programs[tool];
  if (at === 'off') return { tool, state: 'off', why: 'off in the settings', version: null, needsTrust };
  const found = await findTool(tool, { at, outside: owners?.repositories ?? [] });
  if (!found) return { tool, state: 'not found', why: `not found ${at ? `at ${at}` : 'on PATH'}`, version: null, needsTrust };
  return { tool, state: 'used', why: `${found.version} at ${found.path}`, version: found.version, needsTrust };
}

export const toolStates = (settings: Settings): Promise<ToolState[]> => Promise.all(foundTools.map((tool) => stateOfTool(tool, settings)));

/** The second half of `agents list`. */
export function toolsText(tools: readonly ToolState[], { repos }: Settings): string[] {
  const trusted = repos.filter((repo) => repo.trusted).map(({ name }) => name);
  const rows = tools.map(({ tool, state, why, needsTrust }) => [
    `${state === 'used' ? signs.done : signs.waiting} ${tool}`,
    why,
    needsTrust ? 'where trusted' : '',
  ]);
  return [
    'Programs that reviews use when they find them (where trusted: it runs code of the repository):',
    ...table(rows, { width: widthOf(process.stdout), flexible: 1 }),
    trusted.length > 0 ? `Trusted repositories: ${trusted.join(', ')}` : 'No repository is trusted (repos.yaml: trusted: true).',
  ];
}
