import type { SgNode } from '@ast-grep/napi';
import { type Examined, enclosing, escaped, functionAround, kinds, lowered, named, once, type Verdict } from './nodes.js';

/** By class, what a parameter is called that is the whole of what a tool works with. */
const wholes: Record<string, RegExp> = {
  'path-traversal': /(?:^|_)(?:[a-z]*path|doc(?:ument)?|file(?:name)?|folder|dir(?:ectory)?|root|dest(?:ination)?)s?(?:_|$)/i,
  'command-injection': /^(?:command|cmd|script|shell)/i,
  'sql-injection': /^(?:query|sql|statement)/i,
  'request-forgery': /^(?:url|uri|link|page|endpoint)/i,
};

const fetches = /fetch|request|browse|scrape|crawl|(?:^|_)(?:web|http|url)(?:_|$)/i;

/**
 * What the model behind an agent may do, whoever gives it the tool decides: `run(command)` is there to run any command, `read(path)` to read
 * any file. A name that is joined to a folder is to stay in it, and what only looks for something need not fetch whatever it is told to.
 */
export function toolIsFor({ language, words, node, text, root, class: kind }: Examined): Verdict | null {
  const whole = wholes[kind];
  if (language !== 'python' || !whole) return null;
  const label = /(?:^|\s)([\w.[\]]{1,120})(?: \([^()]*\))? reaches /.exec(words)?.[1] ?? '';
  const parts = label.split('.').filter((part) => part !== '[]');
  const asked = parts.find((part) => whole.test(part));
  const tool = asked === undefined ? undefined : once(root, 'tools', () => toolsIn(root)).find((each) => takes(each, parts[0]!));
  if (asked === undefined || !tool) return null;
  // Whatever it is called, with its decorator: `@tool("fetch.get")`.
  const names = [tool.field('name')?.text(), functionAround(node)?.field('name')?.text(), decoratorOf(tool)];
  if (kind === 'request-forgery' && !names.some((each) => fetches.test(each ?? ''))) return null;
  if (kind === 'path-traversal' && joined(asked).test(text)) return null;
  // `"SELECT … " + query` says itself what it is for.
  const [first] = named(enclosing(node, 'call')?.field('arguments') ?? node);
  if (/^(?:sql|command)-injection$/.test(kind) && !/^[\w.]+(?:\[["']\w+["']\])?$/.test(first?.text() ?? '')) return null;
  return lowered(
    'asked for',
    `${tool.field('name')?.text() ?? 'the tool'} is a tool of an agent, there to use the ${asked} that it is given`,
  );
}

/** The functions that a decorator makes tools of an agent. */
const toolsIn = (root: SgNode): SgNode[] =>
  kinds(root, 'decorated_definition').flatMap((each) => (/^@[\w.]{0,60}tool\b/i.test(each.text()) ? (each.field('definition') ?? []) : []));

const decoratorOf = (tool: SgNode): string => /^@[\w.]{1,60}\([^()\n]{0,200}\)/.exec(tool.parent()?.text() ?? '')?.[0] ?? '';

const takes = (tool: SgNode, name: string): boolean =>
  new RegExp(`(?<![\\w.])${escaped(name)}(?!\\w)`).test(tool.field('parameters')?.text() ?? '');

const joined = (name: string): RegExp =>
  new RegExp(`\\b(?:join|joinpath)\\([^()\\n]{1,80},\\s{0,3}(?:str\\()?${escaped(name)}\\b|/\\s{0,3}${escaped(name)}\\b`);
