import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json, whether this runs from src/ (tests) or from dist/. */
export const packageRoot = findPackageRoot(dirname(fileURLToPath(import.meta.url)));

/**
 * Path of a program of ours that a child process is to run, such as `entryPoint('review/analyze')`: one of those that the build
 * bundles. Always in dist/, so that tests start the same file as a user does.
 */
export function entryPoint(name: string): string {
  return join(packageRoot, 'dist', 'programs', `${name.replaceAll('/', '.')}.js`);
}

function findPackageRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('package.json of mahavishnu not found');
  return findPackageRoot(parent);
}
