import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

/** Files up to this size are read to their end. */
export const MAX_FILE_BYTES = 1024 * 1024;
/** Of larger ones this much is looked at, to the end of a line. */
export const PART_BYTES = 512 * 1024;

/** The text that analyzers see of a file: all of it, or the whole lines at the beginning of one that is too large. */
export function readSource(path: string): string {
  const file = openSync(path, 'r');
  try {
    if (fstatSync(file).size <= MAX_FILE_BYTES) return readFileSync(file, 'utf8');
    const buffer = Buffer.alloc(PART_BYTES);
    return wholeLines(buffer.subarray(0, readSync(file, buffer, 0, PART_BYTES, 0))).toString('utf8');
  } finally {
    closeSync(file);
  }
}

/** Without the line that was cut off; empty when there is none that is whole. */
export function wholeLines(content: Buffer): Buffer {
  return content.subarray(0, content.lastIndexOf(10) + 1);
}
