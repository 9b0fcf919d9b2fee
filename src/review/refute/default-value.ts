import type { SgNode } from '@ast-grep/napi';
import {
  dropped,
  type Examined,
  enclosing,
  escaped,
  functionAround,
  holds,
  isField,
  isUse,
  kinds,
  lineOf,
  lowered,
  named,
  outward,
  same,
  startOf,
  type Verdict,
} from './nodes.js';
import { changes, isConstant, type Look, lastName, onlyReads, ownFunction, parameterFor, usesOf } from './value-uses.js';

/** Lines. */
const MAX_COMMENT = 12;

/** Keys that a default has from the start, such as `"a"`, with their marks. */
const keysOf = (value: SgNode | null | undefined): string[] =>
  String(value?.kind()) === 'dictionary' ? named(value!).flatMap((each) => each.field('key')?.text() ?? []) : [];

/** `def read(lines=[lines])` inside of a function: a cell that is made anew each time the outer function runs. */
export function cellOfClosure({ language, node }: Examined): Verdict | null {
  const parameter = language === 'python' ? enclosing(node, 'default_parameter') : null;
  const owner = parameter && functionAround(parameter);
  const name = parameter?.field('name')?.text();
  const outer = owner?.parent() && functionAround(owner.parent()!);
  if (name !== undefined && outer && parameter?.field('value')?.text().replace(/\s/g, '') === `[${name}]`)
    return dropped(
      'cell of a closure',
      `${name} is kept in a list so that the inner function can change it, and made with each run of the outer one`,
    );
  if (
    name !== undefined &&
    outer &&
    String(owner?.kind()) === 'function_definition' &&
    !/(^|\.)(c|lru_)?cache\b/.test(outer.text().slice(0, 200))
  )
    return lowered('made with each run', `${name} is made again whenever the function on line ${lineOf(outer)} runs`);
  return null;
}

/** A mutable default that is only ever read does what an immutable one does. */
export function defaultOnlyRead({ language, node, root, text }: Examined): Verdict | null {
  if (language !== 'python') return null;
  const parameter = enclosing(node, 'default_parameter', 'typed_default_parameter');
  const owner = parameter && functionAround(parameter);
  const name = parameter?.field('name')?.text();
  if (!owner || !name || String(owner.kind()) !== 'function_definition') return null;
  const value = parameter.field('value')?.text() ?? '';
  const look: Look = {
    root,
    empty: /^(\{\s*\}|\[\s*\]|(dict|list|set|\w*OrderedDict|bytearray)\(\))$/.test(value),
    hasNoPlaces: /^(?:\[\s*\]|list\(\))$/.test(value),
    keys: keysOf(parameter.field('value')),
  };
  if (onlyReads(owner, name, look, 0)) return dropped('default only read', `${name} is only ever read, and given to nobody who keeps it`);
  if (!changes(owner, name, 0, look))
    return lowered(
      'default not changed here',
      `nothing here leaves in ${name} what another call would see; it is given to functions or callers that could`,
    );
  const needed = look.empty ? needsEntry(owner, name) : null;
  if (needed) return lowered('never left out', `line ${lineOf(needed)} fails for who gives no ${name}`);
  if (isAlwaysGiven(owner, name, look)) return lowered('never left out', `whoever calls ${owner.field('name')?.text()} here gives ${name}`);
  const taken = takenOutAgain(owner, name);
  if (taken) return lowered('taken out again', `line ${lineOf(taken)} takes out of ${name} what the call put in`);
  const cell = named(parameter.field('value') ?? parameter);
  const asCell = usesOf(owner, name, look).every((use) => use.parent()?.text() === `${name}[0]`);
  if (String(parameter.field('value')?.kind()) === 'list' && cell.length === 1 && asCell && isConstant(cell[0]!))
    return lowered('kept between calls', `${name} is a cell with one value, for calls to find what the last one left`);
  const asked =
    kinds(owner, 'try_statement').find(
      (each) =>
        new RegExp(`^try:\\s*(?:return|\\w+ =) ${escaped(name)}\\[`).test(each.text()) &&
        /\bexcept (?:IndexError|KeyError)\b/.test(each.text()),
    ) ?? remembered(owner, name);
  if (asked) return lowered('kept between calls', `line ${lineOf(asked)} asks first what an earlier call left in ${name}`);
  const said = commentAbove(text, owner);
  if (new RegExp(`\\b${escaped(name)}\\b`).test(said))
    return lowered('explained', `the comment above line ${lineOf(owner)} speaks of ${name}`);
  return /^_|cache|memo|history|seen|registry|known|^done$/i.test(name)
    ? lowered('kept between calls', `${name} is what such a default is called when it is meant to be kept between calls`)
    : null;
}

