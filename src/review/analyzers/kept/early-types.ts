import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { languageOf } from '../../languages.js';
import type { Rule } from '../../rules/rule.js';
import { FEW_FILES } from '../in-child.js';
import type { AnalyzerContext, AnalyzerRun } from '../outcome.js';
import { runPyright } from '../pyright.js';
import type { SourceTexts } from '../source-texts.js';

/** Pyright at work on a guess. */
export interface EarlyTypes {
  /** Its run, when these are the files that were guessed; otherwise it is ended. */
  take(files: readonly string[]): Promise<AnalyzerRun> | null;
  end(): void;
}

/**
 * Begins with the files that are said to differ from the tree that was reviewed last, before it is known what that has an effect on:
 * most often on no other, and pyright takes longest by far. Null when there is nothing to guess by.
 */
export function guessTypes(
  changed: readonly string[],
  rules: readonly Rule[],
  texts: SourceTexts,
  context: AnalyzerContext,
): EarlyTypes | null {
  const files = changed.filter((file) => languageOf(file) === 'python' && isFile(join(context.folder, file))).sort();
  if (rules.length === 0 || files.length === 0 || files.length >= FEW_FILES) return null;
  const given = new AbortController();
  const signal = AbortSignal.any([given.signal, ...(context.signal ? [context.signal] : [])]);
  const run = runPyright(files, rules, texts, { ...context, signal });
  run.catch(() => {}); // Told to whoever takes it.
  const end = () => given.abort();
  return {
    end,
    take(wanted) {
      if (wanted.length === files.length && wanted.every((file) => files.includes(file))) return run;
      end();
      return null;
    },
  };
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
