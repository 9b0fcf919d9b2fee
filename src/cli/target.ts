import { createHash } from 'node:crypto';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { InvalidRequest } from '../errors.js';
import { GitError, git } from '../git/git.js';
import { allowedPath, createCatalogue, UnknownRepository } from '../repos/catalogue.js';
import { assertGitRepository, isUrl, type Repo } from '../repos/source.js';
import type { Settings } from '../settings/load.js';
import { expandHome, homeOf } from '../settings/sources.js';
import { commandLine, oneLine } from './text.js';

/** What a person named: a repository of the settings, or a folder. */
export interface Target {
  repo: Repo;
  /** Null for a repository of the settings. */
  path: string | null;
}

/** Checks everything that can be checked before a run is recorded; `args` is the command as typed, to be repaired. */
export async function findTarget(asked: string, { settings, args }: { settings: Settings; args: readonly string[] }): Promise<Target> {
  await requireGit();
  const catalogue = createCatalogue(settings);
  const names = catalogue.all().map(({ name }) => name.toLowerCase());
  const target = isFolderName(asked, names) ? await folder(asked, settings) : { repo: await named(asked, settings, args), path: null };
  if (!isUrl(target.repo.source)) await requireCommit(target.repo.source, asked);
  return target;
}

/** A slash, `.`, `~`, or a folder that is there and not the name of a repository. */
function isFolderName(asked: string, names: readonly string[]): boolean {
  if (isUrl(asked)) return false;
  if (asked.includes('/') || /^(?:\.{1,2}|~)$/.test(asked)) return true;
  return !names.includes(asked.toLowerCase()) && existsSync(resolve(asked));
}

async function named(asked: string, settings: Settings, args: readonly string[]): Promise<Repo> {
  const catalogue = createCatalogue(settings);
  try {
    return await catalogue.locate(catalogue.find(asked));
  } catch (error) {
    if (!(error instanceof UnknownRepository)) throw error;
    const shown = oneLine(asked).slice(0, 100);
    if (isUrl(asked)) {
      throw new InvalidRequest(
        `A repository at an address has to be in the settings. Add it to ${settings.folder}/repos.yaml with a name and this url, then use the name.`,
      );
    }
    if (error.nearest !== null) {
      const at = args.indexOf(asked);
      const repaired = at >= 0 ? commandLine(args.with(at, error.nearest)) : undefined;
      throw new InvalidRequest(`I don't know a repository "${shown}". Did you mean ${error.nearest}?`, repaired);
    }
    const known = catalogue.all().map(({ name }) => name);
    const list = known.length === 0 ? `none is named in ${settings.folder}/repos.yaml` : `known: ${known.slice(0, 10).join(', ')}`;
    throw new InvalidRequest(`I don't know a repository "${shown}" (${list}). A folder is written with a slash, such as ./${shown}`);
  }
}

async function folder(asked: string, settings: Settings): Promise<Target> {
  const path = resolve(expandHome(asked, process.env));
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new InvalidRequest(`There is no folder ${shownPath(path)}.`);
  if (!stats.isDirectory()) throw new InvalidRequest(`${shownPath(path)} is a file; name the folder of a repository.`);
  const own = [process.cwd(), homeOf(process.env)];
  const real = await allowedPath(path, settings.allowedFolders.length > 0 ? settings.allowedFolders : own);
  const listed = settings.repos.find((repo) => repo.path !== null && samePath(repo.path, real));
  const word = nameOf(real);
  const taken = settings.repos.some((repo) => repo.name.toLowerCase() === word.toLowerCase());
  const name = listed?.name ?? (taken ? distinctName(word, real) : word);
  const repo: Repo = { name, source: real };
  try {
    await assertGitRepository(repo);
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    throw new InvalidRequest(`${shownPath(path)} is not a git repository.${await advice(real)}`);
  }
  return { repo, path: listed ? null : real };
}

/** Of a folder that is no repository itself: the one it lies in, else how to make it one. */
async function advice(path: string): Promise<string> {
  try {
    const top = (await git(['-c', 'safe.directory=*', 'rev-parse', '--show-toplevel'], { cwd: path })).trim();
    return ` It lies in one; review that:  ${commandLine(['review', top])}`;
  } catch {
    return ' Only what is committed is reviewed: run git init, git add and git commit there first.';
  }
}

async function requireCommit(source: string, asked: string): Promise<void> {
  try {
    await git(['-c', 'safe.directory=*', 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], { cwd: source });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new InvalidRequest(
      `Repository ${shownPath(asked)} has no commits yet. Only what is committed is reviewed: commit something first.`,
    );
  }
}

/** Throws `ToolMissing` with the advice before anything is recorded. */
async function requireGit(): Promise<void> {
  await git(['--version'], { cwd: '/' });
}

/** A folder's own name, as far as a repository may be called so. */
function nameOf(path: string): string {
  const word = (part: string) =>
    part
      .replace(/\.git$/, '')
      .replace(/[^a-z0-9._-]+/gi, '-')
      .replace(/^[^a-z0-9]+/i, '')
      .slice(0, 50);
  return word(basename(path)) || word(basename(dirname(path))) || 'folder';
}

/** Clones and issues go by name, so a folder that is called as another one gets a sign of its place. */
export function distinctName(name: string, path: string): string {
  return `${name}-${createHash('sha256').update(path).digest('hex').slice(0, 6)}`;
}

function samePath(path: string, real: string): boolean {
  try {
    return realpathSync(path) === real;
  } catch {
    return false;
  }
}

const shownPath = (path: string) => oneLine(path).slice(0, 300);
