import type { SgNode } from '@ast-grep/napi';
import { askedFirst } from './asked-first.js';
import {
  dropped,
  type Examined,
  endOf,
  functionAround,
  holds,
  identifiers,
  kinds,
  lineOf,
  lowered,
  named,
  once,
  outward,
  same,
  squeeze,
  startOf,
  type Verdict,
} from './nodes.js';
import { bindings, globalsFilled, missingHandled } from './undefined-name.js';

const by = 'always bound';

/** Reads before a value was given, that cannot happen: the loop or branch always runs, or the read stands under the same condition. */
export function unboundName({ language, root, node, text, start, end, words }: Examined): Verdict | null {
  if (language !== 'python') return null;
  const name = text.slice(start, end).trim();
  if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) return null;
  const handled = missingHandled(node) ?? askedBefore(root, name, node) ?? askedFirst(node, root, name, by);
  if (handled) return handled;
  const forTypes = declaredOnly(root, name).find((each) => isForTypes(each));
  if (forTypes)
    return dropped(by, `line ${lineOf(forTypes)} says to type checkers what ${name} is, and the other branch gives it its value`);
  const [declared] = declaredOnly(scopeOf(node, root), name);
  if (declared && importsCython(root))
    return dropped('declared in C', `line ${lineOf(declared)} declares ${name} for Cython: it has its place from there on`);
  const module = inClassBody(node)
    ? bindings(root, name).find((each) => outward(namedBy(each)).every((outer) => !isScope(outer)) && startOf(each) < start)
    : undefined;
  if (module) return dropped(by, `a class body that has no ${name} yet takes the module's, from line ${lineOf(module)}`);
  const scope = scopeOf(node, root);
  if (isParameter(scope, name) && !takenAway(scope, name)) return dropped(by, `${name} is a parameter`);
  const given = bindings(scope, name).filter((each) => {
    const around = functionAround(each);
    return (around === null ? root : around).range().start.index === scope.range().start.index && startOf(each) < start;
  });
  for (const binding of given) {
    const why = alwaysRuns(binding, node, root);
    if (why !== null) return dropped(by, `${name} is given a value on line ${lineOf(binding)}: ${why}`);
  }
  for (const binding of given) {
    const verdict = sameCondition(binding, node, name);
    if (verdict) return verdict;
  }
  const filled = functionAround(node) === null ? once(root, 'fills globals', () => globalsFilled(text)) : null;
  if (filled !== null) return lowered(by, `line ${filled} adds names to the globals that cannot be known`);
  const earlier = /is unbound/.test(words) && !takenAway(scope, name) ? given.find((each) => mayReach(each, node)) : undefined;
  if (earlier)
    return lowered(by, `a branch or loop that ends before it gives it a value on line ${lineOf(earlier)}: only types speak against that`);
  const bound = bindings(scope, name);
  const handler = outward(node).find((each) => String(each.kind()) === 'except_clause');
  const attempt = handler?.parent()?.field('body');
  const stepped = attempt && bound.find((each) => holds(attempt, each) && String(each.parent()?.kind()) === 'for_statement');
  if (stepped) return lowered(by, `the loop on line ${lineOf(stepped)} gives it a value before anything in it can fail`);
  // Of what is only possibly unbound, this is what may go wrong.
  const statements = attempt && /is unbound/.test(words) ? named(attempt) : [];
  const first = statements
    .slice(0, -1)
    .find((each) => bound.some((one) => holds(each, one)) && String(each.kind()) === 'expression_statement');
  if (first) return lowered(by, `line ${lineOf(first)} gives it a value, and what stands below it in the same try can fail as well`);
  const outer = bindings(root, name).length === 0 ? kinds(root, 'global_statement').find((each) => says(each, name)) : undefined;
  if (outer) return lowered(by, `line ${lineOf(outer)} says that it is a global, and nothing here makes it: what imports the module may`);
  const expected = kinds(scope, 'global_statement').some((each) => says(each, name)) ? passedOverAlone(node) : null;
  if (expected) return lowered(by, `line ${lineOf(expected)} does nothing else, and passes over that the global is not there yet`);
  const handed = kinds(scope, 'nonlocal_statement').find((each) => says(each, name));
  if (handed) return lowered(by, `a function inside gives it a value, as line ${lineOf(handed)} says`);
  const round = outward(node).find(
    (each) =>
      ['for_statement', 'while_statement'].includes(String(each.kind())) && holds(scope, each) && bound.some((one) => holds(each, one)),
  );
  if (round && bound.length > 1) return lowered(by, `an earlier round of the loop on line ${lineOf(round)} may have given it a value`);
  const passedOver = given.flatMap((each) => each.ancestors()).find((each) => !holds(each, node) && suppresses(each));
  if (passedOver)
    return lowered(by, `line ${lineOf(passedOver)} says which errors are passed over, and they may come after it was given a value`);
  const isMade = bindings(root, name).some(
    (each) => outward(namedBy(each)).every((outer) => !isScope(outer)) || same(functionAround(namedBy(each)) ?? root, scope),
  );
  const star = isMade ? undefined : kinds(root, 'wildcard_import')[0];
  return star ? lowered(by, `it may come from the star import on line ${lineOf(star)}`) : null;
}

