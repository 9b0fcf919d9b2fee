import { setImmediate as nextTurn } from 'node:timers/promises';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { InvalidSettings } from '../errors.js';
import { locateInDocument } from '../settings/layers.js';
import { cut, type Layout } from './layout.js';
import { Coordination, Issue } from './schema.js';

export interface Parsed {
  text: string;
  layout: Layout;
  issues: Issue[];
  rest: Coordination;
}

/** An issue read from its text, with problems whose lines count from the item's first. */
interface Read {
  issue: Issue | null;
  problems: { line: number; path: string; message: string }[];
}

/** Issues by their text: after an edit by hand only what changed is read again. */
export type ReadCache = Map<string, Read>;

/** What a file that does not exist yet begins with. */
export const emptyFile = `# Issues, plans, todos and dependencies across repositories: the single source of truth, written by people and by the bot.
coordination:
  issues: []
  plans: []
  todos: []
  dependencies: []
`;

/** Reads the file's text without holding the event loop for long. Throws `InvalidSettings` with every problem by line and path. */
export async function parseEcosystem(text: string, shown: string, cache: ReadCache): Promise<Parsed> {
  const layout = cut(text) ?? cut(asBlockList(text, shown));
  if (!layout) throw new InvalidSettings([`${shown}:1 coordination.issues: write the issues as a list of "- id: …" entries`]);
  const problems: string[] = [];
  const rest = readRest(layout, shown, problems);

  const issues: Issue[] = [];
  const owners = new Map<string, number>();
  const fresh: ReadCache = new Map();
  let line = firstItemLine(layout);
  let turnEnds = performance.now() + 10;
  for (const [index, chunk] of layout.chunks.entries()) {
    const read = cache.get(chunk) ?? readIssue(chunk);
    fresh.set(chunk, read);
    for (const problem of read.problems) {
      problems.push(`${shown}:${line + problem.line - 1} coordination.issues.${index}${problem.path}: ${problem.message}`);
    }
    if (read.issue) {
      const first = owners.get(read.issue.id);
      if (first !== undefined)
        problems.push(`${shown}:${line} coordination.issues.${index}.id: ${read.issue.id} is used twice, first in line ${first}`);
      owners.set(read.issue.id, first ?? line);
      issues.push(read.issue);
    }
    line += countLines(chunk);
    if (performance.now() > turnEnds) {
      await nextTurn();
      turnEnds = performance.now() + 10;
    }
  }
  if (problems.length > 0 || !rest) throw new InvalidSettings(problems);
  cache.clear();
  for (const [key, value] of fresh) cache.set(key, value);
  return { text, layout, issues, rest };
}

export function readIssue(chunk: string): Read {
  const counter = new LineCounter();
  const document = parseDocument(chunk, { lineCounter: counter, prettyErrors: false });
  const broken = [...document.errors, ...document.warnings].map((error) => ({
    line: counter.linePos(error.pos[0]).line,
    path: '',
    message: error.message.split('\n')[0] ?? 'cannot be read',
  }));
  if (broken.length > 0) return { issue: null, problems: broken };
  const value = toJs(document.toJS.bind(document));
  const result = Issue.safeParse(Array.isArray(value) && value.length === 1 ? value[0] : value);
  if (result.success) return { issue: result.data, problems: [] };
  return {
    issue: null,
    problems: result.error.issues.map((issue) => describe(issue, (path) => locateInDocument(document, counter, [0, ...path]).line)),
  };
}

function describe(issue: z.core.$ZodIssue, lineOf: (path: (string | number)[]) => number) {
  const path = issue.path as (string | number)[];
  return { line: lineOf(path), path: path.map((segment) => `.${segment}`).join(''), message: issue.message };
}

/** Everything but the items. */
export function readRest(layout: Layout, shown: string, problems: string[]): Coordination | null {
  const firstLine = firstItemLine(layout);
  const itemLines = countLines(layout.chunks.join(''));
  const counter = new LineCounter();
  const document = parseDocument(layout.before + layout.key + layout.lead + layout.after, { lineCounter: counter, prettyErrors: false });
  const real = (line: number) => (line < firstLine ? line : line + itemLines);
  for (const error of document.errors)
    problems.push(`${shown}:${real(counter.linePos(error.pos[0]).line)} ${error.message.split('\n')[0]}`);
  if (document.errors.length > 0) return null;
  const value = toJs(document.toJS.bind(document)) as { coordination?: unknown } | null;
  const result = Coordination.safeParse(value?.coordination ?? {});
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const { line, path, message } = describe(issue, (at) => locateInDocument(document, counter, ['coordination', ...at]).line);
    problems.push(`${shown}:${real(line)} coordination${path}: ${message}`);
  }
  return null;
}

const countLines = (part: string) => part.split('\n').length - 1;
const firstItemLine = ({ before, key, lead }: Layout) => countLines(before + key + lead) + 1;

/** Aliases that unfold without end throw; that is a value no schema accepts. */
function toJs(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return (error as Error).message;
  }
}

/** A file that writes its issues in another way than a block list, rewritten once by the YAML library, which keeps the comments. */
function asBlockList(text: string, shown: string): string {
  if (text.trim() === '') return emptyFile;
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new InvalidSettings(
      document.errors.map((error) => `${shown}:${counter.linePos(error.pos[0]).line} ${error.message.split('\n')[0]}`),
    );
  }
  const root = toJs(document.toJS.bind(document)) as { coordination?: { issues?: unknown } } | null;
  if (root === null) return `${text.trimEnd()}\n${emptyFile.slice(emptyFile.indexOf('coordination:'))}`;
  const { coordination } = root;
  if (
    typeof root !== 'object' ||
    Array.isArray(root) ||
    (coordination !== undefined && coordination !== null && (typeof coordination !== 'object' || Array.isArray(coordination)))
  ) {
    throw new InvalidSettings([`${shown}:1 coordination: expected the keys issues, plans, todos and dependencies`]);
  }
  const { issues } = coordination ?? {};
  if (issues !== undefined && issues !== null && !Array.isArray(issues)) {
    const { line } = locateInDocument(document, counter, ['coordination', 'issues']);
    throw new InvalidSettings([`${shown}:${line} coordination.issues: expected a list of issues`]);
  }
  if (!coordination) document.set('coordination', document.createNode({ issues: [] }));
  else if (!issues) document.setIn(['coordination', 'issues'], document.createNode([]));
  for (const path of [['coordination'], ['coordination', 'issues']]) {
    const node = document.getIn(path, true) as { flow?: boolean; items?: unknown[] } | undefined;
    if (node && (node.items?.length ?? 0) > 0) node.flow = false;
  }
  return document.toString({ lineWidth: 0 });
}
