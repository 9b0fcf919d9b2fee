import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRows } from './rows.js';

test('the list of old releases names each defect once, in both languages, and never the same release as old and fixed', async () => {
  const rows = await readRows();
  expect(new Set(rows.map(({ package: name, advisory }) => `${name} ${advisory}`)).size).toBe(rows.length);
  expect(new Set(rows.map(({ ecosystem }) => ecosystem))).toEqual(new Set(['npm', 'pypi']));
  expect(rows.filter(({ old, fixed }) => old.version === fixed.version || old.lines[0] > old.lines[1])).toEqual([]);
});

test('a row that cannot be read is told with its place', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rows '));
  try {
    const file = join(folder, 'releases.yaml');
    const side = 'version: 1.0.0, file: ../index.js, lines: 1-2';
    await writeFile(
      file,
      `- { package: one, ecosystem: npm, class: no-timeout, advisory: CVE-2020-1234, about: x, old: { ${side} }, fixed: { ${side} } }\n`,
    );
    await expect(readRows(file)).rejects.toThrow(/releases\.yaml cannot be read:[\s\S]*\[0\]\.old\.file/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
