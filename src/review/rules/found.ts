import type { FoundToolName } from '../hit.js';
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
  [
    'SC1',
    'syntax-error',
    'medium',
    'P2',
    0.5,
    'The shell may read the script otherwise than it looks; as often the checker cannot follow it',
  ],
  ['SC2114', 'shell-removal', 'high', 'P1', 0.85, 'Removes a folder of the system'],
  ['SC2115', 'shell-removal', 'medium', 'P2', 0.6, 'With an empty variable the path is the root; most scripts have given it a value above'],
  ['SC2068', 'shell-splitting', 'medium', 'P2', 0.8, 'Arguments with blanks fall apart'],
  ['SC2145', 'shell-splitting', 'medium', 'P2', 0.7, 'A list in the middle of a word is cut where nobody meant it'],
  ['SC2070', 'wrong-comparison', 'medium', 'P1', 0.9, 'Without quotes the test is always true'],
  ['SC2157', 'wrong-comparison', 'medium', 'P1', 0.9, 'The test looks at a literal, so its result is a constant'],
  ['SC2091', 'command-injection', 'medium', 'P2', 0.6, 'What a command prints is executed, as `$(which tool)` means it'],
];

export const shellcheckRules: Rule[] = shell.map(([code, defect, severity, priority, confidence, why]) => ({
  id: `shellcheck/${code}`,
  tool: 'shellcheck',
  code,
  family: code === 'SC1',
  class: defect,
  language: null,
  // The agents for languages are for Python and TypeScript.
  perspective: defect === 'command-injection' ? 'security' : 'architect',
  severity,
  priority,
  pool: poolFor(defect === 'command-injection' ? 'security' : 'architect', null),
  confidence,
  ...vocabulary[defect],
  fixer: null,
  why,
  inSupportFiles: 'lower',
  secret: false,
}));

const workflows: Row[] = [
  [
    'template-injection',
    'workflow-injection',
    'high',
    'P1',
    0.85,
    'Code of whoever writes the comment runs with the secrets of the repository',
  ],
  ['github-env', 'workflow-injection', 'high', 'P1', 0.75, 'What a stranger writes sets variables that later steps obey'],
  ['insecure-commands', 'workflow-injection', 'high', 'P1', 0.85, 'Whatever a step prints can set variables and paths again'],
  [
    'dangerous-triggers',
    'workflow-trust',
    'medium',
    'P2',
    0.6,
    'Runs with secrets for what strangers send; some need just that, so it is to be looked at',
  ],
  ['bot-conditions', 'workflow-trust', 'high', 'P1', 0.8, 'Who last acted can be made to be the bot'],
  ['unsound-contains', 'workflow-trust', 'high', 'P1', 0.8, 'A part of an allowed name is allowed as well'],
  ['unsound-condition', 'wrong-comparison', 'high', 'P1', 0.85, 'The condition is a text, and a text is always true'],
  ['typosquat-uses', 'workflow-trust', 'high', 'P1', 0.7, 'The name of a well-known action, nearly'],
  ['overprovisioned-secrets', 'workflow-secrets', 'medium', 'P2', 0.8, 'All secrets are handed to one step'],
  ['unredacted-secrets', 'workflow-secrets', 'medium', 'P2', 0.8, 'Only a whole secret is masked in logs, not a part of one'],
  [
    'excessive-permissions',
    'workflow-permissions',
    'medium',
    'P2',
    0.8,
    'Only where everything may be written: what is missing may be limited by the settings of the repository',
  ],
  ['unpinned-uses', 'workflow-moving-action', 'medium', 'P2', 0.8, 'Only branches: tags of versions are what nearly everyone uses'],
];

const ofFoundTool = (tool: FoundToolName, perspective: Rule['perspective'], language: Rule['language'], rows: readonly Row[]): Rule[] =>
  rows.map(([code, defect, severity, priority, confidence, why]) => ({
    id: `${tool}/${code}`,
    tool,
    code,
    family: false,
    class: defect,
    language,
    perspective,
    severity,
    priority,
    pool: poolFor(perspective, language),
    confidence,
    ...vocabulary[defect],
    fixer: null,
    why,
    inSupportFiles: 'lower',
    secret: false,
  }));

