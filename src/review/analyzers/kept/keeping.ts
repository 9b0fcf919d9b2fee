import type { KeptFolder } from './kept-results.js';

/** What the analyzers of one review need to keep their results and to find earlier ones. */
export interface Keeping {
  /** Null: nothing is kept. */
  kept: KeptFolder | null;
  /** Of the name of a file and its text: for results that depend on nothing else. Undefined for what is not read. */
  idOf(file: string): string | undefined;
  /** Of everything in the tree; null when a part of it was not looked at, so that nothing can be said of the whole. */
  tree: ReadonlyMap<string, string> | null;
  /** Is called at the end, when it is known what is secret and must not be written down. */
  later(save: (mask: (text: string) => string) => Promise<void>): void;
}
