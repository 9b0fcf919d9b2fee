import { renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openSeenFiles } from '../../src/review/analyzers/kept/seen-files.js';
import { takeInventory } from '../../src/review/inventory.js';
import { scratchFolder, tree } from './support.js';

const many = Object.fromEntries(Array.from({ length: 1_100 }, (_, at) => [`many/${at % 10}/f${at}.py`, `a = ${at}\n`]));

/** An inventory, and how many files it had to read. */
async function look(folder: string, kept: string) {
  const seen = await openSeenFiles({ folder: kept, repository: 'large' });
  let read = 0;
  const counting: typeof seen = {
    ...seen,
    get(file, stats) {
      const known = seen.get(file, stats);
      if (known === undefined) read += 1;
      return known;
    },
  };
  const inventory = await takeInventory(folder, { seen: counting });
  await seen.save();
  return { inventory, read };
}

/** Until nothing was written a moment ago. */
async function settle(folder: string, kept: string) {
  for (let last = await look(folder, kept); ; last = await look(folder, kept)) if (last.read === 0) return;
}

const LONG_AGO = 1_000_000_000;
const texts = fc.constantFrom('a = 1\n', 'b = 2\n', 'c =\0 \n', '# @generated\n');
const file = fc.constantFrom('many/0/f0.py', 'many/0/f0.py', 'new.py');
const changes = fc.array(
  fc.record({
    kind: fc.constantFrom('write', 'write in secret', 'write in secret', 'write in secret', 'replace', 'remove'),
    file,
    text: texts,
  }),
  {
    minLength: 1,
    maxLength: 4,
  },
);

it('reads no file again that is the same, and each that was written to, whatever its times say (property)', async () => {
  const folder = tree(many);
  const kept = scratchFolder();
  await settle(folder, kept);
  await fc.assert(
    fc.asyncProperty(changes, async (some) => {
      for (const { kind, file: name, text } of some) {
        const path = join(folder, name);
        if (kind === 'replace') {
          writeFileSync(join(folder, 'draft'), text);
          renameSync(join(folder, 'draft'), path);
        } else if (kind === 'remove') rmSync(path, { force: true });
        else {
          writeFileSync(path, text);
          if (kind === 'write in secret') utimesSync(path, LONG_AGO, LONG_AGO);
        }
      }
      const { inventory, read } = await look(folder, kept);
      expect(inventory).toEqual(await takeInventory(folder));
      expect(read).toBeLessThan(20);
    }),
    { numRuns: 80 },
  );
}, 60_000);

it('keeps nothing of a small tree', async () => {
  const folder = tree({ 'a.py': 'a = 1\n' });
  const kept = scratchFolder();
  expect([(await look(folder, kept)).read, (await look(folder, kept)).read]).toEqual([1, 1]);
});
