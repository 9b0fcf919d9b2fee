import { sql } from 'drizzle-orm';
import type { Database } from './open.js';
import * as schema from './schema.js';

/** Lets the database's clock, which is the bot's, jump ahead. For the local workspace and for tests; no door to a real Slack reaches it. */
export async function moveClock({ db }: Database, ms: number): Promise<void> {
  await db.update(schema.clock).set({ offsetMs: sql`${schema.clock.offsetMs} + ${Math.round(ms)}` });
}
