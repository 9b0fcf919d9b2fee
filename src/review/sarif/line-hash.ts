import type { Finding } from '../finding.js';

/**
 * GitHub's `primaryLocationLineHash`: a rolling hash (factor 37, 64 bits, wrapping) over a hundred characters from the start of a
 * line, spaces and tabs skipped, and which of the equal ones in the file it is. A 64-bit number is kept in two halves of 32 bits:
 * products of those with what fits 16 bits are exact, and a file of a megabyte takes milliseconds instead of a second with BigInt.
 */
const WINDOW = 100;
const FACTOR = 37;
const END_OF_FILE = 65_535;
const HALF = 2 ** 32;
const [tab, lineFeed, carriageReturn, space] = [9, 10, 13, 32];

/** What leaves the window on its other side counts `FACTOR ** WINDOW`. */
const leaving = (() => {
  const value = BigInt.asUintN(64, BigInt(FACTOR) ** BigInt(WINDOW));
  return { high: Number(value >> 32n), low: Number(value & 0xffff_ffffn) };
})();

/**
 * Findings of one file with the hash of the line that each begins at. The text is masked: the hash of a secret would tell of it.
 */
export function withLineHashes(findings: readonly Finding[], text: string): Finding[] {
  const hashes = lineHashes(text, new Set(findings.map(({ startLine }) => startLine)));
  return findings.map((finding) => {
    const lineHash = hashes.get(finding.startLine);
    return lineHash === undefined ? finding : { ...finding, lineHash };
  });
}

/** The hashes of these lines by their numbers, from 1; a line that has nothing but blanks behind the last line end has none. */
export function lineHashes(text: string, lines: ReadonlySet<number>): Map<number, string> {
  const sums: { high: number[]; low: number[] } = { high: [], low: [] };
  const window = new Uint16Array(WINDOW);
  const startsAt = new Int32Array(WINDOW).fill(-1);
  let [high, low, at, line] = [0, 0, 0, 0];
  let atLineStart = true;

  const output = () => {
    sums.high[startsAt[at]!] = high;
    sums.low[startsAt[at]!] = low;
    startsAt[at] = -1;
  };
  const push = (character: number) => {
    const gone = window[at]!;
    window[at] = character;
    const lower = low * FACTOR + character - leaving.low * gone;
    const carry = Math.floor(lower / HALF);
    low = lower - carry * HALF;
    const upper = high * FACTOR + carry - leaving.high * gone;
    high = upper - Math.floor(upper / HALF) * HALF;
    at = (at + 1) % WINDOW;
  };
  const take = (character: number) => {
    if (startsAt[at] !== -1) output();
    if (atLineStart) {
      atLineStart = false;
      line += 1;
      startsAt[at] = line;
    }
    if (character === lineFeed) atLineStart = true;
    push(character);
  };
  let afterReturn = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    const isSecondHalf = afterReturn && character === lineFeed;
    afterReturn = character === carriageReturn;
    if (character === space || character === tab || isSecondHalf) continue;
    take(afterReturn ? lineFeed : character);
  }
  take(END_OF_FILE);
  for (let rest = 0; rest < WINDOW; rest += 1) {
    if (startsAt[at] !== -1) output();
    push(0);
  }
  return named(sums, lines);
}

/** Words only for those that are asked for: most lines are not. */
function named({ high, low }: { high: readonly number[]; low: readonly number[] }, lines: ReadonlySet<number>): Map<number, string> {
  const hashes = new Map<number, string>();
  for (const line of lines) {
    if (low[line] === undefined) continue;
    let count = 1;
    for (let before = 1; before < line; before += 1) if (low[before] === low[line] && high[before] === high[line]) count += 1;
    const digits = low[line].toString(16);
    hashes.set(line, `${high[line] === 0 ? digits : high[line]!.toString(16) + digits.padStart(8, '0')}:${count}`);
  }
  return hashes;
}
