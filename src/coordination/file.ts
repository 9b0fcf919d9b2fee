import { isUtf8 } from 'node:buffer';
import { type BigIntStats, lstatSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { open, readFile, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { InvalidRequest, InvalidSettings } from '../errors.js';

/** A file as it was when it was read. */
export interface Snapshot {
  /** Where symbolic links lead, so that a link is not replaced by a file. */
  path: string;
  key: string;
}

const largest = 64 * 1024 * 1024;

/** Changes with every way to write a file: in place, or another file moved over it. */
const keyOf = (stats: BigIntStats | undefined) => (stats ? `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}` : 'absent');

export async function fileKey(file: string): Promise<string> {
  return keyOf(await stat(file, { bigint: true }).catch(ignoreAbsent));
}

/** The text is null when there is no file. */
export async function readFileAt(file: string): Promise<Snapshot & { text: string | null }> {
  const path = await realpath(file).catch(() => file);
  for (;;) {
    const before = await stat(path, { bigint: true }).catch(ignoreAbsent);
    if (before && before.size > largest) throw new InvalidRequest(`${file} is larger than 64 MiB. Move closed issues out of it.`);
    const bytes = before ? await readFile(path) : null;
    const key = await fileKey(path);
    if (key !== keyOf(before)) continue; // Someone was writing while we read.
    if (bytes === null) return { path, text: null, key };
    if (!isUtf8(bytes)) throw new InvalidSettings([`${file}: is not UTF-8 text`]);
    return { path, text: bytes.toString('utf8'), key };
  }
}

/** Replaces the file in one step, unless it is no longer what was read: then null, and nothing has changed. Returns what it is now. */
export async function replaceFile(snapshot: Snapshot, text: string): Promise<Snapshot | null> {
  const { path, key } = snapshot;
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  const mode = key === 'absent' ? 0o644 : (await stat(path).catch(() => null))?.mode;
  try {
    const handle = await open(temporary, 'w', (mode ?? 0o644) & 0o777);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    const unlock = await lock(path);
    try {
      // Between this look and the rename nothing else of this process runs, and another one of ours waits for the lock.
      if (keyOf(statSync(path, { bigint: true, throwIfNoEntry: false })) !== key) return null;
      renameSync(temporary, path);
      return { path, key: keyOf(statSync(path, { bigint: true, throwIfNoEntry: false })) };
    } finally {
      unlock();
    }
  } finally {
    await rm(temporary, { force: true });
  }
}

/** It is held for less than a millisecond, so one that is seconds old was left by a process that died. */
const leftBehindMs = 10_000;

/** One process at a time replaces the file: a symbolic link is made in one system call, and only if it is not there yet. */
async function lock(path: string): Promise<() => void> {
  const file = join(dirname(path), `.${basename(path)}.lock`);
  for (;;) {
    try {
      symlinkSync(String(process.pid), file);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats && Date.now() - stats.mtimeMs > leftBehindMs) rmSync(file, { force: true });
    else await pause(2 + Math.random() * 10);
  }
}

function ignoreAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
