import { isUtf8 } from 'node:buffer';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReviewCoverage } from './finding.js';

export const MAX_FILE_BYTES = 1024 * 1024;
const MAX_FILES = 20_000;
const MAX_TOTAL_BYTES = 200 * 1024 * 1024;
const MAX_EXAMPLES = 5;
const AT_ONCE = 48;

type SkipReason = ReviewCoverage['skipped'][number]['reason'];

export interface Inventory {
  /** All files of the tree, read or not. */
  total: number;
  /** Files the analyzers are given, relative with forward slashes, sorted. */
  files: string[];
  skipped: ReviewCoverage['skipped'];
}

/** What of a tree can be read, and what not and why (RV-6). Links are never followed; `only` limits it to some files. */
export async function takeInventory(folder: string, only?: readonly string[], signal?: AbortSignal): Promise<Inventory> {
  const skipped = new SkipList();
  const wanted = only === undefined ? undefined : new Set(only);
  const candidates = await listFiles(folder, skipped, wanted, signal);
  const files: string[] = [];
  let bytes = 0;
  for (let at = 0; at < candidates.length; at += AT_ONCE) {
    signal?.throwIfAborted();
    const batch = candidates.slice(at, at + AT_ONCE);
    const verdicts = await Promise.all(batch.map((file) => classify(folder, file)));
    for (const [index, file] of batch.entries()) {
      const verdict = verdicts[index]!;
      if ('reason' in verdict) skipped.add(verdict.reason, file);
      else if (files.length >= MAX_FILES || bytes + verdict.bytes > MAX_TOTAL_BYTES) skipped.add('over budget', file);
      else {
        bytes += verdict.bytes;
        files.push(file);
      }
    }
  }
  return { total: candidates.length + skipped.beforeReading, files: files.sort(), skipped: skipped.list() };
}

/** Folders that hold what was installed or built, not what was written here. */
const foreignFolders = new Set([
  'node_modules',
  '.venv',
  'venv',
  '__pycache__',
  '.tox',
  '.nox',
  '.mypy_cache',
  '.ruff_cache',
  '.pytest_cache',
]);

async function listFiles(folder: string, skipped: SkipList, wanted: Set<string> | undefined, signal?: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  const pending = [''];
  while (pending.length > 0) {
    signal?.throwIfAborted();
    const at = pending.pop()!;
    // Names are read as bytes: those that are not UTF-8 cannot be told apart once they are strings.
    for (const entry of await readdir(join(folder, at), { withFileTypes: true, encoding: 'buffer' })) {
      const name = entry.name as unknown as Buffer;
      const path = at === '' ? name.toString('utf8') : `${at}/${name.toString('utf8')}`;
      if (at === '' && path === '.git') continue;
      if (wanted && !entry.isDirectory() && !wanted.has(path)) continue;
      if (!isUtf8(name)) skipped.addUnread('not text', path);
      else if (entry.isSymbolicLink()) skipped.addUnread('symbolic link', path);
      else if (entry.isDirectory()) {
        if (name.toString() === '.git') continue;
        if (foreignFolders.has(name.toString())) {
          if (!wanted) skipped.addUnread('generated', `${path}/`);
        } else if (!wanted || hasPrefix(wanted, `${path}/`)) pending.push(path);
      } else if (entry.isFile()) found.push(path);
      else skipped.addUnread('not text', path);
    }
  }
  return found.sort();
}

function hasPrefix(wanted: Set<string>, prefix: string): boolean {
  for (const file of wanted) if (file.startsWith(prefix)) return true;
  return false;
}

async function classify(folder: string, file: string): Promise<{ bytes: number } | { reason: SkipReason }> {
  const path = join(folder, file);
  const { size } = await lstat(path);
  if (size > MAX_FILE_BYTES) return { reason: 'too large' };
  if (generatedName.test(file)) return { reason: 'generated' };
  const content = await readFile(path);
  if (content.subarray(0, 8192).includes(0)) return { reason: 'binary' };
  if (!isUtf8(content)) return { reason: 'not text' };
  if (looksGenerated(content)) return { reason: 'generated' };
  return { bytes: content.length };
}

const generatedName =
  /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lock|poetry\.lock|uv\.lock|pdm\.lock|Pipfile\.lock|Cargo\.lock|Gemfile\.lock|composer\.lock|go\.sum)$|\.min\.(js|css|mjs)$|\.(js|css|mjs)\.map$|_pb2(_grpc)?\.pyi?$|(^|\/)(vendor|third_party)\//;

function looksGenerated(content: Buffer): boolean {
  const head = content.subarray(0, 600).toString('latin1');
  if (/@generated\b|code generated .{0,80}do not edit|auto-?generated file|this file (is|was) (auto)?generated/i.test(head)) return true;
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
