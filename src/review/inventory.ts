import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, lstatSync, openSync, readdirSync, readFileSync, readSync, type Stats } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_FILE_BYTES, PART_BYTES, wholeLines } from './analyzers/source-file.js';
import type { ReviewCoverage } from './finding.js';
import { inTurns } from './in-turns.js';
import { languageOf } from './languages.js';

const MAX_FILES = 20_000;
const MAX_TOTAL_BYTES = 200 * 1024 * 1024;
const MAX_EXAMPLES = 5;

type SkipReason = ReviewCoverage['skipped'][number]['reason'];

export interface Inventory {
  /** All files of the tree, read or not. */
  total: number;
  /** Files the analyzers are given, relative with forward slashes, sorted. */
  files: string[];
  /** Files that are too large: their first lines are looked at by the tools that can do with a part. They count as skipped. */
  parts: string[];
  skipped: ReviewCoverage['skipped'];
  /** Of what is read of each file, in whole or in part. */
  hashes: ReadonlyMap<string, string>;
  /**
   * Of all that any tool may come across, read or not, links by where they lead to. Null when a part of the tree was not looked at:
   * then no result about the tree as a whole can be kept.
   */
  tree: ReadonlyMap<string, string> | null;
}

/** What was found in files at an earlier time, as long as they are the same files. */
export interface SeenFiles {
  get(file: string, stats: Stats): Verdict | undefined;
  put(file: string, stats: Stats, verdict: Verdict): void;
}

interface InventoryOptions {
  /** Limits it to some files. */
  only?: readonly string[] | undefined;
  signal?: AbortSignal | undefined;
  seen?: SeenFiles | undefined;
}

/** What of a tree can be read, and what not and why (RV-6). Links are never followed. */
export async function takeInventory(folder: string, { only, signal, seen }: InventoryOptions = {}): Promise<Inventory> {
  const skipped = new SkipList();
  const wanted = only === undefined ? undefined : new Set(only);
  const { found: candidates, links, isWhole } = await listFiles(folder, skipped, wanted, signal);
  const [files, parts]: [string[], string[]] = [[], []];
  const hashes = new Map<string, string>();
  const unread: string[] = [];
  let bytes = 0;
  const turn = inTurns();
  for (const file of candidates) {
    await turn();
    signal?.throwIfAborted();
    const path = join(folder, file);
    const stats = lstatSync(path);
    let verdict = seen?.get(file, stats) ?? classify(path, file, stats);
    seen?.put(file, stats, verdict);
    if ('bytes' in verdict && (hashes.size >= MAX_FILES || bytes + verdict.bytes > MAX_TOTAL_BYTES)) verdict = { reason: 'over budget' };
    if ('bytes' in verdict) {
      bytes += verdict.bytes;
      hashes.set(file, verdict.hash);
      (verdict.isPart ? parts : files).push(file);
      if (verdict.isPart) skipped.add('read in part', file);
    } else skipped.add(verdict.reason, file);
    if (!('bytes' in verdict) || verdict.isPart) unread.push(file);
  }
  return {
    total: candidates.length + skipped.beforeReading,
    files: files.sort(),
    parts: parts.sort(),
    skipped: skipped.list(),
    hashes,
    tree: wanted || !isWhole ? null : await hashRest(folder, hashes, { unread, links }),
  };
}

/** What is not read can still be imported by what is. */
async function hashRest(
  folder: string,
  hashes: ReadonlyMap<string, string>,
  { unread, links }: { unread: readonly string[]; links: readonly string[] },
): Promise<ReadonlyMap<string, string>> {
  const tree = new Map(hashes);
  for (const file of unread) {
    if (languageOf(file) === null && !file.endsWith('.json')) continue;
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(join(folder, file))) hash.update(chunk as Buffer);
    tree.set(file, `unread ${hash.digest('base64url')}`);
  }
  for (const link of links) tree.set(link, `link ${await readlink(join(folder, link))}`);
  return tree;
}

/** Folders that hold what was installed or built, not what was written here. */
const foreignFolders = new Set([
  'node_modules',
  '.venv',
  'venv',
  '__pycache__',
  '.ipynb_checkpoints',
  '.tox',
  '.nox',
  '.mypy_cache',
  '.ruff_cache',
  '.pytest_cache',
]);

interface Listed {
  found: string[];
  links: string[];
  /** Whether every folder was entered and every name could be told. */
  isWhole: boolean;
}

