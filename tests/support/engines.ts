import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { EngineParts } from '../../src/review/engines/engine.js';
import { enginePackages, isInstalled } from '../../src/review/engines/packages.js';

/** Where `.ci/engines.mjs` puts an engine's package. */
export function engineFolder(engine: keyof typeof enginePackages): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'mahavishnu', 'engines', `${engine}-${enginePackages[engine].version}`);
}

/** Whether the real program can be run. On CI it has to be there; elsewhere its absence is said. */
export function engineInstalled(engine: keyof typeof enginePackages): boolean {
  const folder = engineFolder(engine);
  if (existsSync(folder) && isInstalled(engine, folder)) {
    process.stdout.write(`engine ${engine}: the real ${enginePackages[engine].name} ${enginePackages[engine].version} from ${folder}\n`);
    return true;
  }
  if (process.env.CI === 'true') throw new Error(`${enginePackages[engine].name} is not in ${folder}; run: node .ci/engines.mjs`);
  process.stdout.write(`engine ${engine}: NOT TESTED here, its package is not installed; run: node .ci/engines.mjs\n`);
  return false;
}

export function enginesAt({ claude, codex }: { claude?: string; codex?: string }): EngineParts {
  const packages = engineFolder(claude === undefined ? 'codex' : 'claude');
  return {
    packages,
    claude: { executable: null, baseUrl: claude ?? null, apiKey: claude === undefined ? undefined : 'sk-ant-dummy-0123456789abcdef' },
    codex: { executable: null, baseUrl: codex ?? null, apiKey: codex === undefined ? undefined : 'sk-proj-dummy-0123456789abcdef' },
  };
}
