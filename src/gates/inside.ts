import { realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';

/**
 * Whether a path of a repository still lies in its folder once links are followed. The last part may be a link or not exist:
 * asked before something is removed or written there, which never follows that one.
 */
export async function liesInside(folder: string, path: string): Promise<boolean> {
  const root = await realpath(folder);
  for (let parent = dirname(join(root, path)); parent.startsWith(root); parent = dirname(parent)) {
    const real = await realpath(parent).catch(() => null);
    if (real !== null) return real === root || real.startsWith(root + sep);
  }
  return false;
}
