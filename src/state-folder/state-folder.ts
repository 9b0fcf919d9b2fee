import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { InvalidRequest } from '../errors.js';
import { expandHome } from '../settings/sources.js';

/** Where everything lives that the bot writes by itself. */
export interface StateFolder {
  root: string;
  database: string;
  sockets: string;
  clones: string;
  worktrees: string;
  cache: string;
  logs: string;
}

interface Where {
  env: Readonly<Record<string, string | undefined>>;
  /** `--state DIR` */
  folder?: string | undefined;
  cwd: string;
}

/** `--state`, `MAHAVISHNU_STATE`, or `mahavishnu` in the user's state folder (XDG). */
export function stateFolderPath({ env, folder, cwd }: Where): string {
  const named = folder ?? (env.MAHAVISHNU_STATE || undefined);
  if (named !== undefined) return resolve(cwd, expandHome(named, env));
  // XDG says to ignore a relative path.
  const base = env.XDG_STATE_HOME?.startsWith('/') ? env.XDG_STATE_HOME : join(env.HOME || homedir(), '.local', 'state');
  return join(base, 'mahavishnu');
}

/** Makes the folder and its parts, for this user alone. */
export function openStateFolder(where: Where): StateFolder {
  const root = stateFolderPath(where);
  const part = (name: string) => join(root, name);
  const state: StateFolder = {
    root,
    database: part('database'),
    sockets: part('sockets'),
    clones: part('clones'),
    worktrees: part('worktrees'),
    cache: part('cache'),
    logs: part('logs'),
  };
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 });
    for (const path of Object.values(state)) {
      if (path !== root) mkdirSync(path, { recursive: true, mode: 0o700 });
    }
    if ((statSync(root).mode & 0o077) !== 0) chmodSync(root, 0o700);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new InvalidRequest(`The state folder ${root} cannot be used (${why}). Name another with --state DIR or MAHAVISHNU_STATE.`);
  }
  return state;
}

/** The ecosystem file of these settings; packaged settings are read-only, so theirs is kept in the state folder. */
export function ecosystemFile(
  settings: { folder: string; origin: string; coordination: { file: string | null } },
  state: Pick<StateFolder, 'root'>,
): string {
  const base = settings.origin === 'packaged' ? state.root : settings.folder;
  return resolve(base, settings.coordination.file ?? 'ecosystem.yaml');
}

/** Where the owner of a state folder says how its database is reached. */
export function addressFile({ root }: Pick<StateFolder, 'root'>): string {
  return join(root, 'database.url');
}
