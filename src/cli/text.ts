import pc from 'picocolors';
import type { StageState } from '../runs/progress.js';

/** The five signs, the same everywhere. Words carry the meaning, signs only help. */
export const signs = { done: '✓', running: '●', waiting: '○', look: '⚠', failed: '✗' } as const;
export type Sign = (typeof signs)[keyof typeof signs];

export const stageSigns: Record<StageState, Sign> = {
  waiting: signs.waiting,
  running: signs.running,
  done: signs.done,
  attention: signs.look,
  failed: signs.failed,
  skipped: signs.waiting,
};

/** Control characters, and those that reorder or hide text: a terminal would obey the first and show a lie with the second. */
const unseen =
  /(?:[\p{Cc}\p{Cs}\u00ad\u061c\u115f\u1160\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\u034f|[\u{e0000}-\u{e0fff}])+/gu;

/** Text from outside as one line of visible characters. */
export function oneLine(text: string): string {
  return text.replace(unseen, ' ').replace(/\s+/gu, ' ').trim();
}

/** Several lines from outside (a diff, an output): line breaks and tabs stay, nothing else that a terminal obeys. */
export function lines(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => line.replaceAll('\t', '  ').replace(unseen, ' '))
    .join('\n');
}

/** One line, at most `max` characters, cut at a word where there is one. */
export function shorten(text: string, max: number): string {
  const characters = [...oneLine(text)];
  if (characters.length <= max) return characters.join('');
  const cut = characters.slice(0, Math.max(0, max - 1)).join('');
  const space = cut.lastIndexOf(' ');
  return `${(space > cut.length / 2 ? cut.slice(0, space) : cut).trimEnd()}…`;
}

/** `…rc/deep/file.ts:41`: of a path, the end says most. */
export function shortenPath(path: string, max: number): string {
  const characters = [...oneLine(path)];
  return characters.length <= max ? characters.join('') : `…${characters.slice(characters.length - max + 1).join('')}`;
}

export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - [...text].length));
}

/** `38 s`, `4 min`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return 'under 1 s';
  const seconds = Math.round(ms / 1000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

export function between(from: Date | string, to: Date | string): string {
  return duration(new Date(to).getTime() - new Date(from).getTime());
}

/** `15:42`, in the zone of who sits at the terminal; with the day when it is not today's. */
export function time(at: Date | string, now = new Date()): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (date.toDateString() === now.toDateString()) return clock;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}`;
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** What a person can paste into a POSIX shell. */
export function commandLine(args: readonly string[]): string {
  return ['mahavishnu', ...args].map((word) => (/^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}

/** At most this wide; 80 when it is not a terminal. */
export function widthOf(stream: { isTTY?: boolean; columns?: number }): number {
  return stream.isTTY && stream.columns ? Math.max(40, Math.min(stream.columns, 120)) : 80;
}

/** Colour only on a terminal, and never against NO_COLOR. */
export function coloursFor(stream: { isTTY?: boolean }) {
  return pc.createColors(stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb');
}

export function colourOf(sign: Sign, colours: ReturnType<typeof coloursFor>): (text: string) => string {
  const of = { '✓': colours.green, '●': colours.cyan, '○': colours.dim, '⚠': colours.yellow, '✗': colours.red };
  return of[sign];
}

/** Columns as wide as their longest cell, two spaces between; `flexible` is the one that is shortened to fit. */
export function table(rows: readonly (readonly string[])[], { width, flexible }: { width: number; flexible: number }): string[] {
  const clean = rows.map((row) => row.map(oneLine));
  const widths = (clean[0] ?? []).map((_, column) => Math.max(...clean.map((row) => [...(row[column] ?? '')].length)));
  const others = widths.reduce((sum, each, column) => sum + (column === flexible ? 0 : each), 0) + 2 * (widths.length - 1);
  widths[flexible] = Math.max(8, Math.min(widths[flexible] ?? 0, width - others));
  return clean.map((row) =>
    row
      .map((cell, column) => pad(column === flexible ? shorten(cell, widths[column] ?? 8) : cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
