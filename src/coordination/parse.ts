import { setImmediate as nextTurn } from 'node:timers/promises';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { InvalidSettings } from '../errors.js';
import { locateInDocument } from '../settings/layers.js';
import { cut, cutAgain, type Layout } from './layout.js';
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

/** What a file that does not exist yet begins with. */
export const emptyFile = `# Issues, plans, todos and dependencies across repositories: the single source of truth, written by people and by the bot.
coordination:
  issues: []
  plans: []
  todos: []
  dependencies: []
`;

/**
 * Reads the file's text without holding the event loop for long; `previous` is what it was before, so that after an edit by hand only
 * what changed is read again. Throws `InvalidSettings` with every problem by line and path.
 */
export async function parseEcosystem(text: string, shown: string, previous: Parsed | null = null): Promise<Parsed> {
  const again = previous ? cutAgain(text, previous.layout) : null;
  const layout = again?.layout ?? cut(text) ?? cut(asBlockList(text, shown));
  if (!layout) throw new InvalidSettings([`${shown}:1 coordination.issues: write the issues as a list of "- id: …" entries`]);
  const problems: string[] = [];
  const rest = readRest(layout, shown, problems);

  const { chunks } = layout;
  const known = knownIssues(previous, chunks, again?.kept ?? null);
  const lineOf = (index: number) => firstItemLine(layout) + chunks.slice(0, index).reduce((sum, chunk) => sum + countLines(chunk), 0);
  const issues: Issue[] = [];
  const owners = new Map<string, number>();
  let turnEnds = performance.now() + 10;
  for (const [index, chunk] of chunks.entries()) {
    const old = known(index);
    const read = old ? { issue: old, problems: [] } : readIssue(chunk);
    for (const problem of read.problems) {
      problems.push(`${shown}:${lineOf(index) + problem.line - 1} coordination.issues.${index}${problem.path}: ${problem.message}`);
    }
    if (read.issue) {
      const first = owners.get(read.issue.id);
      if (first !== undefined)
        problems.push(
          `${shown}:${lineOf(index)} coordination.issues.${index}.id: ${read.issue.id} is used twice, first in line ${lineOf(first)}`,
        );
      owners.set(read.issue.id, first ?? index);
      issues.push(read.issue);
    }
    if (!old && performance.now() > turnEnds) {
      await nextTurn();
      turnEnds = performance.now() + 10;
    }
  }
  if (problems.length > 0 || !rest) throw new InvalidSettings(problems);
  return { text, layout, issues, rest };
}

/** Issues whose text is what it was: at the front and the back by their place, elsewhere by their text. */
function knownIssues(
  previous: Parsed | null,
  chunks: readonly string[],
  kept: { front: number; back: number } | null,
): (index: number) => Issue | undefined {
  if (!previous) return () => undefined;
  const { front, back } = kept ?? { front: 0, back: 0 };
  const { layout, issues } = previous;
  const byText = new Map<string, Issue>();
  for (let at = front; at < layout.chunks.length - back; at += 1) byText.set(layout.chunks[at]!, issues[at]!);
  return (index) => {
    if (index < front) return issues[index];
    if (index >= chunks.length - back) return issues[issues.length - (chunks.length - index)];
    return byText.get(chunks[index]!);
  };
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
  const itemLines = layout.chunks.reduce((sum, chunk) => sum + countLines(chunk), 0);
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

function countLines(part: string): number {
  let lines = 0;
  for (let at = part.indexOf('\n'); at >= 0; at = part.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
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