const says = (statement: SgNode, name: string): boolean => named(statement).some((each) => each.text() === name);

/** `try: window.destroy()`, with a handler of everything that does nothing. */
function passedOverAlone(node: SgNode): SgNode | null {
  const attempt = outward(node).find((each) => String(each.kind()) === 'try_statement');
  const body = attempt?.field('body');
  if (!attempt || !body || !holds(body, node) || named(body).length > 1) return null;
  return kinds(attempt, 'except_clause').some((each) => /^except(?:\s+Exception)?\s*:\s*pass$/.test(each.text().trim())) ? attempt : null;
}

const scopeOf = (node: SgNode, root: SgNode): SgNode => functionAround(node) ?? root;

/** `size: cython.int`, with no value. */
const declaredOnly = (scope: SgNode, name: string): SgNode[] =>
  kinds(scope, 'assignment').filter(
    (each) => each.field('left')?.text() === name && each.field('type') !== null && each.field('right') === null,
  );

/** In the first branch of `if TYPE_CHECKING:`, which has another one. */
const isForTypes = (declaration: SgNode): boolean =>
  declaration
    .ancestors()
    .some(
      (each) =>
        String(each.kind()) === 'if_statement' &&
        /^(?:typing\.)?TYPE_CHECKING$/.test(each.field('condition')?.text() ?? '') &&
        holds(each.field('consequence') ?? each, declaration) &&
        named(each).some((one) => String(one.kind()) === 'else_clause'),
    );

const importsCython = (root: SgNode): boolean =>
  once(root, 'imports cython', () =>
    kinds(root, 'import_statement', 'import_from_statement').some((each) => /^(?:import|from) cython\b/.test(each.text())),
  );

/** In a branch, or a round, of a statement that is over when the use comes, and that does not leave. */
function mayReach(binding: SgNode, use: SgNode): boolean {
  let inner = binding;
  for (const outer of binding.ancestors()) {
    if (holds(outer, use)) return endOf(inner) <= startOf(use) && /^(?:if|for|while)_statement$/.test(String(inner.kind()));
    const last = String(outer.kind()) === 'block' ? named(outer).at(-1) : undefined;
    if (last && /^(return|raise|continue|break)_statement$/.test(String(last.kind()))) return false;
    inner = outer;
  }
  return false;
}

/** `try: name` with a handler that gives it a value when it is missing: from there on it has one. */
function askedBefore(root: SgNode, name: string, use: SgNode): Verdict | null {
  const scope = functionAround(use) ?? root;
  const asked = identifiers(scope, name).find(
    (each) => String(each.parent()?.kind()) === 'expression_statement' && endOf(each) < startOf(use),
  );
  return asked ? missingHandled(asked) : null;
}

function isParameter(scope: SgNode, name: string): boolean {
  return named(scope.field('parameters') ?? scope)
    .map((each) => (String(each.kind()) === 'identifier' ? each : (each.field('name') ?? named(each)[0])))
    .some((each) => scope.field('parameters') !== null && each?.text() === name);
}

