import { createHash } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import * as schema from '../database/schema.js';
import type { WorkflowParts } from './parts.js';

/** Bytes that another machine of the same database may need: git bundles, packages, patches. Saving again replaces. */
export async function saveArtefact(
  { database }: Pick<WorkflowParts, 'database'>,
  runId: string,
  name: string,
  content: Buffer,
): Promise<string> {
  const sha256 = createHash('sha256').update(content).digest('hex');
  await database.db
    .insert(schema.artefacts)
    .values({ runId, name, sha256, content })
    .onConflictDoUpdate({ target: [schema.artefacts.runId, schema.artefacts.name], set: { sha256, content } });
  return sha256;
}

export async function loadArtefact({ database }: Pick<WorkflowParts, 'database'>, runId: string, name: string): Promise<Buffer> {
  const [row] = await database.db
    .select()
    .from(schema.artefacts)
    .where(and(eq(schema.artefacts.runId, runId), eq(schema.artefacts.name, name)));
  if (!row) throw new Error(`artefact ${name} of run ${runId} is gone`);
  const content = Buffer.from(row.content);
  if (createHash('sha256').update(content).digest('hex') !== row.sha256) throw new Error(`artefact ${name} of run ${runId} is damaged`);
  return content;
}

export async function removeArtefact({ database }: Pick<WorkflowParts, 'database'>, runId: string, name: string): Promise<void> {
  await database.db.delete(schema.artefacts).where(and(eq(schema.artefacts.runId, runId), eq(schema.artefacts.name, name)));
}
