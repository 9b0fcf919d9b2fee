import { ruffRules } from './ruff.js';
import { poolFor, type Rule } from './rule.js';
import { type DefectClass, vocabulary } from './vocabulary.js';

/** Ruff's S rules are bandit's B rules by number, so they mean the same here: together they are one finding with both named. */
export const banditRules: Rule[] = ruffRules
  .filter(({ code, family }) => !family && /^S\d{3}$/.test(code))
  .map((rule) => ({
    ...rule,
    id: `bandit/B${rule.code.slice(1)}`,
    tool: 'bandit',
    code: `B${rule.code.slice(1)}`,
    fixer: null,
    why: `As ruff ${rule.code}: ${rule.why}`,
  }));

type Row = [codes: string, defect: DefectClass, severity: Rule['severity'], priority: Rule['priority'], confidence: number, why: string];

const shell: Row[] = [
  ['SC1', 'syntax-error', 'high', 'P1', 0.7, 'The shell cannot read the script, or reads it otherwise than it looks'],
  ['SC2114', 'shell-removal', 'high', 'P1', 0.85, 'Removes a folder of the system'],
  ['SC2115', 'shell-removal', 'high', 'P1', 0.8, 'With an empty variable the path is the root'],
  ['SC2068', 'shell-splitting', 'medium', 'P2', 0.8, 'Arguments with blanks fall apart'],
  ['SC2145', 'shell-splitting', 'medium', 'P2', 0.7, 'A list in the middle of a word is cut where nobody meant it'],
  ['SC2070', 'wrong-comparison', 'medium', 'P1', 0.9, 'Without quotes the test is always true'],
  ['SC2157', 'wrong-comparison', 'medium', 'P1', 0.9, 'The test looks at a literal, so its result is a constant'],
  ['SC2091', 'command-injection', 'medium', 'P1', 0.7, 'What a command prints is executed'],
];

export const shellcheckRules: Rule[] = shell.map(([code, defect, severity, priority, confidence, why]) => ({
  id: `shellcheck/${code}`,
  tool: 'shellcheck',
  code,
  family: code === 'SC1',
  class: defect,
  language: null,
  perspective: defect === 'command-injection' ? 'security' : 'language',
  severity,
  priority,
  pool: poolFor(defect === 'command-injection' ? 'security' : 'language', null),
  confidence,
  ...vocabulary[defect],
  fixer: null,
  why,
  inSupportFiles: 'lower',
  secret: false,
}));