/** What stands where the name is bound: of the name of a function or class, what is around that. */
function namedBy(binding: SgNode): SgNode {
  const parent = binding.parent();
  return parent && isScope(parent) && parent.field('name')?.text() === binding.text() ? (parent.parent() ?? parent) : binding;
}

/** By `del`, or at the end of `except … as name`. */
function takenAway(scope: SgNode, name: string): boolean {
  return (
    kinds(scope, 'delete_statement').some((each) => new RegExp(`\\b${name}\\b`).test(each.text())) ||
    kinds(scope, 'as_pattern_target').some((each) => each.text() === name)
  );
}

const isScope = (node: SgNode): boolean => ['function_definition', 'class_definition', 'lambda'].includes(String(node.kind()));

/** Defaults, annotations and decorators of a method are computed in the class body; only there a missing name is looked for outside. */
function inClassBody(node: SgNode): boolean {
  for (const outer of node.ancestors()) {
    if (String(outer.kind()) === 'class_definition') return holds(outer.field('body') ?? outer, node);
    if (isScope(outer) && holds(outer.field('body') ?? outer, node)) return false;
  }
  return false;
}

/** Climbs from the binding to the block that holds the use as well; null when something on the way may be skipped. */
function alwaysRuns(binding: SgNode, use: SgNode, root: SgNode): string | null {
  const reasons: string[] = [];
  let inner = binding;
  for (const outer of binding.ancestors()) {
    if (holds(outer, use)) return reasons.length > 0 ? reasons.join(', and ') : null;
    const reason = passes(outer, { inner, binding, root });
    if (reason === null) return null;
    if (reason !== '') reasons.push(reason);
    inner = outer;
  }
  return null;
}

