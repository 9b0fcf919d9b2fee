import type { Perspective, Priority, Severity } from '../finding.js';
import { poolFor, type Rule } from './rule.js';
import { type DefectClass, vocabulary } from './vocabulary.js';

type Row = [
  codes: string,
  defect: DefectClass,
  perspective: Perspective,
  severity: Severity,
  priority: Priority,
  confidence: number,
  why: string,
];

const rows: Row[] = [
  ['syntax-error', 'syntax-error', 'language', 'high', 'P1', 0.8, 'A file that cannot be parsed cannot run'],
  [
    'no-eval no-new-func',
    'code-from-text',
    'security',
    'medium',
    'P2',
    0.5,
    'Templates are compiled this way; our rules make it P0 or P1 when the text comes from callers or outside',
  ],
  [
    'no-implied-eval',
    'code-from-text',
    'security',
    'medium',
    'P2',
    0.6,
    'setTimeout with a string executes it; in pages of old, which put it together themselves',
  ],
  [
    'no-undef',
    'undefined-name',
    'language',
    'high',
    'P1',
    0.7,
    'ReferenceError; globals of unknown environments are the known exception, so never P0',
  ],
  ['no-unused-vars', 'unused-variable', 'language', 'low', 'P2', 0.85, 'Left over, or a misspelt name'],
  ['no-async-promise-executor', 'broken-promise', 'language', 'high', 'P1', 0.9, 'Errors of the executor are lost'],
  // Not promise/valid-params: then, catch and finally are also methods of what is no promise, and called there with other arguments.
  ['promise/no-new-statics', 'js-error', 'language', 'high', 'P1', 0.9, 'Throws when it runs'],
  ['no-cond-assign', 'accidental-assignment', 'language', 'high', 'P1', 0.85, 'Assigns where it should compare'],
  [
    'no-const-assign no-import-assign no-obj-calls no-new-native-nonconstructor',
    'js-error',
    'language',
    'high',
    'P1',
    0.95,
    'Throws when it runs',
  ],
  [
    'no-class-assign no-func-assign',
    'js-error',
    'language',
    'medium',
    'P2',
    0.6,
    'Allowed, and at times meant: decorated or found out later',
  ],
  [
    'no-this-before-super no-invalid-regexp no-dupe-class-members',
    'js-error',
    'language',
    'high',
    'P1',
    0.9,
    'Throws, or a member is lost',
  ],
  [
    'constructor-super',
    'js-error',
    'language',
    'medium',
    'P2',
    0.5,
    'Takes calls inside of other expressions for none: in published packages it was right of none, as the first test ends what has none',
  ],
  ['getter-return', 'js-error', 'language', 'low', 'P2', 0.6, 'Most often the getter is there for what it does, or to warn'],
  ['no-setter-return', 'js-error', 'language', 'low', 'P2', 0.5, 'Nobody hears what a setter returns, and nobody misses it'],
  ['no-dupe-keys no-duplicate-case no-dupe-else-if', 'duplicate-entry', 'language', 'medium', 'P1', 0.9, 'One of the two never counts'],
  [
    'use-isnan valid-typeof oxc/bad-object-literal-comparison oxc/const-comparisons oxc/bad-comparison-sequence',
    'wrong-comparison',
    'language',
    'medium',
    'P1',
    0.9,
    'The result is a constant',
  ],
  [
    'no-compare-neg-zero',
    'wrong-comparison',
    'language',
    'low',
    'P2',
    0.6,
    'What equals -0 equals 0, and that is most often what is meant',
  ],
  [
    'no-self-compare no-constant-binary-expression',
    'wrong-comparison',
    'language',
    'low',
    'P2',
    0.6,
    'The result is a constant; as often as not it is meant: a test for NaN, a switch in the source',
  ],
  ['no-unsafe-negation for-direction', 'js-error', 'language', 'medium', 'P1', 0.9, 'Correctness rules with next to no false ones'],
  ['no-unsafe-optional-chaining', 'js-error', 'language', 'low', 'P2', 0.6, 'Most often the question mark is one too many'],
  ['no-sparse-arrays', 'js-error', 'language', 'low', 'P2', 0.6, 'A hole in a list is as often an example of one'],
  ['no-loss-of-precision', 'js-error', 'language', 'low', 'P2', 0.6, 'Most often the greatest number of another language'],
  ['no-self-assign', 'js-error', 'language', 'low', 'P2', 0.6, 'Most often it has a setter do something, or is harmless'],
  ['no-unsafe-finally', 'lost-error', 'language', 'high', 'P1', 0.9, 'A jump in finally discards errors'],
  ['no-unreachable', 'unreachable-code', 'language', 'medium', 'P2', 0.9, 'Dead lines, often a misplaced return'],
  ['no-debugger', 'leftover-debugger', 'language', 'low', 'P2', 0.95, 'Left over from a search for a defect'],
  [
    'oxc/missing-throw oxc/bad-min-max-func oxc/bad-array-method-on-arguments',
    'js-error',
    'language',
    'medium',
    'P1',
    0.85,
    'Constructs that never do what they say',
  ],
  ['oxc/number-arg-out-of-range oxc/uninvoked-array-callback', 'js-error', 'language', 'medium', 'P1', 0.85, 'Throws or never calls'],
  ['typescript/no-duplicate-enum-values', 'js-error', 'language', 'low', 'P2', 0.5, 'Another name of the same value is as often meant'],
  [
    'typescript/no-misused-new typescript/no-unsafe-declaration-merging',
    'js-error',
    'language',
    'low',
    'P2',
    0.5,
    'A class that takes over the members of an interface of its name says so on purpose',
  ],
  [
    // Not unicorn/no-thenable: whoever gives an object a then means it to be awaited.
    'unicorn/no-await-in-promise-methods unicorn/no-invalid-fetch-options unicorn/no-invalid-remove-event-listener',
    'js-error',
    'language',
    'medium',
    'P1',
    0.85,
    'Wrong use of an interface of the platform',
  ],
  ['preserve-caught-error', 'lost-cause', 'architect', 'low', 'P2', 0.7, 'The new error loses its reason; quality tier'],
  ['oxc/no-accumulating-spread', 'accumulating-spread', 'performance', 'medium', 'P2', 0.85, 'Quadratic time'],
  ['import/no-cycle', 'import-cycle', 'architect', 'medium', 'P2', 0.9, 'Order of loading decides what is defined'],
  ['import/no-self-import', 'import-cycle', 'architect', 'low', 'P2', 0.6, 'Left over most often, and compilers write it'],
];

