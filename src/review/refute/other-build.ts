import { groupBy, type LocatedHit } from '../merge.js';
import { lowered, squeeze, type Verdict } from './nodes.js';

/** Folders that say for which way of loading a program it was compiled. */
const formats = /^(?:cjs|commonjs|umd|lib|esnext|es|es[5-9]|es20\d\d|f?esm(?:\d{1,4})?)$/;
const ending = /(?:\.(?:cjs|es|esm|legacy-esm|module|umd))?\.(?:[cm]?js|d\.[cm]?ts)$/;

/** The same report of the same lines in two builds of a program, `dist/cjs/index.js` and `dist/esm/index.mjs`, is one: told of the first by name. */
export async function otherBuilds(
  hits: readonly LocatedHit[],
  textOf: (file: string) => Promise<string>,
): Promise<Map<LocatedHit, Verdict>> {
  const verdicts = new Map<LocatedHit, Verdict>();
  const built = hits.filter(({ rule, agent, file }) => agent === undefined && rule.priority !== 'P2' && sourceOf(file) !== null);
  for (const alike of groupBy(built, ({ rule, file }) => `${rule.id} ${sourceOf(file)}`).values()) {
    if (new Set(alike.map(({ file }) => file)).size < 2) continue;
    const first = new Map<string, string>();
    for (const hit of alike.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start))) {
      const lines = squeeze(linesAround(await textOf(hit.file), hit.start));
      const told = first.get(lines);
      if (told === undefined) first.set(lines, hit.file);
      else if (told !== hit.file)
        verdicts.set(hit, lowered('compiled file', `it is made from what ${told} is made from, where it is told`));
    }
  }
  return verdicts;
}

/** What the builds of a file have in common: its path without the format. */
function sourceOf(file: string): string | null {
  const parts = file.split('/');
  const at = parts.slice(0, -1).findLastIndex((part) => formats.test(part));
  return at < 0 || !ending.test(file) ? null : parts.with(at, '*').join('/').replace(ending, '');
}

/** With the line before and the one after, which say of `return true;` where it stands. */
function linesAround(text: string, start: number): string {
  const from = text.lastIndexOf('\n', text.lastIndexOf('\n', start - 1) - 1) + 1;
  const next = text.indexOf('\n', start);
  const to = next < 0 ? -1 : text.indexOf('\n', next + 1);
  return text.slice(from, to < 0 ? undefined : to);
}
