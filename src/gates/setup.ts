import { createHash, randomUUID } from 'node:crypto';
import { constants, cp, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runProcess, shell } from '../process/runner.js';
import type { GatePlan } from './gate.js';
import { liesInside } from './inside.js';

const SETUP_LIMIT_MS = 20 * 60_000;

export type SetupResult = { ok: true; cached: boolean } | { ok: false; reason: string; output: string };

interface SetupParts {
  folder: string;
  setup: NonNullable<GatePlan['setup']>;
  /** Belongs to one repository: another one could leave something for it to run. */
  cacheFolder: string;
  signal?: AbortSignal | undefined;
}

/** One installation of a key at a time; those who come meanwhile share its outcome. */
const running = new Map<string, Promise<SetupResult>>();

/** Installs a tree's dependencies, or copies what the same lock file installed before (GT-7). */
export async function prepare({ folder, setup, cacheFolder, signal }: SetupParts): Promise<SetupResult> {
  const key = await keyOf(folder, setup);
  if (key === null || setup.keep.length === 0) return install({ folder, setup, signal });
  const store = join(cacheFolder, key);
  if (await restore({ store, folder, keep: setup.keep })) return { ok: true, cached: true };

  const started = running.get(store);
  if (started) {
    const outcome = await started;
    if (!outcome.ok) {
      // The other caller was cancelled, this one was not.
      if (outcome.reason === cancelled && !signal?.aborted) return prepare({ folder, setup, cacheFolder, signal });
      return outcome;
    }
    return (await restore({ store, folder, keep: setup.keep })) ? { ok: true, cached: true } : install({ folder, setup, signal });
  }
  const work = installAndKeep({ folder, setup, store, signal }).finally(() => running.delete(store));
  running.set(store, work);
  return work;
}

const cancelled = 'it was cancelled';

async function installAndKeep({ store, ...parts }: Omit<SetupParts, 'cacheFolder'> & { store: string }): Promise<SetupResult> {
  const outcome = await install(parts);
  if (!outcome.ok) return outcome;
  // Kept before any gate runs, so that nothing a test does to its packages reaches the next tree.
  const fresh = `${store}.${randomUUID()}`;
  await mkdir(fresh, { recursive: true });
  for (const path of parts.setup.keep)
    if (await liesInside(parts.folder, path)) await copy(join(parts.folder, path), join(fresh, 'keep', path));
  await writeFile(join(fresh, 'complete'), '');
  try {
    await rename(fresh, store);
  } catch {
    await rm(fresh, { recursive: true, force: true }); // Another process was first; its copy is as good.
  }
  return outcome;
}

async function install({ folder, setup, signal }: Omit<SetupParts, 'cacheFolder'>): Promise<SetupResult> {
  const result = await runProcess({ ...shell(setup.run), cwd: folder, timeoutMs: SETUP_LIMIT_MS, maxOutputBytes: 256 * 1024, signal });
  if (result.exitCode === 0) return { ok: true, cached: false };
  const output = `${result.stdout}\n${result.stderr}`;
  if (result.cancelled) return { ok: false, reason: cancelled, output };
  if (result.timedOut) return { ok: false, reason: `"${setup.run}" took longer than ${SETUP_LIMIT_MS / 60_000} minutes`, output };
  return {
    ok: false,
    reason: `"${setup.run}" ended with ${result.exitCode === null ? `signal ${result.signal}` : `exit code ${result.exitCode}`}`,
    output,
  };
}

async function restore({ store, folder, keep }: { store: string; folder: string; keep: readonly string[] }): Promise<boolean> {
  if (!(await exists(join(store, 'complete')))) return false;
  for (const path of keep) {
    if (!(await liesInside(folder, path))) return false;
    await rm(join(folder, path), { recursive: true, force: true });
    await copy(join(store, 'keep', path), join(folder, path));
  }
  return true;
}

/**
 * A copy, not a link: a gate may write into what it is given (`node_modules/.cache`, a patched package), and with a link it
 * would write into every other tree's. File systems that can share blocks until one side writes make it cheap.
 */
async function copy(from: string, to: string): Promise<void> {
  if (!(await exists(from))) return; // Some lock files install nothing into a folder they might have used.
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
}

async function keyOf(folder: string, setup: SetupParts['setup']): Promise<string | null> {
  if (setup.key === null) return null;
  const hash = createHash('sha256').update(JSON.stringify([setup.run, setup.keep, process.version, process.platform, process.arch]));
  for (const file of setup.key.split('\n')) {
    try {
      hash.update(await readFile(join(folder, file)));
    } catch {
      return null;
    }
  }
  return hash.digest('hex').slice(0, 40);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
