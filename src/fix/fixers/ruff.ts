import { ruffFixable } from '../../review/rules/ruff.js';
import { type Fixer, FixFailed } from './fixer.js';
import { applyInChild } from './in-child.js';
import { openSourceFile } from './source-file.js';

/** Ruff's own edits, for the codes whose edits held up, one code in one file at a time. */
export const ruffFixer: Fixer = {
  name: 'ruff',
  canFix: ({ fixer, rule }) => fixer === 'ruff' && rule.startsWith('ruff/') && ruffFixable(codeOf(rule)),
  async fix({ folder, finding, signal }) {
    if (!ruffFixer.canFix(finding)) throw new FixFailed(`ruff does not fix ${finding.rule}`);
    const source = await openSourceFile(folder, finding.file);
    const code = codeOf(finding.rule);
    const { text, applied } = await applyInChild({ fixer: 'ruff', folder, file: finding.file, text: source.text, code }, signal);
    await source.write(text);
    return {
      changedFiles: [finding.file],
      summary: `${finding.title}: ruff applied its fix of ${code} ${applied === 1 ? 'once' : `${applied} times`} in ${finding.file}`,
    };
  },
};

const codeOf = (rule: string): string => rule.slice('ruff/'.length);
