import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../src/process/entry-point.js';

interface Installer {
  toolsFolder(kind: 'python' | 'node'): string;
  hasPython(): boolean;
}

/** Where `.ci/tools.mjs` puts the real programs, as a folder of PATH; null, and said so, when they cannot be there. */
export async function realTools(kind: 'python' | 'node'): Promise<string | null> {
  const { toolsFolder, hasPython } = (await import(pathToFileURL(join(packageRoot, '.ci', 'tools.mjs')).href)) as Installer;
  const folder = toolsFolder(kind);
  if (existsSync(join(dirname(folder), 'complete'))) return folder;
  const mustBe = process.env.CI === 'true' && (kind === 'node' || hasPython());
  if (mustBe) throw new Error(`the programs of ${kind} are not in ${folder}; run: node .ci/tools.mjs`);
  process.stdout.write(`programs of ${kind}: NOT TESTED here, they are not installed; run: node .ci/tools.mjs\n`);
  return null;
}
