import type { BlockAction, ButtonAction } from '@slack/bolt';
import { afterEach, describe, expect, it } from 'vitest';
import { type Running, startSocketApp } from './app.js';

let running: Running | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

const buttons = (confirm = false) => [
  { type: 'section', text: { type: 'mrkdwn', text: '*api*: publish?' } },
  {
    type: 'actions',
    block_id: 'decision',
    elements: [
      {
        type: 'button',
        action_id: 'approve',
        text: { type: 'plain_text', text: 'Approve' },
        value: 'a-1',
        ...(confirm && {
          confirm: { title: { type: 'plain_text', text: 'Publish?' }, text: { type: 'plain_text', text: 'It is public.' } },
        }),
      },
      { type: 'overflow', action_id: 'more', options: [{ text: { type: 'plain_text', text: 'Extend' }, value: 'extend' }] },
    ],
  },
];

describe('a Bolt app over Socket Mode', () => {
  it('hears a command, posts, edits in place and replies in the thread', async () => {
    running = await startSocketApp((app) => {
      app.command('/review', async ({ ack, command, client }) => {
        await ack();
        const { ts } = await client.chat.postMessage({ channel: command.channel_id, text: `reviewing ${command.text}` });
        await client.chat.postMessage({ channel: command.channel_id, text: '7 findings', thread_ts: ts! });
        await client.chat.update({ channel: command.channel_id, ts: ts!, text: 'reviewed' });
      });
    });
    const { driver } = running.workspace;
    const sent = await driver.as('dana').command('platform', '/review', 'api --scope security');
    expect(sent.outcome).toBe('acked');
    const root = await driver.waitFor(() =>
      driver
        .channel('platform')
        .messages()
        .find((message) => message.text === 'reviewed'),
    );
    expect(root.versions.map((version) => version.text)).toEqual(['reviewing api --scope security', 'reviewed']);
    expect(driver.thread(root.ts).map((message) => message.text)).toEqual(['reviewed', '7 findings']);
    expect(root.editedTs).toBeDefined();
  });

  it('shows the answer of an acknowledgement to one person only', async () => {
    running = await startSocketApp((app) => {
      app.command('/review', ({ ack }) => ack('I do not know "apii". Did you mean api?'));
    });
    const { driver } = running.workspace;
    await driver.as('dana').command('platform', '/review', 'apii');
    expect(
      driver
        .channel('platform')
        .messages({ as: 'dana' })
        .map((message) => message.text),
    ).toEqual(['I do not know "apii". Did you mean api?']);
    expect(driver.channel('platform').messages({ as: 'ravi' })).toEqual([]);
  });

  it('delivers clicks with what Bolt needs, and asks before what asks first', async () => {
    const pressed: string[] = [];
    running = await startSocketApp((app) => {
      app.command('/review', async ({ ack, say }) => {
        await ack();
        await say({ text: 'publish?', blocks: buttons(true) as never });
      });
      app.action<BlockAction<ButtonAction>>('approve', async ({ ack, action, body, respond }) => {
        await ack();
        pressed.push(`${body.user.id} ${action.value}`);
        await respond({ replace_original: true, text: `approved by <@${body.user.id}>` });
      });
      app.action('more', async ({ ack, action }) => {
        await ack();
        pressed.push(JSON.stringify((action as { selected_option?: unknown }).selected_option));
      });
    });
    const { driver } = running.workspace;
    const [dana, ravi] = [driver.as('dana'), driver.as('ravi')];
    await dana.command('platform', '/review');
    const message = await driver.waitFor(() => driver.channel('platform').messages()[0]);
    await expect(ravi.click(message.ts, 'Approve')).rejects.toThrow('"Approve" asks first: Publish? It is public.');
    await ravi.choose(message.ts, 'more', 'Extend');
    await ravi.click(message.ts, 'Approve', { confirm: true });
    await driver.waitFor(() => message.versions.length === 2);
    expect(pressed).toEqual(['{"text":{"type":"plain_text","text":"Extend"},"value":"extend"}', `${ravi.id} a-1`]);
    expect(driver.render(message)).toBe('approved by @ravi');
  });
});
