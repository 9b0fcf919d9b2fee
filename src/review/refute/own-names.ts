import type { SgNode } from '@ast-grep/napi';
import {
  dropped,
  type Examined,
  enclosing,
  escaped,
  functionAround,
  holds,
  kinds,
  lineOf,
  lowered,
  named,
  outward,
  same,
  type Verdict,
} from './nodes.js';

const MAX_STEPS = 3;

/** A function that is only reached where a pattern that is bound at its end, and lets nothing free through, has matched the address. */
export function matchedBefore({ language, node, root }: Examined): Verdict | null {
  if (language !== 'typescript') return null;
  let owner = functionAround(node);
  for (let step = 0; owner && step < MAX_STEPS; step += 1) {
    const name = owner.field('name')?.text();
    if (name === undefined) return null;
    const calls = kinds(root, 'call_expression').filter((each) => calleeName(each) === name && !holds(owner!, each));
    if (calls.length === 0) return null;
    const guards = calls.map((call) => guardOf(call, root));
    const [guard] = guards;
    if (guard && guards.every((each) => each !== null))
      return dropped('only own names', `it is only reached where the pattern of line ${lineOf(guard)} has matched the whole address`);
    const next = functionAround(calls[0]!);
    if (calls.length > 1 || !next || same(next, owner)) return null;
    owner = next;
  }
  return null;
}

/** Where a parser of forms has put an uploaded file: a name it made up itself, in the folder for temporary files. */
export function temporaryUpload({ language, words, node }: Examined): Verdict | null {
  const put = /\b(?:req|request)\.files?\b\S*\.(filepath|tempFilePath|path) reaches /.exec(words)?.[1];
  return language === 'typescript' && put !== undefined
    ? dropped('only own names', `${put} of an uploaded file, read on line ${lineOf(node)}, is made up by the parser of the form`)
    : null;
}

