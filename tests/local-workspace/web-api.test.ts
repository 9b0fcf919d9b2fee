import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorkspace, type Workspace, WorkspaceError } from '../../src/local-workspace/index.js';
import { MANIFEST } from './app.js';

let now = 1_800_000_000_000;
let workspace: Workspace;
const workspaces: Workspace[] = [];

async function start(options: Parameters<typeof startWorkspace>[0] = {}): Promise<Workspace> {
  const started = await startWorkspace({ now: () => now, seed: { app: { manifest: MANIFEST } }, ...options });
  workspaces.push(started);
  return started;
}

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

async function call(
  method: string,
  args: Record<string, unknown> = {},
  { to = workspace, token = to.botToken as string | undefined } = {},
): Promise<Answer> {
  const body = new URLSearchParams(
    Object.entries(args).map(([key, value]): [string, string] => [key, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  );
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${to.apiUrl}${method}`, { method: 'POST', headers, body });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> };
}

const error = async (...args: Parameters<typeof call>): Promise<unknown> => {
  const answer = await call(...args);
  expect(answer.status).toBe(200);
  return answer.body.error;
};
const channelId = (name: string): string => workspace.driver.channel(name).id;

beforeAll(async () => {
  workspace = await start({
    rateLimits: 'off',
    seed: {
      app: { manifest: MANIFEST },
      channels: [
        { name: 'general' },
        { name: 'elsewhere', bot: false },
        { name: 'secret', private: true, bot: false },
        { name: 'old' },
        { name: 'small', members: ['dana'] },
      ],
    },
  });
});
afterAll(() => Promise.all(workspaces.map((one) => one.stop())));

describe('tokens', () => {
  it('refuses as Slack does, always with HTTP 200', async () => {
    expect(await error('auth.test', {}, { to: workspace, token: '' })).toBe('not_authed');
    expect(await error('auth.test', {}, { to: workspace, token: 'xoxb-local-wrong' })).toBe('invalid_auth');
    expect(await error('apps.connections.open')).toBe('not_allowed_token_type');
    expect(await error('chat.postMessage', {}, { to: workspace, token: workspace.appToken })).toBe('not_allowed_token_type');
    expect(await error('chat.flyToTheMoon')).toBe('unknown_method');
    const lacking = await call('conversations.join', { channel: channelId('general') });
    expect(lacking.body).toMatchObject({
      ok: false,
      error: 'missing_scope',
      needed: 'channels:join',
      provided: expect.stringContaining('chat:write') as string,
    });
    expect(lacking.headers.get('x-accepted-oauth-scopes')).toBe('channels:join');
    expect((await call('auth.test')).headers.get('x-oauth-scopes')).toContain('chat:write');
  });

  it('takes form, JSON and multipart bodies', async () => {
    const authorization = `Bearer ${workspace.botToken}`;
    const args = { channel: channelId('general'), text: 'hello' };
    const json = await fetch(`${workspace.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(args),
    });
    const form = new FormData();
    for (const [key, value] of Object.entries(args)) form.append(key, value);
    const multipart = await fetch(`${workspace.apiUrl}chat.postMessage`, { method: 'POST', headers: { authorization }, body: form });
    expect([await json.json(), await multipart.json()]).toMatchObject([{ ok: true }, { ok: true }]);
  });

  it('refuses real tokens and a taken port with an error that says what to do', async () => {
    await expect(startWorkspace({ seed: { app: { botToken: 'xoxb-1234' } } })).rejects.toThrow(
      'expected a token of the local workspace (xoxb-local-…)',
    );
    await expect(startWorkspace({ port: workspace.port })).rejects.toSatisfy(
      (caught) => caught instanceof WorkspaceError && caught.code === 'port_taken',
    );
  });
});

