import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SgNode } from '@ast-grep/napi';
import {
  dropped,
  type Examined,
  enclosing,
  functionAround,
  holds,
  kinds,
  lineOf,
  lowered,
  named,
  outward,
  same,
  squeeze,
  type Verdict,
} from './nodes.js';

/** Constructs that oxlint calls errors, in the shapes in which they are meant. */
export function meantSo(examined: Examined): Verdict | null {
  switch (examined.rule) {
    case 'oxlint/getter-return':
      return returnsSometimes(examined);
    case 'oxlint/no-func-assign':
    case 'oxlint/no-class-assign':
      return replacesItself(examined);
    case 'oxlint/unicorn/no-invalid-fetch-options':
      return copiesRequest(examined) ?? methodFromCaller(examined);
    case 'oxlint/typescript/no-duplicate-enum-values':
      return mapsNames(examined);
    case 'oxlint/no-sparse-arrays':
      return leavesFirstOut(examined);
    case 'oxlint/constructor-super':
      return callsFirst(examined) ?? givesAnother(examined);
    case 'oxlint/for-direction':
      return leftFromInside(examined);
    case 'oxlint/no-import-assign':
      return copiedNamespace(examined);
    case 'oxlint/no-self-assign':
      return reloads(examined);
    case 'oxlint/no-dupe-class-members':
      return saysTheSame(examined);
    case 'oxlint/oxc/number-arg-out-of-range':
      return manyDigits(examined) ?? noNumber(examined);
    default:
      return null;
  }
}

/** A second entry, member or branch that says the same as the first takes nothing away. */
export function saysTheSame({ node, language, rule }: Examined): Verdict | null {
  if (rule === 'ruff/B035') return picksOne(node);
  if (language !== 'typescript') return null;
  const second = outward(node).find((each) =>
    ['pair', 'shorthand_property_identifier', 'method_definition', 'public_field_definition', 'switch_case'].includes(String(each.kind())),
  );
  const parent = second?.parent();
  if (!second || !parent) return null;
  // `case "lt": x = "<"` and `case "lt":x = '<'`.
  const plain = (text: string): string => squeeze(text).replace(/"([^"'\\]*)"/g, "'$1'");
  const said = (each: SgNode): string =>
    plain(String(each.kind()) === 'switch_case' ? branchOf(each) : (each.field('value') ?? each.field('body') ?? each).text());
  const name = (each: SgNode): string => squeeze((each.field('key') ?? each.field('name') ?? each.field('value') ?? each).text());
  const isNumber = /^[\d.]/.test(name(second));
  const others = named(parent).filter(
    (each) =>
      each.kind() === second.kind() &&
      !same(each, second) &&
      (name(each) === name(second) || (isNumber && Number(name(each)) === Number(name(second)))),
  );
  return others.length > 0 && others.every((each) => said(each) === said(second))
    ? lowered('said twice', `line ${lineOf(others[0]!)} says the same as line ${lineOf(second)}`)
    : null;
}

/** `{'id': value for key, value in row.items() if 'guid' in key}` */
function picksOne(node: SgNode): Verdict | null {
  const made = enclosing(node, 'dictionary_comprehension') ?? node;
  if (/\bin range\(0\)\s*\}$/.test(made.text()))
    return dropped('empty', `what line ${lineOf(node)} makes is empty, and only has its types`);
  const condition = kinds(made, 'if_clause')[0];
  return condition ? lowered('picks one', `the condition on line ${lineOf(condition)} may let only one through`) : null;
}

/** What is done in a case: where it is empty, what the next one does. */
function branchOf(choice: SgNode): string {
  const cases = named(choice.parent()!);
  const bodies = cases.slice(cases.findIndex((each) => same(each, choice))).map((each) => named(each).slice(each.field('value') ? 1 : 0));
  return (bodies.find((each) => each.length > 0) ?? []).map((each) => each.text()).join(' ');
}

