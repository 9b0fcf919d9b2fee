import { lookAcross } from '../../../src/review/analyzers/ast-grep.js';
import { childRule, loadRulePack } from '../../../src/review/rules/pack.js';
import { tree } from '../support.js';

const rules = (await loadRulePack()).map(childRule);

/** What the pack says of these files, run in this process: rule, file and line. */
export function findIn(files: Record<string, string>): { found: string[]; messages: string[]; unreadable: string[] } {
  const names = Object.keys(files);
  const look = lookAcross({ folder: tree(files), files: names, rules, scopes: false });
  const answers = names.map(look);
  const [hits, unreadable] = [answers.flatMap((answer) => answer.hits), answers.flatMap((answer) => answer.unreadable)];
  return {
    found: hits.map(({ code, file, start }) => `${code} ${file}:${(files[file] ?? '').slice(0, start).split('\n').length}`).sort(),
    messages: hits.map(({ message }) => message),
    unreadable: unreadable.map(({ file, message }) => `${file}: ${message}`),
  };
}
