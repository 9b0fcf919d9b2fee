import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where results are kept between reviews. */
export interface KeptFolder {
  folder: string;
  /** Results are found again by the reviews of the same repository. */
  repository: string;
}

const FORMAT = 'mahavishnu-results 1';
const MAX_BYTES = 96 * 1024 * 1024;
const MAX_FOLDER_BYTES = 1024 * 1024 * 1024;
const MAX_AGE_DAYS = 30;
const DAY_MS = 86_400_000;

export function digest(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  // With lengths, so that no two lists of parts look alike.
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('base64url');
}

interface Line {
  day: number;
  json: string;
}

/**
 * What one tool said of things with a name, by a key that holds everything the answer depends on, the code that wrote it included. One
 * file per tool and key, replaced as a whole, so that two processes at once cost each other at most an entry; one that is damaged in any
 * way counts as empty. As it bears its own digest, what is in it has the shape that the code of its key gave it.
 */
export class KeptResults<T> {
  readonly #lines: Map<string, Line>;
  readonly #added = new Map<string, T>();
  readonly #used = new Set<string>();

  private constructor(
    readonly path: string,
    lines: Map<string, Line>,
  ) {
    this.#lines = lines;
  }

  static async open<T>({ folder, repository }: KeptFolder, tool: string, key: string): Promise<KeptResults<T>> {
    const path = join(folder, digest(repository).slice(0, 24), `${tool}-${digest(key).slice(0, 24)}`);
    return new KeptResults(path, await readLines(path));
  }

  get(id: string): T | undefined {
    const line = this.#lines.get(id);
    if (!line) return undefined;
    this.#used.add(id);
    return JSON.parse(line.json) as T;
  }

  put(id: string, value: T): void {
    this.#added.set(id, value);
  }

  /** `clean` takes out of a value what must not be written to a disk. */
  async save(clean: (value: T) => T, now = Date.now()): Promise<void> {
    const day = Math.floor(now / DAY_MS);
    const isStale = [...this.#used].some((id) => this.#lines.get(id)!.day < day);
    if (this.#added.size === 0 && !isStale) return;
    const fresh = [...this.#added].map(([id, value]): [string, Line] => [id, { day, json: JSON.stringify(clean(value)) }]);
    const used = [...this.#used].filter((id) => !this.#added.has(id)).map((id): [string, Line] => [id, { ...this.#lines.get(id)!, day }]);
    const rest = [...this.#lines].filter(([id]) => !this.#added.has(id) && !this.#used.has(id)).sort(([, a], [, b]) => b.day - a.day);
    await replaceLines(this.path, [...fresh, ...used, ...rest]);
    await tidy(join(this.path, '..', '..'), now);
  }
}

async function readLines(path: string): Promise<Map<string, Line>> {
  const lines = new Map<string, Line>();
  try {
    if ((await stat(path)).size > 2 * MAX_BYTES) return lines;
    const content = await readFile(path);
    const head = content.indexOf('\n');
    const body = content.subarray(head + 1);
    if (content.toString('utf8', 0, head) !== headOf(body)) return lines;
    for (const line of body.toString('utf8').split('\n')) {
      const [id, day, json] = cut(line);
      if (id !== '') lines.set(id, { day, json });
    }
  } catch {
    // Not there yet, or not readable: then everything is looked at again.
  }
  return lines;
}

const headOf = (body: Buffer) => `${FORMAT} ${createHash('sha256').update(body).digest('base64url')}`;

function cut(line: string): [id: string, day: number, json: string] {
  const first = line.indexOf(' ');
  const second = line.indexOf(' ', first + 1);
  return first < 0 || second < 0 ? ['', 0, ''] : [line.slice(0, first), Number(line.slice(first + 1, second)), line.slice(second + 1)];
}

async function replaceLines(path: string, lines: readonly [string, Line][]): Promise<void> {
  const kept: string[] = [];
  let bytes = 0;
  for (const [id, { day, json }] of lines) {
    const line = `${id} ${day} ${json}`;
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > MAX_BYTES) break;
    kept.push(line);
  }
  const body = Buffer.from(kept.join('\n'));
  const draft = `${path}.${process.pid}.${randomUUID().slice(0, 8)}.draft`;
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  try {
    await writeFile(draft, [headOf(body), '\n', body], { mode: 0o600 });
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

const tidied = new Map<string, number>();

/** What no review asked for in a month goes, and the oldest beyond the size that all may have together. */
async function tidy(folder: string, now: number): Promise<void> {
  if (now - (tidied.get(folder) ?? 0) < 3_600_000) return;
  tidied.set(folder, now);
  const found: { path: string; size: number; at: number }[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    const stats = await stat(path).catch(() => null);
    if (stats?.isFile()) found.push({ path, size: stats.size, at: stats.mtimeMs });
  }
  let bytes = 0;
  for (const { path, size, at } of found.sort((a, b) => b.at - a.at)) {
    bytes += size;
    const abandoned = path.endsWith('.draft') && now - at > DAY_MS;
    if (bytes > MAX_FOLDER_BYTES || now - at > MAX_AGE_DAYS * DAY_MS || abandoned) await rm(path, { force: true });
  }
}
