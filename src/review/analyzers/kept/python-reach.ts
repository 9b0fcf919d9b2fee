import { inString, type PythonSummary } from './python-units.js';

type Summaries = ReadonlyMap<string, PythonSummary>;

/** A choice between time and care: what is inferred through more functions without annotations than this is not followed. */
const MAX_STEPS = 3;

/**
 * The files in which a change of other files can change what is known of types: those that can come to a changed file over imports
 * and mention a name of something that changed there, or that is made of something that changed. A name is enough: no file can use
 * what it does not call by some name. `MAX_STEPS` is how far the types that nobody wrote down are followed. Comes with the changed
 * files themselves, as far as they are still there; with all files when it would be most of them.
 */
export function filesReached(before: Summaries, after: Summaries, changed: ReadonlySet<string>): Set<string> {
  const graph = importers(before, after);
  const reached = new Set([...changed].filter((file) => after.has(file)));
  /** Names whose meaning changed, by the file that defines them. */
  const pending: { file: string; names: Set<string>; step: number }[] = [];
  const told = new Map<string, Set<string>>();
  const tell = (file: string, names: Iterable<string>, step: number) => {
    const known = told.get(file) ?? new Set();
    const fresh = new Set([...names].filter((name) => !known.has(name)));
    if (fresh.size === 0) return;
    told.set(file, new Set([...known, ...fresh]));
    pending.push({ file, names: fresh, step });
  };
  for (const file of changed) tell(file, changedNames(file, before.get(file), after.get(file)), 0);

  const reachable = new Map<string, ReadonlySet<string>>();
  const wordsOf = new Map([...after].map(([file, { words }]) => [file, new Set(words)]));
  for (let next = pending.shift(); next; next = pending.shift()) {
    if (reached.size > after.size / 2) return new Set(after.keys());
    const { file: origin, names, step } = next;
    const words = new Set([...names].flatMap((name) => [name, inString(name)]));
    const behind = reachable.get(origin) ?? allImporters(graph, origin);
    reachable.set(origin, behind);
    for (const file of [origin, ...behind]) {
      const summary = after.get(file);
      if (!summary || !mentions(wordsOf.get(file)!, words)) continue;
      reached.add(file);
      if (step >= MAX_STEPS) continue;
      for (const unit of summary.units) {
        if (unit.faceWords.some((word) => words.has(word))) tell(file, unit.names, step + 1);
      }
      // A star takes whatever there is.
      if (summary.imports.some(({ names: taken }) => taken.includes('*'))) tell(file, names, step);
    }
  }
  return reached;
}

const mentions = (words: ReadonlySet<string>, names: ReadonlySet<string>): boolean => {
  for (const name of names) if (words.has(name)) return true;
  return false;
};

function changedNames(file: string, before: PythonSummary | undefined, after: PythonSummary | undefined): Set<string> {
  const names = new Set<string>();
  // Where there was no module of this name, or is none any more, an import leads elsewhere.
  if (!before || !after) names.add(moduleName(file));
  const [old, now] = [before, after].map((summary) => new Set((summary?.units ?? []).map((unit) => `${unit.names.join()} ${unit.face}`)));
  for (const [summary, other] of [[before, now!] as const, [after, old!] as const]) {
    for (const unit of summary?.units ?? []) {
      if (!other.has(`${unit.names.join()} ${unit.face}`)) for (const name of unit.names) names.add(name);
    }
  }
  // The last definition of a name counts, and their order decides which that is.
  const inBoth = (summary: PythonSummary | undefined, other: ReadonlySet<string>) =>
    (summary?.units ?? []).filter((unit) => other.has(`${unit.names.join()} ${unit.face}`));
  const [one, two] = [inBoth(before, now!), inBoth(after, old!)];
  if (one.some((unit, at) => unit.face !== two[at]?.face)) for (const name of repeated(two)) names.add(name);
  return names;
}

function repeated(units: PythonSummary['units']): string[] {
  const seen = new Set<string>();
  return units.flatMap(({ names }) => names.filter((name) => seen.size === seen.add(name).size));
}

function moduleName(file: string): string {
  const path = file.replace(/\.pyi?$/, '').replace(/\/__init__$/, '');
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Who imports a file, as it was or as it is now. Where it cannot be told which file is meant, all that may be. */
function importers(...all: readonly Summaries[]): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  const tree = new Tree(all.flatMap((summaries) => [...summaries.keys()]));
  for (const [at, summaries] of all.entries()) {
    for (const [file, summary] of summaries) {
      // Of most files nothing changed.
      if (at > 0 && all[at - 1]!.get(file) === summary) continue;
      for (const { dots, module, names } of summary.imports) {
        for (const base of bases(file, dots)) {
          for (const target of targets(base, module, names, tree)) {
            if (target === file) continue;
            const known = graph.get(target);
            if (known) known.add(file);
            else graph.set(target, new Set([file]));
          }
        }
      }
    }
  }
  return graph;
}

/** Folders in which an import may begin: the one that its dots name, or the file's own and every one above it, and `src`. */
function bases(file: string, dots: number): string[] {
  const parts = file.split('/').slice(0, -1);
  if (dots > 0) return dots - 1 > parts.length ? [] : [parts.slice(0, parts.length - (dots - 1)).join('/')];
  return [...new Set([...parts.map((_, at) => parts.slice(0, at + 1).join('/')), '', 'src'])];
}

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** The files of a tree by what an import calls them, and its folders. */
class Tree {
  readonly #modules = new Map<string, string[]>();

  constructor(files: Iterable<string>) {
    // The folder at the top is there without any module in it.
    this.#add('');
    for (const file of new Set(files)) {
      const path = file.replace(/\.pyi?$/, '');
      this.#add(path, file);
      if (/(?:^|\/)__init__$/.test(path)) this.#add(folderOf(path), file);
      for (let at = folderOf(path); at !== ''; at = folderOf(at)) this.#add(at);
    }
  }

  #add(path: string, ...files: string[]): void {
    const known = this.#modules.get(path);
    if (known) known.push(...files);
    else this.#modules.set(path, files);
  }

  /** Undefined: neither a module nor a folder, so that nothing lies below it either. */
  at(path: string): readonly string[] | undefined {
    return this.#modules.get(path);
  }
}

function targets(base: string, module: string, names: readonly string[], tree: Tree): string[] {
  const join = (path: string, name: string) => (path === '' ? name : `${path}/${name}`);
  const found: string[] = [];
  let path = base;
  for (const part of module.split('.')) {
    if (part !== '') path = join(path, part);
    const files = tree.at(path);
    if (!files) return found;
    found.push(...files);
  }
  for (const name of names) if (name !== '*') found.push(...(tree.at(join(path, name)) ?? []));
  return found;
}

function allImporters(graph: ReadonlyMap<string, ReadonlySet<string>>, file: string): Set<string> {
  const found = new Set<string>();
  const pending = [file];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const importer of graph.get(next) ?? []) {
      if (importer === file || found.has(importer)) continue;
      found.add(importer);
      pending.push(importer);
    }
  }
  return found;
}
