import { runAstGrep } from '../../../src/review/analyzers/ast-grep.js';
import { childRule, loadRulePack } from '../../../src/review/rules/pack.js';
import { tree } from '../support.js';

const rules = (await loadRulePack()).map(childRule);

/** What the pack says of these files, run in this process: rule, file and line. */
export function findIn(files: Record<string, string>): { found: string[]; messages: string[]; unreadable: string[] } {
  const { hits, unreadable } = runAstGrep({ folder: tree(files), files: Object.keys(files), rules, scopes: false });
  return {
    found: hits.map(({ code, file, start }) => `${code} ${file}:${(files[file] ?? '').slice(0, start).split('\n').length}`).sort(),
    messages: hits.map(({ message }) => message),
    unreadable: unreadable.map(({ file, message }) => `${file}: ${message}`),
  };
}
