/**
 * Names as rules write them: `fs.readFile`, `{requests,httpx}.{get,post}`, `*.sendFile` for a method of anything,
 * `@response.send` for one of the object a handler answers with, `sqlite3.connect().execute` for what a call gave.
 */
export class NameTable<T> {
  readonly #byLast = new Map<string, { prefix: string | null; value: T }[]>();

  add(pattern: string, value: T): void {
    for (const name of expand(pattern)) {
      const dot = lastDot(name);
      const last = name.slice(dot + 1);
      const prefix = dot === -1 ? '' : name.slice(0, dot);
      const entries = this.#byLast.get(last) ?? [];
      entries.push({ prefix: prefix === '*' ? null : prefix, value });
      this.#byLast.set(last, entries);
    }
  }

  find(ref: string | null): T[] {
    if (ref === null) return [];
    const name = canonical(ref);
    const dot = lastDot(name);
    const entries = [...(this.#byLast.get(name.slice(dot + 1)) ?? []), ...(this.#byLast.get('*') ?? [])];
    if (entries.length === 0) return [];
    const prefix = dot === -1 ? '' : name.slice(0, dot);
    return entries.filter((entry) => (entry.prefix === null ? dot !== -1 : matches(entry.prefix, prefix))).map(({ value }) => value);
  }

  has(ref: string | null): boolean {
    return this.find(ref).length > 0;
  }
}

/** All bits that a table has for a name; 0 where it has none. */
export const bitsFor = (table: NameTable<number>, ref: string | null): number => table.find(ref).reduce((mask, bit) => mask | bit, 0);

/** `*().execute` and `*.objects` stand for whatever comes before. */
function matches(pattern: string, prefix: string): boolean {
  if (!pattern.startsWith('*')) return pattern === prefix;
  return prefix.endsWith(pattern.slice(1));
}

/** Modules that are another one under a different name. */
const sameModule: [RegExp, string][] = [
  [/^node:/, ''],
  [/^(fs-extra|graceful-fs|fs\/promises|fs\.promises)(?=\.|$)/, 'fs'],
  [/^child_process\/promises(?=\.|$)/, 'child_process'],
  [/^path\/(posix|win32)(?=\.|$)/, 'path'],
  [/^path\.(posix|win32)(?=\.|$)/, 'path'],
  [/^fs\.promises(?=\.|$)/, 'fs'],
];

export function canonical(ref: string): string {
  let name = ref;
  for (const [pattern, module] of sameModule) name = name.replace(pattern, module);
  return name;
}

/** The dot before the last name; dots of a module's path (`./lib.js`, `lodash.merge`) stay with it. */
function lastDot(name: string): number {
  return name.lastIndexOf('.');
}

function expand(pattern: string): string[] {
  const open = pattern.indexOf('{');
  if (open === -1) return [pattern];
  const close = pattern.indexOf('}', open);
  if (close === -1) return [pattern];
  const [before, after] = [pattern.slice(0, open), pattern.slice(close + 1)];
  return pattern
    .slice(open + 1, close)
    .split(',')
    .flatMap((choice) => expand(`${before}${choice.trim()}${after}`));
}
