import type { SgNode } from '@ast-grep/napi';
import {
  dropped,
  type Examined,
  enclosing,
  holds,
  identifiers,
  isField,
  isFunction,
  lineAround,
  lineOf,
  lowered,
  named,
  outward,
  placed,
  same,
  squeeze,
  startOf,
  type Verdict,
} from './nodes.js';

const by = 'unreachable place';

/** Classes that are true of text whether it runs or not, and those that speak of dead code themselves. */
const standsAnyway = new Set([
  'committed-secret',
  'weak-secret',
  'syntax-error',
  'unreachable-code',
  'unused-import',
  'unused-variable',
  'redefinition',
  'duplicate-entry',
  'similar-enums',
  'outdated-syntax',
]);

const blocks = new Set(['block', 'module', 'statement_block', 'program', 'switch_case', 'switch_default']);
const leaving = new Set(['return_statement', 'raise_statement', 'throw_statement', 'continue_statement', 'break_statement']);

/** A place that nothing can reach does no harm: after a jump, under a condition that never holds, for a Python long gone. */
export function unreachable({ node, root, class: kind }: Examined): Verdict | null {
  if (standsAnyway.has(kind)) return null;
  for (const each of outward(node)) {
    const parent = each.parent();
    if (!parent) continue;
    if (blocks.has(String(parent.kind())) && !isFunctionDeclaration(each)) {
      const from = startOf(each);
      const before = placed(root, parent).filter(({ end, kind }) => end <= from && isStatement(kind));
      // Only right before the place is a choice looked into: there may be thousands of statements above.
      const jump = before.find(({ kind, node }, at) => leaving.has(kind) || (at === before.length - 1 && leaves(node)))?.node;
      if (jump) return dropped(by, `nothing reaches line ${lineOf(each)}: line ${lineOf(jump)} always leaves`);
    }
    if (String(parent.kind()) === 'if_statement' || String(parent.kind()) === 'elif_clause') {
      const dead = deadBranch(parent, each);
      if (dead) return dropped(by, dead);
    }
    const always = String(each.kind()) === 'except_clause' ? alwaysThere(each, parent) : null;
    if (always) return dropped(by, `${always} is a part of Python, so line ${lineOf(each)} is never reached`);
  }
  return null;
}

/** Not a comment, a brace or a semicolon. */
const isStatement = (kind: string): boolean => /^\w/.test(kind) && kind !== 'comment';

/** A jump, or a choice of which every branch ends in one. */
function leaves(statement: SgNode): boolean {
  if (leaving.has(String(statement.kind()))) return true;
  if (String(statement.kind()) !== 'if_statement') return false;
  const otherwise = statement.children().filter((child) => ['elif_clause', 'else_clause'].includes(String(child.kind())));
  if (String(otherwise.at(-1)?.kind()) !== 'else_clause') return false;
  const bodies = [statement, ...otherwise].map((each) => each.field('consequence') ?? each.field('body') ?? named(each).at(-1));
  return bodies.every((body) => {
    const last = body && (blocks.has(String(body.kind())) ? named(body).at(-1) : body);
    return last != null && leaves(last);
  });
}

/** A function may be called from before the jump: in JavaScript its declaration is moved up. */
const isFunctionDeclaration = (node: SgNode) => isFunction(node) && String(node.kind()) !== 'function_definition';

/** Modules that every Python of today has, on whatever system. */
const ofPython =
  /^(ast|json|io|re|os|sys|abc|collections|contextlib|copy|csv|datetime|decimal|email|enum|functools|hashlib|hmac|html|http|importlib|inspect|itertools|logging|math|operator|pathlib|pickle|queue|random|secrets|shlex|shutil|socket|string|struct|subprocess|tempfile|textwrap|threading|time|types|typing|unittest|urllib|uuid|weakref|xml|zipfile)(\.[\w.]*)?$/;
const renamed = /^(urllib\.(urlencode|quote|unquote|urlopen)|collections\.(Mapping|MutableMapping|Iterable|Callable))/;

