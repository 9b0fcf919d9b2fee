// `npm run releases [-- --keep FOLDER] [PACKAGE…]`: reviews old releases of public packages that have a known defect and the releases
// that mended it, and prints one JSON object. Needs a network, npm and pip; with --keep what was fetched is used again.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { compareReleases, type Outcome } from './compare.js';
import { readRows } from './rows.js';

const { values, positionals } = parseArgs({ options: { keep: { type: 'string' } }, allowPositionals: true });
const all = await readRows();
const unknown = positionals.filter((name) => !all.some((row) => row.package === name));
if (unknown.length > 0) throw new Error(`No release is listed of ${unknown.join(', ')}`);
const keep = values.keep === undefined ? await mkdtemp(join(tmpdir(), 'releases-')) : resolve(values.keep);
try {
  const rows: Outcome[] = [];
  for (const row of all) {
    if (positionals.length === 0 || positionals.includes(row.package)) rows.push(await compareReleases(row, keep));
  }
  const count = (is: (row: Outcome) => boolean) => rows.filter(is).length;
  process.stdout.write(
    `${JSON.stringify({ tried: rows.length, found: count(({ found }) => found), gone: count(({ gone }) => gone), rows }, null, 2)}\n`,
  );
} finally {
  if (values.keep === undefined) await rm(keep, { recursive: true, force: true });
}