describe('messages', () => {
  it('names what is wrong with the place', async () => {
    workspace.driver.archiveChannel('old');
    const post = (channel: string) => error('chat.postMessage', { channel, text: 'x' });
    expect(await post('C0NOWHERE')).toBe('channel_not_found');
    expect(await post(channelId('secret'))).toBe('channel_not_found');
    expect(await post(channelId('elsewhere'))).toBe('not_in_channel');
    expect(await post(channelId('old'))).toBe('is_archived');
    expect(await error('chat.postMessage', { channel: channelId('general') })).toBe('no_text');
    const missing = await call('chat.postMessage', { text: 'x' });
    expect(missing.body).toMatchObject({
      error: 'invalid_arguments',
      response_metadata: { messages: ['[ERROR] missing required field: channel [json-pointer:]'] },
    });
  });

  it('names what is wrong with the blocks', async () => {
    const channel = channelId('general');
    const faulty = await call('chat.postMessage', {
      channel,
      text: 'x',
      blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3001) } }],
    });
    const fault = 'must be less than 3001 characters [json-pointer:/blocks/0/text/text]';
    expect(faulty.body).toEqual({
      ok: false,
      error: 'invalid_blocks',
      errors: [fault],
      response_metadata: { messages: [`[ERROR] ${fault}`] },
    });
    expect(await error('chat.postMessage', { channel, blocks: 'no json' })).toBe('invalid_blocks_format');
    const long = Array.from({ length: 5 }, () => ({ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(2500) } }));
    expect(await error('chat.postMessage', { channel, blocks: long })).toBe('msg_blocks_too_long');
    expect(await error('chat.postMessage', { channel, markdown_text: 'a', text: 'b' })).toBe('markdown_text_conflict');
  });

  it('updates and deletes only its own, and text alone removes the blocks', async () => {
    const channel = channelId('general');
    const { ts } = (await call('chat.postMessage', { channel, text: 'a', blocks: [{ type: 'divider' }] })).body as { ts: string };
    expect(workspace.driver.message(ts)?.blocks).toHaveLength(1);
    expect((await call('chat.update', { channel, ts, text: 'b' })).body).toMatchObject({
      ok: true,
      ts,
      text: 'b',
      message: { edited: { user: workspace.botUserId } },
    });
    expect(workspace.driver.message(ts)?.blocks).toEqual([]);
    expect(await error('chat.update', { channel, ts, text: 'x'.repeat(4001) })).toBe('msg_too_long');
    const theirs = workspace.driver.as('dana').say('general', 'mine').ts;
    expect(await error('chat.update', { channel, ts: theirs, text: 'c' })).toBe('cant_update_message');
    expect(await error('chat.delete', { channel, ts: theirs })).toBe('cant_delete_message');
    expect((await call('chat.delete', { channel, ts })).body.ok).toBe(true);
    expect(await error('chat.update', { channel, ts, text: 'd' })).toBe('message_not_found');
  });

  it('keeps metadata and gives it back to who asks for it', async () => {
    const channel = channelId('general');
    const metadata = { event_type: 'reply', event_payload: { key: 'r-1/summary' } };
    const { ts } = (await call('chat.postMessage', { channel, text: 'root', metadata })).body as { ts: string };
    await call('chat.postMessage', { channel, text: 'reply', thread_ts: ts });
    const plain = await call('conversations.replies', { channel, ts });
    expect((plain.body.messages as Array<Record<string, unknown>>)[0]?.metadata).toBeUndefined();
    const full = await call('conversations.replies', { channel, ts, include_all_metadata: true });
    expect(full.body.messages).toMatchObject([
      { text: 'root', metadata, reply_count: 1 },
      { text: 'reply', thread_ts: ts },
    ]);
    expect(await error('chat.postMessage', { channel, text: 'x', metadata: { event_type: 1 } })).toBe('invalid_metadata_format');
  });

  it('shows an ephemeral message to one person and to no method', async () => {
    const channel = channelId('small');
    const [dana, ravi] = [workspace.driver.as('dana').id, workspace.driver.as('ravi').id];
    expect(await error('chat.postEphemeral', { channel, user: ravi, text: 'psst' })).toBe('user_not_in_channel');
    const { message_ts: ts } = (await call('chat.postEphemeral', { channel, user: dana, text: 'psst' })).body as { message_ts: string };
    expect((await call('conversations.history', { channel })).body.messages).toEqual([]);
    expect(await error('chat.update', { channel, ts, text: 'x' })).toBe('message_not_found');
    expect(workspace.driver.channel('small').messages({ as: 'dana' })).toHaveLength(1);
    expect(workspace.driver.channel('small').messages()).toHaveLength(0);
  });

  it('pages through history with cursors', async () => {
    const channel = channelId('general');
    const first = await call('conversations.history', { channel, limit: 2 });
    const { next_cursor: cursor } = first.body.response_metadata as { next_cursor: string };
    const second = await call('conversations.history', { channel, limit: 999, cursor });
    const { messages } = first.body as { messages: unknown[] };
    expect(messages).toHaveLength(2);
    expect(second.body).toMatchObject({ has_more: false, response_metadata: { next_cursor: '' } });
    expect(await error('conversations.history', { channel, cursor: 'nonsense' })).toBe('invalid_cursor');
  });
});

