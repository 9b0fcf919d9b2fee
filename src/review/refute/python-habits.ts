import type { SgNode } from '@ast-grep/napi';
import { prescribesHash } from '../prescribed-hash.js';
import {
  dropped,
  type Examined,
  enclosing,
  endOf,
  escaped,
  functionAround,
  holds,
  kinds,
  lineAround,
  lineOf,
  lowered,
  named,
  once,
  outward,
  restOfLine,
  startOf,
  type Verdict,
} from './nodes.js';

/** `raise` alone works in whatever is called while an error is handled. */
export function bareRaise({ node, root }: Examined): Verdict | null {
  const by = 'called while handling';
  const owner = functionAround(node);
  const name = owner?.field('name')?.text();
  if (!owner || name === undefined) return null;
  if (name === '__exit__' || name === '__aexit__') return dropped(by, `${name} runs while the error is handled`);
  const asks = kinds(owner, 'call').find((each) => /(^|\.)(exc_info|exception)$/.test(each.field('function')?.text() ?? ''));
  if (asks && /exc_info$/.test(asks.field('function')?.text() ?? ''))
    return dropped(by, `line ${lineOf(asks)} asks for the error that is being handled`);
  const caller = kinds(root, 'call').find((each) => {
    const callee = each.field('function')?.text() ?? '';
    return (callee === name || callee.endsWith(`.${name}`)) && handling(each);
  });
  return caller ? dropped(by, `${name} is called on line ${lineOf(caller)}, while an error is handled`) : null;
}

function handling(call: SgNode): boolean {
  const clause = enclosing(call, 'except_clause', 'except_group_clause');
  const owner = functionAround(call);
  return clause !== null && (owner === null || holds(owner, clause));
}

/** `return super().__init__(…)`: a constructor may return nothing, and that is what the other one returned. */
export function constructorsReturn({ node, rule }: Examined): Verdict | null {
  if (rule !== 'ruff/PLE0101') return null;
  const by = 'nothing returned';
  const returned = outward(node).flatMap((each) => (String(each.kind()) === 'return_statement' ? named(each) : []))[0];
  const assigned = kinds(functionAround(node) ?? node, 'assignment').filter((each) => each.field('left')?.text() === returned?.text());
  const given = assigned.length === 1 ? assigned[0]!.field('right') : returned;
  if (String(given?.kind()) !== 'call') return null;
  const called = given!.field('function')?.text() ?? '';
  return /\.__init__$/.test(called)
    ? dropped(by, `${called} returns nothing either`)
    : lowered(by, `what ${called} returns is not known, and nothing may be returned`);
}

/** What methods are called that people forget to call. */
const verbs =
  /^(close|release|acquire|start|stop|cancel|commit|rollback|flush|join|clear|append|pop|run|save|delete|remove|reset|shutdown|wait|notify|set|send|write|unlock|lock|terminate|kill|quit|exit|destroy|disconnect|connect|disable|enable|update|refresh|sort|reverse|lower|upper|strip)$/;

