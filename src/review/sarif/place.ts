import type { TextIndex } from '../analyzers/text-index.js';
import type { SarifHit } from './read.js';

/** The range of a hit in the file's text; null when the text has no such place, so the log speaks of another commit. */
export function rangeOf(
  { region, columnKind }: Pick<SarifHit, 'region' | 'columnKind'>,
  index: TextIndex,
): { start: number; end: number } | null {
  const { text } = index;
  if (region === null) return { start: 0, end: Math.max(0, lineEnd(text, 0)) };
  if (region.startLine === undefined) {
    const bytes = (region.charOffset ?? -1) < 0;
    const at = (offset: number) => (bytes ? index.offsetOfByte(offset) : offset);
    const from = bytes ? (region.byteOffset ?? 0) : (region.charOffset ?? 0);
    const start = at(from);
    if (start > text.length || (start === text.length && from > 0)) return null;
    return { start, end: Math.min(text.length, Math.max(start, at(from + ((bytes ? region.byteLength : region.charLength) ?? 0)))) };
  }
  const lines = index.lineAt(text.length);
  if (region.startLine > lines) return null;
  const endLine = Math.min(Math.max(region.endLine ?? region.startLine, region.startLine), lines);
  const offset = (line: number, column: number) => {
    const begin = index.offsetOf(line, 1);
    const content = text.slice(begin, lineEnd(text, begin));
    const units = columnKind === 'unicodeCodePoints' ? [...content].slice(0, column - 1).join('').length : column - 1;
    return begin + Math.min(units, content.length);
  };
  const first = offset(region.startLine, 1);
  const blank = /^[ \t]*/.exec(text.slice(first, lineEnd(text, first)))?.[0].length ?? 0;
  const start = region.startColumn === undefined ? first + blank : offset(region.startLine, region.startColumn);
  const end = region.endColumn === undefined ? lineEnd(text, index.offsetOf(endLine, 1)) : offset(endLine, region.endColumn);
  return { start, end: Math.max(start, end) };
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  const stop = end < 0 ? text.length : end;
  return text[stop - 1] === '\r' && stop > from ? stop - 1 : stop;
}
