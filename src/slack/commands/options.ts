import { closest, distance } from 'fastest-levenshtein';

/** Words of what someone typed. Phones turn `--` into a dash and quotes into curly ones. */
export function words(text: string): string[] {
  const straight = text.replace(/[“”„«»]/g, '"').replace(/[‘’‚]/g, "'");
  return [...straight.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) =>
    (double ?? single ?? bare ?? '').replace(/^[—–](?=\p{L})/u, '--').replace(/^`+|`+$/g, ''),
  );
}

/** The known word that was probably meant; null when nothing is near. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (known.length === 0 || word.length === 0 || word.length > 100) return null;
  const lower = word.toLowerCase();
  const same = known.find((each) => each.toLowerCase() === lower);
  if (same) return same;
  const near = closest(lower, [...known]);
  return distance(lower, near.toLowerCase()) <= Math.max(2, Math.floor(near.length / 3)) ? near : null;
}
