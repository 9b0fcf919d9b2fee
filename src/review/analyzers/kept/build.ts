import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../../../process/entry-point.js';
import type { Tool } from '../../hit.js';

const packages: Partial<Record<Tool, readonly string[]>> = {
  ruff: ['@astral-sh/ruff-wasm-nodejs'],
  'ast-grep': ['@ast-grep/napi', '@ast-grep/lang-python'],
  oxlint: ['oxlint'],
  pyright: ['pyright'],
  secretlint: ['@secretlint/core', '@secretlint/secretlint-rule-preset-recommend'],
  jscpd: ['jscpd'],
};

const require = createRequire(import.meta.url);
let ours: string | undefined;

/** What of the program itself a result depends on: the versions of the tool's packages, and our own code as it was built. */
export function toolBuild(tool: Tool): string {
  return JSON.stringify([ownBuild(), process.version, (packages[tool] ?? []).map((name) => [name, versionOf(name)])]);
}

/** Our own code as it was built. */
export function ownBuild(): string {
  ours ??= codeDigest(join(packageRoot, 'dist', 'review'));
  return ours;
}

function versionOf(name: string): string {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      return (JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')) as { version: string }).version;
    } catch {
      // Not in this folder.
    }
  }
  return 'unknown';
}

function codeDigest(folder: string): string {
  const hash = createHash('sha256');
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.js')) continue;
    const path = join(entry.parentPath, entry.name);
    hash.update(path).update(readFileSync(path));
  }
  return hash.digest('hex');
}
