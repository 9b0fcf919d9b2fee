import type { Finding } from '../finding.js';

/**
 * GitHub's `primaryLocationLineHash`: a hash (factor 37, 64 bits, wrapping) over a hundred characters from the start of a line, spaces
 * and tabs left out, and which of the equal ones in the file it is. A 64-bit number is kept in two halves of 32 bits: products of those
 * with what fits 16 bits are exact, and quicker than BigInt.
 */
const WINDOW = 100;
const FACTOR = 37;
const BEHIND_THE_END = `\uffff${'\0'.repeat(WINDOW)}`;
const HALF = 2 ** 32;

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
  const dense = text.replace(/\r\n?/g, '\n').replace(/[ \t]+/g, '') + BEHIND_THE_END;
  const starts = [0];
  for (let at = dense.indexOf('\n'); at !== -1; at = dense.indexOf('\n', at + 1)) starts.push(at + 1);
  const hashes = new Map<number, string>();
  for (const line of lines) {
    const start = starts[line - 1];
    if (start === undefined) continue;
    const window = dense.slice(start, start + WINDOW);
    let count = 1;
    for (let before = 0; before < line - 1; before += 1) if (dense.startsWith(window, starts[before])) count += 1;
    hashes.set(line, `${hashOf(window)}:${count}`);
  }
  return hashes;
}

function hashOf(window: string): string {
  let [high, low] = [0, 0];
  for (let at = 0; at < WINDOW; at += 1) {
    const lower = low * FACTOR + window.charCodeAt(at);
    const carry = Math.floor(lower / HALF);
    low = lower - carry * HALF;
    high = (high * FACTOR + carry) % HALF;
  }
  const digits = low.toString(16);
  return high === 0 ? digits : high.toString(16) + digits.padStart(8, '0');
}
