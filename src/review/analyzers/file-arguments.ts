/** What a command line can hold, with room for the rest of it. */
const MAX_BYTES = 500_000;

/** Files as arguments of a program that works in their folder; all of it when they are too many. */
export function fileArguments(files: readonly string[]): string[] {
  const bytes = files.reduce((sum, file) => sum + Buffer.byteLength(file) + 3, 0);
  return bytes > MAX_BYTES ? ['.'] : files.map((file) => `./${file}`);
}
