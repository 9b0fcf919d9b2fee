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
  const starts = lineStarts(text);
  const count = starts.length;
  const at = (line: number) => starts[line] ?? text.length;
  const lineOf = (line: number) => text.slice(at(line), at(line + 1));
  const between = (from: number, to: number) => text.slice(at(from), at(to));

  // Anchors, several documents and tabs are left to the parser that knows the whole file.
  if (/^(?:---|\.\.\.|%|\t)/m.test(text)) return null;
  const topAt = text.search(/^coordination:[^\S\n]*(?:#.*)?$/m);
  if (topAt < 0) return null;
  const top = starts.indexOf(topAt);
  let end = top + 1;
  let first = -1;
  while (end < count) {
    const line = shapeAt(text, at(end));
    if (!line.blank) {
      if (line.indent === 0) break;
      if (first < 0) first = end;
    }
    end += 1;
  }
  const keyIndent = first < 0 ? 0 : shapeAt(text, at(first)).indent;
  if (keyIndent === 0) return null;
  let key = top + 1;
  while (key < end && !(text.startsWith('issues:', at(key) + keyIndent) && shapeAt(text, at(key)).indent === keyIndent)) key += 1;
  if (key === end || !/^\s*issues:\s*(?:\[\s*\]|null|~)?\s*(?:#.*)?$/.test(lineOf(key).trimEnd())) return null;

  const items: number[] = [];
  let itemIndent: number | null = null;
  let stop = key + 1;
  for (; stop < end; stop += 1) {
    const { blank, indent, dash } = shapeAt(text, at(stop));
    if (blank) continue;
    if (itemIndent === null) {
      if (!dash || indent < keyIndent) break;
      itemIndent = indent;
    }
    if (indent < itemIndent || (indent === itemIndent && !dash)) break;
    if (indent === itemIndent) items.push(stop);
  }
  // Blank lines and comments before the next key belong to it.
  while (!keepsItsEnd(between(items.at(-1) ?? stop, stop)) && stop > key + 1) {
    const { blank, indent } = shapeAt(text, at(stop - 1));
    if (!blank || indent > (itemIndent ?? keyIndent)) break;
    stop -= 1;
  }
  return {
    before: between(0, key),
    key: lineOf(key),
    lead: between(key + 1, items[0] ?? stop),
    chunks: items.map((start, index) => between(start, items[index + 1] ?? stop)),
    after: between(stop, count),
    keyIndent,
    itemIndent: itemIndent ?? keyIndent + 2,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}

/**
 * The same for a text of which most is as it was: only what lies between the first and the last change is cut. Null when that cannot
 * be told apart, so that the whole has to be cut. `kept`: how many items at the front and at the back are the old ones.
 */
export function cutAgain(text: string, old: Layout): { layout: Layout; kept: { front: number; back: number } } | null {
  const { before, key, lead, chunks, after } = old;
  const head = before + key + lead;
  if (!text.startsWith(head) || !text.endsWith(after)) return null;
  let [from, front] = [head.length, 0];
  while (front < chunks.length && text.startsWith(chunks[front]!, from)) from += chunks[front++]!.length;
  let [to, back] = [text.length - after.length, 0];
  while (back < chunks.length - front && to - from >= chunks.at(-1 - back)!.length) {
    const chunk = chunks.at(-1 - back)!;
    if (!text.startsWith(chunk, to - chunk.length)) break;
    to -= chunk.length;
    back += 1;
  }
  if (to < from) return null;
  // The neighbours are cut again: what is between the items belongs to one of them.
  if (front > 0) from -= chunks[--front]!.length;
  if (back > 0) to += chunks.at(-back--)!.length;
  const middle = cut(head + text.slice(from, to) + after);
  const same = middle && middle.before === before && middle.key === key && middle.lead === lead && middle.after === after;
  if (!same || middle.itemIndent !== old.itemIndent || middle.keyIndent !== old.keyIndent) return null;
  if (middle.eol !== old.eol && text.includes('\r\n') !== (old.eol === '\r\n')) return null;
  const all = [...chunks.slice(0, front), ...middle.chunks, ...chunks.slice(chunks.length - back)];
  return { layout: { ...middle, chunks: all, eol: old.eol }, kept: { front, back } };
}

function lineStarts(text: string): number[] {
  const starts = text === '' ? [] : [0];
  for (let at = text.indexOf('\n'); at >= 0 && at + 1 < text.length; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** A line as the list sees it; no text is copied, because there are hundreds of thousands of lines. */
function shapeAt(text: string, start: number): { blank: boolean; indent: number; dash: boolean } {
  let at = start;
  while (isSpace(text.charCodeAt(at)) && text[at] !== '\n') at += 1;
  const character = text[at];
  // Of a line without anything the end of the line counts too, as it does for `trimStart`.
  const end = character === undefined || character === '\n';
  const next = text[at + 1];
  return {
    blank: end || character === '#',
    indent: at - start + (character === '\n' ? 1 : 0),
    dash:
      character === '-' &&
      text.slice(start, at).trim() === '' &&
      !/[^ ]/.test(text.slice(start, at)) &&
      (next === undefined || /\s/.test(next)),
  };
}

const isSpace = (code: number) => code === 32 || (code >= 9 && code <= 13) || code === 160 || code === 65_279;

/** Whether the item may hold a text written with `|+` or `>+`, to which blank lines behind it belong. */
const keepsItsEnd = (text: string) => /[|>]\d?\+/.test(text);

/** Blank, or nothing but a comment. */
const isBlank = (line: string) => /^\s*(?:#.*)?$/.test(line.trimEnd());
const indentOf = (line: string) => line.length - line.trimStart().length;

/** An item without the blank lines and comments behind it, which belong to the next one. */
export function splitTail(chunk: string, itemIndent: number): { body: string; tail: string } {
  const lines = chunk.split(/(?<=\n)/);
  if (keepsItsEnd(chunk)) return { body: chunk, tail: '' };
  let last = lines.length;
  while (last > 1 && isBlank(lines[last - 1] ?? '') && (!(lines[last - 1] ?? '').trim() || indentOf(lines[last - 1] ?? '') <= itemIndent))
    last -= 1;
  return { body: lines.slice(0, last).join(''), tail: lines.slice(last).join('') };
}
