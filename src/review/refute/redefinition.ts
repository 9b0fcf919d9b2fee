import type { SgNode } from '@ast-grep/napi';
import { dropped, type Examined, enclosing, kinds, lineOf, lowered, named, outward, type Verdict } from './nodes.js';

/** Decorators that put the function where it is called from. Others, such as those of tests, leave it to its name. */
const registers =
  /^@(?!mock\b|patch\b)[\w.]+\.(get|post|put|delete|patch|head|options|route|command|register\w*|add_\w+|task|on|on_\w+|handler|errorhandler|connect|event|listen\w*|hook|callback)\(/;

/** A name that is first announced with None in it loses nothing when it is defined. */
export function announced({ language, node, root, words }: Examined): Verdict | null {
  if (language !== 'python') return null;
  const again = enclosing(node, 'import_statement', 'import_from_statement');
  if (again) return lowered('imported twice', `line ${lineOf(again)} imports the same name again, which changes nothing most often`);
  const definition = enclosing(node, 'function_definition', 'class_definition');
  const name = definition?.field('name')?.text();
  const block =
    definition &&
    outward(definition)
      .find((each) => ['block', 'module'].includes(String(each.parent()?.kind())))
      ?.parent();
  if (String(node.kind()) === 'identifier' && node.text() !== definition?.field('name')?.text())
    return lowered('other use', `line ${lineOf(node)} uses the name of an import for something else`);
  if (!definition || !name || !block) return null;
  const from = Number(/ from line (\d+)/.exec(words)?.[1]);
  const taken = kinds(block, 'import_statement', 'import_from_statement').find(
    (each) => lineOf(each) <= from && from <= each.range().end.line + 1,
  );
  if (taken) return lowered('other use', `${name} is imported on line ${lineOf(taken)}, and made anew before anything uses that`);
  const before = named(block)
    .filter((each) => each.range().end.index <= definition.range().start.index)
    .flatMap((each) => (String(each.kind()) === 'expression_statement' ? named(each) : [each]))
    .filter((each) => [...leftOf(each), each.field('name') ?? each.field('definition')?.field('name')].some((one) => one?.text() === name));
  const replaced = kinds(definition, 'global_statement').find((each) => named(each).some((one) => one.text() === name));
  if (replaced) return dropped('replaces itself', `${name} puts something else in its own place, from line ${lineOf(replaced)} on`);
  const overload = before.find((each) => /\boverload$/.test(decoratorOf(each) ?? ''));
  if (overload) return dropped('overload', `line ${lineOf(overload)} only says how ${name} may be called`);
  const registered = named(block).find(
    (each) =>
      String(each.kind()) === 'decorated_definition' &&
      each.range().end.index <= definition.range().start.index &&
      each.field('definition')?.field('name')?.text() === name &&
      named(each).some((one) => String(one.kind()) === 'decorator' && registers.test(one.text())),
  );
  if (registered)
    return dropped('registered', `the decorator on line ${lineOf(registered)} keeps the first one, whatever its name means later`);
  const keeper = /^@(\w+)(?:\.\w+)?$/m.exec(decoratorOf(definition.parent()) ?? '')?.[1];
  const made =
    keeper &&
    named(block)
      .flatMap((each) => named(each))
      .find((each) => each.field('left')?.text() === keeper);
  if (made && String(made.field('right')?.kind()) === 'call')
    return lowered('registered', `${keeper}, made on line ${lineOf(made)}, may keep what it decorates`);
  const [first, ...others] = before;
  const [head, earlier] = [decoratorOf(definition.parent()), before.map((each) => decoratorOf(each)).find((each) => each !== null)];
  if (head?.includes('.') && earlier?.includes('.') && head !== earlier)
    return lowered('registered', `${earlier} and ${head} may each keep the function that they decorate`);
  const patch = before.find((each) => /^@patch(?:_to|_property)?$/.test(decoratorOf(each) ?? '') && isTyped(each));
  if (patch) return lowered('registered', `${decoratorOf(patch)} on line ${lineOf(patch)} puts the first one into the class that it names`);
  if (first && before.every(isBlank)) return dropped('announced before', `line ${lineOf(first)} only announces ${name}: it does nothing`);
  const whole = String(definition.parent()?.kind()) === 'decorated_definition' ? definition.parent()! : definition;
  const twin = before.find((each) => isSameCode(each, whole));
  if (twin) return lowered('said twice', `line ${lineOf(twin)} says the same as line ${lineOf(whole)}`);
  const defined = kinds(root, 'function_definition', 'class_definition').some((each) => lineOf(each.field('name') ?? each) === from);
  if (!first && from > 0 && !defined) return lowered('other use', `line ${from} uses the name ${name} for something else`);
  if (!first || others.length > 0 || String(first.kind()) !== 'assignment') return null;
  const value = lastValueOf(first);
  if (value?.text() === 'None') return dropped('announced before', `line ${lineOf(first)} only announces ${name}, with None in it`);
  // In a class: what it says of itself is kept by what it was told to, as options and columns are.
  const declares = String(value?.kind()) === 'call' && enclosing(definition, 'class_definition') !== null && isProperty(definition);
  const answers = isProperty(definition) ? 'property' : 'method';
  if (!declares && value && enclosing(definition, 'class_definition'))
    return lowered('declared before', `line ${lineOf(first)} declares ${name} for who reads the class, and the ${answers} answers`);
  if (!declares && value) return lowered('other use', `line ${lineOf(first)} gives ${name} a value that nothing reads`);
  return declares ? dropped('declared before', `the call on line ${lineOf(first)} declares ${name}, and the property reads it`) : null;
}

/** `def count(self: L)`: with a type for its first parameter. */
const isTyped = (decorated: SgNode): boolean =>
  /^typed_/.test(String(named(decorated.field('definition')?.field('parameters') ?? decorated)[0]?.kind()));

/** `a = b = 1` assigns to both. */
function leftOf(statement: SgNode): (SgNode | null)[] {
  const right = statement.field('right');
  return [statement.field('left'), ...(String(right?.kind()) === 'assignment' ? leftOf(right!) : [])];
}

const lastValueOf = (assignment: SgNode): SgNode | null => {
  const right = assignment.field('right');
  return String(right?.kind()) === 'assignment' ? lastValueOf(right!) : right;
};

/** Whether two pieces of code differ by nothing but spaces and what is said of them. */
function isSameCode(one: SgNode, other: SgNode): boolean {
  const [ours, theirs] = [one, other].map((each) => each.children().filter((child) => !isSaid(child)));
  if (one.kind() !== other.kind() || ours!.length !== theirs!.length) return false;
  return ours!.length === 0 ? one.text() === other.text() : ours!.every((each, at) => isSameCode(each, theirs![at]!));
}

/** A comment, or a text that stands by itself. */
const isSaid = (node: SgNode): boolean =>
  String(node.kind()) === 'comment' || (String(node.kind()) === 'expression_statement' && String(named(node)[0]?.kind()) === 'string');

/** A function that does nothing, or only says that it is not there yet, or a class of such; nothing but `abc` decorates it. */
function isBlank(definition: SgNode): boolean {
  const inner = String(definition.kind()) === 'decorated_definition' ? definition.field('definition') : definition;
  const decorators = named(definition).filter((each) => String(each.kind()) === 'decorator');
  return (
    ['function_definition', 'class_definition'].includes(String(inner?.kind())) &&
    // An error that adds nothing to another one is still one of its own.
    inner!.field('superclasses') === null &&
    decorators.every((each) => /^@(?:abc\.)?(?:abstract\w+|property|staticmethod|classmethod)$/.test(each.text())) &&
    named(inner!.field('body') ?? inner!).every(
      (each) =>
        (String(inner!.kind()) === 'class_definition' && isBlank(each)) ||
        /^(?:pass|\.\.\.|raise NotImplemented(?:Error)?\b.*|["'].*)$/s.test(each.text()),
    )
  );
}

/** What decorates a definition, such as `@app.get`; null when nothing does. */
function decoratorOf(definition: SgNode | null | undefined): string | null {
  if (String(definition?.kind()) !== 'decorated_definition') return null;
  const first = named(definition!).find((each) => String(each.kind()) === 'decorator');
  return /^@[\w.]+/.exec(first?.text() ?? '')?.[0] ?? null;
}

const isProperty = (definition: SgNode): boolean =>
  String(definition.parent()?.kind()) === 'decorated_definition' && /^@[\w.]*property\b/m.test(definition.parent()!.text());
