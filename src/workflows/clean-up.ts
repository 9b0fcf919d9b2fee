import { eq } from 'drizzle-orm';
import type { Run } from '../bot.js';
import * as schema from '../database/schema.js';
import type { WorkflowParts } from './parts.js';
import { removeScratch } from './scratch.js';

/**
 * What a run must not leave behind, however it ended (FX-7): open questions, issues it holds, its claim on the release, worktrees
 * and branches. Safe to repeat. Work that was published or pushed stays.
 */
export async function cleanUp(parts: WorkflowParts, run: Run, reason: string): Promise<void> {
  const { approvals, ecosystem, database, clones, log } = parts;
  for (const approval of await approvals.list({ status: 'pending', runId: run.id })) await approvals.makeVoid(approval.id, reason);
  // A dry run holds no issue; and a file that cannot be read (any more) must not keep a run from ending.
  if (!run.request.dryRun) {
    await giveBackIssues(ecosystem, run, reason).catch((err) => log.warn({ run: run.id, err }, 'issues could not be given back'));
  }
  await database.db.delete(schema.releaseClaims).where(eq(schema.releaseClaims.runId, run.id));
  // Only the name is needed, and the repository may have left the settings meanwhile.
  await clones.removeRun({ name: run.repository, source: '' }, run.id);
  await removeScratch(parts, run.id);
}

async function giveBackIssues(ecosystem: WorkflowParts['ecosystem'], run: Run, reason: string): Promise<void> {
  for (const issue of await ecosystem.list({ repo: run.repository, status: 'in_progress' })) {
    if (issue.metadata.run === run.id) await ecosystem.giveBack(issue.id, run.id, reason);
  }
}
