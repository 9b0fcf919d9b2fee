import type { Finding } from '../../review/finding.js';
import { astGrepFixer } from './ast-grep.js';
import type { Fixer } from './fixer.js';
import { oxlintFixer } from './oxlint.js';
import { ruffFixer } from './ruff.js';

export { type Fixer, FixFailed } from './fixer.js';

/** The deterministic fixers, in the order in which they are tried (FX-3). */
export const fixers: readonly Fixer[] = [ruffFixer, oxlintFixer, astGrepFixer];

/** Why no deterministic fixer takes a finding, for the people who have to. */
export function reasonNotFixable(finding: Finding): string {
  const { rule, perspective } = finding;
  if (rule.startsWith('secretlint/') || /^ruff\/S10[567]$/.test(rule)) return 'a secret needs a person: revoke it, then remove it';
  if (rule === 'ruff/F821' || rule === 'oxlint/no-undef' || rule.startsWith('pyright/reportUndefined'))
    return 'only a person knows which name was meant';
  if (/syntax/.test(rule)) return 'a file that cannot be parsed cannot be rewritten safely';
  if (perspective === 'architect') return 'the design has to be changed by a person';
  if (fixers.some((fixer) => fixer.name === finding.fixer) && !fixers.some((fixer) => fixer.canFix(finding)))
    return `the ${finding.fixer} fixer does not take ${rule}`;
  return `no safe rewrite is known for ${rule}: a person has to decide how to repair it`;
}