export const zizmorRules: Rule[] = [
  ...ofFoundTool('zizmor', 'security', null, workflows),
  ...ofFoundTool('zizmor', 'security', null, [
    ['hardcoded-container-credentials', 'committed-secret', 'critical', 'P0', 0.85, 'A password in a file that everyone can read'],
  ]).map((rule) => ({ ...rule, secret: true })),
];

/**
 * What fails when it runs. The types of an assignment or a return, and what may be None, are left to those who check their types, with
 * their packages and settings, as a gate: over twelve published packages (celery, scrapy, luigi, …) with neither, none of 30 errors of
 * operands, of 9 about values that are not returned and of 2 about functions that are always true were a defect.
 */
export const mypyRules: Rule[] = ofFoundTool('mypy', 'language', 'python', [
  [
    'call-arg',
    'wrong-index',
    'medium',
    'P2',
    0.75,
    'Too few or too many arguments, as pyright says it too; names of arguments mypy often mistakes',
  ],
  ['abstract', 'broken-call', 'high', 'P1', 0.85, 'A class that lacks a method raises when it is made'],
  ['str-format', 'python-error', 'high', 'P1', 0.9, 'The text and its values do not fit, so the line raises'],
  ['unused-coroutine', 'unawaited-coroutine', 'high', 'P1', 0.9, 'What was called never runs'],
  ['used-before-def', 'unbound-name', 'high', 'P1', 0.85, 'The name has no value yet'],
]);

/** What nobody who installs it can use. Advice, and what only some tools mind, is left out. */
export const publintRules: Rule[] = ofFoundTool('publint', 'architect', 'typescript', [
  ['FILE_DOES_NOT_EXIST', 'package-entry', 'high', 'P1', 0.85, 'Whoever imports it gets an error; not told where a build makes the files'],
  ['EXPORTS_DEFAULT_SHOULD_BE_LAST', 'package-entry', 'high', 'P1', 0.9, 'Conditions after it are never looked at'],
  ['IMPORTS_DEFAULT_SHOULD_BE_LAST', 'package-entry', 'high', 'P1', 0.9, 'Conditions after it are never looked at'],
  ['EXPORTS_TYPES_SHOULD_BE_FIRST', 'package-entry', 'medium', 'P2', 0.9, 'TypeScript takes another condition first and finds no types'],
  ['EXPORTS_VALUE_INVALID', 'package-entry', 'high', 'P1', 0.9, 'Node refuses a value without ./'],
  ['IMPORTS_KEY_INVALID', 'package-entry', 'high', 'P1', 0.9, 'Node refuses a key without #'],
  ['IMPORTS_VALUE_INVALID', 'package-entry', 'high', 'P1', 0.9, 'Node refuses the value'],
  ['FILE_INVALID_FORMAT', 'package-entry', 'high', 'P1', 0.8, 'Read as CommonJS what is an ES module, or the other way round'],
  ['FILE_INVALID_EXPLICIT_FORMAT', 'package-entry', 'high', 'P1', 0.85, 'The ending of the file says another format than it has'],
  ['BIN_FILE_NOT_EXECUTABLE', 'package-entry', 'high', 'P1', 0.85, 'Without #! the command is run by the shell'],
  ['LOCAL_DEPENDENCY', 'undeclared-dependency', 'high', 'P1', 0.85, 'A folder of this machine is on no other'],
]);

/** What is unused is left out: without the installed packages much of what is used looks unused. */
export const knipRules: Rule[] = ofFoundTool('knip', 'architect', 'typescript', [
  ['unlisted', 'undeclared-dependency', 'medium', 'P2', 0.75, 'A package that another one happens to bring, until it does not'],
  ['unresolved', 'undeclared-dependency', 'medium', 'P1', 0.7, 'The import leads to nothing'],
]);

/** Rules of the repository's own: how grave a breach is, it says itself. What it calls information is none of ours. */
export const dependencyRules: Rule[] = ofFoundTool('dependency-cruiser', 'architect', 'typescript', [
  ['error', 'forbidden-dependency', 'medium', 'P1', 0.9, 'The repository says that it is an error'],
  ['warn', 'forbidden-dependency', 'low', 'P2', 0.9, 'The repository says that it is to be warned of'],
  ['cycle', 'import-cycle', 'medium', 'P2', 0.9, 'As oxlint import/no-cycle, where the repository minds it'],
]);
