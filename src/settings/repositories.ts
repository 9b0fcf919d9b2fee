import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RepoSettings } from './schema.js';
import { type Environment, expandHome } from './sources.js';

type Report = (path: (string | number)[], message: string) => void;

/** Paths become absolute; duplicates, paths outside the allowed folders and addresses that are none are reported (OR-1, SE-4). */
export function checkRepositories(
  { repos, allowedFolders, folder, env }: { repos: RepoSettings[]; allowedFolders: string[]; folder: string; env: Environment },
  report: Report,
): { repos: RepoSettings[]; allowedFolders: string[] } {
  const absolute = (path: string) => resolve(folder, expandHome(path, env));
  const allowed = allowedFolders.map(absolute);
  const seen = new Map<string, string>();
  const checked = repos.map((repo, index) => {
    const unique = (what: string, key: string, at: string) => {
      const owner = seen.get(`${what} ${key}`);
      if (owner === undefined) seen.set(`${what} ${key}`, repo.name);
      else report(['repos', index, at], what === 'name' ? `"${key}" is used twice` : `the same ${what} as repository "${owner}"`);
    };
    unique('name', repo.name.toLowerCase(), 'name');
    if ((repo.path === null) === (repo.url === null)) {
      report(['repos', index], `repository "${repo.name}" needs a path or a url, ${repo.path === null ? 'and has neither' : 'not both'}`);
    }
    if (repo.url !== null) {
      const problem = addressProblem(repo.url, allowed);
      if (problem) report(['repos', index, 'url'], problem);
      else unique('url', repo.url.replace(/(?:\.git)?\/?$/, ''), 'url');
    }
    if (repo.path === null) return repo;
    const path = absolute(repo.path);
    if (!isInside(path, allowed)) report(['repos', index, 'path'], outside(path));
    else unique('path', realPath(path), 'path');
    return { ...repo, path };
  });
  return { repos: checked, allowedFolders: allowed };
}

const outside = (path: string) => `${path} is outside allowed_folders; add its folder there if that is meant`;

/** Whether a path, after following symbolic links, lies in one of the folders. What does not exist is judged by its nearest parent that does. */
export function isInside(path: string, folders: readonly string[]): boolean {
  const real = realPath(path);
  return folders.some((folder) => {
    const way = relative(realPath(folder), real);
    return way === '' || (way !== '..' && !way.startsWith('../') && !isAbsolute(way));
  });
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}

function addressProblem(address: string, allowed: readonly string[]): string | null {
  if (/[\s\p{Cc}]/u.test(address) || address.startsWith('-')) return 'not an address that git can clone';
  // git's short form of ssh: user@host:team/name.git
  if (/^[\w.-]+@[\w.-]+:(?!\/\/)[\w~./-]+$/.test(address)) return null;
  if (!URL.canParse(address)) return 'not an address that git can clone; write https://…, ssh://… or git@host:team/name.git';
  const url = new URL(address);
  if (url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:')) {
    return 'holds a user or password; use GITHUB_TOKEN or an ssh key instead and remove it here';
  }
  if (url.protocol === 'file:') {
    const path = filePath(url);
    return path !== null && isInside(path, allowed) ? null : outside(path ?? address);
  }
  return ['https:', 'ssh:', 'git:', 'http:'].includes(url.protocol) ? null : `"${url.protocol}" is not a way to clone; use https or ssh`;
}

function filePath(url: URL): string | null {
  try {
    return fileURLToPath(url);
  } catch {
    return null;
  }
}
