// The floor of `ack`: the same Bolt, in a process of its own, that only acknowledges; with a database, after one INSERT of a row
// like the bot's. Nothing is parsed, authorised or checked.
import { randomUUID } from 'node:crypto';
import { App, LogLevel } from '@slack/bolt';
import pg from 'pg';

const { BARE_BOT_TOKEN, BARE_APP_TOKEN, BARE_SIGNING_SECRET, BARE_API_URL, BARE_HTTP_PORT, BARE_DATABASE_URL } = process.env;
if (!BARE_BOT_TOKEN || !BARE_APP_TOKEN || !BARE_SIGNING_SECRET || !BARE_API_URL) throw new Error('started without a workspace');

const pool = BARE_DATABASE_URL ? new pg.Pool({ connectionString: BARE_DATABASE_URL, max: 10 }) : null;
await pool?.query(
  'create table if not exists bare_runs (id text primary key, request jsonb not null, created_at timestamptz default now())',
);

const app = new App({
  token: BARE_BOT_TOKEN,
  ...(BARE_HTTP_PORT ? { signingSecret: BARE_SIGNING_SECRET } : { appToken: BARE_APP_TOKEN, socketMode: true }),
  logLevel: LogLevel.ERROR,
  clientOptions: { slackApiUrl: BARE_API_URL, retryConfig: { retries: 0 }, timeout: 10_000 },
});
app.command('/mahavishnu', async ({ ack }) => ack());
app.command('/review-and-fix', async ({ ack, command }) => {
  await pool?.query({
    name: 'insert',
    text: 'insert into bare_runs (id, request) values ($1, $2)',
    values: [randomUUID(), JSON.stringify({ text: command.text, channel: command.channel_id, user: command.user_id })],
  });
  await ack();
});
if (BARE_HTTP_PORT) await app.start({ port: Number(BARE_HTTP_PORT), host: '127.0.0.1' });
else await app.start();
