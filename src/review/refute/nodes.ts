import type { SgNode } from '@ast-grep/napi';
import type { Language } from '../languages.js';
import { groupBy } from '../merge.js';

/** One place under examination, in its syntax tree. */
export interface Examined {
  /** Of the checkout. */
  folder: string;
  file: string;
  language: Language;
  text: string;
  root: SgNode;
  /** The smallest node that holds the whole place. */
  node: SgNode;
  start: number;
  end: number;
  class: string;
  /** Whose report it is, such as `ruff/B018`. */
  rule: string;
  /** What is said of the place. */
  words: string;
}

export interface Verdict {
  verdict: 'kept' | 'lowered' | 'dropped';
  reason: string;
  by: string;
}

export const dropped = (by: string, reason: string): Verdict => ({ verdict: 'dropped', by, reason });
export const lowered = (by: string, reason: string): Verdict => ({ verdict: 'lowered', by, reason });

export const startOf = (node: SgNode): number => node.range().start.index;
export const endOf = (node: SgNode): number => node.range().end.index;
export const lineOf = (node: SgNode): number => node.range().start.line + 1;
export const holds = (outer: SgNode, inner: SgNode): boolean => startOf(outer) <= startOf(inner) && endOf(outer) >= endOf(inner);
export const same = (a: SgNode, b: SgNode): boolean => startOf(a) === startOf(b) && endOf(a) === endOf(b) && a.kind() === b.kind();
export const named = (node: SgNode): SgNode[] => node.children().filter((child) => child.isNamed() && child.kind() !== 'comment');

/** What was found below the root of a file, by kind and by name: it is asked again for each of its places. */
const found = new WeakMap<SgNode, { ofKinds: Map<string, readonly SgNode[]>; byName: Map<string, SgNode[]> | null }>();

/** The root of a file, of which what is found below it is kept as long as the root is. */
export function remembering(root: SgNode): SgNode {
  found.set(root, { ofKinds: new Map(), byName: null });
  return root;
}

/** What was found out about a file as a whole, or about a name in it: it is asked again for each of thousands of places. */
const foundOut = new WeakMap<SgNode, Map<string, unknown>>();

/** The answer to a question about a root, found out when it is first asked. */
export function once<T>(root: SgNode, question: string, find: () => T): T {
  const answers = foundOut.get(root) ?? new Map<string, unknown>();
  foundOut.set(root, answers);
  if (!answers.has(question)) answers.set(question, find());
  return answers.get(question) as T;
}

/** Everything of some kinds below a node. */
export function kinds(node: SgNode, ...wanted: string[]): readonly SgNode[] {
  const kept = found.get(node)?.ofKinds;
  const key = wanted.join(' ');
  const known = kept?.get(key);
  if (known) return known;
  const nodes = node.findAll({ rule: { any: wanted.map((kind) => ({ kind })) } });
  kept?.set(key, nodes);
  return nodes;
}

/** Every place below a node where a name stands. */
export function identifiers(node: SgNode, name: string): readonly SgNode[] {
  const kept = found.get(node);
  if (!kept) return kinds(node, 'identifier').filter((each) => each.text() === name);
  kept.byName ??= groupBy(kinds(node, 'identifier'), (each) => each.text());
  return kept.byName.get(name) ?? [];
}

/** A node among its siblings. */
interface Placed {
  node: SgNode;
  kind: string;
  start: number;
  end: number;
}

/** The children of a node: generated files have thousands at their top, and are asked about for each of thousands of places. */
export const placed = (root: SgNode, parent: SgNode): readonly Placed[] =>
  once(root, `children of ${parent.id()}`, () =>
    parent.children().map((node) => {
      const { start, end } = node.range();
      return { node, kind: String(node.kind()), start: start.index, end: end.index };
    }),
  );

/** A grammar does not know each other's kinds, and asking for an unknown one is an error. */
export function nodeAt(root: SgNode, start: number, end: number): SgNode {
  let node = root;
  for (;;) {
    const inner = placed(root, node).find((child) => child.start <= start && child.end >= end && child.end > child.start);
    if (!inner) return node;
    node = inner.node;
  }
}

/** The node itself and everything around it, innermost first. */
export const outward = (node: SgNode): SgNode[] => [node, ...node.ancestors()];

const functionKinds = new Set([
  'function_definition',
  'lambda',
  'function_declaration',
  'generator_function_declaration',
  'function_expression',
  'arrow_function',
  'method_definition',
]);
export const isFunction = (node: SgNode): boolean => functionKinds.has(String(node.kind()));

export function enclosing(node: SgNode, ...wanted: string[]): SgNode | null {
  return outward(node).find((each) => wanted.includes(String(each.kind()))) ?? null;
}

export const functionAround = (node: SgNode): SgNode | null => outward(node).find(isFunction) ?? null;

/** From a place to the end of its line. */
export const restOfLine = (text: string, at: number): string => text.slice(at).split('\n', 1)[0] ?? '';

/** The whole line of a place. */
export const lineAround = (text: string, at: number): string => restOfLine(text, text.lastIndexOf('\n', at - 1) + 1);

export const squeeze = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** Whether a pattern stands in the code, not in a comment. */
export function lineMatching(text: string, pattern: RegExp, comment: '#' | '//'): number | null {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => pattern.test(line.split(comment)[0] ?? ''));
  return at < 0 ? null : at + 1;
}

/** What is left of a name of code or of a package when it does not matter how it is written. */
export const plain = (name: string): string => name.replace(/[^A-Za-z0-9]/g, '').toLowerCase();

export const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Not the name of an attribute or of an argument. */
export function isUse(identifier: SgNode): boolean {
  const parent = identifier.parent();
  if (String(parent?.kind()) === 'attribute') return isField(parent!, 'object', identifier);
  return String(parent?.kind()) !== 'keyword_argument' || isField(parent!, 'value', identifier);
}

export function isField(parent: SgNode, field: string, node: SgNode): boolean {
  const found = parent.field(field);
  return found !== null && same(found, node);
}
