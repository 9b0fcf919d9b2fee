import { stat } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { InvalidRequest } from '../errors.js';
import { GitError, git } from '../git/git.js';

/** A repository as the clones know it: its name in the settings, and the path or URL it is fetched from. */
export interface Repo {
  name: string;
  source: string;
}

export const isUrl = (source: string) => /^[a-z][a-z0-9+.-]*:\/\//i.test(source) || /^[\w.-]+@[\w.-]+:(?!\/\/)/.test(source);

/** Says clearly why a path cannot be cloned, before git says it in its own way. */
export async function assertGitRepository({ name, source }: Repo): Promise<void> {
  if (source.startsWith('-') || /\p{Cc}/u.test(source)) throw new InvalidRequest(`The address of repository "${name}" is not valid.`);
  if (isUrl(source)) return;
  if (!isAbsolute(source)) throw new InvalidRequest(`Repository "${name}": ${source} is neither an absolute path nor a URL.`);
  const found = await stat(source).catch(() => null);
  if (!found?.isDirectory()) throw new InvalidRequest(`Repository "${name}": the folder ${source} does not exist.`);
  try {
    // Without the ceiling, any folder inside of another checkout would pass as a repository.
    await git(['-c', 'safe.directory=*', 'rev-parse', '--git-dir'], { cwd: source, env: { GIT_CEILING_DIRECTORIES: dirname(source) } });
  } catch (error) {
    if (error instanceof GitError) throw new InvalidRequest(`Repository "${name}": ${source} is not a git repository.`);
    throw error;
  }
}
