import { statfs } from 'node:fs/promises';
import { currentOwner } from '../../state-folder/owner.js';
import type { StateFolder } from '../../state-folder/state-folder.js';
import { type Check, fine, warning } from './check.js';

const leastFreeBytes = 1_000_000_000;

export async function checkState({ root }: StateFolder): Promise<Check[]> {
  const owner = await currentOwner(root);
  const { bavail, bsize } = await statfs(root);
  const free = bavail * bsize;
  const gigabytes = `${(free / 1_000_000_000).toFixed(1)} GB free`;
  return [
    fine('state folder', `${root}, ${owner ? `owned by process ${owner.pid} since ${owner.since}` : 'free'}`),
    free < leastFreeBytes
      ? warning(
          'disk',
          gigabytes,
          `Clones and worktrees need room: free some space where ${root} lies, or use another folder with --state DIR.`,
        )
      : fine('disk', gigabytes),
  ];
}
