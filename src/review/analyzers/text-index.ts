/** Translates between the ways tools point into a text. Lines and columns count from 1, offsets and columns in UTF-16 units. */
export class TextIndex {
  readonly #lineStarts: number[] = [0];
  #bytes: Buffer | undefined;

  constructor(readonly text: string) {
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#lineStarts.push(at + 1);
  }

  offsetOf(line: number, column: number): number {
    const start = this.#lineStarts[Math.min(line, this.#lineStarts.length) - 1] ?? 0;
    return Math.min(start + Math.max(column - 1, 0), this.text.length);
  }

  lineAt(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** The whole lines from one to the other, without the last line end. */
  lines(first: number, last: number): string {
    const end = this.#lineStarts[last] ?? this.text.length + 1;
    return this.text.slice(this.#lineStarts[first - 1] ?? this.text.length, end - 1);
  }

  /** For tools that count bytes of UTF-8. */
  offsetOfByte(byte: number): number {
    this.#bytes ??= Buffer.from(this.text, 'utf8');
    return this.#bytes.length === this.text.length
      ? Math.min(byte, this.text.length)
      : this.#bytes.subarray(0, byte).toString('utf8').length;
  }
}
