import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { type Database, openDatabase } from '../../src/database/open.js';

export const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, fatal() {} };

/** A database of its own on the suite's one cluster, with our tables; `url` may be given to other processes. */
export async function freshDatabase(): Promise<Database & { drop(): Promise<void> }> {
  const cluster = inject('cluster');
  const name = `t_${randomBytes(6).toString('hex')}`;
  await onCluster(cluster, `create database ${name}`);
  const url = new URL(cluster);
  url.pathname = `/${name}`;
  const database = await openDatabase(url.href, quiet);
  return {
    ...database,
    async drop() {
      await database.close();
      await onCluster(cluster, `drop database if exists ${name} with (force)`);
    },
  };
}

async function onCluster(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
