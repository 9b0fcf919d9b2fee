const MAX_LINES = 60;
const MAX_CHARACTERS = 6_000;

/** The last lines of an output, without colours and control characters. */
export function tailOf(output: string): string {
  const plain = output
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go.
    .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '')
    .replace(/\r\n?/g, '\n')
    .trimEnd();
  return plain.split('\n').slice(-MAX_LINES).join('\n').slice(-MAX_CHARACTERS);
}
