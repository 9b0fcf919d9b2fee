import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import picomatch from 'picomatch';
import { parse } from 'smol-toml';

/** The files at the root of a repository that its settings of ruff are read from. */
export const ruffSettingsFiles = ['pyproject.toml', '.ruff.toml', 'ruff.toml'] as const;

export interface RuffSettings {
  /** Options of the engine. */
  options: Record<string, unknown>;
  /** Whether the project's own ruff would keep silent about this code in this file. */
  ignores(code: string, file: string): boolean;
}

/**
 * The wasm build does not read a project's configuration, so we do: the bot must not contradict the project's own ruff. What a
 * project may not switch off are security rules; for those it writes a suppression with a reason.
 */
export function readRuffSettings(folder: string): RuffSettings {
  const project = readToml(join(folder, 'pyproject.toml'));
  const own = firstTable(readToml(join(folder, '.ruff.toml')), readToml(join(folder, 'ruff.toml')), table(table(project, 'tool'), 'ruff'));
  const lint = table(own, 'lint');
  const ignored = [
    ...strings(own?.ignore),
    ...strings(own?.['extend-ignore']),
    ...strings(lint?.ignore),
    ...strings(lint?.['extend-ignore']),
  ];
  const perFile = [own?.['per-file-ignores'], lint?.['per-file-ignores']].flatMap((entry) =>
    Object.entries(isTable(entry) ? entry : {}).map(([glob, codes]) => ({ matches: matcher(glob), codes: strings(codes) })),
  );
  const version = targetVersion(own?.['target-version'], oldestOf(project));
  return {
    options: version ? { 'target-version': version } : {},
    ignores: (code, file) => {
      if (/^S\d/.test(code) || code === 'invalid-syntax') return false;
      const covers = (codes: string[]) => codes.some((prefix) => prefix === 'ALL' || code.startsWith(prefix));
      return covers(ignored) || perFile.some((entry) => covers(entry.codes) && entry.matches(file));
    },
  };
}

type Table = Record<string, unknown>;

const isTable = (value: unknown): value is Table => typeof value === 'object' && value !== null && !Array.isArray(value);
const table = (value: Table | undefined, key: string): Table | undefined => (isTable(value?.[key]) ? (value[key] as Table) : undefined);
const firstTable = (...tables: (Table | undefined)[]): Table | undefined => tables.find((entry) => entry !== undefined);
const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'string' && entry !== '') : [];

function readToml(path: string): Table | undefined {
  try {
    const stats = lstatSync(path);
    if (!stats.isFile() || stats.size > 1024 * 1024) return undefined;
    return parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined; // Missing or broken: then the project's ruff has no say either.
  }
}

function matcher(glob: string): (file: string) => boolean {
  const matches = picomatch(glob.includes('/') ? glob : `**/${glob}`, { dot: true });
  return (file) => matches(file);
}

/** The second number of the oldest Python 3 that a pyproject.toml says its project runs on; null when it does not say so. */
export const oldestPython = (path: string): number | null => oldestOf(readToml(path));

function oldestOf(project: Table | undefined): number | null {
  const requires = table(project, 'project')?.['requires-python'];
  const minor = typeof requires === 'string' ? /(?:>=|~=|==)\s*3\.(\d{1,3})\b/.exec(requires)?.[1] : undefined;
  return minor === undefined ? null : Number(minor);
}

/** Ruff refuses versions it does not know, so only those of this list reach it. */
function targetVersion(own: unknown, oldest: number | null): string | undefined {
  return [String(own), `py3${oldest}`].find((each) => /^py3(7|8|9|10|11|12|13|14)$/.test(each));
}
