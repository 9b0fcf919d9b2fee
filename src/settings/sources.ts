import { existsSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { packageRoot } from '../process/entry-point.js';

export type Environment = Readonly<Record<string, string | undefined>>;
export type SettingsOrigin = 'option' | 'environment' | 'working folder' | 'user' | 'packaged';

export const settingsFiles = { main: 'mahavishnu.yaml', local: 'local.yaml', agents: 'agents.yaml', repos: 'repos.yaml' } as const;

/** The first folder of the order in SE-1 that holds settings. A folder named by a person has to exist. */
export function findSettingsFolder(
  { env, folder, cwd }: { env: Environment; folder?: string | undefined; cwd: string },
  problems: string[],
): { folder: string; origin: SettingsOrigin } {
  const named = folder ?? (env.MAHAVISHNU_SETTINGS || undefined);
  if (named !== undefined) {
    const path = resolve(cwd, expandHome(named, env));
    const origin = folder === undefined ? 'environment' : 'option';
    if (!isFolder(path))
      problems.push(`${origin === 'option' ? '--settings' : 'environment MAHAVISHNU_SETTINGS'}: ${path} is not a folder`);
    return { folder: path, origin };
  }
  const packaged = join(packageRoot, 'settings');
  const local = join(cwd, 'settings');
  if (holdsSettings(local) && !isSame(local, packaged)) return { folder: local, origin: 'working folder' };
  const user = join(env.XDG_CONFIG_HOME || join(homeOf(env), '.config'), 'mahavishnu');
  if (holdsSettings(user)) return { folder: user, origin: 'user' };
  return { folder: packaged, origin: 'packaged' };
}

export const homeOf = (env: Environment) => env.HOME || homedir();

/** `~` and `~/x` as a shell reads them. */
export function expandHome(path: string, env: Environment): string {
  return path === '~' || path.startsWith('~/') ? join(homeOf(env), path.slice(1)) : path;
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
const holdsSettings = (folder: string) => Object.values(settingsFiles).some((file) => existsSync(join(folder, file)));
const isSame = (a: string, b: string) => existsSync(b) && realpathSync(a) === realpathSync(b);
