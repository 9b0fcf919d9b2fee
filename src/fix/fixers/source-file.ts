import { lstat, open, readFile, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { MAX_FILE_BYTES } from '../../review/analyzers/source-file.js';
import { FixFailed } from './fixer.js';

export interface SourceFile {
  text: string;
  write(text: string): Promise<void>;
}

/** A finding's file, when it truly lies in the worktree: no link on the way, no path that leaves it. */
export async function openSourceFile(folder: string, file: string): Promise<SourceFile> {
  const path = resolve(folder, file);
  const inside = relative(folder, path);
  if (isAbsolute(file) || inside === '' || inside === '..' || inside.startsWith(`..${sep}`))
    throw new FixFailed(`${file} lies outside of the worktree`);
  const stats = await lstat(path).catch((cause: unknown) => {
    throw new FixFailed(`${file} is not there`, { cause });
  });
  if (!stats.isFile() || (await realpath(path)) !== join(await realpath(folder), inside))
    throw new FixFailed(`${file} is a link, which is never followed`);
  if (stats.size > MAX_FILE_BYTES) throw new FixFailed(`${file} is too large to be fixed`);
  return {
    text: await readFile(path, 'utf8'),
    write: async (text) => {
      const handle = await open(path, 'r+'); // Keeps the mode.
      try {
        await handle.truncate(0);
        await handle.writeFile(text);
      } finally {
        await handle.close();
      }
    },
  };
}
