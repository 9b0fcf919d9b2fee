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

/** Codes ending in `*` are families. Order does not matter: the longest match wins. */
const rows: Row[] = [
  [
    'invalid-syntax',
    'syntax-error',
    'language',
    'high',
    'P1',
    0.8,
    'A file that cannot be parsed cannot run; templates named .py are the known exception',
  ],
  [
    'F821 F823',
    'undefined-name',
    'language',
    'high',
    'P0',
    0.92,
    'NameError as soon as the line runs; no false ones in five well-kept packages',
  ],
  ['F822', 'undefined-name', 'language', 'medium', 'P1', 0.8, 'Only a star import fails, and lazy modules make their names on demand'],
  [
    'F63*',
    'misleading-test',
    'language',
    'high',
    'P1',
    0.9,
    'assert on a tuple, comparison by identity with a literal: real defects wherever seen',
  ],
  ['F632', 'misleading-test', 'language', 'medium', 'P1', 0.95, 'Identity of literals depends on the interpreter'],
  ['F7*', 'broken-control-flow', 'language', 'high', 'P1', 0.9, 'The interpreter refuses or misreads the statement'],
  ['F722', 'broken-control-flow', 'language', 'low', 'P2', 0.5, 'An annotation in words is read by nobody but type checkers'],
  [
    'F811',
    'redefinition',
    'language',
    'medium',
    'P2',
    0.5,
    'One of the two definitions is lost; a defect in 16 of 34 places in public packages',
  ],
  [
    'F501 F502 F503 F505 F506 F507 F508 F509 F521 F524 F525',
    'python-error',
    'language',
    'high',
    'P1',
    0.9,
    'The format and its values do not fit, so that making the text raises; 24 of 24 looked at in public packages were defects',
  ],
  [
    'F504 F522 F523',
    'useless-expression',
    'language',
    'low',
    'P2',
    0.8,
    'A value for which the format has no place: the text says less than was meant',
  ],
  ['F601 F602 RUF034', 'duplicate-entry', 'language', 'low', 'P2', 0.6, 'One of the two never counts; in tables they are often the same'],
  ['F901 B016', 'python-error', 'language', 'high', 'P1', 0.95, 'What is no exception cannot be raised: TypeError comes in its place'],
  ['F401', 'unused-import', 'language', 'low', 'P2', 0.9, 'Dead weight, with a fix that held up on 380 files'],
  ['F841', 'unused-variable', 'language', 'low', 'P2', 0.85, 'Left over, or a misspelt name'],
  ['F541', 'outdated-syntax', 'language', 'low', 'P2', 0.9, 'An f-string without placeholders often lost its placeholder'],
  ['PLE*', 'python-error', 'language', 'high', 'P1', 0.85, 'Pylint errors: constructs that raise when they run'],
  ['PLE1300', 'python-error', 'language', 'low', 'P2', 0.5, 'What follows the colon is said by the class of what is put in'],
  ['PLE0704', 'python-error', 'language', 'medium', 'P2', 0.5, 'Right when the function is called while another handles the error'],
  ['PLE251*', 'python-error', 'language', 'low', 'P2', 0.5, 'Characters that cannot be seen are a part of several scripts'],
  ['PLE0604 PLE0605', 'python-error', 'language', 'low', 'P2', 0.5, 'Lists of names that are put together from others look like it'],
  [
    'PLW0133 PLW2101',
    'useless-expression',
    'language',
    'high',
    'P1',
    0.9,
    'An error that is made and not raised, a lock that nobody else has: 21 of 21 looked at in public packages were defects',
  ],
  ['PLW0129 PLW0711', 'misleading-test', 'language', 'high', 'P1', 0.9, 'A text that is asserted, an or of classes: never what it says'],
  ['PLW0245', 'python-error', 'language', 'low', 'P2', 0.6, 'super without brackets is the class itself, which has methods of its own'],
  ['B029', 'misleading-test', 'language', 'medium', 'P1', 0.9, 'except with an empty tuple catches nothing'],
  ['B035', 'duplicate-entry', 'language', 'medium', 'P1', 0.9, 'Every round writes to the same key'],
  ['B002 B015 B018', 'useless-expression', 'language', 'medium', 'P1', 0.8, 'An operator or comparison whose result is thrown away'],
  [
    'B006',
    'mutable-default',
    'language',
    'medium',
    'P2',
    0.55,
    'State leaks between calls; a defect in 21 of 38 places in public packages',
  ],
  ['B012', 'lost-error', 'language', 'high', 'P1', 0.9, 'A jump in finally discards exceptions'],
  [
    'B023',
    'late-binding-closure',
    'language',
    'medium',
    'P2',
    0.6,
    'Closures see the last value of the loop; most are called in the same round',
  ],
  ['E711 E712 E713 E714', 'outdated-syntax', 'language', 'low', 'P2', 0.8, 'Comparison to None or a boolean by equality; safe fix'],
  [
    'ASYNC210 ASYNC221 ASYNC222 ASYNC251',
    'blocking-call',
    'performance',
    'high',
    'P1',
    0.9,
    'One blocking call stops every task of the loop',
  ],
  [
    'ASYNC220 ASYNC230',
    'blocking-call',
    'performance',
    'medium',
    'P2',
    0.6,
    'To start a program, or open a file on a disk, takes milliseconds',
  ],
  ['RUF006', 'dropped-task', 'language', 'medium', 'P1', 0.85, 'Tasks nobody holds can vanish'],
  ['S102 S307', 'code-from-text', 'security', 'medium', 'P2', 0.5, 'Generators of code execute their own text; our rules make it P0 or P1'],
  // Not S602, S604, S605 (fire on any shell=True), S608, S611 (on words and constants): our rules follow what is put into the line.
  ['S609', 'command-injection', 'security', 'medium', 'P2', 0.5, 'A wildcard that file names can abuse, in a folder that others write to'],
  ['S301', 'unsafe-deserialisation', 'security', 'medium', 'P2', 0.5, 'Mostly files of its own; data from outside is for our rules, as P0'],
  ['S506', 'unsafe-deserialisation', 'security', 'medium', 'P2', 0.6, 'Mostly files of its own; what callers give is for our rules, as P1'],
  ['S202', 'unsafe-archive', 'security', 'medium', 'P2', 0.6, 'tar entries may point outside; what comes from outside is for our rules'],
  ['S314', 'unsafe-xml', 'security', 'medium', 'P2', 0.5, 'Matters for documents from outside, and with an expat older than 2.4.1 only'],
  ['S310', 'unchecked-url', 'security', 'medium', 'P2', 0.5, 'urlopen also opens file:'],
  ['S501 S323', 'tls-verification-off', 'security', 'high', 'P0', 0.95, 'Verification switched off in so many words'],
  [
    'S502',
    'tls-verification-off',
    'security',
    'medium',
    'P2',
    0.6,
    'A protocol version that is broken; most often the way back for an old Python',
  ],
  ['S201', 'debug-mode', 'security', 'high', 'P1', 0.85, 'The Flask debugger runs code'],
  ['S612', 'debug-mode', 'security', 'high', 'P1', 0.8, 'logging.config.listen executes what it receives'],
  ['S113', 'no-timeout', 'performance', 'medium', 'P1', 0.9, 'requests waits for ever by default'],
  [
    'S701',
    'xss-markup',
    'security',
    'medium',
    'P2',
    0.5,
    'Jinja templates without escaping; as often as not they make no page, or pages from text of their own',
  ],
  ['S324', 'weak-hash', 'security', 'medium', 'P2', 0.6, 'md5 and sha1 where security may hang on them'],
  ['S105 S106 S107', 'weak-secret', 'security', 'low', 'P2', 0.4, 'Goes by names only, so never above low'],
  ['S110', 'swallowed-error', 'language', 'medium', 'P2', 0.8, 'except: pass hides what failed'],
  ['DTZ003 DTZ004', 'naive-datetime', 'language', 'medium', 'P2', 0.9, 'utcnow and utcfromtimestamp are deprecated and naive'],
  ['DTZ005', 'naive-datetime', 'language', 'low', 'P2', 0.6, 'Local time without a zone; 155 in one application, hence low'],
  ['B904', 'lost-cause', 'architect', 'low', 'P2', 0.8, 'The traceback loses the reason; quality tier'],
  ['BLE001', 'broad-except', 'architect', 'low', 'P2', 0.6, 'Quality tier, grouped by file'],
  ['C901', 'complexity', 'architect', 'low', 'P2', 0.7, 'Input for the architect: functions nobody can test'],
  ['PERF102 C4*', 'slow-loop', 'performance', 'low', 'P2', 0.8, 'A needless list or call, with a safe fix in most cases'],
  ['UP017 UP041 RUF013', 'outdated-syntax', 'language', 'low', 'P2', 0.8, 'Deprecated aliases and implicit Optional; safe fixes'],
];

