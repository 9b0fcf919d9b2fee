import { join } from 'node:path';
import { readSource } from './source-file.js';
import { TextIndex } from './text-index.js';

/** The texts of files that have hits, as the analyzers saw them, each read once. */
export class SourceTexts {
  readonly #texts = new Map<string, Promise<TextIndex>>();

  constructor(readonly folder: string) {}

  get(file: string): Promise<TextIndex> {
    let text = this.#texts.get(file);
    if (!text) {
      text = new Promise((resolve) => resolve(new TextIndex(readSource(join(this.folder, file)))));
      this.#texts.set(file, text);
    }
    return text;
  }
}