/** Where a function reads an entry before it does anything else with the name, whatever happens: in an empty default there is none. */
function needsEntry(owner: SgNode, name: string): SgNode | null {
  const body = owner.field('body');
  const use = body && kinds(body, 'identifier').find((each) => each.text() === name && isUse(each));
  const entry = use?.parent();
  if (!use || String(entry?.kind()) !== 'subscript' || !isField(entry!, 'value', use)) return null;
  if (!['string', 'integer'].includes(String(entry!.field('subscript')?.kind()))) return null;
  const around = outward(entry!);
  const [statement, ...inside] = around
    .slice(
      0,
      around.findIndex((each) => same(each, body)),
    )
    .reverse();
  const whole = String(statement?.kind()) === 'if_statement' ? inside[0] && isField(statement!, 'condition', inside[0]) : true;
  const happens = ['expression_statement', 'return_statement', 'if_statement'].includes(String(statement?.kind())) && whole;
  const written = isField(entry!.parent() ?? entry!, 'left', entry!);
  return happens && !written && !inside.some((each) => choices.has(String(each.kind()))) ? entry! : null;
}

/** What is around code that may never run. */
const choices = new Set([
  'lambda',
  'conditional_expression',
  'boolean_operator',
  'list_comprehension',
  'set_comprehension',
  'dictionary_comprehension',
  'generator_expression',
]);

/** Whether a function is called in its file, outside of itself, and never without a value for the parameter. */
function isAlwaysGiven(owner: SgNode, name: string, look: Look): boolean {
  const called = owner.field('name')?.text() ?? '';
  const calls = kinds(look.root, 'call').filter((each) => lastName(each.field('function')?.text() ?? '') === called && !holds(owner, each));
  return (
    calls.length > 0 &&
    calls.every((call) => {
      const callee = call.field('function')!.text();
      const target = ownFunction(callee, look);
      return (
        target !== null &&
        same(target, owner) &&
        named(call.field('arguments') ?? call).some((each) => {
          const argument = String(each.kind()) === 'keyword_argument' ? each.field('value') : each;
          return argument !== null && parameterFor(owner, argument, callee.includes('.')) === name;
        })
      );
    })
  );
}

/** Where the last thing is taken out, of a list to which the function and those it calls only ever add one at its end. */
function takenOutAgain(owner: SgNode, name: string): SgNode | undefined {
  const uses = kinds(owner.field('body') ?? owner, 'identifier').filter((each) => each.text() === name && isUse(each));
  const methods = uses.map((each) => (String(each.parent()?.kind()) === 'attribute' ? each.parent()!.field('attribute')?.text() : null));
  if (!methods.includes('append') || methods.some((each) => /^(?:extend|insert|add|update|setdefault)$/.test(each ?? ''))) return undefined;
  return (
    uses.find((use, at) => methods[at] === 'pop' && /\.pop\((?:-1)?\)$/.test(use.parent()?.parent()?.text() ?? ''))?.parent() ??
    kinds(owner, 'delete_statement').find((each) => each.text().replace(/\s/g, '') === `del${name}[-1]`)
  );
}

/** Where a function asks for a key that it writes, and returns what is there: a memory of earlier calls. */
function remembered(owner: SgNode, name: string): SgNode | null {
  const entries = kinds(owner, 'subscript').filter((each) => each.field('value')?.text() === name);
  const bare = (key: string) => key.replace(/\s/g, '').replace(/^\((.*)\)$/, '$1');
  // Of `x[a, b]` the key is two nodes.
  const keyOf = (each: SgNode) => bare(each.text().slice(name.length).trim().slice(1, -1));
  const written = entries.filter((each) => isField(each.parent() ?? each, 'left', each)).map(keyOf);
  const returned = entries.filter((each) => enclosing(each, 'return_statement')).map(keyOf);
  return (
    kinds(owner, 'comparison_operator').find((each) => {
      const [key, held, ...others] = named(each);
      const asked = bare(key?.text() ?? '');
      return (
        /\bin\b/.test(each.text()) && held?.text() === name && others.length === 0 && written.includes(asked) && returned.includes(asked)
      );
    }) ?? null
  );
}

/** The lines of comment right above a definition. */
function commentAbove(text: string, definition: SgNode): string {
  const above = text
    .slice(0, startOf(definition))
    .split('\n')
    .slice(-1 - MAX_COMMENT, -1);
  return above.slice(above.findLastIndex((line) => !/^\s*#/.test(line)) + 1).join('\n');
}
