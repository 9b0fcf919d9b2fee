import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';

// In the repository, so that the program finds its libraries.
const folder = mkdtempSync(join(import.meta.dirname, '.processes-'));
const program = join(folder, 'track.mjs');
beforeAll(async () => {
  const entry = join(import.meta.dirname, 'track-process.ts');
  await build({
    entryPoints: [entry],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('files one issue for one defect, although processes end their reviews at the same moment (RV-4)', async () => {
  const file = join(folder, 'ecosystem.yaml');
  writeFileSync(file, '# by hand\ncoordination:\n  issues: []\n');
  const at = Date.now() + 2_000;
  const runs = ['r-1', 'r-2', 'r-3'].map((run) => promisify(execFile)(process.execPath, [program, file, run, String(at)]));
  const tracked = (await Promise.all(runs)).map(({ stdout }) => JSON.parse(stdout) as { created: string[]; confirmed: string[] });
  const { coordination } = parse(readFileSync(file, 'utf8')) as { coordination: { issues: { id: string; fingerprint: string }[] } };
  expect(coordination.issues).toHaveLength(20);
  expect(new Set(coordination.issues.map(({ id }) => id)).size).toBe(20);
  expect(new Set(coordination.issues.map(({ fingerprint }) => fingerprint)).size).toBe(20);
  expect(tracked.map(({ created }) => created.length).sort((a, b) => a - b)).toEqual([0, 0, 20]);
  expect(tracked.map(({ confirmed }) => confirmed.length).sort((a, b) => a - b)).toEqual([0, 20, 20]);
  expect(readdirSync(folder).sort()).toEqual(['ecosystem.yaml', 'track.mjs']);
});