/** Ruff's wasm build does not say which fixes are safe. These held up when applied unattended. */
const safeRuffFixes = /^(F401|F541|F632|F811|E71[1234]|UP006|UP007|UP015|UP017|UP035|UP041|UP045|PIE790|SIM118|C4\d\d|RUF013)$/;

/** Right in most cases only: they rely on the gates that every fix has to pass. */
const ruffFixesBehindTests = /^(F841|B006|B904)$/;

export const ruffRules: Rule[] = rows.flatMap(([codes, defect, perspective, severity, priority, confidence, why]) =>
  codes.split(' ').map((code): Rule => {
    const bare = code.replace('*', '');
    return {
      id: `ruff/${bare}`,
      tool: 'ruff',
      code: bare,
      family: code.endsWith('*'),
      class: defect,
      language: 'python',
      perspective,
      severity,
      priority,
      pool: poolFor(perspective, 'python'),
      confidence,
      ...vocabulary[defect],
      fixer: code.endsWith('*') ? (bare === 'C4' ? 'ruff' : null) : ruffFixable(bare) ? 'ruff' : null,
      why,
      inSupportFiles: supportPolicy(defect, perspective),
      secret: defect === 'weak-secret',
    };
  }),
);

export function ruffFixable(code: string): boolean {
  return safeRuffFixes.test(code) || ruffFixesBehindTests.test(code);
}

function supportPolicy(defect: DefectClass, perspective: Perspective): Rule['inSupportFiles'] {
  if (perspective === 'performance' || defect === 'weak-secret' || defect === 'complexity' || defect === 'broad-except') return 'skip';
  return defect === 'unused-import' || defect === 'unused-variable' ? 'same' : 'lower';
}
