import type { SgNode } from '@ast-grep/napi';
import { groupBy } from '../merge.js';
import { askedFirst } from './asked-first.js';
import { ofHost } from './hosts.js';
import {
  dropped,
  type Examined,
  enclosing,
  escaped,
  functionAround,
  holds,
  identifiers,
  kinds,
  lineMatching,
  lineOf,
  lowered,
  named,
  once,
  outward,
  same,
  startOf,
  type Verdict,
} from './nodes.js';

const by = 'conditional definition';

/** Names that are defined after all: under a condition, by a star import, through the globals, or whose absence is handled. */
export function undefinedName(examined: Examined): Verdict | null {
  const name = /^["']?([\p{L}_$][\p{L}\p{N}_$]*)["']?$/u.exec(examined.text.slice(examined.start, examined.end).trim())?.[1];
  if (name === undefined) return null;
  return examined.language === 'python' ? python(examined, name) : (ofHost(examined, name) ?? script(examined, name));
}

function python({ root, node, text, file }: Examined, name: string): Verdict | null {
  // First: stubs of generated libraries have thousands of them.
  if (file.endsWith('.pyi')) return lowered('never run', 'what a stub says is read by type checkers only, and they take it for anything');
  if (name === 'WindowsError') return lowered(by, 'Python has the name on Windows only, and the file may be for it');
  const own = /(?:^|([^/]+)\/)__init__\.py$/.exec(file);
  const ofPackage = new RegExp(`^${own?.[1] === undefined ? '' : `(?:(?:[\\w.]+\\.)?${escaped(own[1])})?`}\\.${escaped(name)}(?![\\w])`);
  const part = own
    ? kinds(root, 'import_from_statement').find((each) => ofPackage.test(each.field('module_name')?.text() ?? ''))
    : undefined;
  if (part) return dropped(by, `the import on line ${lineOf(part)} puts the part of the package among its names`);
  if (name === '__path__' && own) return dropped(by, 'every package has a __path__');
  const inExports = enclosing(node, 'assignment', 'augmented_assignment')?.field('left')?.text() === '__all__';
  const lazy = inExports
    ? kinds(root, 'function_definition').find(
        (each) => each.field('name')?.text() === '__getattr__' && !enclosing(each.parent() ?? each, 'class_definition'),
      )
    : undefined;
  if (lazy) return dropped(by, `the module makes its names on demand, in __getattr__ on line ${lineOf(lazy)}`);

  const handled = missingHandled(node) ?? foundOutBefore(node, root, name);
  if (handled) return handled;
  const asked = askedFirst(node, root, name, by);
  if (asked) return asked;

  if (name === 'get_ipython' && /\b(?:ipython|jupyter|ipykernel)\b/i.test(text.replaceAll(name, '')))
    return lowered(by, 'IPython puts get_ipython among the names of what it runs');
  const notebook = name === 'display' ? /\b(?:ipython|ipywidgets|jupyter|google\.colab|colab\.research)\b/i.exec(text)?.[0] : undefined;
  if (notebook) return lowered(by, `the file is for notebooks (${notebook}), where display is among the names of what runs`);
  const gone = outward(node)
    .filter((each) => String(each.kind()) === 'function_definition')
    .slice(1)
    .flatMap((outer) => kinds(outer, 'delete_statement'))
    .find((each) => identifiersIn(each, name) && startOf(each) > startOf(node));
  if (gone) return lowered('deleted later', `the function around it has the name until line ${lineOf(gone)} deletes it`);
  const fallback = outward(node).find((each) => String(each.kind()) === 'except_clause' && /^except\b[^:]*\bNameError\b/.test(each.text()));
  if (fallback && ['assignment', 'return_statement'].includes(String(node.parent()?.kind())))
    return lowered(by, `line ${lineOf(fallback)} is for a Python that lacks another name, and may have this one`);
  const method = outward(node).find((each) =>
    /^__(long|unicode|cmp|nonzero|coerce|hex|oct|getslice|setslice|delslice|div)__$/.test(each.field('name')?.text() ?? ''),
  );
  if (method)
    return dropped('never called', `${method.field('name')!.text()} on line ${lineOf(method)} is a method that only Python 2 calls`);

  const other = olderBuiltin.test(name) ? /(?:^|\/)(\w*(?:py|python|util|compat)2)\.py$/.exec(file)?.[1] : undefined;
  if (other !== undefined) return lowered('Python 2', `${other} is named after the Python it is for`);

  if (name === '_' && String(node.parent()?.kind()) === 'call' && /^(?:from|import) neutron\b/m.test(text))
    return lowered(by, 'neutron puts _ among the builtins when it is imported, with gettext.install');

  const handler =
    name === 'unicode' ? outward(node).find((each) => /^except\b[^:]*\bUnicode(?:En|De)codeError\b/.test(each.text())) : undefined;
  if (handler) return lowered('Python 2', `a text raises what line ${lineOf(handler)} catches in Python 2 only`);
  const byName = olderBuiltin.test(name)
    ? outward(node).find((each) => /(?:^|_|[a-z])(?:py|python)_?2[7x]?(?:$|_)|27$/i.test(each.field('name')?.text() ?? ''))
    : undefined;
  if (byName) return lowered('Python 2', `${byName.field('name')!.text()} is named after the Python it is for`);

  const version = outward(node).find((each) => asksVersion(each, name));
  if (version) return dropped(by, `line ${lineOf(version)} asks first which Python it is`);

  const first = olderBuiltin.test(name) ? olderImportBefore(node) : null;
  if (first) return dropped(by, `the import on line ${lineOf(first)} fails first in any Python that has no ${name}`);

  const missing = importMissing(node);
  if (missing) return lowered('older Python', `${missing.text()} fails in no Python that is still in use`);

  const bound = bindings(root, name).filter((each) => reaches(each, node));
  const forTypes = bound.filter((each) => outward(each).some((outer) => isTypeChecking(outer)));
  const real = bound.find((each) => !forTypes.includes(each));
  if (real) return dropped(by, `the name is defined on line ${lineOf(real)}`);
  if (forTypes[0] && inAnnotation(node))
    return dropped(by, `the name is only used in an annotation, and imported for type checking on line ${lineOf(forTypes[0])}`);

  if (inAnnotation(node) && /^from __future__ import .*\bannotations\b/m.test(text))
    return lowered('never run', 'the annotations of the file are not computed when it runs');

  const installed = once(root, `installs ${name}`, () => namesInstalled(text, name));
  if (installed) return installed;
  const both = olderBuiltin.test(name) ? once(root, 'for both', () => lineMatching(text, asksWhichPython, '#')) : null;
  if (both !== null) return lowered('Python 2', `line ${both} asks which Python it is: the file is for both`);
  const jython = olderBuiltin.test(name) ? once(root, 'for Java', () => lineMatching(text, /^\s*(?:from|import) javax?\./, '#')) : null;
  if (jython !== null) return lowered('Python 2', `line ${jython} imports from Java, as only Jython does, and Jython is a Python 2`);
  if (/^__\w+__$/.test(name)) return lowered(by, 'names of that shape are set by whoever runs the module');
  const around = enclosing(node, 'string', 'interpolation', 'assignment');
  if ((String(around?.kind()) === 'string' && !inExports) || enclosing(node, 'comment'))
    return lowered('never run', 'the name stands in a text that type checkers read, and that nothing runs');
  // The whole of `Optional[Settings]`.
  const annotated = outward(node)
    .findLast((each) => String(each.kind()) === 'type')
    ?.parent();
  if (String(annotated?.kind()) === 'assignment' && functionAround(annotated!))
    return dropped('never run', `what line ${lineOf(annotated!)} says of a type inside of a function is not computed`);
  if (/(?:^|\/)[^/]*[-.][^/]*\.py$/.test(file) && named(root).every((each) => definitionOrImport.test(String(each.kind()))))
    return lowered(
      'part of a program',
      'a file that is named so cannot be imported, and does nothing by itself: it is put together with others',
    );
  const star = kinds(root, 'wildcard_import')[0];
  if (star) return lowered(by, `it may come from the star import on line ${lineOf(star)}`);
  const filled = once(root, 'fills globals', () => globalsFilled(text));
  if (filled !== null) return lowered(by, `line ${filled} adds names to the globals that cannot be known`);
  return null;
}

const definitionOrImport = /^(?:function_definition|class_definition|decorated_definition|import_statement|import_from_statement|comment)$/;

/** What the text says of a name that is put among the globals, or loaded late. */
function namesInstalled(text: string, name: string): Verdict | null {
  const installed = lineMatching(
    text,
    new RegExp(
      `\\b(?:__)?builtins(?:__)?\\.${escaped(name)}\\s*=|setattr\\(\\s*(?:__)?builtins(?:__)?,\\s*["']${escaped(name)}["']|globals\\(\\)\\[["']${escaped(name)}["']\\]\\s*=`,
    ),
    '#',
  );
  if (installed !== null) return dropped(by, `the name is put among the globals on line ${installed}`);
  const lazyModule = lineMatching(text, new RegExp(`Lazy\\w*\\(\\s*["']${escaped(name)}["']\\s*,\\s*globals\\(\\)`), '#');
  if (lazyModule !== null) return dropped(by, `a module that is loaded late takes the name on line ${lazyModule}`);
  return null;
}

export const globalsFilled = (text: string): number | null =>
  lineMatching(
    text,
    /[=(,]\s*globals\(\)\s*(?:[,)]|$)|\b(globals|vars|locals)\(\)(\.update\(|\[(?!['"])[^\n=]{1,80}\]\s*=(?!=))|^\s*exec\(|\bsetattr\(\s*sys\.modules\[__name__\]\s*,\s*[^'"\s]/,
    '#',
  );

const asksWhichPython =
  /\bversion_info(?:\.major|\[0\])?\s{0,3}[<>=!]=?\s{0,3}(?:[23]\b|\(\s{0,3}[23]\s{0,3}(?:,\s{0,3}0?\s{0,3})?\))|\bPY_?[23]\b|\bsix\.PY/;

/** What Python 2 had among its builtins. */
export const olderBuiltin =
  /^(unicode|long|basestring|xrange|raw_input|unichr|reduce|file|execfile|cmp|reload|buffer|intern|apply|coerce)$/;

/** A branch, or a part of a condition, that runs in one of the two Pythons. */
function asksVersion(node: SgNode, name: string): boolean {
  const kind = String(node.kind());
  if (kind === 'conditional_expression') return /version|\b(PY_?[23]|six\.)|python_?[23]/i.test(node.text());
  if (!olderBuiltin.test(name)) return false;
  const asked =
    kind === 'boolean_operator' ? node.text() : kind === 'if_statement' || kind === 'elif_clause' ? node.field('condition')?.text() : '';
  return /version|py_?[23]|python_?[23]|\bstr is (not )?bytes\b|\bbytes is (not )?str\b|\bsix\b/i.test(asked ?? '');
}

/** Modules that Python 3 has under other names. */
const olderModules =
  /^(urlparse|cookielib|urllib2|httplib|ConfigParser|Queue|cPickle|StringIO|cStringIO|HTMLParser|Cookie|BaseHTTPServer|SocketServer|__builtin__|commands|xmlrpclib|thread|dummy_thread|Tkinter|itertools\.izip)$/;

/** In a try that catches it, an import of what only Python 2 has, before the name. */
function olderImportBefore(node: SgNode): SgNode | null {
  const attempt = outward(node).find(
    (each) =>
      String(each.kind()) === 'try_statement' &&
      holds(each.field('body') ?? node, node) &&
      kinds(each, 'except_clause').some((clause) =>
        /^except\b(?:\s*:|[^:]*\b(?:ImportError|ModuleNotFoundError|Exception)\b)/.test(clause.text()),
      ),
  );
  // What is done instead of imports that failed.
  const instead = outward(node).find((each) => /^except\b[^:]*\b(?:ImportError|ModuleNotFoundError)\b/.test(each.text()));
  return (
    kinds(attempt?.field('body') ?? instead ?? node, 'import_statement', 'import_from_statement').find((each) => {
      const module = (each.field('module_name') ?? each.field('name') ?? named(each)[0])?.text() ?? '';
      return startOf(each) < startOf(node) && olderModules.test(module.replace(/ as .*$/s, ''));
    }) ?? null
  );
}

/** What every Python has since 2.7 and 3.3; what handles that it is missing runs no more. */
const inEveryPython =
  /^from (?:subprocess import check_output|collections import (?:OrderedDict|Counter)|functools import (?:total_ordering|lru_cache)|shutil import which|unittest import mock)$/;

/** The import of which the name stands in the handler. */
function importMissing(node: SgNode): SgNode | null {
  const handler = outward(node).find(
    (each) => String(each.kind()) === 'except_clause' && /^except\b[^:]*\bImportError\b/.test(each.text()),
  );
  const tried = named(handler?.parent()?.field('body') ?? node);
  return handler && tried.length === 1 && inEveryPython.test(tried[0]!.text()) ? tried[0]! : null;
}

/** A try around the name that catches what is thrown when it is missing. */
export function missingHandled(node: SgNode): Verdict | null {
  const handled = outward(node).find((each) => String(each.kind()) === 'try_statement' && catchesNameError(each, node));
  return handled ? dropped(by, `that the name is missing is handled: NameError is caught from line ${lineOf(handled)} on`) : null;
}

function catchesNameError(statement: SgNode, node: SgNode): boolean {
  // Who gets past the body to the else has the name.
  const body = [statement.field('body'), kinds(statement, 'else_clause').find((each) => same(each.parent() ?? each, statement))].find(
    (each) => each != null && holds(each, node),
  );
  if (!body) return false;
  if (String(body.kind()) === 'else_clause' && !identifiersIn(statement.field('body'), node.text())) return false;
  // Whoever catches everything around a name that only some Pythons or shells have, or that is to be gone, means this as well.
  const caught =
    fromAround.test(node.text()) || olderBuiltin.test(node.text()) || enclosing(node, 'delete_statement') !== null
      ? /^except\b(?:\s*:|[^:]*\b(?:NameError|Exception|BaseException)\b)/
      : /^except\b[^:]*\bNameError\b/;
  return kinds(statement, 'except_clause').some(
    (clause) =>
      caught.test(clause.text()) ||
      // `except: from astropy.io import fits` makes what was asked for, and what is a global is made when it is asked for first.
      (/^except\b(?:\s*:|[^:]*\b(?:Exception|BaseException)\b)/.test(clause.text()) &&
        (kinds(clause, 'import_statement', 'import_from_statement').some((each) => identifiersIn(each, node.text())) ||
          (kinds(clause, 'assignment').some((each) => each.field('left')?.text() === node.text()) &&
            kinds(functionAround(node) ?? clause, 'global_statement').some((each) => identifiersIn(each, node.text()))))),
  );
}

const identifiersIn = (body: SgNode | null, name: string): boolean =>
  body !== null && kinds(body, 'identifier').some((each) => each.text() === name);

/** What a shell or a profiler puts among the builtins. */
const fromAround = /^(get_ipython|profile|__IPYTHON__|display)$/;

/** `try: name`, `except NameError: return`: whoever comes further has the name. */
function foundOutBefore(node: SgNode, root: SgNode, name: string): Verdict | null {
  const owner = functionAround(node);
  const asked = identifiers(root, name).find(
    (each) =>
      String(each.parent()?.kind()) === 'expression_statement' &&
      owner !== null &&
      holds(owner, each) &&
      each.range().end.index <= node.range().start.index &&
      leavesWithout(each),
  );
  return asked ? dropped(by, `the function is left on line ${lineOf(asked)} where the name is missing`) : null;
}

/** The last statement of a handler. */
const lastOf = (clause: SgNode): SgNode | undefined => named(named(clause).at(-1) ?? clause).at(-1);

function leavesWithout(asked: SgNode): boolean {
  const attempt = enclosing(asked, 'try_statement');
  return (
    attempt !== null &&
    kinds(attempt, 'except_clause').some(
      (clause) => /^except\b[^:]*\bNameError\b/.test(clause.text()) && /^(return|raise)_statement$/.test(String(lastOf(clause)?.kind())),
    )
  );
}

/** What `bindings` found: a name that is missing is asked for at each of its places. */
const given = new WeakMap<SgNode, Map<string, SgNode[]>>();

/** Every place in the file, or below another node, that gives the name a value. */
export function bindings(root: SgNode, name: string): readonly SgNode[] {
  const ofRoot = given.get(root) ?? new Map<string, SgNode[]>();
  given.set(root, ofRoot);
  const known = ofRoot.get(name);
  if (known) return known;
  const all = identifiers(root, name).filter((each) => binds(each));
  ofRoot.set(name, all);
  return all;
}

function binds(identifier: SgNode): boolean {
  const parent = identifier.parent();
  if (!parent) return false;
  const kind = String(parent.kind());
  const is = (field: string, node: SgNode = parent, inner: SgNode = identifier) => {
    const found = node.field(field);
    return found !== null && found.range().start.index === inner.range().start.index && found.range().end.index === inner.range().end.index;
  };
  if (kind === 'function_definition' || kind === 'class_definition' || kind === 'named_expression') return is('name');
  if (kind === 'aliased_import') return is('alias');
  if (kind === 'dotted_name') {
    const statement = parent.parent();
    const from = String(statement?.kind());
    if (from === 'import_statement') return identifier.range().start.index === parent.range().start.index;
    return from === 'import_from_statement' && statement?.field('module_name')?.range().start.index !== parent.range().start.index;
  }
  if (kind === 'as_pattern_target' || kind === 'global_statement') return kind === 'as_pattern_target';
  for (const outer of [parent, ...parent.ancestors()]) {
    const outerKind = String(outer.kind());
    if (outerKind === 'assignment' || outerKind === 'for_statement' || outerKind === 'for_in_clause') {
      const left = outer.field('left');
      return left !== null && holds(left, identifier);
    }
    if (!['pattern_list', 'tuple_pattern', 'list_pattern', 'list_splat_pattern', 'tuple', 'list'].includes(outerKind)) return false;
  }
  return false;
}

/** A binding at the top of the module, or in a function that the use lies in. What a class binds, its methods do not see. */
function reaches(binding: SgNode, use: SgNode): boolean {
  const own = String(binding.parent()?.kind());
  const from = own === 'function_definition' || own === 'class_definition' ? binding.parent()!.parent()! : binding;
  const scope = outward(from).find((each) => String(each.kind()) === 'function_definition' || String(each.kind()) === 'class_definition');
  if (!scope) return true;
  return String(scope.kind()) === 'function_definition' && holds(scope, use) && functionAround(from) !== null;
}

function isTypeChecking(node: SgNode): boolean {
  return String(node.kind()) === 'if_statement' && /^(typing\.)?TYPE_CHECKING$/.test(node.field('condition')?.text() ?? '');
}

function inAnnotation(node: SgNode): boolean {
  return outward(node).some((each) => String(each.kind()) === 'type');
}

/** An assignment to a name that nothing declares, in a function around the use or at the top of the file. */
function makesGlobal(assignment: SgNode, use: SgNode): boolean {
  const owner = functionAround(assignment);
  return owner === null || holds(owner, use);
}

const assignmentsTo = (root: SgNode, name: string): readonly SgNode[] =>
  once(root, 'assignments', () =>
    groupBy(kinds(root, 'assignment_expression', 'for_in_statement'), (each) => each.field('left')?.text() ?? ''),
  ).get(name) ?? [];

/** Where to assign a name that nothing declares fails. A bundle holds modules that say so beside others that do not. */
const isStrict = (root: SgNode, node: SgNode, text: string): boolean =>
  once(root, 'module', () => /^\s*(import|export)\b/m.test(text)) ||
  enclosing(node, 'class_body') !== null ||
  [root, ...outward(node).flatMap((each) => each.field('body') ?? [])].some((each) =>
    /^["']use strict["']/.test(named(each)[0]?.text() ?? ''),
  );

/** What the text says of a name, wherever it is used. */
function saidOf(text: string, name: string): Verdict | null {
  const id = escaped(name);
  const asked = lineMatching(
    text,
    new RegExp(
      // What is compared with may be kept under a name: `typeof axios === fnc`.
      `typeof\\s*\\(?\\s*(?:globalThis\\.)?${id}\\s*\\)?\\s*[!=]==?\\s*(?:["']\\w+["']|[\\w$])|["']\\w+["']\\s*[!=]==?\\s*typeof\\s+${id}\\b|["']${id}["']\\s+in\\s+(?:window|globalThis|global|self)\\b`,
    ),
    '//',
  );
  if (asked !== null) return dropped(by, `line ${asked} asks first whether the name is there`);
  const declared = lineMatching(text, new RegExp(`\\bdeclare\\s+(?:const|let|var|function|class|global|namespace)\\b.*\\b${id}\\b`), '//');
  if (declared !== null) return dropped(by, `the name is declared on line ${declared}`);
  const reference = /^\/\/\/ <reference types="([^"]+)"/m.exec(text)?.[1];
  if (reference !== undefined) return lowered(by, `the file says that it is run where there is what ${reference} defines`);
  const lines = text.split('\n');
  const listed = lines.findIndex((line) => new RegExp(`/\\*\\s*(?:eslint-)?globals?\\b[^*]*\\b${id}\\b`).test(line));
  if (listed >= 0) return dropped(by, `line ${listed + 1} says that the name is a global`);
  return null;
}

function script({ text, file, node, root }: Examined, name: string): Verdict | null {
  const said = once(root, `says of ${name}`, () => saidOf(text, name));
  if (said) return said;
  const property = new RegExp(`\\b(?:global|globalThis|window|self|root)\\.${escaped(name)}\\b`);
  const guarded = outward(node).find(
    (each) => ['if_statement', 'ternary_expression'].includes(String(each.kind())) && property.test(each.field('condition')?.text() ?? ''),
  );
  if (guarded) return dropped(by, `line ${lineOf(guarded)} asks first whether the name is there`);
  const ofGlobal = once(root, `global ${name}`, () =>
    lineMatching(text, new RegExp(`\\b(?:globalThis|window)\\.${escaped(name)}\\b`), '//'),
  );
  if (ofGlobal !== null) return lowered(by, `line ${ofGlobal} takes it from the global object, where it is when the line runs`);
  const assigned = assignmentsTo(root, name).find((each) => makesGlobal(each, node));
  if (assigned && !isStrict(root, node, text))
    return lowered('becomes a global', `the assignment on line ${lineOf(assigned)} makes a global of it, and does not fail`);
  if (/^(attachEvent|detachEvent|XDomainRequest|ActiveXObject|CollectGarbage)$/.test(name))
    return lowered(by, 'only an old browser comes here, and has it');
  if (/^[A-Z][A-Z\d]*_[A-Z\d_]+$/.test(name))
    return lowered('filled in', 'names in such letters that nothing defines are filled in when the program is built');
  const all = once(root, 'puts all', () => /\brequire\(['"]([\w@-]+\/global)['"]\)/.exec(text)?.[1] ?? null);
  if (all !== null) return lowered(by, `what ${all} has, it puts among the globals`);
  const filled = once(root, 'fills all', () => lineMatching(text, /^\s*\w{1,40}\.global\(\);?\s*$/, '//'));
  if (filled !== null) return lowered(by, `what is called on line ${filled} puts all that it has among the globals`);
  if (/^(toString|valueOf|hasOwnProperty|isPrototypeOf|propertyIsEnumerable|toLocaleString|constructor)$/.test(name))
    return dropped(by, 'the global object has it, as every object has');
  const tried = outward(node).find((each) => String(each.kind()) === 'try_statement' && each.field('handler'));
  const [only, more] = named(tried?.field('body') ?? node);
  if (tried && only && !more && named(only)[0]?.field('function')?.text() === name)
    return lowered(by, `nothing else is tried from line ${lineOf(tried)} on, and what follows is for when it is not there`);
  const handedIn = node.parent()?.parent();
  if (
    String(handedIn?.kind()) === 'call_expression' &&
    /^\(?\s*(?:async )?(?:function\b|\()/.test(handedIn!.field('function')?.text() ?? '') &&
    functionAround(node) === null
  )
    return lowered(by, 'the file is run where there is such a name: the function that is all of it is given it');
  const elsewhere = outward(node).find(
    (each) =>
      String(each.kind()) === 'if_statement' &&
      /\btypeof (?:process|console|require)\s*===?\s*['"]undefined['"]/.test(each.field('condition')?.text() ?? '') &&
      holds(each.field('consequence') ?? each, node),
  );
  if (elsewhere) return lowered(by, `line ${lineOf(elsewhere)} asks first whether it is run by another engine, which may have the name`);
  if (name === 'arguments' && /\brequire\s*\(|\bmodule\.exports\b/.test(text) && !/^\s*(?:import|export)\b/m.test(text))
    return dropped(by, 'Node runs such a module as a function, which has arguments');
  const alone = enclosing(node, 'expression_statement');
  if (
    alone &&
    ['identifier', 'binary_expression', 'member_expression'].includes(String(named(alone)[0]?.kind())) &&
    outward(alone).some((each) => String(each.kind()) === 'try_statement' && each.field('handler') !== null)
  )
    return lowered('made to fail', `line ${lineOf(alone)} does nothing with it, and a handler waits for what it throws`);
  if (/^__\w+__$/.test(name)) return lowered('filled in', 'names of that shape are filled in when the program is built');
  // Scripts of a page share their globals; a module, or what can be loaded as one, says where its names come from.
  const ofPage = once(
    root,
    'of a page',
    () => !/^\s*(import|export)\b|^#!|\brequire\s*\((?!\s*\[)|\bmodule\.exports\b|\bexports\.\w|\bdefine\.amd\b/m.test(text),
  );
  return ofPage || /(^|\/)(static|public|htdocs|www|wwwroot|assets)\//.test(file)
    ? lowered(by, 'the file is a script of a page, and another one of the same page may define it')
    : null;
}
