import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { ServiceUnavailable } from '../errors.js';
import type { Settings } from '../settings/load.js';
import { acquireOwner, currentOwner } from '../state-folder/owner.js';
import { addressFile, type StateFolder } from '../state-folder/state-folder.js';
import type { Log } from '../telemetry/log.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';

export interface ClaimOptions {
  settings: Settings;
  state: StateFolder;
  log: Log;
  /**
   * `engine`: runs workflows, owns the state folder. `client`: reads and asks, through the process that owns it, or with the database
   * of its own that nobody is using. `either`: the engine if the folder is free, else a client.
   */
  mode: 'engine' | 'client' | 'either';
}

export interface ClaimedDatabase {
  url: string;
  /** Whether this process owns the state folder and is to run the workflows. */
  withEngine: boolean;
  /** Ends the database if it was started here, then gives the state folder back. Safe to repeat. */
  release(): Promise<void>;
}

/** Finds the database of a state folder: the owner's, the one the settings name, or the embedded one, which is started. */
export async function claimDatabase({ settings, state, log, mode }: ClaimOptions): Promise<ClaimedDatabase> {
  const given = settings.secrets.get('DATABASE_URL');
  const nothing = async () => {};
  const owned = mode !== 'engine' && (await currentOwner(state.root)) !== null;
  if (owned) {
    if (given) return { url: given, withEngine: false, release: nothing };
    const file = addressFile(state);
    if (existsSync(file)) return { url: readFileSync(file, 'utf8').trim(), withEngine: false, release: nothing };
    throw new ServiceUnavailable('The bot', 'It is just starting. Try again in a second.');
  }
  if (given && mode === 'client') return { url: given, withEngine: false, release: nothing };
  const ownership = await acquireOwner(state.root);
  if (given) return { url: given, withEngine: true, release: async () => ownership.release() };
  try {
    const postgres = await startEmbeddedPostgres({ stateFolder: state.root, log });
    writeFileSync(addressFile(state), postgres.url, { mode: 0o600 });
    const release = async () => {
      rmSync(addressFile(state), { force: true });
      await postgres.stop();
      await ownership.release();
    };
    let released: Promise<void> | null = null;
    return {
      url: postgres.url,
      withEngine: mode !== 'client',
      release() {
        released ??= release();
        return released;
      },
    };
  } catch (error) {
    await ownership.release();
    throw error;
  }
}
