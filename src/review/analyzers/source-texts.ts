import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TextIndex } from './text-index.js';

/** The texts of files that have hits, each read once. */
export class SourceTexts {
  readonly #texts = new Map<string, Promise<TextIndex>>();

  constructor(readonly folder: string) {}

  get(file: string): Promise<TextIndex> {
    let text = this.#texts.get(file);
    if (!text) {
      text = readFile(join(this.folder, file), 'utf8').then((content) => new TextIndex(content));
      this.#texts.set(file, text);
    }
    return text;
  }
}