/** Values that are computed for what happens while they are: by a property, or to see whether they can be. */
export function readForEffect({ language, node, root, text, rule }: Examined): Verdict | null {
  if (language !== 'python') return null;
  const by = 'read for its effect';
  if (rule === 'ruff/B002' && !/^(?:\+\+|--)/.test(node.text()))
    return dropped('computed twice', `the brackets on line ${lineOf(node)} say that both signs are meant: so one rounds up`);
  if (String(node.kind()) === 'identifier' && isImported(node, root))
    return dropped(
      'kept for importers',
      `${node.text()} is imported for other modules to import, and named so that no checker takes it for unused`,
    );
  if (['dictionary', 'list', 'set', 'tuple'].includes(String(node.kind())) && String(node.parent()?.parent()?.kind()) === 'module')
    return dropped('written down', `the value on line ${lineOf(node)} is there for who reads the file`);
  if (/^[\d.]+\s*(\/\/?|%)\s*0(\.0)?$/.test(node.text())) return dropped(by, `the division on line ${lineOf(node)} is there to fail`);
  const asked = outward(node).find((each) => expectsError(each, node));
  if (asked) return dropped(by, `from line ${lineOf(asked)} on it is asked whether it can be computed`);
  const attribute = String(node.kind()) === 'attribute' ? node.field('attribute')?.text() : undefined;
  if (attribute === undefined)
    return String(node.kind()) === 'comparison_operator' || String(node.kind()) === 'unary_operator'
      ? null
      : lowered(by, `line ${lineOf(node)} computes a value that nothing takes: nothing says that more was meant`);
  const own = kinds(root, 'function_definition').filter((each) => each.field('name')?.text() === attribute);
  const property = own.find(
    (each) =>
      String(each.parent()?.kind()) === 'decorated_definition' &&
      /^@[\w.]*(property|reify|lazy\w*|memoi[sz]ed?)\b/im.test(each.parent()!.text()),
  );
  if (property) return dropped(by, `${attribute} is a property, defined on line ${lineOf(property)}`);
  if (!verbs.test(attribute) && /^\s*#\s*\w+ \w+/.test(restOfLine(text, endOf(node))))
    return lowered('explained', `the comment on line ${lineOf(node)} says why`);
  if (own.length > 0 || verbs.test(attribute)) return null;
  return dropped(by, `nothing says that ${attribute} is a method, and an attribute that is read may be a property`);
}

/** At the top of the module, where nothing else can be meant. */
function isImported(node: SgNode, root: SgNode): boolean {
  if (String(node.parent()?.parent()?.kind()) !== 'module') return false;
  return kinds(root, 'import_statement', 'import_from_statement').some((each) =>
    kinds(each, 'identifier').some((name) => name.text() === node.text()),
  );
}

function expectsError(outer: SgNode, node: SgNode): boolean {
  const kind = String(outer.kind());
  if (kind === 'with_statement')
    return /^(async )?with [^\n]*\b(raises|assertRaises|assertRaisesRegex|suppress|warns|assertWarns)\w*\(/.test(outer.text());
  const body = kind === 'try_statement' ? outer.field('body') : null;
  return body !== null && holds(body, node) && outer.children().some((each) => String(each.kind()) === 'except_clause');
}

/** Rounds of a hash that take their own result in: a format derives its keys that way, and nobody here chose the hash. */
export function keyRounds({ language, node, text, start }: Examined): Verdict | null {
  if (language !== 'python') return null;
  const line = lineAround(text, start);
  const fed = /^\s*(\w+)\s*=\s*(?:hashlib\.)?\w+\(\s*\1\s*\+/.exec(line)?.[1];
  return fed === undefined
    ? null
    : dropped('key of a format', `${fed} is fed back on line ${lineOf(node)}: keys are derived so, passwords are not kept`);
}

/** A hash of something secret in a file that only talks to a server: which hash it is was decided there. */
export function askedFor({ language, node, text }: Examined): Verdict | null {
  const owner = functionAround(node)?.text() ?? '';
  if (!/pass|token|secret|sig|auth|key|salt|nonce/i.test(owner) || !prescribesHash({ language, text })) return null;
  return dropped(
    'prescribed hash',
    'the file speaks the protocol of a server, which says what hash it wants, and keeps no password itself',
  );
}

/** `app.get('/')(handler)` applies a decorator: nothing is called but what it takes in. And a decorated function is what its decorator makes of it. */
export function appliesDecorator({ node, language, root }: Examined): Verdict | null {
  if (language !== 'python') return null;
  const call = enclosing(node, 'call');
  const inner = call?.field('function');
  const own = /^(?:self|cls)\.(\w+)$/.exec(inner?.text() ?? '')?.[1];
  const name = String(inner?.kind()) === 'identifier' ? inner!.text() : own;
  const decorated = kinds(root, 'decorated_definition').find(
    (each) =>
      each.field('definition')?.field('name')?.text() === name &&
      // These leave a coroutine what it is.
      (own === undefined ||
        !/^@(\w+\.)*(override|abstractmethod|overload|deprecated|staticmethod|classmethod|final|retry|wraps|log\w*|trac\w+)\b/.test(
          each.text(),
        )),
  );
  if (name !== undefined && decorated)
    return lowered('decorated', `what ${name} is was decided by its decorator on line ${lineOf(decorated)}`);
  if (!call || String(inner?.kind()) !== 'call') return null;
  return dropped(
    'decorator applied',
    `line ${lineOf(call)} hands a function to what ${inner!.field('function')?.text() ?? 'a call'} gives`,
  );
}

/** `log.debug("{0}", x)` of a logger that is not the standard one, and fills in braces. */
export function braceStyle({ node, root, rule }: Examined): Verdict | null {
  if (rule !== 'ruff/PLE1205') return null;
  const call = enclosing(node, 'call');
  const text = call?.field('arguments')?.text() ?? '';
  const [, ...values] = named(call?.field('arguments') ?? node);
  if (values.length === 1 && String(values[0]!.kind()) === 'dictionary' && named(values[0]!).length > 0)
    return dropped(
      'filled in by name',
      `a message takes what it names from the dict on line ${lineOf(values[0]!)}, and may name nothing of it`,
    );
  const callee = call?.field('function')?.text() ?? '';
  const module = kinds(root, 'import_from_statement').find(
    (each) => /^from \.+ import /.test(each.text()) && named(each).some((one) => callee.startsWith(`${one.text()}.`)),
  );
  if (module)
    return lowered('other logger', `line ${lineOf(module)} takes it for a module of the program, which says itself what it is given`);
  const object = callee.slice(0, callee.indexOf('.'));
  const made = object
    ? kinds(root, 'assignment').find(
        (each) => each.field('left')?.text() === object && /^\w*Brace\w*\(/.test(each.field('right')?.text() ?? ''),
      )
    : undefined;
  if (made) return lowered('other logger', `line ${lineOf(made)} makes ${object} a logger whose messages have braces`);
  const owner = /\bapp\.log\.\w+$/.exec(call?.field('function')?.text() ?? '')?.[0];
  if (owner !== undefined)
    return lowered('other logger', `what ${owner} on line ${lineOf(node)} takes is said by the framework of the app`);
  // Where it is only imported for a type, the logger comes from whoever calls.
  const standard =
    kinds(root, 'import_statement', 'import_from_statement').some((each) => /^(import logging\b|from logging import)/.test(each.text())) &&
    kinds(root, 'call').some((each) => /(^|\.)getLogger$|^logging\.\w+$/.test(each.field('function')?.text() ?? ''));
  if (!call || standard || !/\{[\w.!:]*\}/.test(text) || /%[sdrf(]/.test(text)) return null;
  return dropped('other logger', `the logger of line ${lineOf(call)} is not that of the standard library, and its messages have braces`);
}

/** A class without slots in the file that is made from this one has room for every attribute. */
export function roomBelow({ node, root, rule, words }: Examined): Verdict | null {
  if (rule !== 'ruff/PLE0237') return null;
  const owner = enclosing(node, 'class_definition');
  const name = owner?.field('name')?.text();
  if (name === undefined) return null;
  const written = /Attribute `(\w+)`/.exec(words)?.[1];
  // `self.__room` of class Hotel is `_Hotel__room`.
  const mangled = written?.startsWith('__') ? `_${name.replace(/^_+/, '')}${written}` : undefined;
  if (mangled !== undefined && new RegExp(`\\b__slots__\\s?=[^\\n]{0,400}["']${escaped(mangled)}["']`).test(owner!.text()))
    return dropped('has a slot', `${written} is called ${mangled} from outside, which has a slot`);
  const descriptor = kinds(owner!, 'assignment').find(
    (each) => each.field('left')?.text() === written && String(each.field('right')?.kind()) === 'call' && functionAround(each) === null,
  );
  if (descriptor) return lowered('descriptor', `what line ${lineOf(descriptor)} puts under ${written} may take what is written to it`);
  const madeFrom = new RegExp(`\\b${name}\\b`);
  const below = kinds(root, 'class_definition').find(
    (each) => madeFrom.test(each.field('superclasses')?.text() ?? '') && !/\b__slots__\b/.test(each.text()),
  );
  return below ? lowered('room below', `the class on line ${lineOf(below)} is made from ${name}, and has no slots`) : null;
}

/** A stub says what there is, and nothing runs it; and what always fails where another method is called need not answer. */
export function neverAnswers({ node, rule, file, root }: Examined): Verdict | null {
  if (file.endsWith('.pyi')) return lowered('never run', 'a stub is read by type checkers only');
  if (!/^ruff\/PLE03\d\d$/.test(rule)) return null;
  const method = functionAround(node) ?? kinds(node, 'function_definition')[0];
  const body = named(method?.field('body') ?? node);
  const called = body.length === 1 ? /^self\.(\w+)\(\)$/.exec(body[0]!.text())?.[1] : undefined;
  const other = called === undefined ? undefined : kinds(root, 'function_definition').find((each) => each.field('name')?.text() === called);
  return other &&
    String(
      named(other.field('body') ?? other)
        .at(-1)
        ?.kind(),
    ) === 'raise_statement'
    ? dropped('always fails', `${called} on line ${lineOf(other)} raises, so that nothing is answered`)
    : null;
}

/** The methods of an interface say how they are called, thus without self; and what a decorator hands in counts as well. */
export function inInterface({ node, rule }: Examined): Verdict | null {
  if (rule !== 'ruff/PLE0302') return null;
  const decorated = outward(node).find((each) => ['decorated_definition', 'class_definition'].includes(String(each.kind())));
  if (String(decorated?.kind()) === 'decorated_definition')
    return lowered('decorated', `the decorator on line ${lineOf(decorated!)} decides how the method is called`);
  const body = named(functionAround(node)?.field('body') ?? node);
  if (/^(?:raise\b|assert (?:False|0)\b)/.test(body.at(-1)?.text() ?? '') && body.length <= 2)
    return lowered('never called', `all that the method on line ${lineOf(node)} does is to fail: it is there so that there is one`);
  const owner = enclosing(node, 'class_definition');
  return /\b(?:\w*Interface|I[A-Z]\w*[a-z]\w*)\b/.test(owner?.field('superclasses')?.text() ?? '')
    ? dropped('interface', `the class on line ${lineOf(owner!)} says how its methods are called, without self`)
    : null;
}

/** A jump in a finally block that takes no other jump's place: what it can hide are failures of what is called. */
export function nothingElseJumps({ language, node }: Examined): Verdict | null {
  const clause = enclosing(node, 'finally_clause');
  const attempt = clause?.parent();
  if (!clause || !attempt) return null;
  const condition = outward(node).find((each) => String(each.kind()) === 'if_statement' && holds(clause, each));
  if (condition) return lowered('under a condition', `line ${lineOf(condition)} says when the block is left that way`);
  const handlers = kinds(attempt, ...(language === 'python' ? ['except_clause'] : ['catch_clause'])).filter((each) => !holds(clause, each));
  const raises = language === 'python' ? 'raise_statement' : 'throw_statement';
  const jumps = kinds(attempt, 'return_statement', raises).filter((each) => {
    if (holds(clause, each) || functionAround(each)?.range().start.index !== functionAround(attempt)?.range().start.index) return false;
    // What is raised where a handler stands is caught; who returns nothing leaves the answer to the block.
    if (String(each.kind()) === raises) return handlers.length === 0 || handlers.some((handler) => holds(handler, each));
    return named(each).length > 0;
  });
  return jumps.length === 0
    ? lowered('one way out', `the block on line ${lineOf(clause)} is the only way out of the function, as it may well be meant`)
    : null;
}

/** What is no database executes as well: a schema its queries of GraphQL, a context its tasks. */
export function otherQuery({ words, node, text }: Examined): Verdict | null {
  const asked = /\b(?:args|arguments|params|input)\.(\w*(?:query|sql|statement|aql|cypher)) reaches /i.exec(words)?.[1];
  const [first] = named(enclosing(node, 'call', 'call_expression')?.field('arguments') ?? node);
  if (asked && /mcp/i.test(text) && /^[\w.]+(?:\[["']\w+["']\])?$/.test(first?.text() ?? ''))
    return lowered('asked for', `the tool is there to run the ${asked} that it is given`);
  const executor = / reaches ([\w.]*(?:executor|sandbox|interpreter|kernel|runner))\.execute\b/i.exec(words)?.[1];
  if (executor && !/sql|query|db/i.test(executor))
    return lowered('not SQL', `${executor} on line ${lineOf(node)} is named after what runs programs or tasks`);
  const runner = / reaches (\w*schema)\.execute\b/i.exec(words)?.[1];
  if (runner) return dropped('not SQL', `${runner} on line ${lineOf(node)} runs queries of GraphQL`);
  const other = / reaches ([\w.]+)\.execute\b/.exec(words)?.[1];
  if (other && /graphql/i.test(text) && !/(?:cur(?:sor)?|conn(?:ection)?|db|database|session|engine|transaction)$/i.test(other))
    return lowered('not SQL', `the file speaks of GraphQL, and ${other} may run that`);
  return other && !/sql|cursor|\bdb|database|conn|engine|psycopg|\b(?:SELECT|INSERT|UPDATE|DELETE)\b/i.test(text)
    ? lowered('not SQL', `nothing in the file speaks of a database that ${other} could belong to`)
    : null;
}

/** Whoever gives the password of a database may do there what that password allows, with statements or without. */
export function ownCredentials({ words, node, language }: Examined): Verdict | null {
  const source = /(?:^|\s)(\w+)[.\w[\]]* reaches /.exec(words)?.[1];
  const around = functionAround(node)?.text() ?? '';
  if (language !== 'python' || source === undefined || !/\b(?:connect|create_engine)\w*\(/.test(around)) return null;
  const given = new RegExp(`\\b${escaped(source)}(?:\\.|\\[["'])(?:\\w{1,20}_)?(?:password|passwd|pwd)\\b`).exec(around)?.[0];
  return given ? lowered('own credentials', `the connection is opened with ${given}, of whoever asks`) : null;
}

/** `Markup(text).unescape()` gives plain text again, which a template escapes. */
export function turnedBack({ language, text, node, end }: Examined): Verdict | null {
  const after = language === 'python' ? /^[^\n]{0,200}?\)\.(unescape|striptags)\(\)/.exec(text.slice(end - 1))?.[1] : undefined;
  return after ? dropped('plain text', `${after}() on line ${lineOf(node)} gives plain text, which is escaped where it is shown`) : null;
}

/** `loop.create_task(work())`, `loop.run_forever()`: what the loop is started for. */
export function mainTask({ node }: Examined): Verdict | null {
  const statement = enclosing(node, 'expression_statement');
  const next = statement?.next();
  return next && /^(?:await )?[\w.]+\.run_forever\(\)$/.test(next.text())
    ? lowered('started with the loop', `line ${lineOf(next)} runs the loop for its sake, and nothing else`)
    : null;
}

/** A name of a function holds it as long as the function waits for other things, which is most often as long as it takes. */
export function heldMeanwhile({ node }: Examined): Verdict | null {
  const assignment = enclosing(node, 'assignment');
  const name = assignment?.field('left');
  const owner = functionAround(node);
  if (!assignment || !owner || String(name?.kind()) !== 'identifier' || name!.text() === '_') return null;
  const wait = kinds(owner, 'await').find((each) => startOf(each) > endOf(assignment));
  return wait ? lowered('held meanwhile', `${name!.text()} holds the task while line ${lineOf(wait)} waits`) : null;
}

/** `+(parent(x) == y)` in a language of its own: whoever says what a plus alone does has given the other operators an effect as well. */
export function ownOperators({ root, language }: Examined): Verdict | null {
  const plus =
    language === 'python'
      ? once(
          root,
          'own operators',
          () => kinds(root, 'function_definition').find((each) => each.field('name')?.text() === '__pos__') ?? null,
        )
      : null;
  return plus ? lowered('own operators', `line ${lineOf(plus)} gives operators an effect of their own`) : null;
}

/** What a thread does, it does to its end, whoever holds the future of it; and of a future no task is made. */
export function futureOfThread({ node }: Examined): Verdict | null {
  const call = enclosing(node, 'call');
  const [work] = call ? named(call.field('arguments') ?? call) : [];
  const isFuture =
    /(?:^|\.)ensure_future$/.test(call?.field('function')?.text() ?? '') &&
    /\.run_in_executor$/.test(work?.field('function')?.text() ?? '');
  return isFuture ? dropped('future of a thread', `line ${lineOf(work!)} has a thread do the work, which ends it without a task`) : null;
}

/** A server asks nobody for a certificate unless it is told to. */
export function serverSide({ node, language }: Examined): Verdict | null {
  const target = language === 'python' ? enclosing(node, 'assignment')?.field('left') : null;
  const context = target?.field('object')?.text();
  const owner = functionAround(node);
  if (!owner || context === undefined) return null;
  const made = kinds(owner, 'assignment').filter((each) => each.field('left')?.text() === context);
  const [first] = made;
  return first && made.every((each) => /\b(?:CLIENT_AUTH|PROTOCOL_TLS_SERVER)\b/.test(each.field('right')?.text() ?? ''))
    ? dropped('server', `${context} is made for a server on line ${lineOf(first)}, which asks nobody for a certificate`)
    : null;
}

/** False is 0 to whoever counts with it. */
export function countsAsNumber({ node, rule }: Examined): Verdict | null {
  const answer = rule === 'ruff/PLE0305' ? enclosing(node, 'return_statement') : null;
  return /^return (?:True|False)$/.test(answer?.text() ?? '')
    ? lowered('counts as a number', `what line ${lineOf(node)} returns is a number to Python, if an odd one`)
    : null;
}

/** `create_task(updates.run_forever())`: what is handed to the loop is a coroutine of the program, whatever it is called. */
export function handedToLoop({ node, words }: Examined): Verdict | null {
  // These start a loop of their own, wherever they stand.
  if (/\b(?:asyncio\.run|run_until_complete) cannot\b/.test(words)) return null;
  const call = enclosing(node.parent() ?? node, 'call');
  const outer = /(^|\.)(create_task|ensure_future|gather|wait_for|run_coroutine_threadsafe)$/.test(call?.field('function')?.text() ?? '');
  return call && outer ? lowered('handed to the loop', `line ${lineOf(call)} has the running loop take it up`) : null;
}

/** `self.save(name)` of the class that the file defines is not the one of a storage. */
export function ownMethod({ words, root }: Examined): Verdict | null {
  const name = / reaches self\.(\w+)\b/.exec(words)?.[1];
  const method = name === undefined ? undefined : kinds(root, 'function_definition').find((each) => each.field('name')?.text() === name);
  return method
    ? lowered('own method', `${name} is defined on line ${lineOf(method)}, and what it does with the name is said there`)
    : null;
}
