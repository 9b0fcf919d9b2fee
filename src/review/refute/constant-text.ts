import type { SgNode } from '@ast-grep/napi';
import {
  dropped,
  type Examined,
  enclosing,
  endOf,
  functionAround,
  holds,
  kinds,
  lineOf,
  lowered,
  named,
  outward,
  same,
  startOf,
  type Verdict,
} from './nodes.js';
import { bindings } from './undefined-name.js';

const MAX_STEPS = 5;

/** `eval('(' + text + ')')` reads JSON where the text is called so; elsewhere it makes functions of their texts. */
export function notJson({ node, rule, text, start }: Examined): Verdict | null {
  if (rule !== 'mahavishnu/eval-json') return null;
  // What json2 has always asked before: nothing but the signs of JSON is left.
  if (/\[\\\],:\{\}\\s\]|\[\^,:\{\}\\\[\\\]0-9|\brx_one\.test\(/.test(text.slice(Math.max(0, start - 2500), start)))
    return lowered('checked before', `a pattern before line ${lineOf(node)} lets only JSON through`);
  // `page.callback(eval('(' + text + ')'))`: nobody calls back an object.
  const taker = /(?:^|\.)(\w*(?:callback|func)\w*)\(\s*$/i.exec(text.slice(Math.max(0, start - 80), start))?.[1];
  if (taker) return lowered('not JSON', `what ${taker} on line ${lineOf(node)} is given is a function`);
  const read = [...(enclosing(node, 'call_expression')?.field('arguments')?.text() ?? '').matchAll(/[\w$]+/g)].at(-1)?.[0] ?? '';
  return /json|response|body|data|text|string|config|payload|result|content|message/i.test(read) &&
    !/option|func|expr|code|script/i.test(read)
    ? null
    : lowered('not JSON', `nothing says that ${read} on line ${lineOf(node)} is JSON: it may be code of the program`);
}

/** Text that is executed, but stands in the file word for word, or was built as a syntax tree: nobody outside has a say in it. */
export function codeFromText({ language, node, root }: Examined): Verdict | null {
  const by = 'constant text';
  const call = outward(node).find((each) => ['call', 'call_expression', 'new_expression'].includes(String(each.kind())));
  if (!call || startOf(call) > startOf(node)) return null;
  if (language === 'python') {
    const [text] = argumentsOf(call);
    if (!/^(exec|eval|builtins\.exec|builtins\.eval)$/.test(call.field('function')?.text() ?? '') || !text) return null;
    if (isConstant(text, root)) return dropped(by, 'what is executed is a constant of this file');
    return isOwnTree(text, root) ? dropped(by, 'what is executed is a syntax tree that this file builds, not text') : null;
  }
  const callee = (call.field('function') ?? call.field('constructor'))?.text() ?? '';
  const texts = argumentsOf(call);
  const [, name = ''] = /^(?:(?:window|globalThis|self|global)\.)?(\(0,\s*eval\)|eval|Function|setTimeout|setInterval)$/.exec(callee) ?? [];
  if (name === '' || texts.length === 0) return null;
  return texts.slice(0, name.startsWith('set') ? 1 : undefined).every((each) => isConstant(each, root))
    ? dropped(by, 'what is executed is a constant of this file')
    : null;
}

/** `loads(dumps(value))`: what is read was written by the same function. */
export function ownBytes({ language, node, root }: Examined): Verdict | null {
  if (language !== 'python') return null;
  const call = outward(node).find((each) => String(each.kind()) === 'call');
  const [data] = call ? argumentsOf(call) : [];
  if (!data || !/(^|\.)loads$/.test(call?.field('function')?.text() ?? '')) return null;
  const values = String(data.kind()) === 'identifier' ? valuesOf(data, root) : [data];
  if (values.length === 0 || values.some((each) => !isCallOf(each, /(^|\.)dumps$/))) return null;
  return dropped('own data', `what is loaded was dumped on line ${lineOf(values[0]!)}`);
}

const argumentsOf = (call: SgNode): SgNode[] => named(call.field('arguments') ?? call.field('argument') ?? call);
const isCallOf = (node: SgNode, callee: RegExp): boolean =>
  String(node.kind()) === 'call' && callee.test(node.field('function')?.text() ?? '');

function isConstant(node: SgNode, root: SgNode, steps = 0): boolean {
  if (steps > MAX_STEPS) return false;
  const inner = (each: SgNode | null | undefined): boolean => each != null && isConstant(each, root, steps + 1);
  switch (String(node.kind())) {
    case 'string':
      return kinds(node, ...(node.children().some((each) => each.kind() === 'interpolation') ? ['interpolation'] : [])).length === 0;
    case 'template_string':
      return !node.children().some((each) => each.kind() === 'template_substitution');
    case 'concatenated_string':
    case 'parenthesized_expression':
      return named(node).every(inner);
    case 'binary_operator':
    case 'binary_expression':
      return node.field('operator')?.text() === '+' && inner(node.field('left')) && inner(node.field('right'));
    case 'identifier': {
      const values = valuesOf(node, root);
      return values.length > 0 && values.every(inner);
    }
    case 'call':
      return isCallOf(node, /^(compile|ast\.parse|parse|(textwrap\.)?dedent|(inspect\.)?cleandoc)$/) && inner(argumentsOf(node)[0]);
    default:
      return false;
  }
}

/** Trees built of nodes; one that is parsed from text is text. */
function isOwnTree(node: SgNode, root: SgNode, steps = 0): boolean {
  if (steps > MAX_STEPS) return false;
  if (String(node.kind()) === 'identifier') {
    const values = valuesOf(node, root);
    return values.length > 0 && values.every((each) => isOwnTree(each, root, steps + 1));
  }
  if (String(node.kind()) !== 'call') return false;
  const [first] = argumentsOf(node);
  const callee = node.field('function')?.text() ?? '';
  if (/^(compile|(ast\.)?fix_missing_locations)$/.test(callee)) return first !== undefined && isOwnTree(first, root, steps + 1);
  const parses = kinds(root, 'call').filter((each) => isCallOf(each, /^(ast\.)?parse$|\bfrom_string$/));
  return (
    /^ast\.(Module|Expression|Interactive)$/.test(callee) && parses.every((each) => argumentsOf(each).every((one) => isConstant(one, root)))
  );
}

/** All that a name is ever given where it is read; empty when some of it cannot be seen, as with a parameter. */
function valuesOf(use: SgNode, root: SgNode): SgNode[] {
  const name = use.text();
  for (const scope of [...outward(use).filter((each) => same(each, functionAround(each) ?? root)), root]) {
    if (named(scope.field('parameters') ?? scope.field('parameter') ?? root).length > 0 && isParameter(scope, name)) return [];
    const here = (each: SgNode) => {
      const around = functionAround(each);
      return around === null ? same(scope, root) : same(around, scope);
    };
    const declared = kinds(scope, ...(root.kind() === 'module' ? ['assignment'] : ['variable_declarator'])).filter(
      (each) => here(each) && (each.field('left') ?? each.field('name'))?.text() === name,
    );
    if (declared.length === 0) continue;
    const values = declared.map((each) => each.field('right') ?? each.field('value'));
    const given = root.kind() === 'module' ? bindings(scope, name).filter(here).length : declared.length + changes(scope, name);
    const grown =
      root.kind() === 'module' ? kinds(scope, 'augmented_assignment').some((each) => each.field('left')?.text() === name) : false;
    return grown || given !== declared.length || values.some((each) => each === null) ? [] : values.filter((each) => each !== null);
  }
  return [];
}

const changes = (scope: SgNode, name: string): number =>
  kinds(scope, 'assignment_expression', 'augmented_assignment_expression').filter((each) => each.field('left')?.text() === name).length;

function isParameter(scope: SgNode, name: string): boolean {
  const parameters = scope.field('parameters') ?? scope.field('parameter');
  if (!parameters) return false;
  return [parameters, ...kinds(parameters, 'identifier')].some(
    (each) => each.text() === name && holds(parameters, each) && endOf(each) > startOf(each),
  );
}
