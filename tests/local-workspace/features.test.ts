import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from '@slack/bolt';
import { afterEach, describe, expect, it } from 'vitest';
import { startWorkspace } from '../../src/local-workspace/index.js';
import { MANIFEST, type Running, startHttpApp, startSocketApp } from './app.js';
import { listenToEverything } from './everything.js';
import { ANSWERS, differences, PAYLOADS } from './samples.js';

let running: Running | undefined;
const heard: string[] = [];
const listen = (app: App): void => {
  heard.length = 0;
  listenToEverything(app, heard);
};
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

const channel = 'C0PLATFORM';
const failure = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'went well',
    (error: { data?: { error?: string } }) => error.data?.error ?? String(error),
  );
const fits = (answer: unknown, sample: unknown): void => expect(differences(answer, sample)).toEqual([]);

describe('answers', () => {
  it('have the shape of the published ones', async () => {
    running = await startSocketApp(listen);
    const { client } = running.app;
    const { driver } = running.workspace;
    const posted = await client.chat.postMessage({ channel, text: 'hello' });
    fits(posted, ANSWERS['chat.postMessage']);
    fits(await client.conversations.history({ channel }), ANSWERS['conversations.history']);
    fits(await client.conversations.info({ channel }), ANSWERS['conversations.info']);
    fits(await client.users.info({ user: 'U0DANA000' }), ANSWERS['users.info']);
    const invalid = await client.blocks
      .validate({ blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }] })
      .catch((error: { data: unknown }) => error.data);
    fits(invalid, ANSWERS['blocks.validate']);
    expect(invalid).toMatchObject({ errors: [{ pointer: '/0/text/text', message: 'must be less than 151 characters' }] });
    expect(await failure(client.blocks.validate({}))).toBe('invalid_arguments');
    expect((await client.blocks.validate({ blocks: [{ type: 'divider' }] })).ok).toBe(true);
    await driver.as('dana').command('platform', '/review', 'form');
    const opened = await driver.waitFor(() => driver.calls.findLast(({ method }) => method === 'views.open'));
    fits(opened.result, ANSWERS['views.open']);
  });

  it('of methods for people, channels and messages, too', async () => {
    running = await startSocketApp(listen);
    const { client } = running.app;
    fits(await client.auth.test(), ANSWERS['auth.test']);
    fits(await client.team.info(), ANSWERS['team.info']);
    fits(await client.users.lookupByEmail({ email: 'DANA@example.com' }), ANSWERS['users.info']);
    expect(await failure(client.users.lookupByEmail({ email: 'nobody@example.com' }))).toBe('users_not_found');
    const groups = await client.usergroups.list({ include_users: true });
    fits(groups, ANSWERS['usergroups.list']);
    const usergroup = groups.usergroups?.[0]?.id ?? '';
    fits(await client.usergroups.users.list({ usergroup }), ANSWERS['usergroups.users.list']);
    fits(await client.conversations.members({ channel }), ANSWERS['conversations.members']);
    const { ts = '' } = await client.chat.postMessage({ channel, text: 'hello' });
    fits(await client.chat.update({ channel, ts, text: 'hello again' }), ANSWERS['chat.update']);
    await client.reactions.add({ channel, timestamp: ts, name: 'eyes' });
    fits(await client.reactions.get({ channel, timestamp: ts }), ANSWERS['reactions.get']);
    fits(await client.chat.getPermalink({ channel, message_ts: ts }), ANSWERS['chat.getPermalink']);
    fits(await client.chat.postEphemeral({ channel, user: 'U0DANA000', text: 'for you' }), ANSWERS['chat.postEphemeral']);
    fits(await client.chat.delete({ channel, ts }), ANSWERS['chat.delete']);
  });

  it('pin and bookmark, and refuse what is there already', async () => {
    running = await startSocketApp(listen);
    const { client } = running.app;
    const { ts = '' } = await client.chat.postMessage({ channel, text: 'hello' });
    await client.pins.add({ channel, timestamp: ts });
    fits(await client.pins.list({ channel }), ANSWERS['pins.list']);
    expect(await failure(client.pins.add({ channel, timestamp: ts }))).toBe('already_pinned');
    await client.pins.remove({ channel, timestamp: ts });
    expect(await failure(client.pins.remove({ channel, timestamp: ts }))).toBe('no_pin');
    fits(
      await client.bookmarks.add({ channel_id: channel, title: 'Runs', type: 'link', link: 'https://example.com' }),
      ANSWERS['bookmarks.add'],
    );
    expect((await client.bookmarks.list({ channel_id: channel })).bookmarks).toHaveLength(1);
  });

  it('open conversations with several people, archive channels and bring them back', async () => {
    running = await startSocketApp(listen);
    const { client } = running.app;
    const group = await client.conversations.open({ users: 'U0DANA000,U0RAVI000' });
    fits(group, ANSWERS['conversations.open']);
    expect((await client.conversations.open({ users: 'U0RAVI000,U0DANA000' })).channel?.id).toBe(group.channel?.id);
    await client.chat.postMessage({ channel: group.channel?.id ?? '', text: 'for both' });
    expect(running.workspace.driver.channel(group.channel?.id ?? '').messages({ as: 'ravi' })).toHaveLength(1);
    await client.conversations.archive({ channel });
    expect(await failure(client.chat.postMessage({ channel, text: 'too late' }))).toBe('is_archived');
    expect(await failure(client.conversations.archive({ channel }))).toBe('already_archived');
    expect(await failure(client.conversations.archive({ channel: 'general' }))).toBe('cant_archive_general');
    await client.conversations.unarchive({ channel });
    expect((await client.chat.postMessage({ channel, text: 'back' })).ok).toBe(true);
  });
});

