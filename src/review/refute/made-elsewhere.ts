import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { languageOf } from '../languages.js';
import { groupBy, type LocatedHit } from '../merge.js';
import { dropped, escaped, lowered, type Verdict } from './nodes.js';

/** A name that so many files use and none defines is no slip of a pen. */
const MANY_FILES = 3;

/** Names that a file of a program does not define because another one, or what runs it, puts them among the globals. */
export async function madeElsewhere(
  hits: readonly LocatedHit[],
  { folder, files, textOf }: { folder: string; files: readonly string[]; textOf: (file: string) => Promise<string> },
): Promise<Map<LocatedHit, Verdict>> {
  const named = await Promise.all(
    hits
      .filter(({ rule }) => rule.id === 'oxlint/no-undef')
      .map(async (hit) => ({ hit, name: (await textOf(hit.file)).slice(hit.start, hit.end) })),
  );
  const byName = groupBy(named, ({ name }) => name);
  const makers = await globalsMade([...byName.keys()], folder, files);
  const verdicts = new Map<LocatedHit, Verdict>();
  for (const [name, uses] of byName) {
    const users = new Set(uses.map(({ hit }) => hit.file)).size;
    const maker = makers.get(name);
    if (!maker && users < MANY_FILES) continue;
    const verdict = maker
      ? dropped('global of the program', `${maker} puts the name among the globals`)
      : lowered('global of the program', `${users} files use the name and none defines it: what runs them may`);
    for (const { hit } of uses) verdicts.set(hit, verdict);
  }
  return verdicts;
}

/** The first file that assigns each name to the global object. */
async function globalsMade(names: readonly string[], folder: string, files: readonly string[]): Promise<Map<string, string>> {
  const made = new Map<string, string>();
  if (names.length === 0) return made;
  const any = names.map(escaped).join('|');
  const assignment = new RegExp(`\\b(?:global|globalThis|window|self)(?:\\.(${any})|\\[['"](${any})['"]\\])\\s*=(?!=)`, 'g');
  // One after the other: the texts of a large tree together would be its size.
  for (const file of files) {
    if (languageOf(file) !== 'typescript') continue;
    for (const [, plain, quoted] of (await readFile(join(folder, file), 'utf8')).matchAll(assignment)) {
      const name = plain ?? quoted ?? '';
      if (!made.has(name)) made.set(name, file);
    }
  }
  return made;
}
