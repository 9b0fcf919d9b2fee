import { Document, isCollection, isMap, isScalar, isSeq, parseDocument, Scalar, type YAMLMap } from 'yaml';
import { splitTail } from './layout.js';
import { writePlain } from './plain.js';
import type { Issue } from './schema.js';

/** Fields of an issue as they are called in the file. */
export type IssueFields = Record<string, unknown>;

export function toFields(issue: Issue): IssueFields {
  const { resolution } = issue;
  return {
    id: issue.id,
    title: issue.title,
    description: issue.description,
    status: issue.status,
    priority: issue.priority,
    severity: issue.severity,
    pool: issue.pool,
    repos: issue.repos,
    affected_files: issue.affectedFiles,
    created: issue.created,
    updated: issue.updated,
    target: issue.target,
    dependencies: issue.dependencies,
    blocking: issue.blocking,
    assignee: issue.assignee,
    labels: issue.labels,
    fingerprint: issue.fingerprint,
    resolution: resolution && {
      fixed_by: resolution.fixedBy,
      quality_gates: resolution.qualityGates,
      timestamp: resolution.timestamp,
      commit: resolution.commit,
    },
    metadata: issue.metadata,
  };
}

/** The text of a new item; what is empty is left out, so that entries stay short. */
export function writeIssue(issue: Issue, itemIndent: number, eol: string): string {
  return render(new Document([filled(issue)]), itemIndent, eol);
}

/** The same text, quickly; null for an item that only the library can write. */
export function writePlainIssue(issue: Issue, itemIndent: number, eol: string): string | null {
  return writePlain(filled(issue), itemIndent, eol);
}

/** An item that still is as we write items has nothing of a person's in it and can be written anew; null for any other. */
export function rewriteIssue(chunk: string, old: Issue, changed: Issue, itemIndent: number, eol: string): string | null {
  const before = writePlain(filled(old), itemIndent, eol);
  if (before === null || !chunk.startsWith(before)) return null;
  const tail = chunk.slice(before.length);
  if (tail !== '' && !/^(?:[ \t]*(?:#.*)?\r?\n)*[ \t]*(?:#.*)?$/.test(tail)) return null;
  // A comment deeper than the items belongs to this one and is kept by the other way.
  if (tail.split('\n').some((line) => line.trim() !== '' && line.length - line.trimStart().length > itemIndent)) return null;
  const after = writePlain(filled(changed), itemIndent, eol);
  return after === null ? null : after + tail;
}

const filled = (issue: Issue): IssueFields => Object.fromEntries(Object.entries(toFields(issue)).filter(([, value]) => !isEmpty(value)));

/**
 * Changes fields of an item and nothing else of it: a plain value is replaced where it stands, a new key is added at the
 * end; only a list or map that changes is written again by the YAML library, which keeps its comments.
 */
export function editIssue(chunk: string, changes: IssueFields, itemIndent: number, eol: string): string {
  const { body, tail } = splitTail(chunk, itemIndent);
  let text = body;
  for (const [key, value] of Object.entries(changes)) text = setField(text, key, value, itemIndent, eol);
  return text + tail;
}

function setField(body: string, key: string, value: unknown, itemIndent: number, eol: string): string {
  const document = parseDocument(body);
  const map = itemOf(document);
  const pair = map.items.find((item) => isScalar(item.key) && item.key.value === key);
  const old = pair?.value;
  if (!pair && isEmpty(value)) return body;
  if (isScalar(old) && old.range && isInline(old) && !isObject(value)) {
    const next = inline(value);
    // `key:` with nothing behind it has an empty range, right after the colon.
    const gap = old.range[0] === old.range[1] && body[old.range[0] - 1] === ':' ? ' ' : '';
    if (next !== null) return body.slice(0, old.range[0]) + gap + next + body.slice(old.range[1]);
  }
  if (!pair && !map.flow) {
    const indent = ' '.repeat(keyColumn(map, body));
    const added = lines(new Document({ [key]: compact(value) }), indent, eol);
    return (body.endsWith('\n') || body === '' ? body : body + eol) + added;
  }
  if (isEmpty(value)) map.delete(key);
  else if (isMap(old) && isObject(value) && !Array.isArray(value)) setEntries(document, old, compact(value) as IssueFields);
  else map.set(key, document.createNode(compact(value)));
  return render(document, itemIndent, eol);
}

/** Entry by entry, so that comments inside the map stay. */
function setEntries(document: Document, map: YAMLMap, value: IssueFields): void {
  for (const { key } of [...map.items]) if (isScalar(key) && !Object.hasOwn(value, String(key.value))) map.delete(key);
  for (const [key, item] of Object.entries(value)) {
    const old = map.get(key, true);
    if (isScalar(old) && !isObject(item)) old.value = item;
    else map.set(key, document.createNode(item));
  }
}

/** The item's map in a text that is one item of a block list. */
function itemOf(document: Document): YAMLMap {
  const item = isSeq(document.contents) ? document.contents.items[0] : null;
  if (document.errors.length > 0 || !isMap(item)) throw new Error('the text is not one issue');
  return item;
}

function keyColumn(map: YAMLMap, body: string): number {
  const key = map.items[0]?.key;
  const start = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
  return start - (body.lastIndexOf('\n', start - 1) + 1);
}

const isInline = (node: Scalar) => node.type === Scalar.PLAIN || node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE;
const isObject = (value: unknown) => value !== null && typeof value === 'object';
const isEmpty = (value: unknown) =>
  value === null || value === undefined || value === '' || (isObject(value) && Object.keys(value as object).length === 0);

/** A value on the line of its key; null when it needs several lines. */
function inline(value: unknown): string | null {
  if (typeof value === 'string' && value.includes('\n')) return null;
  const text = new Document(value ?? null).toString({ lineWidth: 0 }).replace(/\n$/, '');
  // As it stands in a map, where some texts read differently than alone; JSON's quotes are right everywhere.
  const safe = !/[\n,[\]{}]/.test(text) && parseDocument(`key: ${text}`).get('key') === (value ?? null);
  return safe ? text : JSON.stringify(value);
}

function compact(value: unknown): unknown {
  if (!isObject(value) || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value as object).filter(([, item]) => item !== null && item !== undefined));
}

function render(document: Document, itemIndent: number, eol: string): string {
  return lines(document, ' '.repeat(itemIndent), eol);
}

function lines(document: Document, indent: string, eol: string): string {
  flowLists(document.contents);
  return document
    .toString({ lineWidth: 0, flowCollectionPadding: false })
    .replace(/\n$/, '') // No more than that: the blank end of a kept text is part of it.
    .split('\n')
    .map((line) => (line === '' ? eol : indent + line + eol))
    .join('');
}

/** `repos: [api, web]` on one line, when they are few and short. */
function flowLists(node: unknown): void {
  if (isSeq(node) && node.items.length > 0 && node.range === undefined) {
    const texts = node.items.map((item) => (isScalar(item) && typeof item.value === 'string' ? item.value : null));
    const short = texts.every((text) => text !== null && text.length <= 60 && !text.includes('\n'));
    if (short && texts.join(', ').length <= 100) node.flow = true;
  }
  if (!isCollection(node)) return;
  for (const item of node.items) flowLists(isMap(node) ? (item as { value: unknown }).value : item);
}