describe('a scheduled message', () => {
  it('comes when its time comes, and not when it was called off', async () => {
    running = await startSocketApp(listen);
    const { client } = running.app;
    const { driver } = running.workspace;
    const soon = Math.floor(driver.now() / 1000) + 600;
    const first = await client.chat.scheduleMessage({ channel, text: 'later', post_at: soon });
    fits(first, ANSWERS['chat.scheduleMessage']);
    const second = await client.chat.scheduleMessage({ channel, text: 'never', post_at: soon });
    fits(await client.chat.scheduledMessages.list({ channel }), ANSWERS['chat.scheduledMessages.list']);
    await client.chat.deleteScheduledMessage({ channel, scheduled_message_id: second.scheduled_message_id ?? '' });
    expect(await failure(client.chat.scheduleMessage({ channel, text: 'x', post_at: 1 }))).toBe('time_in_past');
    expect(driver.channel(channel).messages()).toEqual([]);
    driver.moveClock(600_000);
    expect(
      driver
        .channel(channel)
        .messages()
        .map(({ text }) => text),
    ).toEqual(['later']);
    expect((await client.chat.scheduledMessages.list({})).scheduled_messages).toEqual([]);
  });
});

describe('a streamed message', () => {
  it('grows by text and tasks, takes no other edit meanwhile, and is whole at the end', async () => {
    running = await startSocketApp(listen);
    const { client } = running.app;
    const { driver } = running.workspace;
    const { ts: thread_ts } = driver.as('dana').say('platform', 'begin');
    const who = { recipient_user_id: 'U0DANA000', recipient_team_id: 'T0LOCAL0' };
    expect(await failure(client.chat.startStream({ channel, thread_ts }))).toBe('missing_recipient_user_id');
    const started = await client.chat.startStream({ channel, thread_ts, ...who, markdown_text: 'One ' });
    fits(started, ANSWERS['chat.startStream']);
    const place = { channel, ts: started.ts ?? '' };
    await client.chat.appendStream({ ...place, markdown_text: 'two' });
    const task = { type: 'task_update' as const, id: 'build', title: 'Build' };
    await client.chat.appendStream({ ...place, chunks: [{ ...task, status: 'in_progress' }] });
    await client.chat.appendStream({ ...place, chunks: [{ ...task, status: 'complete', output: 'built' }] });
    expect(await failure(client.chat.update({ ...place, text: 'other' }))).toBe('streaming_state_conflict');
    expect(await failure(client.apiCall('chat.appendStream', { ...place, chunks: [{ type: 'song' }] }))).toBe('invalid_chunks');
    expect(driver.message(place.ts)).toMatchObject({ streaming: true, editedTs: undefined });
    fits(await client.chat.stopStream({ ...place, blocks: [{ type: 'divider' }] }), ANSWERS['chat.stopStream']);
    expect(driver.message(place.ts)).toMatchObject({
      streaming: false,
      text: 'One two',
      blocks: [{ type: 'markdown', text: 'One two' }, { type: 'task_card', task_id: 'build', status: 'complete' }, { type: 'divider' }],
    });
    expect(await failure(client.chat.appendStream({ ...place, markdown_text: 'more' }))).toBe('message_not_in_streaming_state');
  });

  it('is what the chatStream helper of the SDK writes', async () => {
    running = await startSocketApp(listen);
    const { ts: thread_ts } = running.workspace.driver.as('dana').say('platform', 'begin');
    const stream = running.app.client.chatStream({
      channel,
      thread_ts,
      recipient_user_id: 'U0DANA000',
      recipient_team_id: 'T0LOCAL0',
      buffer_size: 1,
    });
    await stream.append({ markdown_text: 'Hello ' });
    await stream.append({ markdown_text: 'world' });
    await stream.stop();
    expect(running.workspace.driver.thread(thread_ts).at(-1)).toMatchObject({ text: 'Hello world', streaming: false });
  });
});

describe('a file', () => {
  it('is uploaded by the SDK, described, and downloaded with the right to it only', async () => {
    running = await startSocketApp(listen);
    const { client } = running.app;
    const { driver, botToken, controlKey } = running.workspace;
    await client.filesUploadV2({ channel_id: channel, filename: 'fix.diff', title: 'The fix', file: Buffer.from('+new') });
    const [file] = driver.channel(channel).messages()[0]?.files ?? [];
    const info = await client.files.info({ file: file?.id ?? '' });
    fits(info, ANSWERS['files.info']);
    const url = info.file?.url_private_download ?? '';
    expect(await (await fetch(url, { headers: { authorization: `Bearer ${botToken}` } })).text()).toBe('+new');
    expect((await fetch(url)).status).toBe(403);
    const seen = await fetch(`${url}?key=${controlKey}`);
    expect([seen.status, seen.headers.get('content-disposition')]).toEqual([200, "attachment; filename*=UTF-8''fix.diff"]);
    await client.files.delete({ file: file?.id ?? '' });
    expect(await failure(client.files.info({ file: file?.id ?? '' }))).toBe('file_not_found');
  });
});

