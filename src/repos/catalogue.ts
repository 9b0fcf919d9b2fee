import { realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, sep } from 'node:path';
import { closest, distance } from 'fastest-levenshtein';
import { InvalidRequest } from '../errors.js';
import { assertGitRepository, isUrl, type Repo } from './source.js';

/** What the catalogue needs of an entry of `settings/repos.yaml`. */
export interface CatalogueEntry {
  name: string;
  path?: string | null | undefined;
  url?: string | null | undefined;
  tags: readonly string[];
}

/** Carries the nearest name, so that the door can offer the repaired command. */
export class UnknownRepository extends InvalidRequest {
  constructor(
    readonly asked: string,
    readonly nearest: string | null,
  ) {
    const shown = asked.replace(/\p{Cc}/gu, ' ').slice(0, 100);
    super(nearest ? `There is no repository "${shown}". Did you mean "${nearest}"?` : `There is no repository "${shown}".`);
  }
}

/** The repositories of the settings, by name and tag, with the checks of OR-1 and SE-4. */
export function createCatalogue<Entry extends CatalogueEntry>({
  repos,
  allowedFolders,
}: {
  repos: readonly Entry[];
  allowedFolders: readonly string[];
}) {
  const find = (name: string): Entry => {
    const wanted = name.trim();
    const found =
      repos.find((repo) => repo.name === wanted) ?? onlyOne(repos.filter((repo) => repo.name.toLowerCase() === wanted.toLowerCase()));
    if (found) return found;
    throw new UnknownRepository(
      wanted,
      nearestName(
        wanted,
        repos.map((repo) => repo.name),
      ),
    );
  };

  const byTag = (tag: string): Entry[] => {
    const found = repos.filter((repo) => repo.tags.includes(tag));
    if (found.length > 0) return found;
    const nearest = nearestName(tag, [...new Set(repos.flatMap((repo) => repo.tags))]);
    throw new InvalidRequest(`No repository has the tag "${tag.slice(0, 100)}".${nearest ? ` Did you mean "${nearest}"?` : ''}`);
  };

  /** The entry as something to clone: its URL, or its real path once it is known to lie in an allowed folder. */
  const locate = async ({ name, path, url }: Entry): Promise<Repo> => {
    if (url !== undefined && url !== null) {
      if (!isUrl(url)) throw new InvalidRequest(`Repository "${name}": "${url.slice(0, 200)}" is not a URL; write a folder as \`path\`.`);
      return { name, source: url };
    }
    if (path === undefined || path === null)
      throw new InvalidRequest(`Repository "${name}" has neither a path nor a url in settings/repos.yaml.`);
    const repo = { name, source: await allowedPath(path, allowedFolders) };
    await assertGitRepository(repo);
    return repo;
  };

  return { all: () => [...repos], find, byTag, locate };
}

export type Catalogue<Entry extends CatalogueEntry = CatalogueEntry> = ReturnType<typeof createCatalogue<Entry>>;

/** The real path of a folder, if that lies in one of the allowed ones; links are followed before the two are compared. */
export async function allowedPath(path: string, allowedFolders: readonly string[]): Promise<string> {
  const wanted = expandHome(path);
  if (!isAbsolute(wanted)) throw new InvalidRequest(`${path} is not an absolute path.`);
  const real = await realpath(wanted).catch(() => null);
  if (real === null || !(await stat(real)).isDirectory()) throw new InvalidRequest(`The folder ${path} does not exist.`);
  for (const folder of allowedFolders) {
    const allowed = await realpath(expandHome(folder)).catch(() => null);
    if (allowed !== null && (real === allowed || real.startsWith(allowed.endsWith(sep) ? allowed : allowed + sep))) return real;
  }
  const list = allowedFolders.length > 0 ? `it may be in ${allowedFolders.join(', ')}` : 'no folder is allowed yet';
  throw new InvalidRequest(
    `The folder ${path} is outside the allowed folders (${list}). Add its parent to allowed_folders in settings/repos.yaml.`,
  );
}

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

function nearestName(wanted: string, names: readonly string[]): string | null {
  if (names.length === 0 || wanted === '' || wanted.length > 200) return null;
  const nearest = closest(
    wanted.toLowerCase(),
    names.map((name) => name.toLowerCase()),
  );
  const name = names.find((candidate) => candidate.toLowerCase() === nearest) ?? null;
  // A name that shares nothing with what was typed is no help.
  return name !== null && distance(wanted.toLowerCase(), nearest) <= Math.max(2, Math.ceil(Math.max(wanted.length, name.length) / 2))
    ? name
    : null;
}

const onlyOne = <T>(list: readonly T[]): T | undefined => (list.length === 1 ? list[0] : undefined);
