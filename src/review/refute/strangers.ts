import { readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { distance } from 'fastest-levenshtein';
import { languageOf } from '../languages.js';
import type { LocatedHit } from '../merge.js';
import { escaped, plain } from './nodes.js';

/**
 * Of names that JavaScript files lack, those that nothing in the program makes and that no package it asks for is called after:
 * `Prism`, `ethereum`. In published packages nearly all of those with a capital were globals of a host, and of the others those of
 * which only properties are asked (a function that is gone leaves its calls behind) and that are like no other name of their file (as
 * what is misspelt is).
 * `missing`: all the places where such names are reported.
 */
export async function strangersAmong(
  names: ReadonlySet<string>,
  missing: readonly LocatedHit[],
  { folder, files, manifest }: { folder: string; files: readonly string[]; manifest: Record<string, unknown> },
): Promise<Set<string>> {
  const packages = packagesOf(manifest);
  const strangers = new Set([...names].filter((name) => (name.length > 1 || isCapital(name)) && !packages.has(plain(name))));
  if (strangers.size === 0) return strangers;
  const places = new Map<string, Set<number>>();
  for (const { file, start } of missing) places.set(file, (places.get(file) ?? new Set()).add(start));
  const spoken = new RegExp(`(?<![\\w$])(?:${[...strangers].map(escaped).join('|')})(?![\\w$])`, 'g');
  for (const file of files) {
    if (languageOf(file) !== 'typescript') continue;
    const text = await readFile(join(folder, file), 'utf8');
    const own = places.get(file) ?? new Set();
    const lacks = new Set([...own].map((start) => /^[\w$]*/.exec(text.slice(start, start + 200))![0]));
    const unlike = new Set<string>();
    let words: Set<string> | null = null;
    for (const { 0: name, index } of text.matchAll(spoken)) {
      if (!strangers.has(name)) continue;
      if (!own.has(index)) {
        // What has a capital is not called like another place of its own file, which is given it at times: `(function (Prism) {…})(Prism)`.
        if (isCapital(name) ? !lacks.has(name) && !isProse(text, index) : makes(text, index, name)) strangers.delete(name);
      } else if (!isCapital(name)) {
        words ??= new Set([...everywhere, ...(text.match(/[A-Za-z_$][\w$]{2,60}/g) ?? [])]);
        const isAsked = /^\s{0,10}(?:\.|\?\.|\[)/.test(text.slice(index + name.length, index + name.length + 12));
        if (!isAsked || (!unlike.has(name) && isLike(name, words))) strangers.delete(name);
        else unlike.add(name);
      }
    }
  }
  return strangers;
}

/** What is misspelt although the file need not say it anywhere else. */
const everywhere = ['console', 'document', 'exports', 'module', 'process', 'window'];

const isCapital = (name: string): boolean => /^[A-Z]/.test(name);

function packagesOf(manifest: Record<string, unknown>): Set<string> {
  const asked = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'].flatMap((part) =>
    Object.keys(manifest[part] ?? {}),
  );
  return new Set(
    [...builtinModules, ...asked].flatMap((each) =>
      [each, each.replace(/^@[^/]*\//, ''), each.replace(/^@[^/]*\/|[._-]?js$/g, '')].map(plain),
    ),
  );
}

/** Whether a place, at which the name is not missing, may be what makes it: no property that is read, no key of a value, no prose. */
function makes(text: string, start: number, name: string): boolean {
  const before = lineBefore(text, start);
  const after = text.slice(start + name.length, start + name.length + 40);
  if (isProse(text, start)) return false;
  if (/(?<!\.\.)\.\s*$/.test(before)) return /^\s*=(?!=)/.test(after);
  return !/^\s*:/.test(after) || /\(\s*$/.test(before) || /^\s*:\s*(?:async\s*)?(?:function\b|\()/.test(after);
}

const lineBefore = (text: string, start: number): string =>
  text.slice(Math.max(0, text.lastIndexOf('\n', start - 1) + 1, start - 200), start);

/** In a comment, or in a string of one line. */
function isProse(text: string, start: number): boolean {
  const before = lineBefore(text, start);
  return /(?:^|[^:])\/\/|\/\*|^\s*\*/.test(before) || isOdd(before, "'") || isOdd(before, '"');
}

const isOdd = (text: string, quote: string): boolean => text.split(quote).length % 2 === 0;

/** Whether the name is a word of the file misspelt, or a part of one (`res` of `response`, `pluginKey` of `getPluginKey`). */
function isLike(name: string, words: ReadonlySet<string>): boolean {
  const low = name.toLowerCase();
  for (const word of words) {
    const other = word.toLowerCase();
    // `fis3`, beside which `fis` stands, is a later version of it.
    if (word.startsWith(name) && /^\d*$/.test(word.slice(name.length))) continue;
    if (other === low || (low.length > 2 && other.includes(low))) return true;
    if (low.length > 3 && Math.abs(other.length - low.length) < 2 && distance(low, other) <= (low.length > 5 ? 2 : 1)) return true;
  }
  return false;
}
