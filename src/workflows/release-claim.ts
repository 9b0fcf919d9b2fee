import { eq, sql } from 'drizzle-orm';
import * as schema from '../database/schema.js';
import { endedStatuses } from '../runs/run.js';
import type { WorkflowParts } from './parts.js';

/** Takes the repository's release for this run, or says which run has it. A claim of a run that has ended does not count. */
export async function claimRelease({ database }: Pick<WorkflowParts, 'database'>, repository: string, runId: string): Promise<string> {
  const ended = sql.join(
    endedStatuses.map((status) => sql`${status}`),
    sql`, `,
  );
  await database.db.execute(sql`
    delete from mahavishnu.release_claims c using mahavishnu.runs r
    where c.repository = ${repository} and r.id = c.run_id and r.status in (${ended})`);
  await database.db.insert(schema.releaseClaims).values({ repository, runId }).onConflictDoNothing();
  const [claim] = await database.db.select().from(schema.releaseClaims).where(eq(schema.releaseClaims.repository, repository));
  return claim?.runId ?? runId;
}