/** Express refuses a path with .. in it, as long as nothing has taken the .. out by following it; a whole path it sends. */
export function checkedBySender({ language, words, node, root }: Examined): Verdict | null {
  if (language !== 'typescript' || !/ reaches \w+\.sendFile\b/.test(words)) return null;
  const call = outward(node).find((each) => /\.sendFile$/.test(each.field('function')?.text() ?? ''));
  const argument = call && named(call.field('arguments') ?? call)[0];
  const written = argument && String(argument.kind()) === 'identifier' ? sourceOf(argument.text(), root) : (argument?.text() ?? '');
  const ownFolder =
    /^(?:__dirname|import\.meta\.dirname|'\/[\w./-]*'|"\/[\w./-]*")\s*\+|^`(?:\/\w|\$\{(?:__dirname|import\.meta\.dirname)\})/;
  return ownFolder.test(written) && !/\b(join|resolve|normalize)\(/.test(functionAround(node)?.text() ?? '')
    ? lowered('checked by the sender', `sendFile on line ${lineOf(node)} refuses a path with .. in it`)
    : null;
}

/** `save(output_path)`: a tool of an agent that takes the whole path is there for that file, wherever it lies. */
export function pathAsked({ language, words, node, text }: Examined): Verdict | null {
  const asked = /(?:^|[\s.])(\w*(?:path|file|filename|folder|dir|directory|dest|destination))(?: \([^()]*\))? reaches /i.exec(words)?.[1];
  if (asked === undefined || !/mcp|@\w*tool\b/i.test(text)) return null;
  const whole = new RegExp(
    `(?:^|\\()\\s*(?:Path\\()?(?:(?:args|arguments|params|input)\\.)?${asked}(?:\\.expanduser\\()?\\)?\\s*(?:[),.;]|$)`,
  );
  const call = enclosing(node, 'call', 'call_expression')?.text() ?? node.text();
  const tool = language === 'python' ? outward(node).find((each) => String(each.kind()) === 'decorated_definition') : null;
  if (tool === undefined || (tool && !/^@[\w.]*tool\b/i.test(tool.text()))) return null;
  return whole.test(call) ? lowered('asked for', `the tool is there to use the file that ${asked} names, wherever it lies`) : null;
}

/** `shop = store.find(name)`, `if shop is None: abort(404)`: whatever is not the name of something that is there is turned away. */
export function lookedUpBefore({ language, words, node, text, start }: Examined): Verdict | null {
  if (language === 'typescript') return lookedUpInMap({ words, node, text, start });
  const name = language === 'python' ? /(?:^|\s)(\w+) reaches /.exec(words)?.[1] : undefined;
  const owner = functionAround(node);
  if (name === undefined || !owner) return null;
  const before = text.slice(owner.range().start.index, start);
  const looked = new RegExp(
    `\\n[ \\t]+(\\w+) = (?:await )?[\\w.]{0,80}\\b(?:get|find|load|lookup|fetch)\\w{0,60}\\((?:[\\w. ]{1,60},\\s{0,20})?${escaped(name)}\\b[^()\\n]{0,80}\\)[^\\n]{0,20}\\n(?:[ \\t]*#[^\\n]*\\n|[ \\t]*\\n)*[ \\t]+if (?:not \\1|\\1 is None):\\s*(?:#[^\\n]*\\s*)?(?:abort\\(|raise |return )`,
  ).exec(before)?.[1];
  return looked ? lowered('looked up before', `${name} is turned away where there is no ${looked} of that name`) : null;
}

/** `const page = this.pages.get(name)`, `if (!page) return` */
function lookedUpInMap({ words, node, text, start }: Pick<Examined, 'words' | 'node' | 'text' | 'start'>): Verdict | null {
  const name = /(?:^|[\s.])([\w$]+) reaches /.exec(words)?.[1];
  const owner = functionAround(node);
  if (name === undefined || !owner) return null;
  const looked = new RegExp(
    `\\b(?:const|let|var) ([\\w$]+) = [\\w$.]{1,80}\\.get\\((?:[\\w$]{1,40}\\.){0,3}${escaped(name)}\\);?\\s+if \\(!\\1\\) \\{?\\s*(?:return\\b|throw\\b)`,
  ).exec(text.slice(owner.range().start.index, start))?.[1];
  return looked ? lowered('looked up before', `${name} is turned away where there is no ${looked} of that name`) : null;
}

/** What is decoded once more may hold slashes again. */
const decodes = /\bunquote(?:_plus)?\(/;

/**
 * What stands between two slashes of an address has none in it, and two dots alone are a folder, which cannot be opened. Only where
 * whole folders are read or removed is that enough to do harm.
 */
export function oneSegment({ node, words, language, root }: Examined): Verdict | null {
  const [, name = '', sink = ''] = /\b(\w+) reaches (\S+)/.exec(words) ?? [];
  if (language !== 'python' || name === '' || /(?:^|\.)(?:rmtree|listdir|scandir|iterdir|copytree|move|makedirs|mkdir|rename)$/.test(sink))
    return null;
  const body = functionAround(node)?.text() ?? '';
  if (decodes.test(body)) return null;
  const names = [
    name,
    ...[...body.matchAll(new RegExp(`\\b(\\w+) ?= ?[^\\n=]{0,80}\\b${escaped(name)}\\b`, 'g'))].map(([, alias]) => alias!),
  ];
  // `name.replace("/", "_").replace("\\", "_")`, in either order.
  const replaced = new RegExp(
    `\\b(?:${names.map(escaped).join('|')})(?:\\.replace\\(["'](?:/|\\\\\\\\)["'],\\s?["'][^/\\\\"']{0,9}["']\\)){2}`,
  ).exec(body)?.[0];
  if (replaced?.includes('/') && replaced.includes('\\'))
    return lowered('one segment', `${replaced.slice(0, 60)} leaves no slash in ${name}`);
  // `body.name` is not what the address has under that name.
  if (!/(?:^|\s)\w+ reaches /.test(words)) return null;
  const own = outward(node).filter((each) => String(each.kind()) === 'decorated_definition');
  // Of a function that handlers call, the name is that of a handler's parameter: of any that has one called so.
  const handlers = (own.length > 0 ? own : kinds(root, 'decorated_definition')).filter((each) =>
    new RegExp(`\\b${escaped(name)}\\b`).test(each.field('definition')?.field('parameters')?.text() ?? ''),
  );
  const segment = new RegExp(`["'][^"'\\n]*(?:<(?:string:)?${escaped(name)}>|\\{${escaped(name)}\\})`);
  const routes = handlers.map((each) => named(each).find((one) => String(one.kind()) === 'decorator' && segment.test(one.text())));
  const [route] = routes;
  return route && routes.every(Boolean) && !handlers.some((each) => decodes.test(each.text()))
    ? lowered('one segment', `${name} is one part of the address in line ${lineOf(route)}, and holds no slash`)
    : null;
}

/** Of `f"{number}_{name}"` no part is two dots: to leave the folder it takes one of that name in it, where nothing takes the dots out first. */
export function behindPrefix({ language, words, node }: Examined): Verdict | null {
  const source = language === 'python' ? /(?:^|\s)([\w.]+) reaches /.exec(words)?.[1] : undefined;
  const body = functionAround(node)?.text() ?? '';
  if (source === undefined || /\b(?:normpath|abspath|realpath|resolve|normcase)\(/.test(body)) return null;
  const prefixed = new RegExp(`\\bf["'](?:[^"'\\n]{0,200}[^"'\\n/{ ])?[\\w}-][_-]\\{\\s?${escaped(source)}\\s?\\}`).exec(body)?.[0];
  return prefixed ? lowered('behind a prefix', `${prefixed}" is no way up, but where a folder is called like its beginning`) : null;
}

/** To list a folder tells names; programs that let people choose a folder do nothing else. */
export function listsNames({ words, node }: Examined): Verdict | null {
  const listing = / reaches (os\.(?:listdir|scandir)|fs(?:p|\.promises)?\.readdir(?:Sync)?)\b/.exec(words)?.[1];
  return listing ? lowered('lists names', `${listing} on line ${lineOf(node)} tells the names in a folder, and no content`) : null;
}

/** The condition around a call that asks a closed pattern about an address. */
function guardOf(call: SgNode, root: SgNode): SgNode | null {
  for (const each of outward(call)) {
    if (String(each.kind()) !== 'if_statement') continue;
    const [condition, consequence] = [each.field('condition'), each.field('consequence')];
    if (!condition || !consequence || !holds(consequence, call)) continue;
    const asked = /^\(\s*([\w.]+|\/.*\/[a-z]*)\.test\(\s*[\w.]*\b(url|path|pathname|originalUrl)\b[\w.()]*\s*\)\s*\)$/s.exec(
      condition.text(),
    );
    if (asked && isClosed(sourceOf(asked[1]!, root))) return each;
  }
  return null;
}

function sourceOf(name: string, root: SgNode): string {
  if (name.startsWith('/')) return name.replace(/^\/|\/[a-z]*$/g, '');
  const written = new RegExp(`(?<![\\w.])${escaped(name)}\\s*=\\s*([^;]*)`).exec(root.text())?.[1] ?? '';
  return written.replace(/^new RegExp\(|\)\s*$/g, '');
}

/** Bound at both ends, without a part that anything fits into; what is escaped on its way in is what it is. */
function isClosed(source: string): boolean {
  const bound = /^\s*["'`]?\^/.test(source) && /\$\)*["'`]?\s*$/.test(source);
  const fixed = source.replace(/\b[\w.]+\.replace\([^)]*\)?[^+]*/g, '');
  return bound && !/(^|[^\\])\.[*+]|\[\^|\\[SWD]/.test(fixed);
}

function calleeName(call: SgNode): string {
  const callee = call.field('function');
  return callee?.field('property')?.text() ?? callee?.text() ?? '';
}

/** A file whose name has to end in `.css` is none of those that are worth hiding. */
export function onlyOneKind({ language, words, node, root }: Examined): Verdict | null {
  if (language !== 'typescript' || !/ req\.(?:url|path|originalUrl)[.\w]* reaches /.test(` ${words}`)) return null;
  const guard = kinds(root, 'regex').find(
    (each) =>
      /\\\.\(?[\w|?]+\)?\$\/[a-z]*$/.test(each.text()) &&
      outward(each).some((outer) => String(outer.kind()) === 'if_statement' && holds(outer, node)),
  );
  return guard ? lowered('one kind of file', `line ${lineOf(guard)} lets only names with one ending through`) : null;
}