const suppresses = (each: SgNode): boolean =>
  String(each.kind()) === 'with_statement' && /\bsuppress\(/.test(squeeze(each.text()).slice(0, 200));

/** Why a statement cannot end without its part `inner` having run; empty when that needs no word, null when it can. */
function passes(outer: SgNode, { inner, binding, root }: { inner: SgNode; binding: SgNode; root: SgNode }): string | null {
  switch (String(outer.kind())) {
    case 'while_statement': {
      const body = outer.field('body');
      const endless = /^\(?(True|1)\)?$/.test(outer.field('condition')?.text() ?? '');
      return endless && body && holds(body, inner) && !leavesBefore(body, binding) ? `the loop on line ${lineOf(outer)} always runs` : null;
    }
    case 'for_statement': {
      const body = outer.field('body');
      const sure = neverEmpty(outer.field('right'));
      return sure && body && holds(body, inner) && !leavesBefore(body, binding)
        ? `the loop on line ${lineOf(outer)} has something to go through`
        : null;
    }
    case 'if_statement':
      return inner.range().start.index === outer.field('condition')?.range().start.index ? '' : otherBranchesLeave(outer, inner, root);
    case 'elif_clause':
    case 'else_clause':
      return '';
    case 'try_statement': {
      const body = outer.field('body');
      if (!body || !holds(body, inner)) return String(inner.kind()) === 'finally_clause' ? '' : null;
      const handlers = kinds(outer, 'except_clause').filter((clause) => clause.parent()?.range().start.index === outer.range().start.index);
      if (handlers.some((clause) => !leaves(lastBlock(clause), root))) return null;
      return handlers.length === 0 ? '' : 'every handler of the errors before it leaves';
    }
    case 'with_statement':
      return suppresses(outer) ? null : '';
    case 'except_clause':
    case 'match_statement':
    case 'case_clause':
    case 'conditional_expression':
    case 'boolean_operator':
    case 'function_definition':
    case 'class_definition':
    case 'lambda':
    case 'for_in_clause':
    case 'list_comprehension':
    case 'generator_expression':
      return null;
    default:
      return '';
  }
}

function leavesBefore(body: SgNode, binding: SgNode): boolean {
  return kinds(body, 'break_statement', 'continue_statement').some((jump) => startOf(jump) < startOf(binding));
}

function neverEmpty(right: SgNode | null): boolean {
  if (!right) return false;
  const kind = String(right.kind());
  if (kind === 'list' || kind === 'tuple' || kind === 'set') return named(right).some((item) => String(item.kind()) !== 'list_splat');
  const range = /^range\(\s*(?:0\s*,\s*)?(\d+)\s*\)$/.exec(right.text());
  return range !== null && Number(range[1]) > 0;
}

function otherBranchesLeave(statement: SgNode, inner: SgNode, root: SgNode): string | null {
  const consequence = statement.field('consequence');
  const branches = [consequence, ...named(statement).filter((each) => ['elif_clause', 'else_clause'].includes(String(each.kind())))].filter(
    (each) => each !== null,
  );
  if (!branches.some((each) => String(each.kind()) === 'else_clause')) return null;
  const others = branches.filter((each) => !holds(each, inner));
  return others.every((each) => leaves(lastBlock(each), root)) ? 'every other branch leaves' : null;
}

const lastBlock = (node: SgNode): SgNode =>
  String(node.kind()) === 'block' ? node : (named(node).findLast((each) => String(each.kind()) === 'block') ?? node);

const knownToLeave =
  /^(?:sys\.exit|exit|quit|os\._exit|os\.abort|pytest\.(?:fail|skip|exit|xfail)|self\.(?:fail|skipTest)|(?:typing\.|typing_extensions\.)?assert_never|(?:flask\.)?abort|(?:arg)?parser\.(?:error|exit)|ctx\.(?:fail|exit|abort))$/;

function leaves(block: SgNode, root: SgNode): boolean {
  const last = named(block).at(-1);
  if (!last) return false;
  const kind = String(last.kind());
  if (['return_statement', 'raise_statement', 'continue_statement', 'break_statement'].includes(kind)) return true;
  if (kind === 'assert_statement') return /^assert\s*\(?(False|0)\b/.test(last.text());
  const call = kind === 'expression_statement' ? named(last)[0] : undefined;
  if (String(call?.kind()) !== 'call') return false;
  const callee = call?.field('function')?.text() ?? '';
  if (knownToLeave.test(callee)) return true;
  const own = callee.replace(/^self\./, '');
  return kinds(root, 'function_definition').some(
    (each) => each.field('name')?.text() === own && /\b(NoReturn|Never)\b/.test(each.field('return_type')?.text() ?? ''),
  );
}

/** `if c: x = …` and later `if c: use(x)`. */
function sameCondition(binding: SgNode, use: SgNode, name: string): Verdict | null {
  const given = conditionsOf(binding, use);
  const read = conditionsOf(use, binding);
  for (const { condition, statement } of given) {
    const match = read.find(
      (each) => each.condition === condition || each.condition.split(/\band\b/).some((part) => part.trim() === condition),
    );
    if (!match || !holds(statement.field('consequence') ?? statement, binding)) continue;
    const scope = functionAround(use)?.text() ?? '';
    const parts = [...condition.matchAll(/[\p{L}_][\p{L}\p{N}_.]*/gu)]
      .map(([word]) => word)
      .filter((word) => !['not', 'and', 'or', 'is', 'in', 'None'].includes(word));
    const between =
      scope === ''
        ? use.getRoot().root().text().slice(endOf(statement), startOf(match.statement))
        : textBetween(use, endOf(statement), startOf(match.statement));
    if (parts.some((part) => new RegExp(`(^|[^\\w.])${part.replaceAll('.', '\\.')}\\s*(?:[-+*/|&]?=)(?!=)`, 'm').test(between))) continue;
    const where = `${name} is given a value and read under the same condition, \`${condition}\``;
    // A call may answer differently the second time.
    return condition.includes('(') ? lowered(by, `${where}, if that answers the same both times`) : dropped(by, where);
  }
  return null;
}

const textBetween = (node: SgNode, from: number, to: number): string => node.getRoot().root().text().slice(from, to);

function conditionsOf(node: SgNode, other: SgNode): { condition: string; statement: SgNode }[] {
  return outward(node).flatMap((each) => {
    if (String(each.kind()) !== 'if_statement' || holds(each, other)) return [];
    const consequence = each.field('consequence');
    const condition = each.field('condition');
    return consequence && condition && holds(consequence, node) ? [{ condition: squeeze(condition.text()), statement: each }] : [];
  });
}