async function listFiles(folder: string, skipped: SkipList, wanted: Set<string> | undefined, signal?: AbortSignal): Promise<Listed> {
  const found: string[] = [];
  const links: string[] = [];
  let isWhole = true;
  const pending = [''];
  const turn = inTurns();
  while (pending.length > 0) {
    await turn();
    signal?.throwIfAborted();
    const at = pending.pop()!;
    // Names are read as bytes: those that are not UTF-8 cannot be told apart once they are strings.
    for (const entry of readdirSync(join(folder, at), { withFileTypes: true, encoding: 'buffer' })) {
      const name = entry.name as unknown as Buffer;
      const path = at === '' ? name.toString('utf8') : `${at}/${name.toString('utf8')}`;
      if (at === '' && path === '.git') continue;
      if (wanted && !entry.isDirectory() && !wanted.has(path)) continue;
      if (!isUtf8(name)) {
        isWhole = false;
        skipped.addUnread('not text', path);
      } else if (entry.isSymbolicLink()) {
        links.push(path);
        skipped.addUnread('symbolic link', path);
      } else if (entry.isDirectory()) {
        if (name.toString() === '.git') continue;
        if (foreignFolders.has(name.toString())) {
          isWhole = false;
          if (!wanted) skipped.addUnread('generated', `${path}/`);
        } else if (!wanted || hasPrefix(wanted, `${path}/`)) pending.push(path);
      } else if (entry.isFile()) found.push(path);
      else skipped.addUnread('not text', path);
    }
  }
  return { found: found.sort(), links, isWhole };
}

function hasPrefix(wanted: Set<string>, prefix: string): boolean {
  for (const file of wanted) if (file.startsWith(prefix)) return true;
  return false;
}

export type Verdict = { bytes: number; hash: string; isPart: boolean } | { reason: SkipReason };

/** Without waiting: for thousands of small files that were written a moment ago, each wait takes several times as long as the reading. */
function classify(path: string, file: string, { size }: Stats): Verdict {
  if (generatedName.test(file)) return { reason: size > MAX_FILE_BYTES ? 'too large' : 'generated' };
  const isPart = size > MAX_FILE_BYTES;
  const content = isPart ? readHead(path) : readFileSync(path);
  if (content.subarray(0, 8192).includes(0)) return { reason: 'binary' };
  const text = isPart ? wholeLines(content) : content;
  if (isPart && text.length === 0) return { reason: 'too large' };
  if (!isUtf8(text)) return { reason: 'not text' };
  if (looksGenerated(text)) return { reason: isPart ? 'too large' : 'generated' };
  return { bytes: text.length, hash: createHash('sha256').update(text).digest('base64url'), isPart };
}

function readHead(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(PART_BYTES);
    return buffer.subarray(0, readSync(file, buffer, 0, PART_BYTES, 0));
  } finally {
    closeSync(file);
  }
}

const generatedName =
  /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lock|poetry\.lock|uv\.lock|pdm\.lock|Pipfile\.lock|Cargo\.lock|Gemfile\.lock|composer\.lock|go\.sum)$|\.(min|bundled?)\.(js|css|mjs|cjs)$|\.(js|css|mjs)\.map$|_pb2(_grpc)?\.pyi?$|(^|\/)(vendor|third_party)\//;

function looksGenerated(content: Buffer): boolean {
  const head = content.subarray(0, 600).toString('latin1');
  if (
    /@generated\b|code generated .{0,80}do not edit|auto-?generated file|this file (is|was) (auto(matically )?)?generated|generated by (PEG\.js|peggy|ANTLR|jison|nearley)\b/i.test(
      head,
    )
  )
    return true;
  // Ajv writes out what a schema asks for.
  if (/^(?:\/\/[^\n]*\n)?["']use strict["'];?\s?(?:module\.exports = validate\d|export const \w+ = validate\d)/.test(head)) return true;
  // Translations of Qt: what its tools keep has the ending of TypeScript.
  if (/^(\xef\xbb\xbf)?\s*(<\?xml[^>]{0,100}>\s*)?<!DOCTYPE TS\b/.test(head)) return true;
  if (content.length < 20_000) return false;
  // Minified code: next to no line ends. A finding in a line of a thousand characters helps nobody.
  let lines = 1;
  for (let at = content.indexOf(10); at !== -1; at = content.indexOf(10, at + 1)) lines += 1;
  return content.length / lines > 1000;
}

class SkipList {
  beforeReading = 0;
  readonly #byReason = new Map<SkipReason, { count: number; examples: string[] }>();

  add(reason: SkipReason, file: string): void {
    const entry = this.#byReason.get(reason) ?? { count: 0, examples: [] };
    entry.count += 1;
    if (entry.examples.length < MAX_EXAMPLES) entry.examples.push(file);
    this.#byReason.set(reason, entry);
  }

  /** For what the list of files to read never held. */
  addUnread(reason: SkipReason, file: string): void {
    this.beforeReading += 1;
    this.add(reason, file);
  }

  list(): ReviewCoverage['skipped'] {
    return [...this.#byReason].map(([reason, { count, examples }]) => ({ reason, count, examples: examples.sort() }));
  }
}
