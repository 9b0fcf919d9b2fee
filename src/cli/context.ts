import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { App } from '../app.js';
import type { Actor } from '../runs/run.js';
import { loadSettings, type Settings } from '../settings/load.js';
import { openStateFolder, type StateFolder } from '../state-folder/state-folder.js';
import { createLog, type Log } from '../telemetry/log.js';

export interface GlobalOptions {
  settings?: string;
  state?: string;
  json?: boolean;
  verbose?: boolean;
}

/** What every command starts from. */
export interface Context {
  settings: Settings;
  state: StateFolder;
  log: Log;
  json: boolean;
}

export function globalOptions(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}

export function settingsOf(command: Command): Settings {
  return loadSettings({ env: process.env, folder: globalOptions(command).settings, cwd: process.cwd() });
}

export function prepare(command: Command): Context {
  const { state: folder, json = false, verbose = false } = globalOptions(command);
  const settings = settingsOf(command);
  const state = openStateFolder({ env: process.env, folder, cwd: process.cwd() });
  return { settings, state, log: cliLog(state, verbose ? 'debug' : settings.log.level, verbose), json };
}

/** In the state folder, because standard error is for people here; `--verbose` brings it there. */
export function cliLog(state: StateFolder, level: Settings['log']['level'], verbose = false): Log {
  return verbose ? createLog({ level }) : createLog({ level, destination: logFile(state) });
}

export function logFile(state: Pick<StateFolder, 'logs'>): string {
  return join(state.logs, 'cli.log');
}

/** Opens the bot for the time of one command. */
export async function withApp<T>(context: Context, mode: 'client' | 'either', work: (app: App) => Promise<T>): Promise<T> {
  // Loaded here, because commands that need no database should answer at once.
  const { openApp } = await import('../app.js');
  const app = await openApp({
    ...context,
    mode,
    onFatal(error) {
      context.log.fatal({ err: error }, 'the database connection of this process is lost');
      process.stderr.write('The database of this run is gone. The run goes on when it is back: mahavishnu start\n');
      process.exit(2);
    },
  });
  try {
    await app.begin();
    return await work(app);
  } finally {
    await app.close();
  }
}

/** Who sits at this terminal. */
export function localActor(): Actor {
  const uid = process.getuid?.();
  try {
    const { username } = userInfo();
    return { kind: 'local', id: username, name: username };
  } catch {
    // A container may run under a number that no account has.
    return { kind: 'local', id: `uid-${uid ?? 0}`, name: `uid-${uid ?? 0}` };
  }
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