/** `import * as program from 'commander'` and `program.trace = …`: what compiles such imports of packages makes an object of them. */
function copiedNamespace({ node, root, file, folder }: Examined): Verdict | null {
  if (file.endsWith('.mjs') || isModule(folder)) return null;
  const target = enclosing(node, 'assignment_expression')?.field('left');
  const name = String(target?.kind()) === 'member_expression' ? target!.field('object')?.text() : undefined;
  const taken = kinds(root, 'import_statement').find((each) =>
    kinds(each, 'namespace_import').some((one) => named(one)[0]?.text() === name),
  );
  const from = taken?.field('source')?.text().slice(1, -1) ?? '.';
  return name && !from.startsWith('.')
    ? lowered('compiled', `${from} is no module of this project, and ${name} most likely a copy of what it exports`)
    : null;
}

/** Whether engines take the files of a package for modules as they are. */
function isModule(folder: string): boolean {
  const path = join(folder, 'package.json');
  return existsSync(path) && /"type"\s*:\s*"module"/.test(readFileSync(path, 'utf8'));
}

/** `(1).toFixed(100)`: the limit was 20 until ECMAScript 2018. */
function manyDigits({ node }: Examined): Verdict | null {
  const call = enclosing(node, 'call_expression');
  const method = call?.field('function')?.field('property')?.text() ?? '';
  const digits = Number(named(call?.field('arguments') ?? node)[0]?.text());
  return /^to(?:Fixed|Exponential|Precision)$/.test(method) && digits >= 1 && digits <= 100
    ? dropped('allowed by now', `${method} on line ${lineOf(node)} takes up to 100 digits`)
    : null;
}

