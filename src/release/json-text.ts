/** Where the value of a path stands in a JSON text: `[start, end)`; null when there is none. The text has to be valid JSON. */
export function findJsonValue(text: string, path: readonly string[]): [number, number] | null {
  let at = skipSpace(text, text.startsWith('\uFEFF') ? 1 : 0);
  for (const wanted of path) {
    const found = enter(text, at, wanted);
    if (found === null) return null;
    at = found;
  }
  return [at, endOf(text, at)];
}

/** Start of the value of a key in the object at `at`. Of a key written twice the last one counts, as for `JSON.parse`. */
function enter(text: string, at: number, wanted: string): number | null {
  if (text[at] !== '{') return null;
  let found: number | null = null;
  let place = skipSpace(text, at + 1);
  while (text[place] === '"') {
    const keyEnd = endOfString(text, place);
    const key = JSON.parse(text.slice(place, keyEnd)) as string;
    const value = skipSpace(text, skipSpace(text, keyEnd) + 1);
    if (key === wanted) found = value;
    place = skipSpace(text, endOf(text, value));
    if (text[place] === ',') place = skipSpace(text, place + 1);
  }
  return found;
}

function endOf(text: string, at: number): number {
  if (text[at] === '"') return endOfString(text, at);
  let place = at;
  if (text[at] !== '{' && text[at] !== '[') {
    while (place < text.length && !/[\s,\]}]/.test(text[place] ?? '')) place += 1;
    return place;
  }
  let depth = 0;
  do {
    const character = text[place];
    if (character === '"') {
      place = endOfString(text, place);
      continue;
    }
    if (character === '{' || character === '[') depth += 1;
    if (character === '}' || character === ']') depth -= 1;
    place += 1;
  } while (depth > 0 && place < text.length);
  return place;
}

function endOfString(text: string, at: number): number {
  let place = at + 1;
  while (place < text.length && text[place] !== '"') place += text[place] === '\\' ? 2 : 1;
  return place + 1;
}

function skipSpace(text: string, at: number): number {
  let place = at;
  while (' \t\n\r'.includes(text[place] ?? 'x')) place += 1;
  return place;
}
