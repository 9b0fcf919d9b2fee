import type { App } from '@slack/bolt';
import { afterEach, describe, expect, it } from 'vitest';
import { type Running, startHttpApp, startSocketApp } from './app.js';

let running: Running | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

const title = { type: 'plain_text', text: 'Review' } as const;
const submit = { type: 'plain_text', text: 'Start' } as const;
const view = {
  type: 'modal' as const,
  callback_id: 'review',
  private_metadata: 'kept',
  notify_on_close: true,
  title,
  submit,
  blocks: [
    {
      type: 'input' as const,
      block_id: 'repo',
      label: { type: 'plain_text' as const, text: 'Repository' },
      element: { type: 'plain_text_input' as const, action_id: 'name', max_length: 20 },
    },
    {
      type: 'input' as const,
      block_id: 'scope',
      optional: true,
      label: { type: 'plain_text' as const, text: 'Scope' },
      element: {
        type: 'static_select' as const,
        action_id: 'pick',
        options: ['security', 'typing'].map((value) => ({ text: { type: 'plain_text' as const, text: value.toUpperCase() }, value })),
      },
    },
  ],
};

const heard: string[] = [];

function listen(app: App): void {
  heard.length = 0;
  app.command('/review', async ({ ack, client, command }) => {
    await ack();
    await client.views.open({ trigger_id: command.trigger_id, view });
  });
  app.view('review', async ({ ack, view: sent }) => {
    const { repo, scope } = sent.state.values;
    heard.push(`${repo?.name?.value} ${scope?.pick?.selected_option?.value ?? 'all'} ${sent.private_metadata}`);
    if (repo?.name?.value === 'apii') return ack({ response_action: 'errors', errors: { repo: 'Did you mean api?' } });
    if (repo?.name?.value === 'stack') {
      const next = { type: 'modal' as const, callback_id: 'second', title: { ...title, text: 'Second' }, submit, blocks: [] };
      return ack({ response_action: 'push', view: next });
    }
    if (repo?.name?.value === 'wrong') return ack({ response_action: 'errors', errors: { nowhere: 'unseen' } });
    return ack();
  });
  app.view('second', ({ ack }) => ack({ response_action: 'clear' }));
  app.view({ callback_id: 'review', type: 'view_closed' }, async ({ ack, body }) => {
    heard.push(`closed ${'is_cleared' in body && body.is_cleared}`);
    await ack();
  });
}

describe.each([
  ['Socket Mode', startSocketApp],
  ['signed HTTP', startHttpApp],
])('a modal over %s', (_name, start) => {
  it('is filled in, corrected and submitted', async () => {
    running = await start(listen);
    const { driver } = running.workspace;
    const dana = driver.as('dana');
    await dana.command('platform', '/review');
    const open = await driver.waitFor(() => dana.views()[0]);
    await expect(dana.submit(open.id)).rejects.toThrow('repo: Please complete this required field.');
    await expect(dana.submit(open.id, { repo: 'x'.repeat(21) })).rejects.toThrow('at most 20 characters');
    await expect(dana.submit(open.id, { Scope: 'everything' })).rejects.toThrow(
      '"everything" is not among the choices of pick: "SECURITY", "TYPING"',
    );
    await expect(driver.as('ravi').submit(open.id, { repo: 'api' })).rejects.toThrow('ravi has no view');
    await dana.submit(open.id, { Repository: 'apii' });
    expect(dana.views()[0]?.errors).toEqual({ repo: 'Did you mean api?' });
    await dana.submit(open.id, { name: 'api', Scope: 'SECURITY' });
    expect(dana.views()).toEqual([]);
    expect(heard).toEqual(['apii all kept', 'api security kept']);
  });

  it('stacks, clears, and is closed with or without a word', async () => {
    running = await start(listen);
    const { driver } = running.workspace;
    const dana = driver.as('dana');
    await dana.command('platform', '/review');
    const first = await driver.waitFor(() => dana.views()[0]);
    await dana.submit(first.id, { repo: 'stack' });
    const [bottom, top] = dana.views();
    expect([top?.previousViewId, top?.rootViewId]).toEqual([bottom?.id, bottom?.id]);
    await dana.submit(top!.id);
    expect(dana.views()).toEqual([]);
    await dana.command('platform', '/review');
    const again = await driver.waitFor(() => dana.views()[0]);
    await dana.closeView(again.id);
    expect(heard).toContain('closed false');
  });

  it('stays open and says so when the answer names blocks that are not there', async () => {
    running = await start(listen);
    const { driver } = running.workspace;
    const dana = driver.as('dana');
    await dana.command('platform', '/review');
    const open = await driver.waitFor(() => dana.views()[0]);
    await dana.submit(open.id, { repo: 'wrong' });
    expect(dana.views()).toHaveLength(1);
    expect(driver.log.at(-1)).toMatchObject({
      kind: 'failure',
      note: expect.stringContaining('errors name unknown blocks: nowhere') as string,
    });
  });
});

describe('triggers', () => {
  it('live three seconds and open one modal', async () => {
    const triggers: string[] = [];
    running = await startSocketApp((app) => {
      app.command('/review', async ({ ack, command }) => {
        triggers.push(command.trigger_id);
        await ack();
      });
    });
    const { app, workspace } = running;
    const open = (trigger_id: string) =>
      app.client.views.open({ trigger_id, view }).catch((caught: { data: { error: string } }) => caught.data.error);
    await workspace.driver.as('dana').command('platform', '/review');
    await workspace.driver.as('dana').command('platform', '/review');
    expect(await open(triggers[0]!)).toMatchObject({ ok: true, view: { callback_id: 'review' } });
    expect(await open(triggers[0]!)).toBe('exchanged_trigger_id');
    workspace.driver.moveClock(3001);
    expect(await open(triggers[1]!)).toBe('expired_trigger_id');
  });
});

describe('the Home tab', () => {
  it('is published when it is opened, and its buttons work', async () => {
    const pressed: string[] = [];
    running = await startSocketApp((app) => {
      app.event('app_home_opened', async ({ event, client }) => {
        const button = { type: 'button' as const, action_id: 'stop', text: { type: 'plain_text' as const, text: 'Stop' }, value: 'r-1' };
        await client.views.publish({ user_id: event.user, view: { type: 'home', blocks: [{ type: 'actions', elements: [button] }] } });
      });
      app.action('stop', async ({ ack, body }) => {
        await ack();
        pressed.push((body as { view?: { type: string } }).view?.type ?? 'none');
      });
    });
    const { driver } = running.workspace;
    const ravi = driver.as('ravi');
    await ravi.openHome();
    const home = await driver.waitFor(() => ravi.home());
    await ravi.click(home.id, 'Stop');
    expect(pressed).toEqual(['home']);
    expect(driver.as('dana').home()).toBeUndefined();
  });
});
