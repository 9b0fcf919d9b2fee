import { sql } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { freshDatabase } from '../support/database.js';

const opened: { drop(): Promise<void> }[] = [];
afterAll(() => Promise.all(opened.map((database) => database.drop())));

it('brings up the tables and one clock for all processes, which only its offset moves', async () => {
  const database = await freshDatabase();
  opened.push(database);
  const read = async () =>
    (await database.db.execute<{ ms: string }>(sql`select extract(epoch from mahavishnu.now()) * 1000 as ms`)).rows[0]?.ms;
  const before = Number(await read());
  expect(Math.abs(before - Date.now())).toBeLessThan(5_000);
  await database.db.execute(sql`update mahavishnu.clock set offset_ms = 1800000`);
  expect(Number(await read()) - before).toBeGreaterThanOrEqual(1_800_000);
});
