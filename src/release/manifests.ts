import { isDeepStrictEqual } from 'node:util';
import { parse as parseToml } from 'smol-toml';
import { z } from 'zod';
import { InvalidRequest } from '../errors.js';
import { findJsonValue } from './json-text.js';

const PackageJson = z.looseObject({ name: z.string().optional(), version: z.string().optional(), private: z.boolean().optional() });

export function readPackageJson(text: string, path: string): z.output<typeof PackageJson> {
  const result = PackageJson.safeParse(parseJson(text, path));
  if (result.success) return result.data;
  throw new InvalidRequest(`${path}: ${result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}`);
}

/** package.json and its lock files: the version's own characters change, nothing else. */
export function setPackageVersion(text: string, version: string, path: string): string {
  return setJson(text, [['version']], version, path);
}

export function setLockVersion(text: string, version: string, path: string): string {
  return setJson(text, [['version'], ['packages', '', 'version']], version, path);
}

function setJson(text: string, paths: string[][], version: string, file: string): string {
  const before = parseJson(text, file);
  let result = text;
  for (const path of paths) {
    const range = findJsonValue(result, path);
    if (range === null) continue; // An old lock file has no `packages`, a new one of a nameless package no `version`.
    result = result.slice(0, range[0]) + JSON.stringify(version) + result.slice(range[1]);
  }
  for (const path of paths) setIn(before, path, version);
  if (!isDeepStrictEqual(parseJson(result, file), before))
    throw new InvalidRequest(`${file}: its version cannot be changed alone; write the file as plain JSON`);
  return result;
}

function setIn(value: unknown, path: string[], version: string): void {
  let node = value;
  for (const key of path.slice(0, -1)) node = isRecord(node) && Object.hasOwn(node, key) ? node[key] : null;
  const last = path.at(-1) ?? '';
  if (isRecord(node) && Object.hasOwn(node, last)) node[last] = version;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new InvalidRequest(`${path} is not valid JSON: ${(error as Error).message.slice(0, 120)}`);
  }
}

export interface PyProject {
  name: string | null;
  version: string | null;
  /** The table its version stands in. */
  table: 'project' | 'tool.poetry' | null;
  /** The version is said to be elsewhere (`__version__`). */
  dynamic: boolean;
}

export function readPyProject(text: string, path: string): PyProject {
  const toml = parseTomlAt(text, path);
  const project = record(toml.project);
  const poetry = record(record(toml.tool)?.poetry);
  const textOf = (value: unknown) => (typeof value === 'string' ? value : null);
  const version = textOf(project?.version);
  const dynamic = Array.isArray(project?.dynamic) && project.dynamic.includes('version');
  const name = textOf(project?.name) ?? textOf(poetry?.name);
  if (version !== null) return { name, version, table: 'project', dynamic };
  const old = textOf(poetry?.version);
  return { name, version: old, table: old === null ? null : 'tool.poetry', dynamic };
}

/** Only the characters between the quotes change. */
export function setPyProjectVersion(text: string, version: string, path: string): string {
  const { table, version: current } = readPyProject(text, path);
  const expected = parseTomlAt(text, path);
  const owner = table === 'project' ? record(expected.project) : record(record(expected.tool)?.poetry);
  if (!owner || current === null || table === null) throw new InvalidRequest(`${path} has no version to raise`);
  owner.version = version;
  const header = new RegExp(`^[ \\t]*\\[[ \\t]*${table.replace('.', '[ \\t]*\\.[ \\t]*')}[ \\t]*\\][ \\t]*(?:#.*)?$`);
  const value = /^([ \t]*(?:version|"version"|'version')[ \t]*=[ \t]*)(["'])((?:(?!\2).)*)\2/;
  let inside = false;
  const result = text
    .split(/(?<=\n)/)
    .map((line) => {
      if (/^[ \t]*\[/.test(line)) inside = header.test(line.trimEnd());
      return inside ? line.replace(value, (_, key: string, quote: string) => `${key}${quote}${version}${quote}`) : line;
    })
    .join('');
  if (!isDeepStrictEqual(parseTomlAt(result, path), expected)) {
    throw new InvalidRequest(`${path}: its version cannot be changed alone; write it as version = "${current}" below [${table}]`);
  }
  return result;
}

function parseTomlAt(text: string, path: string): Record<string, unknown> {
  try {
    return parseToml(text);
  } catch (error) {
    throw new InvalidRequest(`${path} is not valid TOML: ${(error as Error).message.split('\n')[0]}`);
  }
}

/** `__version__ = "2.4.0"` at the start of a line, when it says the current version. */
export function setDunderVersion(text: string, current: string, version: string): string {
  return text.replace(
    /^(__version__(?:[ \t]*:[ \t]*str)?[ \t]*=[ \t]*)(["'])([^"'\r\n]*)\2/m,
    (whole, key: string, quote: string, old: string) => (old === current ? `${key}${quote}${version}${quote}` : whole),
  );
}

export function readDunderVersion(text: string): string | null {
  return /^__version__(?:[ \t]*:[ \t]*str)?[ \t]*=[ \t]*(["'])([^"'\r\n]*)\1/m.exec(text)?.[2] ?? null;
}

const isRecord = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value);
const record = (value: unknown) => (isRecord(value) ? value : undefined);
