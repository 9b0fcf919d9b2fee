/**
 * The text of the ecosystem file cut at its issues, so that one of ten thousand can be read or changed without touching
 * the others. Joined again, the pieces are the file, byte by byte.
 */
export interface Layout {
  /** Everything up to the `issues:` line. */
  before: string;
  /** The `issues:` line itself. */
  key: string;
  /** Comments between the key and the first item. */
  lead: string;
  /** Each from its `- ` line to the line before the next item. */
  chunks: string[];
  after: string;
  /** Spaces before the keys of `coordination`. */
  keyIndent: number;
  /** Spaces before the `-` of an issue. */
  itemIndent: number;
  eol: '\n' | '\r\n';
}

export const join = ({ before, key, lead, chunks, after }: Layout) => before + key + lead + chunks.join('') + after;

/**
 * Cuts a file whose `coordination.issues` is a block list, or empty. Null for any other way to write it.
 * Within a block list only its own items can have `- ` at the list's indentation: whatever is inside an item, text of
 * several lines too, is indented further.
 */
export function cut(text: string): Layout | null {
  const lines = text.split(/(?<=\n)/);
  const top = lines.findIndex((line) => /^coordination:\s*(?:#.*)?$/.test(line.trimEnd()));
  // Anchors, several documents and tabs are left to the parser that knows the whole file.
  if (top < 0 || lines.some((line) => /^(?:---|\.\.\.|%|\t)/.test(line))) return null;
  let end = top + 1;
  while (end < lines.length && !isKeyAt(lines[end] ?? '', 0)) end += 1;
  const first = lines.slice(top + 1, end).find((line) => !isBlank(line));
  const keyIndent = indentOf(first ?? '');
  if (keyIndent === 0) return null;
  const at = lines.findIndex(
    (line, index) => index > top && index < end && indentOf(line) === keyIndent && line.startsWith('issues:', keyIndent),
  );
  if (at < 0 || !/^\s*issues:\s*(?:\[\s*\]|null|~)?\s*(?:#.*)?$/.test((lines[at] ?? '').trimEnd())) return null;

  const items: number[] = [];
  let itemIndent: number | null = null;
  let stop = at + 1;
  for (; stop < end; stop += 1) {
    const line = lines[stop] ?? '';
    if (isBlank(line)) continue;
    const indent = indentOf(line);
    const dash = /^ *-(?:\s|$)/.test(line);
    if (itemIndent === null) {
      if (!dash || indent < keyIndent) break;
      itemIndent = indent;
    }
    if (indent < itemIndent || (indent === itemIndent && !dash)) break;
    if (indent === itemIndent) items.push(stop);
  }
  // Blank lines and comments before the next key belong to it.
  while (
    !keepsItsEnd(lines.slice(items.at(-1) ?? stop, stop)) &&
    stop > at + 1 &&
    isBlank(lines[stop - 1] ?? '') &&
    indentOf(lines[stop - 1] ?? '') <= (itemIndent ?? keyIndent)
  )
    stop -= 1;
  const between = (from: number, to: number) => lines.slice(from, to).join('');
  return {
    before: between(0, at),
    key: lines[at] ?? '',
    lead: between(at + 1, items[0] ?? stop),
    chunks: items.map((start, index) => between(start, items[index + 1] ?? stop)),
    after: between(stop, lines.length),
    keyIndent,
    itemIndent: itemIndent ?? keyIndent + 2,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}

/** Whether the item may hold a text written with `|+` or `>+`, to which blank lines behind it belong. */
const keepsItsEnd = (lines: string[]) => lines.some((line) => /[|>]\d?\+/.test(line));

/** Blank, or nothing but a comment. */
const isBlank = (line: string) => /^\s*(?:#.*)?$/.test(line.trimEnd());
const indentOf = (line: string) => line.length - line.trimStart().length;
const isKeyAt = (line: string, indent: number) => !isBlank(line) && indentOf(line) <= indent;

/** An item without the blank lines and comments behind it, which belong to the next one. */
export function splitTail(chunk: string, itemIndent: number): { body: string; tail: string } {
  const lines = chunk.split(/(?<=\n)/);
  if (keepsItsEnd(lines)) return { body: chunk, tail: '' };
  let last = lines.length;
  while (last > 1 && isBlank(lines[last - 1] ?? '') && (!(lines[last - 1] ?? '').trim() || indentOf(lines[last - 1] ?? '') <= itemIndent))
    last -= 1;
  return { body: lines.slice(0, last).join(''), tail: lines.slice(last).join('') };
}