/** Of oxlint's fixes and suggestions, those that do what a person would, one hit at a time. */
const fixable = new Set(['no-unused-imports', 'no-debugger', 'no-unsafe-negation']);

export function oxlintFixable(code: string): boolean {
  return fixable.has(code);
}

const row = (code: string, [, defect, perspective, severity, priority, confidence, why]: Row): Rule => ({
  id: `oxlint/${code}`,
  tool: 'oxlint',
  code,
  family: false,
  class: defect,
  language: 'typescript',
  perspective,
  severity,
  priority,
  pool: poolFor(perspective, 'typescript'),
  confidence,
  ...vocabulary[defect],
  fixer: oxlintFixable(code) ? 'oxlint' : null,
  why,
  inSupportFiles: perspective === 'performance' ? 'skip' : defect.startsWith('unused') ? 'same' : 'lower',
  secret: false,
});

export const oxlintRules: Rule[] = [
  ...rows.flatMap((line) => line[0].split(' ').map((code) => row(code, line))),
  // The same rule of oxlint, told apart by its message: what stands on both sides is no comparison.
  row('same-operands', ['', 'duplicate-entry', 'language', 'medium', 'P1', 0.8, 'One of the two was meant to be something else']),
  // The same rule of oxlint, told apart by its message: an import can be removed without a second thought, a variable cannot.
  {
    ...row('no-unused-vars', ['', 'unused-import', 'language', 'low', 'P2', 0.9, 'Dead weight, and oxlint removes it well']),
    id: 'oxlint/no-unused-imports',
    code: 'no-unused-imports',
    fixer: 'oxlint',
  },
];

/** Codes of the table that oxlint reports under another name. */
const toldApart: Record<string, string> = { 'no-unused-imports': 'no-unused-vars', 'same-operands': 'oxc/const-comparisons' };

/** oxlint's own name of a rule of the table; null for what it reports without being asked. */
export function oxlintName(code: string): string | null {
  if (code === 'syntax-error') return null;
  return toldApart[code] ?? code;
}

/** Options of rules that would otherwise complain about habits. */
export const oxlintOptions: Record<string, unknown> = {
  'no-unused-vars': [
    'error',
    { args: 'none', caughtErrors: 'none', ignoreRestSiblings: true, argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
  ],
};
