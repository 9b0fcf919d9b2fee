import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import type { Finding, Scope } from '../../src/review/finding.js';
import { reviewTree } from '../../src/review/review-tree.js';

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mahavishnu review '));
  made.push(folder);
  return folder;
}

/** A folder with these files; names may hold slashes. */
export function tree(files: Record<string, string | Buffer>): string {
  const folder = join(scratchFolder(), 'tree');
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

export function review(folder: string, scope: Scope = 'all', more: Partial<Parameters<typeof reviewTree>[0]> = {}) {
  return reviewTree({ folder, commit: 'c0ffee', scope, scratch: scratchFolder(), ...more });
}

export const brief = (findings: readonly Finding[]): string[] =>
  findings.map(({ rule, file, startLine }) => `${rule} ${file}:${startLine}`);
