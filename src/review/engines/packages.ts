import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { InvalidRequest } from '../../errors.js';
import { packageRoot } from '../../process/entry-point.js';

const Manifest = z.object({
  main: z.string().optional(),
  exports: z.record(z.string(), z.unknown()).optional(),
});

/** The versions this code was tested with. */
export const enginePackages = {
  claude: { name: '@anthropic-ai/claude-agent-sdk', version: '0.3.329' },
  codex: { name: '@openai/codex-sdk', version: '0.163.0' },
} as const;

/** Loads an optional package from the owner's folder, or from beside this program; says how to install it when it is not there. */
export async function loadPackage(engine: keyof typeof enginePackages, folder: string | null): Promise<unknown> {
  const { name, version } = enginePackages[engine];
  if (!isInstalled(engine, folder)) {
    const where = folder === null ? '' : ` --prefix ${JSON.stringify(folder)}`;
    throw new InvalidRequest(
      `Engine "${engine}" needs a package that is not installed. Install it:`,
      `npm install${where} ${name}@${version}`,
    );
  }
  const entry = entryOf(engine, folder);
  return entry === null ? import(name) : import(pathToFileURL(entry).href);
}

export function isInstalled(engine: keyof typeof enginePackages, folder: string | null): boolean {
  if (folder !== null) return entryOf(engine, folder) !== null;
  try {
    return import.meta.resolve(enginePackages[engine].name) !== '';
  } catch {
    return false;
  }
}

/** The folder with the packages of the engine's maker: where its program lies, unless the owner names another one. */
export function makersFolder(engine: keyof typeof enginePackages, folder: string | null): string {
  const { name } = enginePackages[engine];
  if (entryOf(engine, folder) !== null) return join(folder ?? packageRoot, 'node_modules', name.split('/')[0]!);
  const entry = fileURLToPath(import.meta.resolve(name));
  return entry.slice(0, entry.lastIndexOf(join(...name.split('/'))) + name.indexOf('/'));
}

/** Node resolves from the importing file only, so the entry of a package elsewhere is read from its manifest. Null: beside this program. */
function entryOf(engine: keyof typeof enginePackages, folder: string | null): string | null {
  const root = join(folder ?? packageRoot, 'node_modules', ...enginePackages[engine].name.split('/'));
  const path = join(root, 'package.json');
  if (!existsSync(path)) return null;
  const manifest = Manifest.parse(JSON.parse(readFileSync(path, 'utf8')));
  const dot = z.object({ import: z.string().optional(), default: z.string().optional() }).safeParse(manifest.exports?.['.']).data;
  const entry = dot?.import ?? dot?.default ?? manifest.main;
  return entry === undefined ? null : join(root, entry);
}
