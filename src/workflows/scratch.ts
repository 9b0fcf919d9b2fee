import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowParts } from './parts.js';

type Folders = Pick<WorkflowParts, 'folders'>;

/**
 * Where one part of a run works, in the folder of this process. Whoever asks for it takes it away, because the run may end in another
 * process, which cannot.
 */
export function scratchFor({ folders }: Folders, runId: string, part: string): string {
  return join(folders.scratch, `${runId}.${part.replaceAll(/[^\w-]+/g, '-')}`);
}

/** What a process that was killed left behind of a run. */
export async function removeScratch({ folders }: Folders, runId: string): Promise<void> {
  const names = await readdir(folders.scratch).catch(() => []);
  for (const name of names) if (name.startsWith(`${runId}.`)) await rm(join(folders.scratch, name), { recursive: true, force: true });
}
