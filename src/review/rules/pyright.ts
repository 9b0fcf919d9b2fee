import type { Priority, Severity } from '../finding.js';
import { poolFor, type Rule } from './rule.js';
import { type DefectClass, vocabulary } from './vocabulary.js';

type Row = [code: string, defect: DefectClass, severity: Severity, priority: Priority, confidence: number, why: string];

const deprecatedDate = 'reportDeprecated-utc';

/** Pyright's own name of a rule of the table. */
export function pyrightName(code: string): string {
  return code === deprecatedDate ? 'reportDeprecated' : code;
}

/** The table's name of what pyright reports: the same rule, told apart by its message where another tool has a word for it. */
export function pyrightCode(rule: string, message: string): string {
  return rule === 'reportDeprecated' && /"utc(now|fromtimestamp)"/.test(message) ? deprecatedDate : rule;
}

/** Only what stays true when the repository's packages are not installed. None is P0, so critical reviews leave pyright out. */
const rows: Row[] = [
  ['reportUndefinedVariable', 'undefined-name', 'high', 'P1', 0.9, 'Confirms ruff F821, and sees through star imports'],
  ['reportUnboundVariable', 'unbound-name', 'high', 'P1', 0.85, 'Read after del or before any assignment'],
  ['reportPossiblyUnboundVariable', 'unbound-name', 'medium', 'P2', 0.6, 'Unbound on some path'],
  ['reportUnusedCoroutine', 'unawaited-coroutine', 'high', 'P1', 0.9, 'No other tool here finds it'],
  ['reportDeprecated', 'deprecated-call', 'medium', 'P2', 0.8, 'Calls that the standard library announced to remove'],
  [deprecatedDate, 'naive-datetime', 'medium', 'P2', 0.9, 'The same report for utcnow and utcfromtimestamp, which ruff names as well'],
  // Not reportRedeclaration: ruff F811 finds what is lost, at the other of the two places; what is more is a type declared apart.
  ['reportIndexIssue', 'wrong-index', 'medium', 'P2', 0.5, 'Low confidence without the dependencies'],
  ['reportCallIssue', 'wrong-index', 'medium', 'P2', 0.5, 'Low confidence without the dependencies'],
];

export const pyrightRules: Rule[] = rows.map(([code, defect, severity, priority, confidence, why]) => ({
  id: `pyright/${code}`,
  tool: 'pyright',
  code,
  family: false,
  class: defect,
  language: 'python',
  perspective: 'language',
  severity,
  priority,
  pool: poolFor('language', 'python'),
  confidence,
  ...vocabulary[defect],
  fixer: null,
  why,
  inSupportFiles: 'lower',
  secret: false,
}));
