import type { SgNode } from '@ast-grep/napi';
import { enclosing, endOf, escaped, holds, isField, isFunction, isUse, kinds, named, placed, same, startOf } from './nodes.js';

const MAX_CALLS = 5;

/** What stays the same through all the functions a default is handed to. */
export interface Look {
  root: SgNode;
  /** Nothing in it: what takes things out finds none. */
  empty: boolean;
  /** A list with nothing in it: to write to a place of it fails. */
  hasNoPlaces: boolean;
  /** With their quotes. */
  keys: string[];
  /** Fields that are asked about already: `self.x = other.x` would ask for ever. */
  fields?: readonly string[];
}

/** Whether a use is seen that changes the value, here or in a function of this file that it is handed to. */
export function changes(owner: SgNode, name: string, calls: number, look: Look): boolean {
  return usesOf(owner, name, look).some((use) => {
    if ((look.empty && isWhereFilled(use, owner)) || isWhereMissing(use, owner, look.keys) || isSetEachTime(use, owner)) return false;
    const parent = use.parent();
    switch (String(parent?.kind())) {
      case 'attribute':
        // From what has nothing in it, nothing can be taken.
        return isCalledToChange(parent) === true && !(look.empty && removingMethods.test(parent!.field('attribute')?.text() ?? ''));
      case 'subscript':
        return (
          isField(parent!, 'value', use) && !(look.hasNoPlaces && !/\[[^[\]]*:/.test(parent!.text())) && isChangedInside(parent!, look)
        );
      case 'augmented_assignment':
        return isField(parent!, 'left', use);
      case 'keyword_argument':
      case 'argument_list': {
        const call = enclosing(parent!, 'call');
        const callee = call?.field('function')?.text() ?? '';
        const target = calls < MAX_CALLS ? ownFunction(callee, look) : null;
        const parameter = target && parameterFor(target, use, callee.includes('.'));
        return parameter !== null && changes(target!, parameter, calls + 1, look);
      }
      default:
        return false;
    }
  });
}

/** `x[0]`, or `x[0][1]` of it: written to, or changed by a method of its own. */
function isChangedInside(subscript: SgNode, look: Look): boolean {
  const parent = subscript.parent();
  if (String(parent?.kind()) === 'subscript') return isField(parent!, 'value', subscript) && isChangedInside(parent!, look);
  // `a, b = x[0], x[1]` reads, `del x[0], x[1]` does not.
  if (String(parent?.kind()) === 'expression_list' && String(parent!.parent()?.kind()) !== 'delete_statement') return false;
  return isCalledToChange(parent) ?? isTarget(subscript, { ...look, empty: false });
}

/** `if rows:` around it: what has nothing in it never comes so far, unless something else puts the first thing in. */
const isWhereFilled = (use: SgNode, owner: SgNode): boolean =>
  isUnder(use, owner, (condition) => new RegExp(`^${escaped(use.text())}(?: and\\b|$)`).test(condition) && !condition.includes(' or '));

/** `if "a" not in options:` around it, of a default that has it. */
const isWhereMissing = (use: SgNode, owner: SgNode, keys: string[]): boolean =>
  isUnder(use, owner, (condition) => keys.some((key) => condition === `${key} not in ${use.text()}`));

const isUnder = (use: SgNode, owner: SgNode, asks: (condition: string) => boolean): boolean =>
  use
    .ancestors()
    .some(
      (each) =>
        String(each.kind()) === 'if_statement' &&
        holds(owner, each) &&
        holds(each.field('consequence') ?? use, use) &&
        asks(each.field('condition')?.text() ?? ''),
    );

/** What a statement writes under keys that are said in it; `missing` where it only adds what is not there. */
interface Written {
  values: (SgNode | null | undefined)[];
  missing: boolean;
}

/** Whether every other call writes what this one leaves, so that no call sees what another one did. */
function isSetEachTime(use: SgNode, owner: SgNode): boolean {
  const name = use.text();
  const body = owner.field('body');
  const statement = enclosing(use, 'expression_statement');
  const written = statement && writtenBy(named(statement)[0] ?? statement, use);
  if (!body || !written) return false;
  const leaves =
    kinds(body, 'return_statement').some((each) => named(each)[0]?.text() === name) ||
    kinds(body, 'assignment').some((each) => each.field('right')?.text() === name && String(each.field('left')?.kind()) === 'attribute') ||
    // `rows.append(row)`: the next call writes into the same one.
    kinds(body, 'call').some(
      (each) =>
        /\.(?:append|appendleft|add|insert|put)$/.test(each.field('function')?.text() ?? '') &&
        named(each.field('arguments') ?? each).some((one) => one.text() === name),
    );
  // `counts['all'] = counts.get('all', 0) + 1` goes on from there.
  if (leaves || written.values.some((value) => !value || namesIn(value).includes(name))) return false;
  const around = statement.parent()?.parent() ?? null;
  const choice = String(around?.kind()) === 'if_statement' && isField(around!, 'consequence', statement.parent()!) ? around : null;
  const condition = choice?.field('condition')?.text() ?? '';
  const adds = new RegExp(`^["']\\w+["'] not in ${escaped(name)}$`).test(condition);
  if ((written.missing || adds) && !written.values.every((value) => isConstant(value!))) return false;
  // What is decided when the program starts is so for each call.
  return same(statement.parent()!, body) || ((adds || /^(?:not )?[A-Z][A-Z0-9_]+$/.test(condition)) && same(choice!.parent()!, body));
}

function writtenBy(action: SgNode, use: SgNode): Written | null {
  const target = use.parent();
  if (String(action.kind()) === 'assignment') {
    const key = String(target?.kind()) === 'subscript' && isField(target!, 'value', use) ? target!.field('subscript') : null;
    if (!isField(action, 'left', target!) || !['string', 'integer'].includes(String(key?.kind()))) return null;
    return { values: [action.field('right')], missing: false };
  }
  const given = named(action.field('arguments') ?? action);
  if (String(action.kind()) !== 'call' || !isField(action, 'function', target!) || !isField(target!, 'object', use)) return null;
  switch (target!.field('attribute')?.text()) {
    case 'setdefault':
      return String(given[0]?.kind()) === 'string' && given.length === 2 ? { values: [given[1]], missing: true } : null;
    case 'update': {
      const pairs = given.flatMap((each) => (String(each.kind()) === 'dictionary' ? named(each) : [each]));
      const said = pairs.every((each) => String(each.kind()) === 'keyword_argument' || String(each.field('key')?.kind()) === 'string');
      return said ? { values: pairs.map((each) => each.field('value')), missing: false } : null;
    }
    default:
      return null;
  }
}

const namesIn = (value: SgNode): string[] =>
  [value, ...kinds(value, 'identifier')].filter((each) => String(each.kind()) === 'identifier' && isUse(each)).map((each) => each.text());

export const isConstant = (value: SgNode): boolean =>
  String(value.kind()) !== 'call' && kinds(value, 'call').length === 0 && namesIn(value).every((each) => /^[A-Z][A-Z0-9_]*$/.test(each));

/** Of an attribute, whether it is a method that is called and changes what it belongs to; null for anything else. */
const isCalledToChange = (attribute: SgNode | null): boolean | null =>
  String(attribute?.kind()) === 'attribute'
    ? changingMethods.test(attribute!.field('attribute')?.text() ?? '') && String(attribute!.parent()?.kind()) === 'call'
    : null;

const changingMethods =
  /^(append|extend|insert|add|update|setdefault|pop|popitem|remove|discard|clear|sort|reverse|appendleft|extendleft|\w+_update|__setitem__)$/;

export const lastName = (callee: string): string => callee.slice(callee.lastIndexOf('.') + 1);
const definitions = (callee: string, { root }: Look): SgNode[] =>
  kinds(root, 'function_definition').filter((each) => each.field('name')?.text() === lastName(callee));

/** The one function of this file that is called so: by its name, or as a method of whatever object. */
export function ownFunction(callee: string, look: Look): SgNode | null {
  if (!/^[\w.]+$/.test(callee)) return null;
  const [found, ...others] = definitions(callee, look);
  if (!found || others.length > 0) return null;
  const isMethod = /^\(\s*(self|cls)\b/.test(found.field('parameters')?.text() ?? '');
  return callee.includes('.') === isMethod ? found : null;
}

export function onlyReads(owner: SgNode, name: string, look: Look, calls: number): boolean {
  return owner.field('body') !== null && usesOf(owner, name, look).every((use) => isRead(use, look, calls));
}

/** `x = x or y` may leave the default where it is. */
function passesOn(value: SgNode | null): boolean {
  switch (String(value?.kind())) {
    case 'identifier':
      return true;
    case 'boolean_operator':
    case 'conditional_expression':
    case 'parenthesized_expression':
      return named(value!).some(passesOn);
    default:
      return false;
  }
}

/** Where the name stands for the default: until another value takes its name. */
export function usesOf(owner: SgNode, name: string, { empty, root }: Look): SgNode[] {
  const body = owner.field('body') ?? owner;
  // `if not options: options = {}` takes the place of one that has nothing in it.
  const replaced = named(body).find(
    (each) =>
      empty &&
      String(each.kind()) === 'if_statement' &&
      ((new RegExp(`^(?:not ${name}|${name} == (?:\\{\\}|\\[\\])|len\\(${name}\\) == 0)$`).test(each.field('condition')?.text() ?? '') &&
        new RegExp(`^${name} *= *[\\w{[(]`).test(each.field('consequence')?.text() ?? '')) ||
        (each.field('condition')?.text() === `${name} is not None` &&
          new RegExp(`^${name} *= *(?:${name}\\.copy\\(|(?:dict|list|set)\\()`).test(each.field('consequence')?.text() ?? ''))),
  );
  const until = replaced ? endOf(replaced) : Number.POSITIVE_INFINITY;
  return kinds(body, 'identifier').filter(
    (each) =>
      each.text() === name &&
      isUse(each) &&
      startOf(each) < until &&
      !(replaced && holds(replaced, each)) &&
      !isTakenBefore(each, name, owner, root) &&
      !isShadowed(each, owner),
  );
}

/** Whether every way to a use leads past another value that takes the name: a statement before it, in a block that is around it. */
function isTakenBefore(use: SgNode, name: string, owner: SgNode, root: SgNode): boolean {
  const from = startOf(use);
  return use
    .ancestors()
    .filter((each) => String(each.kind()) === 'block' && holds(owner, each))
    .some((block) => placed(root, block).some(({ node, end }) => end <= from && takes(node, name)));
}

/** A statement after which a name stands for something else: an assignment, or a choice of which every branch has one. */
function takes(statement: SgNode, name: string): boolean {
  if (String(statement.kind()) === 'expression_statement') {
    const [assignment] = named(statement);
    return (
      String(assignment?.kind()) === 'assignment' && assignment!.field('left')?.text() === name && !passesOn(assignment!.field('right'))
    );
  }
  if (String(statement.kind()) !== 'if_statement') return false;
  const otherwise = named(statement).filter((each) => ['elif_clause', 'else_clause'].includes(String(each.kind())));
  return (
    String(otherwise.at(-1)?.kind()) === 'else_clause' &&
    [statement, ...otherwise].every((each) =>
      named(each.field('consequence') ?? each.field('body') ?? each).some((inner) => takes(inner, name)),
    )
  );
}

/** Of a function inside that calls something of its own so. */
function isShadowed(use: SgNode, owner: SgNode): boolean {
  return use
    .ancestors()
    .filter((each) => isFunction(each) && !same(each, owner) && holds(owner, each))
    .some((inner) =>
      named(inner.field('parameters') ?? inner).some((each) =>
        [each, ...kinds(each, 'identifier')].some((one) => String(one.kind()) === 'identifier' && one.text() === use.text() && isName(one)),
      ),
    );
}

/** Of a parameter, not of its default. */
const isName = (identifier: SgNode): boolean => {
  const parameter = enclosing(identifier, 'default_parameter', 'typed_default_parameter');
  return !parameter || isField(parameter, 'name', identifier);
};

/** `self.x = name`, where everything in the file that is called x is only read. */
function isKeptAndRead(assignment: SgNode, look: Look): boolean {
  const target = assignment.field('left');
  if (!target || !/^self\.\w+$/.test(target.text())) return false;
  const name = target.field('attribute')!.text();
  const fields = look.fields ?? [];
  if (fields.includes(name)) return true;
  const uses = kinds(look.root, 'attribute').filter((each) => each.field('attribute')?.text() === name && !same(each, target));
  return uses.length > 0 && uses.every((use) => isRead(use, { ...look, fields: [...fields, name] }, MAX_CALLS));
}

const readingMethods =
  /^(get|items|keys|values|copy|index|count|union|intersection|difference|issubset|issuperset|isdisjoint|__contains__)$/;

const removingMethods = /^(pop|popitem|remove|discard|clear|sort|reverse)$/;

function isRead(node: SgNode, look: Look, calls: number): boolean {
  const parent = node.parent();
  if (!parent) return false;
  switch (String(parent.kind())) {
    case 'comparison_operator':
    case 'not_operator':
    case 'interpolation':
    case 'binary_operator':
    case 'assert_statement':
    case 'expression_statement':
    case 'list_splat':
    case 'dictionary_splat':
      return true;
    case 'if_statement':
    case 'elif_clause':
    case 'while_statement':
    case 'if_clause':
      return isField(parent, 'condition', node) || String(parent.kind()) === 'if_clause';
    case 'for_statement':
    case 'for_in_clause':
      return isField(parent, 'right', node);
    case 'subscript':
      return isField(parent, 'value', node) ? !isTarget(parent, look) : true;
    case 'attribute':
      return (
        (readingMethods.test(parent.field('attribute')?.text() ?? '') ||
          (look.empty && removingMethods.test(parent.field('attribute')?.text() ?? ''))) &&
        String(parent.parent()?.kind()) === 'call'
      );
    // Another value takes its name; `x = [x]` puts it into a list of its own.
    case 'assignment':
      return isField(parent, 'left', node) || isKeptAndRead(parent, look);
    case 'list':
      return String(parent.parent()?.kind()) === 'assignment' && parent.parent()!.field('left')?.text() === node.text();
    case 'tuple':
      return String(parent.parent()?.kind()) === 'binary_operator';
    case 'parenthesized_expression':
      return isRead(parent, look, calls);
    case 'boolean_operator':
      return keepsName(parent, node) || isRead(parent, look, calls);
    case 'conditional_expression':
      return same(named(parent)[1] ?? parent, node) || keepsName(parent, node) || isRead(parent, look, calls);
    case 'keyword_argument':
    case 'argument_list':
      return calleeReads(node, look, calls);
    default:
      return false;
  }
}

/** `x = x or []`: whatever is done with it is done by the same name. */
const keepsName = (choice: SgNode, name: SgNode): boolean =>
  String(choice.parent()?.kind()) === 'assignment' && choice.parent()!.field('left')?.text() === name.text();

/** Written to, or a thing inside that something is done with. */
function isTarget(subscript: SgNode, look: Look): boolean {
  const parent = subscript.parent();
  const kind = String(parent?.kind());
  if (kind === 'assignment' || kind === 'augmented_assignment') return isField(parent!, 'left', subscript);
  return (
    (kind === 'delete_statement' && !look.empty) ||
    kind === 'attribute' ||
    kind === 'subscript' ||
    kind === 'pattern_list' ||
    kind === 'expression_list'
  );
}

const readingBuiltins =
  /^(len|list|tuple|set|frozenset|dict|sorted|sum|any|all|max|min|enumerate|zip|map|filter|isinstance|str|repr|bool|print|reversed|iter|next|id|type|range|bytes)$/;
/** Modules of the standard library whose functions keep nothing of what they are given and change nothing in it. */
const readingModules =
  /^(json|urllib\.parse|copy|pprint|textwrap|re|math|statistics|shlex|os\.path|posixpath|hashlib|base64|struct|itertools)$/;

function calleeReads(argument: SgNode, look: Look, calls: number): boolean {
  const call = enclosing(argument.parent() ?? argument, 'call');
  const callee = call?.field('function');
  if (!call || !callee) return false;
  const text = callee.text();
  if (readingBuiltins.test(text) || /^["'].*["']\.join$/s.test(text)) return true;
  if (/(^|\.)_?log(ger|ging)?\.(debug|info|warning|error|exception|critical|log)$/i.test(text)) return true;
  const last = text.slice(text.lastIndexOf('.') + 1);
  // What containers take over they copy.
  if (text.includes('.') && /^(update|extend|union|fromkeys|issubset|issuperset|difference|intersection)$/.test(last)) return true;
  if (/^[a-z]/.test(last) && readingModules.test(moduleOf(text, look.root))) return true;
  const target = calls < MAX_CALLS ? ownFunction(text, look) : null;
  const parameter = target && parameterFor(target, argument, text.includes('.'));
  return parameter !== null && onlyReads(target!, parameter, look, calls + 1);
}

function moduleOf(callee: string, root: SgNode): string {
  const at = callee.lastIndexOf('.');
  if (at > 0) {
    const module = callee.slice(0, at);
    return kinds(root, 'import_statement').some((each) => named(each).some((name) => name.text() === module)) ? module : '';
  }
  const from = kinds(root, 'import_from_statement').find((each) =>
    named(each).some((name) => name.text() === callee && startOf(name) > startOf(each.field('module_name') ?? each)),
  );
  return from?.field('module_name')?.text() ?? '';
}

export function parameterFor(owner: SgNode, argument: SgNode, method: boolean): string | null {
  const names = named(owner.field('parameters') ?? owner).map((each) =>
    String(each.kind()) === 'identifier' ? each.text() : (each.field('name') ?? named(each)[0])?.text(),
  );
  const parent = argument.parent();
  if (String(parent?.kind()) === 'keyword_argument') {
    const name = parent!.field('name')?.text();
    return name !== undefined && names.includes(name) ? name : null;
  }
  const position = named(parent ?? argument).findIndex((each) => same(each, argument));
  return position < 0 ? null : (names[position + (method ? 1 : 0)] ?? null);
}
