import type { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { ServiceUnavailable } from '../errors.js';
import * as schema from './schema.js';

export type Db = NodePgDatabase<typeof schema>;

export interface Database {
  url: string;
  pool: pg.Pool;
  db: Db;
  close(): Promise<void>;
}

/** A statement of each text is parsed once per connection and kept by the server under this name; a bot has some hundreds of texts. */
const statementNames = new Map<string, string>();
const mostStatements = 500;

/** Null for texts that are not worth keeping, or whose columns change when a later release adds one. */
function statementName(text: string): string | null {
  const known = statementNames.get(text);
  if (known !== undefined) return known;
  if (statementNames.size >= mostStatements || /(?:select|returning)\s+(?:[\w"]+\.)?\*/i.test(text)) return null;
  const name = `s${statementNames.size + 1}`;
  statementNames.set(text, name);
  return name;
}

/**
 * A client whose statements with parameters are prepared once: parsing and planning them anew was half of what a query cost.
 * And it names the errors of a vanished Unix socket (ENOENT) or pipe (EPIPE) as DBOS knows them, ECONNRESET;
 * otherwise a database that restarts ends every run that is under way.
 */
class RetriableClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // While it is lent out the pool does not listen, and an error that nobody listens to would end the process; whoever has it is
    // told by the query that fails.
    this.on('error', () => {});
    const connection = (this as unknown as { connection: EventEmitter }).connection; // One private field of pg 8.
    const emit = connection.emit.bind(connection);
    connection.emit = (event: string | symbol, ...args: unknown[]) => {
      const error = args[0] as NodeJS.ErrnoException | undefined;
      if (event === 'error' && error && (error.code === 'ENOENT' || error.code === 'EPIPE')) {
        error.message = `ECONNRESET (was ${error.code}): ${error.message}`;
        error.code = 'ECONNRESET';
      }
      return emit(event, ...args);
    };
    const query = this.query.bind(this) as (...args: unknown[]) => unknown;
    this.query = ((first: unknown, values: unknown, ...rest: unknown[]) => {
      const name = Array.isArray(values) && values.length > 0 ? statementName(textOf(first)) : null;
      if (name === null) return query(first, values, ...rest);
      return query(typeof first === 'string' ? { text: first, name } : { ...(first as object), name }, values, ...rest);
    }) as typeof this.query;
  }
}

/** Of a query that has no name of its own. */
function textOf(query: unknown): string {
  if (typeof query === 'string') return query;
  const { text, name } = query as { text?: unknown; name?: unknown };
  return typeof text === 'string' && name === undefined ? text : 'select *';
}

/** Connects, and brings our tables up to date. `max` is the number of connections. */
export async function openDatabase(url: string, log: { warn(fields: object, message: string): void }, max = 20): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    Client: RetriableClient,
  } as pg.PoolConfig);
  // Without a listener an idle client's error would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'database connection lost'));
  const db = drizzle(pool, { schema });
  try {
    await migrateTables(pool);
  } catch (error) {
    await pool.end();
    throw new ServiceUnavailable('The database', 'Check DATABASE_URL and that the server accepts connections, then start again.', error);
  }
  return { url, pool, db, close: () => pool.end() };
}

/** Several processes may start at once on one database: the first migrates, the others wait. */
async function migrateTables(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('select pg_advisory_lock(20261121, 1)');
    await migrate(drizzle(client), {
      migrationsFolder: fileURLToPath(new URL('migrations', import.meta.url)),
      migrationsSchema: 'mahavishnu',
      migrationsTable: 'migrations',
    });
  } finally {
    await client.query('select pg_advisory_unlock(20261121, 1)').catch(() => {});
    client.release();
  }
}