/** The module whose absence an `except ImportError` speaks of, when it is never absent. */
function alwaysThere(clause: SgNode, statement: SgNode): string | null {
  if (String(statement.kind()) !== 'try_statement') return null;
  const caught = named(clause)[0]?.text() ?? '';
  if (!/^(ImportError|ModuleNotFoundError)$/.test(caught)) return null;
  const imports = named(statement.field('body') ?? clause);
  const modules = imports.map((each) => (String(each.kind()) === 'import_statement' ? (named(each)[0]?.text() ?? '') : ''));
  return modules.length > 0 && modules.every((name) => ofPython.test(name) && !renamed.test(name)) ? modules.join(', ') : null;
}

function deadBranch(statement: SgNode, branch: SgNode): string | null {
  const condition = statement.field('condition');
  const consequence = statement.field('consequence');
  if (!condition || !consequence || same(branch, condition)) return null;
  const words = squeeze(condition.text()).replace(/^\((.*)\)$/, '$1');
  const value = constant(words);
  if (value === null) return null;
  if (holds(consequence, branch)) return value ? null : `it stands under \`if ${words}\`, which never holds where it runs`;
  return value ? `it stands in the other branch of \`if ${words}\`, which always holds` : null;
}

/** `READY = False` at the top of the file, which sets it nowhere else: what stands under `if READY` waits for somebody to edit it. */
export function switchedOff({ node, root, text, class: kind }: Examined): Verdict | null {
  if (standsAnyway.has(kind)) return null;
  for (const each of outward(node)) {
    const parent = each.parent();
    const condition = String(parent?.kind()) === 'if_statement' ? parent!.field('condition') : null;
    const name = /^\(?([A-Za-z_]\w*)\)?$/.exec(condition?.text() ?? '')?.[1];
    const isUnder = name !== undefined && isField(parent!, 'consequence', each);
    const off = isUnder ? onlyNo(root, text, name) : null;
    if (off !== null) return lowered('switched off', `nothing in this file changes ${name}, which line ${off} sets to no`);
  }
  return null;
}

/** The line at the top of a file that gives a name the value for "no", where no other line of the code gives it one. */
function onlyNo(root: SgNode, text: string, name: string): number | null {
  const wordsOf = (each: SgNode) => lineAround(text, startOf(each)).slice(0, MAX_LINE);
  const [only, ...others] = identifiers(root, name).filter((each) => gives(name).test(wordsOf(each)) || enclosing(each, ...imports));
  const isNo = new RegExp(`^(?:export )?(?:const |let |var )?${name}(?: ?: ?bool(?:ean)?)? ?= ?(?:False|false|0);?\\s*(?:#|//|$)`);
  return only && others.length === 0 && isNo.test(wordsOf(only)) ? lineOf(only) : null;
}

const MAX_LINE = 500;
const imports = ['import_statement', 'import_from_statement'];
const gives = (name: string): RegExp =>
  new RegExp(
    `\\b${name}\\b[^=\\n()]{0,80}?(?:(?<![=!<>])=(?!=)|:=)|\\b(?:global|nonlocal|as|for|def|class|function)\\b[^\\n]{0,200}?\\b${name}\\b`,
  );

/** What a condition always is when the program runs; null when that cannot be said. */
function constant(condition: string): boolean | null {
  const text = condition.replace(/\s+/g, '');
  if (/^not[A-Za-z(]/.test(text) && /^not /.test(condition)) {
    const inner = constant(condition.slice(4));
    return inner === null ? null : !inner;
  }
  if (/^(False|false|0|None|null|(typing\.)?TYPE_CHECKING|(six\.)?PY2)$/.test(text)) return false;
  if (/^(True|true|1|(six\.)?PY3)$/.test(text)) return true;
  const major = /^sys\.version_info(?:\[0\]|\.major)(==|<|<=|>=|>)(\d)$/.exec(text);
  if (major) return compare(3, major[1]!, Number(major[2]));
  const version = /^sys\.version_info(<|>=)\((\d),?(\d+)?,?\)$/.exec(text);
  // Python 3.8 and older get no repairs any more; of newer ones nobody knows which it runs on.
  if (!version || Number(version[2]) > 3 || (Number(version[2]) === 3 && Number(version[3] ?? 0) > 8)) return null;
  return version[1] === '>=';
}

function compare(left: number, operator: string, right: number): boolean {
  if (operator === '==') return left === right;
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  return operator === '>' ? left > right : left >= right;
}