describe('people, files and Home', () => {
  it('knows users, groups and channels', async () => {
    const ravi = workspace.driver.as('ravi').id;
    expect((await call('users.info', { user: ravi })).body).toMatchObject({ user: { id: ravi, profile: { display_name: 'ravi' } } });
    expect(await error('users.info', { user: 'U0NOBODY' })).toBe('user_not_found');
    const group = workspace.driver.groups()[0]!;
    expect((await call('usergroups.users.list', { usergroup: group.id })).body).toMatchObject({ users: group.users });
    expect(await error('usergroups.users.list', { usergroup: 'S1' })).toBe('no_such_subteam');
    const { channels } = (await call('conversations.list', { types: 'public_channel' })).body as {
      channels: Array<{ name: string }>;
    };
    expect(channels.map((channel) => channel.name)).toEqual(['general', 'elsewhere', 'old', 'small']);
    expect((await call('conversations.list', { types: 'private_channel' })).body).toMatchObject({
      error: 'missing_scope',
      needed: 'groups:read',
    });
    expect(await error('conversations.list', { types: 'everything' })).toBe('invalid_types');
  });

  it('takes a file in three steps', async () => {
    const bytes = Buffer.from('--- a\n+++ b\n');
    const first = (await call('files.getUploadURLExternal', { filename: 'fix.patch', length: bytes.length })).body as {
      upload_url: string;
      file_id: string;
    };
    expect(await error('files.completeUploadExternal', { files: [{ id: first.file_id }] })).toBe('file_not_found');
    const sent = await fetch(first.upload_url, { method: 'POST', body: bytes });
    expect([sent.status, await sent.text()]).toEqual([200, `OK - ${bytes.length}`]);
    const done = await call('files.completeUploadExternal', {
      files: [{ id: first.file_id, title: 'The fix' }],
      channel_id: channelId('general'),
    });
    expect(done.body).toMatchObject({ ok: true, files: [{ name: 'fix.patch', title: 'The fix', mimetype: 'text/x-diff' }] });
    expect(workspace.driver.channel('general').messages().at(-1)?.files[0]?.title).toBe('The fix');
  });

  it('publishes Home per person and refuses a stale write', async () => {
    const user_id = workspace.driver.as('dana').id;
    const view = { type: 'home', blocks: [{ type: 'divider' }] };
    const first = (await call('views.publish', { user_id, view })).body as { view: { hash: string } };
    expect((await call('views.publish', { user_id, view, hash: first.view.hash })).body.ok).toBe(true);
    expect(await error('views.publish', { user_id, view, hash: first.view.hash })).toBe('hash_conflict');
    expect(workspace.driver.as('ravi').home()).toBeUndefined();
    expect(await error('views.open', { trigger_id: 'made.up', view })).toBe('invalid_trigger_id');
  });
});

describe('rate limits', () => {
  it('answers 429 with Retry-After per channel and per method, and forgives with time', async () => {
    const limited = await start();
    const [general, platform] = ['general', 'platform'].map((name) => limited.driver.channel(name).id);
    const post = (channel: string | undefined) =>
      call('chat.postMessage', { channel, text: 'x' }, { to: limited, token: limited.botToken });
    const burst = await Promise.all(Array.from({ length: 6 }, () => post(general)));
    expect(burst.map((answer) => answer.status).sort()).toEqual([200, 200, 200, 200, 200, 429]);
    const refused = burst.find((answer) => answer.status === 429);
    expect([refused?.headers.get('retry-after'), refused?.body]).toEqual(['1', { ok: false, error: 'ratelimited' }]);
    expect((await post(platform)).status).toBe(200);
    now += 1000;
    expect((await post(general)).status).toBe(200);
    const lists = await Promise.all(Array.from({ length: 21 }, () => call('users.list', {}, { to: limited, token: limited.botToken })));
    expect(lists.filter((answer) => answer.status === 429)).toHaveLength(1);
  });

  it('goes wrong on demand, as often as asked', async () => {
    const channel = channelId('general');
    workspace.driver.fault('chat.postMessage', { kind: 'rate_limited', retryAfter: 7 });
    workspace.driver.fault('chat.postMessage', { kind: 'error', error: 'fatal_error' }, 2);
    const limited = await call('chat.postMessage', { channel, text: 'x' });
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    expect([await error('chat.postMessage', { channel, text: 'x' }), await error('chat.postMessage', { channel, text: 'x' })]).toEqual([
      'fatal_error',
      'fatal_error',
    ]);
    expect((await call('chat.postMessage', { channel, text: 'kept' })).body.ok).toBe(true);
    workspace.driver.fault('chat.postMessage', { kind: 'lost_answer' });
    await expect(call('chat.postMessage', { channel, text: 'stored, but nobody was told' })).rejects.toThrow();
    expect(workspace.driver.channel('general').messages().at(-1)?.text).toBe('stored, but nobody was told');
  });
});

describe('the page and its control', () => {
  it('answers only its own page, by name, origin and key', async () => {
    const control = (headers: Record<string, string>) =>
      fetch(`${workspace.url}/control`, { method: 'POST', headers, body: JSON.stringify({ do: 'workspace', as: 'dana' }) }).then(
        (response) => response.status,
      );
    expect(await control({})).toBe(403);
    expect(await control({ 'x-workspace-key': 'wrong' })).toBe(403);
    expect(await control({ 'x-workspace-key': workspace.controlKey })).toBe(200);
    expect(await control({ 'x-workspace-key': workspace.controlKey, origin: 'https://evil.example' })).toBe(403);
    expect((await fetch(workspace.url)).status).toBe(403);
    const page = await fetch(workspace.pageUrl);
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([200, expect.stringContaining("default-src 'none'")]);
    expect((await fetch(`${workspace.url}/page/..%2f..%2fworkspace.ts`)).status).toBe(404);
    for (const file of ['workspace.js', 'workspace.css']) expect((await fetch(`${workspace.url}/page/${file}`)).status).toBe(200);
  });
});
