import { readFileSync } from 'node:fs';
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parse, parseDocument } from 'yaml';
import { redact } from '../security/redact.js';

export type Path = readonly (string | number)[];

/** One source of settings: what it says, and where a path of it stands. */
export interface Layer {
  value: unknown;
  /** How many leading segments of the path this layer knows, and how to name that place for a person. */
  locate(path: Path): { depth: number; place: string };
}

const largestFile = 4 * 1024 * 1024;

/** Reads a YAML file; null when it is absent or cannot be used, which is then among the problems. */
export function readYamlLayer(file: string, shown: string, problems: string[]): Layer | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT') problems.push(`${shown}: cannot be read (${code ?? 'error'})`);
    return null;
  }
  if (text.length > largestFile) {
    problems.push(`${shown}: larger than 4 MiB`);
    return null;
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  for (const error of document.errors) problems.push(`${shown}:${lines.linePos(error.pos[0]).line} ${error.message.split('\n')[0]}`);
  if (document.errors.length > 0) return null;
  let value: unknown;
  try {
    value = document.toJS() ?? {};
  } catch (error) {
    problems.push(`${shown}: ${(error as Error).message}`); // Aliases that would unfold to gigabytes.
    return null;
  }
  if (!isPlain(value)) {
    problems.push(`${shown}:1 settings: expected keys and values, found ${Array.isArray(value) ? 'a list' : 'a single value'}`);
    return null;
  }
  findSecrets(value, [], (path) => {
    const { line } = locateInDocument(document, lines, path);
    problems.push(`${shown}:${line} ${path.join('.')}: holds a secret; set it in the environment (or NAME_FILE) and remove it here`);
  });
  return {
    value,
    locate(path) {
      const { depth, line } = locateInDocument(document, lines, path);
      return { depth, place: `${shown}:${line}` };
    },
  };
}

export function locateInDocument(document: Document, lines: LineCounter, path: Path): { depth: number; line: number } {
  let node: unknown = document.contents;
  let offset = (node as Node | null)?.range?.[0] ?? 0;
  let depth = 0;
  for (const segment of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(segment));
      if (!pair) break;
      offset = (pair.key as Node | null)?.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(segment)];
      if (item === undefined) break;
      offset = (item as Node).range?.[0] ?? offset;
      node = item;
    } else break;
    depth += 1;
  }
  return { depth, line: lines.linePos(offset).line };
}

function findSecrets(value: unknown, path: (string | number)[], found: (path: Path) => void): void {
  if (typeof value === 'string') {
    if (redact(value) !== value) found(path);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      findSecrets(item, [...path, index], found);
    });
  } else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) findSecrets(item, [...path, key], found);
  }
}

/** `MAHAVISHNU_LIMITS__RUN__MINUTES=30` is `limits.run.minutes: 30`. `asText` names variables whose value must not be read as YAML. */
export function readEnvironmentLayer(env: Readonly<Record<string, string | undefined>>, asText: ReadonlySet<string> = new Set()): Layer {
  const variables = new Map<string, string>(); // path → variable
  const root: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(env)) {
    if (text === undefined || !/^MAHAVISHNU_[A-Z0-9_]+?__[A-Z0-9_]+$/.test(name)) continue;
    const path = name.slice('MAHAVISHNU_'.length).toLowerCase().split('__');
    variables.set(path.join('.'), name);
    place(root, path, asText.has(name) ? text : readValue(text));
  }
  return {
    value: root,
    locate(path) {
      for (let depth = path.length; depth > 0; depth -= 1) {
        const name = variables.get(path.slice(0, depth).join('.'));
        if (name) return { depth: path.length, place: `environment ${name}` };
      }
      // A key that only a deeper variable mentions: `nothing` of MAHAVISHNU_NOTHING__HERE.
      const below = [...variables].find(([known]) => path.length > 0 && known.startsWith(`${path.join('.')}.`));
      return below ? { depth: path.length, place: `environment ${below[1]}` } : { depth: 0, place: 'environment' };
    },
  };
}

function readValue(text: string): unknown {
  try {
    return parse(text) ?? null;
  } catch {
    return text;
  }
}

function place(root: Record<string, unknown>, path: string[], value: unknown): void {
  let node = root;
  for (const segment of path.slice(0, -1)) {
    const next = Object.hasOwn(node, segment) ? node[segment] : undefined;
    if (isPlain(next)) node = next;
    else {
      const made: Record<string, unknown> = {};
      define(node, segment, made);
      node = made;
    }
  }
  const last = path.at(-1) ?? '';
  const before = Object.hasOwn(node, last) ? node[last] : undefined;
  define(node, last, isPlain(before) && isPlain(value) ? merge(before, value) : value);
}

/** Maps are merged key by key, anything else is replaced by the later layer. */
export function merge(lower: unknown, upper: unknown): unknown {
  if (!isPlain(lower) || !isPlain(upper)) return upper;
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(lower)) define(result, key, value);
  for (const [key, value] of Object.entries(upper)) define(result, key, Object.hasOwn(result, key) ? merge(result[key], value) : value);
  return result;
}

/** As a field of its own even when it is called `__proto__`, so that the schema sees it and refuses it. */
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

const isPlain = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value);