/** Other things than numbers have a `toString` of their own, which takes what it likes. */
function noNumber({ node }: Examined): Verdict | null {
  const callee = (enclosing(node, 'call_expression') ?? kinds(node, 'call_expression')[0])?.field('function');
  const receiver = callee?.field('property')?.text() === 'toString' ? callee.field('object') : null;
  return receiver && !/^[\d(]|Number|Math\./.test(receiver.text())
    ? lowered('no number', `nothing says that ${receiver.text().slice(0, 60)} is a number`)
    : null;
}

/** `luck(5)` may answer otherwise when it is asked again; to ask twice whether something is there only repeats itself. */
export function asksAgain({ node, rule }: Examined): Verdict | null {
  const by = 'asked again';
  if (rule === 'oxlint/no-dupe-else-if') {
    const call = kinds(node, 'call_expression')[0];
    return call ? lowered(by, `the call on line ${lineOf(call)} may answer otherwise the second time`) : null;
  }
  if (rule !== 'oxlint/same-operands') return null;
  const both = enclosing(node, 'binary_expression');
  const asks = ['unary_expression', 'binary_expression'].includes(String(both?.field('left')?.kind()));
  return both && (both.field('operator')?.text() === '&&' || !asks)
    ? lowered(by, `line ${lineOf(both)} says twice what it takes, and does what it says`)
    : null;
}

/** `[, error]`: only what comes first is left out, as it is where an array is taken apart. */
function leavesFirstOut({ node }: Examined): Verdict | null {
  const list = enclosing(node, 'array')?.text();
  return list !== undefined && /^\[\s*,(?:\s*,)*\s*[^,\]\s]/.test(list) && !/,\s*,/.test(list.replace(/^\[[\s,]*/, ''))
    ? dropped('left out', `the array on line ${lineOf(node)} leaves out what comes first`)
    : null;
}

/** A constructor that returns an object of its own needs none of the class above. */
function givesAnother({ node }: Examined): Verdict | null {
  const owner = functionAround(node) ?? kinds(node, 'method_definition')[0];
  const answer =
    owner && kinds(owner, 'return_statement').find((each) => named(each).length > 0 && same(functionAround(each) ?? each, owner));
  return answer ? lowered('gives another', `the constructor returns another object on line ${lineOf(answer)}`) : null;
}

/** `super(options), this.size = 0;` is one expression, and begins with the call; so, in effect, does `assign(super(), options);`. */
function callsFirst({ node, words }: Examined): Verdict | null {
  const owner = functionAround(node) ?? kinds(node, 'method_definition')[0];
  const [first] = named(owner?.field('body') ?? node);
  return / Expected to call /.test(words) &&
    first &&
    /^(?:if \()?(?:(?:const|let|var) [^=;]{1,200}=\s*|[\w.]+\(\s*)?super\(/.test(first.text())
    ? dropped('called first', `line ${lineOf(first)} begins with the call`)
    : null;
}

/** `for (n = 0; n >= 0; n++)` counts for as long as nothing inside leaves the loop. */
function leftFromInside({ node }: Examined): Verdict | null {
  const loop = enclosing(node, 'for_statement') ?? kinds(node, 'for_statement')[0];
  const way = loop && kinds(loop, 'return_statement', 'break_statement')[0];
  return way ? lowered('left from inside', `line ${lineOf(way)} leaves the loop, whatever its condition says`) : null;
}

/** Options of a server of our own: it asks nobody for a certificate, unless `requestCert` says so. */
export function ofServer({ node, language, root, text }: Examined): Verdict | null {
  if (language !== 'typescript' || /\brequestCert\b/.test(text)) return null;
  const options = enclosing(node, 'object');
  // Only what is the object itself: a client inside of the server's handler asks others for theirs.
  const declarator = options?.parent();
  const name = String(declarator?.kind()) === 'variable_declarator' ? declarator!.field('name')?.text() : undefined;
  const made = kinds(root, 'call_expression').find(
    (each) =>
      /(^|\.)createS(ecureS)?erver$/.test(each.field('function')?.text() ?? '') &&
      named(each.field('arguments') ?? each).some((one) => (options !== null && same(one, options)) || one.text() === name),
  );
  return made
    ? dropped('server', `the options are those of the server on line ${lineOf(made)}, which asks nobody for a certificate`)
    : null;
}

/** What hands mail to servers of others takes the encryption they have: few have a certificate for their name (RFC 7435). */
export function mailToOthers({ node, language }: Examined): Verdict | null {
  if (language !== 'typescript') return null;
  const options = outward(node).find((each) => String(each.kind()) === 'object' && /\b(?:requireTLS|ignoreTLS)\b/.test(each.text()));
  return options && /\bport:[^,\n]{0,60}\b25\b/.test(options.text())
    ? lowered('mail to others', `the options on line ${lineOf(options)} are for any mail server, of which few can be verified`)
    : null;
}

/** Undefined is an answer as well, where there is another one. */
function returnsSometimes({ node }: Examined): Verdict | null {
  const getter = functionAround(node) ?? kinds(node, 'method_definition', 'function_expression')[0];
  const body = getter?.field('body');
  if (body && named(body).length === 0) return dropped('empty', `the getter on line ${lineOf(body)} only says that there is one`);
  const answer =
    getter && kinds(getter, 'return_statement').find((each) => named(each).length > 0 && same(functionAround(each) ?? each, getter));
  return answer ? dropped('answers sometimes', `it returns a value on line ${lineOf(answer)}, and undefined where it has none`) : null;
}

/** A function that finds out something when it is first called and puts the result in its place. */
function replacesItself({ node, rule }: Examined): Verdict | null {
  const assignment = enclosing(node, 'assignment_expression');
  const name = assignment?.field('left')?.text();
  if (!assignment || !name) return null;
  const own = outward(assignment).find((each) => functionAround(each) !== null && each.field('name')?.text() === name);
  if (own) return dropped('replaces itself', `${name} puts something else in its own place`);
  const right = assignment.field('right');
  const wraps = right !== null && kinds(right, 'identifier').some((each) => each.text() === name);
  return wraps && rule.endsWith('-assign') ? dropped('replaces itself', `${name} is wrapped in what it is replaced by`) : null;
}

/** `new Request(request, { body })` takes the method of the request that is copied. */
function copiesRequest({ node }: Examined): Verdict | null {
  const call = outward(node).find((each) => ['new_expression', 'call_expression'].includes(String(each.kind())) && isFetch(each));
  const [target] = named(call?.field('arguments') ?? node);
  if (!call || !target || String(call.kind()) !== 'new_expression') return null;
  if (['string', 'template_string', 'binary_expression', 'new_expression'].includes(String(target.kind()))) return null;
  if (/(url|uri|href|endpoint|address|path|link)$/i.test(target.text())) return null;
  return dropped('copied request', `the method comes from ${target.text().slice(0, 40)}, which is copied`);
}

/** `{ method, body }` of a function that is given both: with which method there is a body, its callers know. */
function methodFromCaller({ node }: Examined): Verdict | null {
  const options = enclosing(node, 'object') ?? kinds(node, 'object')[0];
  const method = options && named(options).find((each) => /^method(?:: method)?$/.test(each.text()));
  const isGiven = /\bmethod\b/.test(functionAround(node)?.field('parameters')?.text() ?? '');
  return method && isGiven ? dropped('method from the caller', `the method on line ${lineOf(method)} is what the function is given`) : null;
}

const isFetch = (call: SgNode): boolean =>
  /(^|\.)(fetch|Request)$/.test((call.field('function') ?? call.field('constructor'))?.text() ?? '');

/** The enum of a declaration tells of values that are made elsewhere. */
function mapsNames({ node, file }: Examined): Verdict | null {
  const declared = file.endsWith('.d.ts') || outward(node).some((each) => String(each.kind()) === 'ambient_declaration');
  return declared ? dropped('only declared', 'the enum is declared here and made elsewhere') : null;
}

/** `location = location`: of some properties of a page the assignment does something. */
function reloads({ node }: Examined): Verdict | null {
  const assignment = enclosing(node, 'assignment_expression');
  const target = assignment?.field('left')?.text() ?? '';
  if (assignment && String(assignment.field('left')?.kind()) === 'identifier' && !/^location$/.test(target))
    return lowered('left by a compiler', `line ${lineOf(assignment)} is what a compiler leaves of a change of type`);
  return assignment &&
    /(^|\.)(location|href|hash|src|innerHTML|outerHTML|textContent|innerText|value|selectedIndex|scrollTop)$/.test(target)
    ? dropped('property of a page', `to assign ${target} on line ${lineOf(assignment)} does something in a page, whatever is assigned`)
    : null;
}

/** An assignment in brackets of its own, or of a kind that nobody means as a comparison. */
export function assigned({ node, language }: Examined): Verdict | null {
  if (language !== 'typescript') return null;
  const assignment = outward(node).find((each) =>
    ['assignment_expression', 'augmented_assignment_expression'].includes(String(each.kind())),
  );
  const inner = assignment ?? kinds(node, 'assignment_expression', 'augmented_assignment_expression')[0];
  if (!inner) return null;
  if (String(inner.kind()) === 'augmented_assignment_expression')
    return dropped(
      'meant so',
      `nobody writes ${inner.field('operator')?.text() ?? 'the operator'} on line ${lineOf(inner)} where a comparison is meant`,
    );
  const brackets = inner.parent();
  const outer = String(brackets?.kind()) === 'parenthesized_expression' ? brackets!.parent() : brackets;
  // The brackets of `if (…)` belong to the statement.
  const statement = ['if_statement', 'while_statement', 'do_statement', 'switch_statement'].includes(String(outer?.kind()));
  if (!statement && outer !== brackets) return dropped('meant so', `the assignment on line ${lineOf(inner)} stands in brackets of its own`);
  const right = String(inner.field('right')?.kind());
  if (right === 'call_expression' || right === 'await_expression' || right === 'new_expression')
    return dropped('meant so', `what the call on line ${lineOf(inner)} gives is kept and looked at`);
  const stepped = right === 'member_expression' || right === 'subscript_expression';
  const loop = outward(inner).find(
    (each) => /^(for|while|do)_statement$/.test(String(each.kind())) && !holds(each.field('body') ?? inner, inner),
  );
  if (loop && stepped) return dropped('meant so', `the loop on line ${lineOf(inner)} takes one step with each round`);
  if (String(inner.field('left')?.kind()) !== 'identifier')
    return lowered('kept and asked', `line ${lineOf(inner)} keeps what it asks for`);
  if (!isPlain(inner)) return lowered('kept and asked', `line ${lineOf(inner)} keeps what it asks for`);
  const name = inner.field('left')!.text();
  const other = kinds(functionAround(inner) ?? inner, 'assignment_expression').find(
    (each) => each.field('left')?.text() === name && !isPlain(each) && isCondition(each),
  );
  return other ? lowered('kept and asked', `line ${lineOf(other)} keeps in ${name} what it asks for, so this line does too`) : null;
}

/** What is compared with more often than it is kept. */
const isPlain = (assignment: SgNode): boolean =>
  ['identifier', 'string', 'number', 'true', 'false', 'null', 'undefined', 'template_string'].includes(
    String(assignment.field('right')?.kind()),
  );

const isCondition = (assignment: SgNode): boolean =>
  String(assignment.parent()?.kind()) === 'parenthesized_expression' && String(assignment.parent()!.parent()?.kind()) === 'if_statement';

/** `true`, `null`, or what a build step makes of `process.env.NODE_ENV !== 'production'`. */
const writtenOut = /^\(*(?:(?:true|false|0|1|null)\b|["']\w*["']\s?[!=]==?\s?["']\w*["']$)/;

/** `value !== value` asks whether it is a number; compilers write out `??` with two comparisons. */
export function comparedWithItself({ node, rule, text, end }: Examined): Verdict | null {
  if (rule === 'oxlint/oxc/bad-comparison-sequence' && /^ ?(?:> ?0|>= ?1)\b/.test(text.slice(end, end + 10)))
    return lowered('meant so', `what a comparison gives is more than 0 where it is true, which is what line ${lineOf(node)} asks`);
  const comparison = enclosing(node, 'binary_expression');
  if (!comparison) return null;
  const chain = rule === 'oxlint/use-isnan' ? outward(comparison).filter((each) => each.field('operator')?.text() === '||') : [];
  if (chain.some((each) => /\bisNaN\(/.test(each.text())))
    return lowered('asked besides', `what line ${lineOf(comparison)} asks for in vain, another part of the condition finds`);
  if (rule === 'oxlint/no-constant-binary-expression' && /\btypeof (?:\/|\(?function\b)/.test(comparison.text()))
    return lowered('asks the engine', `line ${lineOf(comparison)} asks the engine what it calls such a value: not all say the same`);
  if (rule === 'oxlint/oxc/bad-comparison-sequence' && /^[!=]==?$/.test(comparison.field('operator')?.text() ?? ''))
    return lowered('meant so', `line ${lineOf(comparison)} compares what a comparison gives with a value that may be true or false`);
  if (rule === 'oxlint/oxc/const-comparisons' && isEverything(comparison))
    return lowered(
      'said in so many words',
      `that something is so or is not so is always true, as whoever wrote line ${lineOf(comparison)} knew`,
    );
  if (
    rule === 'oxlint/no-constant-binary-expression' &&
    [comparison.text(), comparison.field('left')?.text() ?? ''].some((each) => writtenOut.test(each)) &&
    enclosing(node, 'if_statement', 'while_statement', 'ternary_expression', 'variable_declarator')
  )
    return lowered('said in so many words', `the constant on line ${lineOf(comparison)} is written out, as switches are`);
  if (/\bnew Object\(\s*\w/.test(comparison.text()))
    return dropped('asks for an object', `only an object is what line ${lineOf(comparison)} makes of it`);
  if (rule === 'oxlint/no-self-compare') {
    const [left, right] = [comparison.field('left'), comparison.field('right')];
    if (String(left?.kind()) === 'string' && left?.text() !== right?.text())
      return dropped('asks for an encoding', `line ${lineOf(comparison)} asks whether the file was read as it was written`);
    const plain = ['identifier', 'call_expression', 'unary_expression'].includes(String(left?.kind())) && left?.text() === right?.text();
    if (left && String(left.kind()) === 'subscript_expression' && left.text() === right?.text())
      return lowered('asks for a number', `only NaN differs from itself, which line ${lineOf(comparison)} may be asking`);
    return plain ? dropped('asks for a number', `only NaN differs from itself, which is what line ${lineOf(comparison)} asks`) : null;
  }
  if (comparison.field('left')?.text() === comparison.field('right')?.text() && /^[<>]=$/.test(comparison.field('operator')?.text() ?? ''))
    return dropped(
      'asks for a number',
      `what is no number is neither more nor less than itself, which is what line ${lineOf(comparison)} asks`,
    );
  const whole = outward(comparison).find((each) => String(each.kind()) === 'ternary_expression') ?? comparison;
  const kept = /\(\s*(\w+)\s*=[^=]/.exec(whole.text())?.[1];
  const isFallback = kept !== undefined && new RegExp(`\\b${kept}\\s*!==\\s*void 0\\s*\\?\\s*${kept}\\b`).test(whole.text());
  return isFallback ? dropped('compiled', `a compiler wrote out the operator ?? on line ${lineOf(whole)}`) : null;
}

/** `!value || !!value` */
function isEverything(either: SgNode): boolean {
  const [left, right] = [squeeze(either.field('left')?.text() ?? ''), squeeze(either.field('right')?.text() ?? '')];
  return either.field('operator')?.text() === '||' && (left === `!${right}` || right === `!${left}`);
}

/** `new Promise(async (resolve, reject) => { try { await … } catch … })`: nothing is lost that stands in the try. */
export function executorCatches({ node, rule }: Examined): Verdict | null {
  if (rule !== 'oxlint/no-async-promise-executor') return null;
  const call = enclosing(node, 'new_expression');
  const executor = call && kinds(call, 'arrow_function', 'function_expression').find((each) => holds(each, node) || holds(node, each));
  const body = executor?.field('body');
  if (!executor || !body) return null;
  const open = kinds(body, 'await_expression').find((each) => {
    const own = functionAround(each);
    // `await work().catch(reject)` never fails.
    if (/\.catch\s*\([^;]*\)$/.test(each.text()) && /\.catch$/.test(named(each)[0]?.field('function')?.text() ?? '')) return false;
    return own !== null && same(own, executor) && !outward(each).some((outer) => catches(outer, each) && holds(executor, outer));
  });
  return open
    ? null
    : dropped('errors are caught', `all that the executor on line ${lineOf(executor)} waits for stands in a try that catches`);
}

const catches = (outer: SgNode, inner: SgNode): boolean =>
  String(outer.kind()) === 'try_statement' && outer.field('handler') !== null && holds(outer.field('body') ?? inner, inner);

/** The error that is thrown in the finally block is the one that was caught. */
export function rethrown({ node, language }: Examined): Verdict | null {
  if (language !== 'typescript') return null;
  const jump = enclosing(node, 'throw_statement');
  const [thrown] = jump ? named(jump) : [];
  if (!jump || String(thrown?.kind()) !== 'identifier') return null;
  const clause = outward(jump).find((each) => String(each.kind()) === 'catch_clause' && each.field('parameter')?.text() === thrown?.text());
  return clause ? dropped('the first error', `it throws what line ${lineOf(clause)} caught, whatever happened since`) : null;
}
