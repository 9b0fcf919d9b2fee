import { join } from 'node:path';
import type { AstGrepRule } from '../analyze.js';
import { inTurns } from '../in-turns.js';
import { languageOf } from '../languages.js';
import { readSource } from './source-file.js';

/** The files in which a rule can find anything at all, by what it requires of a text. One that cannot be read is left to those who say so. */
export async function worthALook(folder: string, files: readonly string[], rules: readonly AstGrepRule[]): Promise<string[]> {
  const looks = rules.map(({ language, requires }) => ({ language, pattern: new RegExp(requires, 'i') }));
  const worth: string[] = [];
  const turn = inTurns();
  for (const file of files) {
    const language = languageOf(file);
    const own = looks.filter((look) => look.language === language);
    if (own.length === 0) continue;
    await turn();
    let text: string;
    try {
      text = readSource(join(folder, file));
    } catch {
      worth.push(file);
      continue;
    }
    if (own.some(({ pattern }) => pattern.test(text))) worth.push(file);
  }
  return worth;
}
