import { childRule } from '../../review/rules/pack.js';
import { ruleTable } from '../../review/rules/table.js';
import { type Fixer, FixFailed } from './fixer.js';
import { applyInChild } from './in-child.js';
import { openSourceFile } from './source-file.js';

/** The rewrites of our own rule pack. */
export const astGrepFixer: Fixer = {
  name: 'ast-grep',
  canFix: ({ fixer, rule }) => fixer === 'ast-grep' && rule.startsWith('mahavishnu/'),
  async fix({ folder, finding, signal }) {
    const { pack } = await ruleTable();
    const rule = pack.find(({ id }) => `mahavishnu/${id}` === finding.rule);
    if (!rule?.fix) throw new FixFailed(`${finding.rule} has no rewrite`);
    const source = await openSourceFile(folder, finding.file);
    const { fix } = rule;
    const { text, applied } = await applyInChild(
      {
        fixer: 'ast-grep',
        file: finding.file,
        text: source.text,
        rule: childRule(rule),
        fix,
      },
      signal,
    );
    await source.write(text);
    return {
      changedFiles: [finding.file],
      summary: `${finding.title}: rewrote ${applied} ${applied === 1 ? 'place' : 'places'} in ${finding.file}`,
    };
  },
};
