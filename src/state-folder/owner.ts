import { readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { InvalidRequest } from '../errors.js';
import { processSpace, processStart } from './process-identity.js';

const Owner = z.object({ pid: z.number().int().positive(), start: z.string(), space: z.string(), since: z.string() });
export type Owner = z.infer<typeof Owner>;

/** Another process has the state folder. */
export class StateFolderOwned extends InvalidRequest {
  constructor(
    folder: string,
    readonly owner: Owner,
  ) {
    super(
      `The state folder ${folder} belongs to process ${owner.pid}, running since ${owner.since}. ` +
        `Stop that process (kill ${owner.pid}), or use another folder with --state DIR.`,
    );
  }
}

export interface Ownership {
  release(): void;
}

/*
 * The lock is the file `owner.N` with the highest N, a symbolic link whose text says who owns the folder: made in one
 * system call, with its content, and only if it is not there yet. Whoever finds the highest one free or its process gone
 * makes N+1, which succeeds for one of any number of starters. Removing a dead owner's file instead would let a slow
 * starter remove the file of the one that was faster.
 */

/** Makes this process the folder's owner, at once even after the last owner was killed. Throws `StateFolderOwned`. */
export async function acquireOwner(folder: string): Promise<Ownership> {
  const start = await processStart(process.pid);
  if (start === null) throw new Error('the start time of this process cannot be read');
  const me: Owner = { pid: process.pid, start, space: processSpace(), since: new Date().toISOString() };
  for (;;) {
    const highest = highestLock(folder);
    const owner = await livingOwner(folder, highest);
    if (owner) throw new StateFolderOwned(folder, owner);
    const mine = highest + 1;
    if (!claim(folder, mine, JSON.stringify(me))) continue;
    if (highestLock(folder) !== mine) {
      // The folder changed hands, and our number was used and cleared away, while we were looking.
      remove(folder, mine);
      continue;
    }
    removeBelow(folder, mine);
    return { release: () => releaseLock(folder, mine) };
  }
}

/** Who owns the folder now; null when nobody does. */
export async function currentOwner(folder: string): Promise<Owner | null> {
  return livingOwner(folder, highestLock(folder));
}

function releaseLock(folder: string, mine: number): void {
  // Freed by a higher number, so that numbers never start again. Failing means that it was released before.
  if (highestLock(folder) === mine && claim(folder, mine + 1, free)) remove(folder, mine);
}

const free = 'free';

async function livingOwner(folder: string, number: number): Promise<Owner | null> {
  let text: string;
  try {
    text = readlinkSync(lockPath(folder, number));
  } catch {
    return null; // None yet, or its owner just went on to a higher number: then the claim fails and we look again.
  }
  if (text === free) return null;
  const owner = parseOwner(text);
  // After a reboot, or from a container that is gone, the id means nothing here. A folder is not shared by machines.
  if (!owner || owner.space !== processSpace()) return null;
  return (await processStart(owner.pid)) === owner.start ? owner : null;
}

function parseOwner(text: string): Owner | null {
  try {
    return Owner.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

const lockPath = (folder: string, number: number) => join(folder, `owner.${number}`);

function lockNumbers(folder: string): number[] {
  return readdirSync(folder).flatMap((name) => (/^owner\.\d{1,15}$/.test(name) ? [Number(name.slice('owner.'.length))] : []));
}

const highestLock = (folder: string) => Math.max(0, ...lockNumbers(folder));

function claim(folder: string, number: number, text: string): boolean {
  try {
    symlinkSync(text, lockPath(folder, number));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

const remove = (folder: string, number: number) => rmSync(lockPath(folder, number), { force: true });

function removeBelow(folder: string, number: number): void {
  for (const old of lockNumbers(folder)) if (old < number) remove(folder, old);
}
