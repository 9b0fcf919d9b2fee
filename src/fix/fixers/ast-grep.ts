import { ruleTable } from '../../review/rules/table.js';
import { matcherOf } from '../../review/run-analyzers.js';
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
    const { id, language, requires, fix } = rule;
    const { text, applied } = await applyInChild(
      {
        fixer: 'ast-grep',
        file: finding.file,
        text: source.text,
        rule: { id, language, requires, matcher: matcherOf(rule), fixable: true },
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