describe.each([
  ['Socket Mode', startSocketApp],
  ['signed HTTP', startHttpApp],
])('over %s', (_name, start) => {
  it('shortcuts, option requests, commands and clicks reach the app in the published shape', async () => {
    running = await start(listen);
    const { driver } = running.workspace;
    const dana = driver.as('dana');
    const said = dana.say('platform', 'it is slow');
    await dana.shortcut('Make an issue', said.ts);
    const form = await driver.waitFor(() => dana.views()[0]);
    expect(heard).toEqual(['shortcut on it is slow']);
    expect(await dana.suggest(form.id, 'value', '014', { blockId: 'issue' })).toEqual([
      { value: 'MHV-014', label: 'MHV-014', group: undefined },
    ]);
    dana.enter(form.id, [
      { blockId: 'repo', actionId: 'value', value: 'api' },
      { blockId: 'scope', actionId: 'value', value: 'typing' },
      { blockId: 'issue', actionId: 'value', value: 'MHV-014' },
    ]);
    await dana.submit(form.id);
    expect(heard.at(-1)).toBe('api typing   MHV-014');
    await dana.command('platform', '/review', 'api');
    const message = await driver.waitFor(() =>
      driver
        .channel('platform')
        .messages()
        .find(({ blocks }) => blocks.length > 0),
    );
    await dana.click(message.ts, 'Go ahead');
    await driver.waitFor(() => driver.calls.some(({ method }) => method === 'chat.postEphemeral'));

    await dana.shortcut('Start a review');

    const sent = (type: string) => driver.deliveries.findLast(({ payload }) => payload.type === type)?.payload;
    fits(sent('message_action'), PAYLOADS.message_action);
    fits(sent('shortcut'), PAYLOADS.shortcut);
    fits(sent('block_actions'), PAYLOADS.block_actions);
    fits(sent('block_suggestion'), { ...PAYLOADS.block_suggestion, container: { type: 'view' }, channel: undefined });
    fits(driver.deliveries.findLast(({ kind }) => kind === 'slash_commands')?.payload, PAYLOADS.slash_command);
  });

  it('refuses what a client would refuse', async () => {
    running = await start(listen);
    const dana = running.workspace.driver.as('dana');
    await expect(dana.shortcut('Nowhere')).rejects.toThrow('there is no global shortcut "Nowhere"; there is Start a review');
    await expect(dana.shortcut('Start a review', dana.say('platform', 'x').ts)).rejects.toThrow('there is no message shortcut');
  });
});

describe('the workspace itself', () => {
  it('keeps its state in a file of its owner, and takes it up again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'workspace-state-'));
    const stateFile = join(folder, 'state', 'workspace.json');
    const open = () => startWorkspace({ stateFile, seed: { app: { manifest: MANIFEST } } });
    const first = await open();
    const said = first.driver.as('dana').say('platform', 'remember');
    first.driver.as('ravi').say('platform', 'me too', { threadTs: said.ts });
    first.driver.archiveChannel('general');
    await first.stop();
    expect((await stat(stateFile)).mode & 0o777).toBe(0o600);
    const second = await open();
    expect(second.botToken).toBe(first.botToken);
    expect(second.driver.thread(said.ts).map(({ text }) => text)).toEqual(['remember', 'me too']);
    expect(second.driver.channels().find(({ name }) => name === 'general')?.isArchived).toBe(true);
    expect(second.driver.as('dana').say('platform', 'later').ts > said.ts).toBe(true);
    await second.stop();
    expect(JSON.parse(await readFile(stateFile, 'utf8'))).toMatchObject({ version: 1 });
    await expect(startWorkspace({ stateFile: 'package.json' })).rejects.toThrow('package.json is not the state of a workspace');
    await rm(folder, { recursive: true });
  });

  it('moves the clock of the app with its own', async () => {
    const moved: number[] = [];
    const workspace = await startWorkspace({ onClockMoved: (ms) => moved.push(ms) });
    workspace.driver.moveClock(1_800_000);
    expect(moved).toEqual([1_800_000]);
    await workspace.stop();
  });

  it('forgets the oldest of its records, never what was said', async () => {
    const workspace = await startWorkspace();
    const dana = workspace.driver.as('dana');
    for (let n = 0; n < 50_100; n += 1) dana.react(dana.say('platform', `${n}`).ts, 'eyes');
    expect(workspace.driver.log.length).toBeLessThanOrEqual(50_000);
    expect(workspace.driver.log.at(-1)?.seq).toBe(100_200);
    expect(workspace.driver.channel('platform').messages()).toHaveLength(50_100);
    await workspace.stop();
  });
});
