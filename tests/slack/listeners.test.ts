import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeliveryRecord, Driver, Message, Workspace } from '../../src/local-workspace/index.js';
import { startWorkspace } from '../../src/local-workspace/index.js';
import type { RunEvent } from '../../src/runs/events.js';
import { createSlackApp, type SlackApp } from '../../src/slack/app.js';
import { createOutboxClient } from '../../src/slack/clients.js';
import { viewOfRun } from '../../src/slack/views/run.js';
import { createLog } from '../../src/telemetry/log.js';
import { refusalsOfModal } from './block-kit.js';
import { botAtTheBorder, unlimited } from './bot-at-the-border.js';
import { approval, at, pinned, reviewed, runAfter, tracked } from './samples.js';

const log = createLog({ level: 'fatal' });
let workspace: Workspace;
let driver: Driver;
let app: SlackApp;
let border: ReturnType<typeof botAtTheBorder>;

async function begin(mode: 'socket' | 'http' = 'socket') {
  workspace = await startWorkspace({
    seed: { app: { manifest: 'manifest.yml' } },
    ...(mode === 'http' ? { delivery: { http: undefined } } : {}),
  });
  driver = workspace.driver;
  border = botAtTheBorder();
  const port = mode === 'http' ? await freePort() : 1;
  app = createSlackApp({
    bot: border.bot,
    settings: { mode, http: { host: '127.0.0.1', port, path: '/slack/events' } },
    tokens: workspace,
    log,
    slackApiUrl: workspace.apiUrl,
    pace: unlimited,
  });
  await app.start();
  workspace.pointAt(`http://127.0.0.1:${port}/slack/events`);
}

afterEach(async () => {
  await app.stop();
  await workspace.stop();
});

/** The newest private answer to this person. */
const told = (who: string, channel = 'general') =>
  driver
    .channel(channel)
    .messages({ as: who })
    .filter(({ visibleTo }) => visibleTo !== undefined)
    .at(-1)?.text;
const answered = (who: string, channel?: string) => driver.waitFor(() => told(who, channel), { timeoutMs: 3000, what: 'a private answer' });
const modal = (who: string) => driver.waitFor(() => driver.as(who).views().at(-1), { timeoutMs: 3000, what: 'a modal' });
const acked = ({ outcome }: DeliveryRecord) => outcome;

/** Puts the messages of a run into the channel, as the projector would. */
async function show(
  events: RunEvent[],
  { approvals = [approval], findings = [tracked(1), tracked(2), tracked(3)] } = {},
): Promise<Message[]> {
  const run = runAfter(events);
  border.runs.set(run.id, run);
  border.findings.splice(0, border.findings.length, ...findings);
  for (const each of approvals) border.approvals.set(each.id, each);
  const client = createOutboxClient({ botToken: workspace.botToken, slackApiUrl: workspace.apiUrl });
  const sent: Message[] = [];
  for (const { text, blocks } of viewOfRun(run, findings, approvals)) {
    const { ts } = await client.chat.postMessage({ channel: driver.channel('general').id, text, blocks });
    sent.push(driver.message(ts!)!);
  }
  return sent;
}
const find = (messages: Message[], words: string) => messages.find(({ text }) => text.includes(words))!.ts;
const offered: RunEvent[] = [...pinned, reviewed, { type: 'fixes_offered', until: at(7200).toISOString() }];

describe.each(['socket', 'http'] as const)('over %s (SL-9)', (mode) => {
  beforeEach(() => begin(mode));

  it('records, acknowledges, then begins', async () => {
    const delivery = await driver.as('dana').command('general', '/review-and-fix', 'api --scope security --auto-fix --since v1');
    expect(acked(delivery)).toBe('acked');
    expect(delivery.latencyMs).toBeLessThan(500);
    await app.stop(); // Waits for what comes after the acknowledgement.
    const payload = delivery.payload as { team_id: string; trigger_id: string };
    expect(border.asked).toEqual([
      [
        'record',
        {
          repository: 'api',
          scope: 'security',
          autoFix: true,
          dryRun: false,
          since: 'v1',
          channel: driver.channel('general').id,
          requestedBy: { kind: 'slack', id: driver.as('dana').id, name: 'dana' },
          offersFixes: true,
          quiet: false,
        },
        `slack:${payload.team_id}:${payload.trigger_id}`,
      ],
      ['begin', 'r-1'],
    ]);
    expect(told('dana')).toBeUndefined();
  });

  it('answers mistakes privately, with the repaired command', async () => {
    expect(acked(await driver.as('dana').command('general', '/review-and-fix', 'apii --scope all'))).toBe('acked');
    expect(await answered('dana')).toBe('I don\'t know a repository "apii". Did you mean api?  `/review-and-fix api --scope all`');
    expect(told('ravi')).toBeUndefined();
    expect(border.asked).toEqual([]);
  });
});

describe('commands', () => {
  beforeEach(() => begin());

  it('starts one run for each repository of a tag, recorded in one go', async () => {
    const delivery = await driver.as('dana').command('general', '/review-and-fix', 'tag:backend --dry-run');
    expect(border.names()).toEqual(['record', 'record', 'begin', 'begin']);
    expect(new Set(border.asked.slice(0, 2).map(([, , trigger]) => String(trigger).split(':').at(-1)))).toEqual(new Set(['api', 'web']));
    expect(acked(delivery)).toBe('acked');
    expect(told('dana')).toBe('2 runs, each with a thread of its own: `api, web`');
  });

  it('says "not started" when the database does not answer in time', async () => {
    border.behaviour.recordTakesMs = 5000;
    const delivery = await driver.as('dana').command('general', '/review-and-fix', 'api');
    expect(acked(delivery)).toBe('acked');
    expect(await answered('dana')).toBe('The database is not answering. Nothing was started. Try again in a minute.');
    expect(border.names()).not.toContain('begin');
  });

  it('refuses who may not, and starts nothing', async () => {
    border.behaviour.forbidden = true;
    await driver.as('mei').command('general', '/review-and-fix', 'api');
    expect(await answered('mei')).toBe('Only operators and admins may do this.');
    expect(border.asked).toEqual([]);
  });

  it('starts nothing for someone whose rights cannot be looked up in time (AP-4)', async () => {
    border.bot.authorise = () => new Promise(() => {});
    const delivery = await driver.as('mei').command('general', '/review-and-fix', 'api');
    expect(delivery).toMatchObject({ outcome: 'acked' });
    expect(await answered('mei')).toBe('Slack is not answering. I could not look up what you may do, so nothing was done. Try again.');
    expect(border.asked).toEqual([]);
  });

  it('opens the form without arguments, and its submission starts the run once', async () => {
    await driver.as('dana').command('general', '/review-and-fix');
    const form = await modal('dana');
    const delivery = await driver.as('dana').submit(form.id, { target: 'api', scope: 'all', how: ['dry-run'], since: 'main' });
    expect(acked(delivery)).toBe('acked');
    await driver.redeliver(delivery.id);
    const triggers = border.asked.filter(([what]) => what === 'record').map(([, , trigger]) => trigger);
    expect(new Set(triggers).size).toBe(1);
    expect(border.asked[0]?.[1]).toMatchObject({
      repository: 'api',
      scope: 'all',
      dryRun: true,
      autoFix: false,
      since: 'main',
      offersFixes: false,
    });
    expect(driver.as('dana').views()).toEqual([]);
  });

  it('tells a mistake in the form at its field', async () => {
    await driver.as('dana').command('general', '/review-and-fix');
    const form = await modal('dana');
    await driver.as('dana').submit(form.id, { target: 'api', since: '--upload-pack=x' });
    expect(driver.as('dana').views().at(-1)?.errors).toEqual({ since: '"--upload-pack=x" is not a branch, tag or commit.' });
    expect(border.asked).toEqual([]);
  });

  it.each([
    ['help', '/mahavishnu review-and-fix'],
    ['repos', '2 repositories'],
    ['health', 'Health'],
    ['runs', 'The last runs'],
    ['approvals', 'Nothing waits for approval.'],
    ['pause', 'Paused'],
    ['resume', 'Going on'],
    ['cancel r-7f3k', 'api · r-7f3k is being cancelled.'],
    ['show r-nope', 'I don\'t know a run "r-nope".  `/mahavishnu runs`'],
    ['rnus', 'I don\'t know "rnus". Did you mean runs?  `/mahavishnu runs`'],
  ])('/mahavishnu %s is answered privately', async (text, words) => {
    expect(acked(await driver.as('dana').command('general', '/mahavishnu', text))).toBe('acked');
    expect(await answered('dana')).toContain(words);
  });

  it('shows a run, what it waits for, and the approvals with their buttons', async () => {
    await show([...offered.slice(0, 4), { type: 'approval_requested', approvalId: 'a-1', approvalType: 'version_bump' }]);
    await driver.as('dana').command('general', '/mahavishnu', 'show r-7f3k');
    expect(await answered('dana')).toContain('api: review and fix, critical, waiting for approval of version bump');
    await driver.as('ravi').command('general', '/mahavishnu', 'approvals');
    await answered('ravi');
    const list = driver
      .channel('general')
      .messages({ as: 'ravi' })
      .filter(({ visibleTo }) => visibleTo)
      .at(-1)!;
    await driver.as('ravi').click(list.ts, 'Patch 2.4.1', { confirm: true });
    await driver.waitFor(() => driver.message(list.ts)?.text.includes('2.4.1 approved'));
    expect(border.asked.at(-1)).toMatchObject(['decide', 'a-1', { vote: 'approve', choice: 'patch' }]);
  });

  it('asks privately for an invitation where it is not', async () => {
    await driver.as('dana').command('general', '/review-and-fix', 'api');
    expect(await app.askForInvitation('r-1')).toBe(true);
    expect(told('dana')).toContain('I cannot write here. Invite me with `/invite @Mahavishnu`');
    expect(await app.askForInvitation('r-1')).toBe(false);
  });
});

describe('a mention (SL-7)', () => {
  beforeEach(() => begin());

  it('is recorded before it is acknowledged, and a redelivery starts nothing new', async () => {
    border.behaviour.recordTakesMs = 300;
    driver.as('dana').mention('general', 'review api --scope all');
    const delivery = await driver.waitFor(() => driver.deliveries.find(({ payload }) => JSON.stringify(payload).includes('app_mention')));
    await driver.waitFor(() => delivery.outcome === 'acked');
    expect(border.names().slice(0, 1)).toEqual(['record']);
    expect(delivery.latencyMs).toBeGreaterThan(280);
    await driver.redeliver(delivery.id);
    const triggers = border.asked.filter(([what]) => what === 'record').map(([, , trigger]) => trigger);
    expect(new Set(triggers).size).toBe(1);
    expect(border.asked[0]?.[1]).toMatchObject({ repository: 'api', scope: 'all' });
  });

  it('answers mistakes privately', async () => {
    driver.as('dana').mention('general', 'reveiw api');
    expect(await answered('dana')).toBe('I don\'t know "reveiw". Did you mean review?  `review api`');
  });
});

describe('clicks (SL-4, SL-5)', () => {
  beforeEach(() => begin());
  const asking: RunEvent[] = [...pinned, reviewed, { type: 'approval_requested', approvalId: 'a-1', approvalType: 'version_bump' }];

  it('decides once, and tells the late one who decided what and when (AP-3)', async () => {
    const question = find(await show(asking), 'approval wanted');
    expect(acked(await driver.as('ravi').click(question, 'Minor 2.5.0', { confirm: true }))).toBe('acked');
    expect(border.asked.at(-1)).toEqual([
      'decide',
      'a-1',
      {
        vote: 'approve',
        choice: 'minor',
        reason: null,
        actor: { kind: 'slack', id: driver.as('ravi').id, name: 'ravi' },
        surface: 'slack',
      },
    ]);
    await driver.as('dana').click(question, 'Patch 2.4.1', { confirm: true });
    expect(await answered('dana')).toBe(`✓ 2.5.0 approved by <@${driver.as('ravi').id}> at <!date^1795274400^{time}|15:20 UTC>`);
    await driver.as('dana').click(question, 'Reject…');
    await driver.waitFor(() => driver.calls.length > 0);
    expect(driver.as('dana').views()).toEqual([]);
  });

  it('refuses who may not, privately', async () => {
    const question = find(await show(asking), 'approval wanted');
    await driver.as('mei').click(question, 'Patch 2.4.1', { confirm: true });
    expect(await answered('mei')).toBe('Only @release-team may approve this, and not who asked for it.');
  });

  it('asks for a reason before it rejects (AP-7)', async () => {
    const question = find(await show(asking), 'approval wanted');
    await driver.as('ravi').click(question, 'Reject…');
    const form = await modal('ravi');
    expect(refusalsOfModal({ title: form.title, submit: form.submit, close: form.close, blocks: form.blocks })).toEqual([]);
    await driver.as('ravi').submit(form.id, { reason: 'wait for the docs' });
    expect(border.asked.at(-1)).toMatchObject(['decide', 'a-1', { vote: 'reject', choice: null, reason: 'wait for the docs' }]);
    expect(driver.as('ravi').views()).toEqual([]);
  });

  it('approves an exact version, and says what is wrong with one', async () => {
    const question = find(await show(asking), 'approval wanted');
    await driver.as('ravi').choose(question, 'approval.more', 'Edit version…');
    const form = await modal('ravi');
    await driver.as('ravi').submit(form.id, { version: 'nonsense' });
    expect(driver.as('ravi').views().at(-1)?.errors).toEqual({ version: '"nonsense" is not a version.' });
    await driver.as('ravi').submit(form.id, { version: '2.5.0-rc.1' });
    expect(border.asked.at(-1)).toMatchObject(['decide', 'a-1', { choice: '2.5.0-rc.1' }]);
    expect(driver.as('ravi').views()).toEqual([]);
  });

  it('extends with the new deadline shown', async () => {
    const question = find(await show(asking), 'approval wanted');
    await driver.as('ravi').choose(question, 'approval.more', 'Extend 30 min');
    expect(await answered('ravi')).toBe('Extended to 16:12.');
  });

  it('never leaves a stale button without an answer (SL-10)', async () => {
    const question = find(await show(asking), 'approval wanted');
    border.approvals.clear();
    await driver.as('ravi').click(question, 'Patch 2.4.1', { confirm: true });
    expect(await answered('ravi')).toBe('There is no approval a-1 (any more).');
    const client = createOutboxClient({ botToken: workspace.botToken, slackApiUrl: workspace.apiUrl });
    const { ts } = await client.chat.postMessage({
      channel: driver.channel('general').id,
      text: 'from long ago',
      blocks: [
        { type: 'actions', elements: [{ type: 'button', action_id: 'old.thing', value: 'x', text: { type: 'plain_text', text: 'Old' } }] },
      ],
    });
    expect(acked(await driver.as('mei').click(ts!, 'Old'))).toBe('acked');
    expect(await answered('mei')).toContain('of an older version of me');
  });

  it('fixes the P0 issues, and ends the offer', async () => {
    const summary = find(await show(offered, { approvals: [] }), '7 findings');
    await driver.as('dana').click(summary, 'Fix P0 issues');
    await driver.as('dana').click(summary, 'Done');
    expect(border.asked.map(([what, runId]) => [what, runId])).toEqual([
      ['fix', 'r-7f3k'],
      ['finishOffer', 'r-7f3k'],
    ]);
  });

  it('cancels after a confirmation', async () => {
    const root = find(await show(offered, { approvals: [] }), 'review and fix, critical');
    await expect(driver.as('dana').click(root, 'Cancel run')).rejects.toThrow(/asks first/);
    await driver.as('dana').click(root, 'Cancel run', { confirm: true });
    expect(border.names()).toEqual(['cancel']);
  });

  it('pages through the findings, keeps the choice, and fixes what was chosen (SL-4)', async () => {
    const findings = Array.from({ length: 45 }, (_, n) => tracked(n + 1));
    const summary = find(await show(offered, { approvals: [], findings }), '7 findings');
    await driver.as('dana').click(summary, 'View details');
    const first = await modal('dana');
    expect(first.blocks.filter(({ accessory }) => accessory)).toHaveLength(20);
    const menus = (view: typeof first) => view.blocks.filter(({ accessory }) => accessory).map(({ block_id }) => block_id!);
    const choose = async (at: number, what: string) =>
      driver.as('dana').choose(first.id, 'details.finding', what, { blockId: menus(driver.as('dana').views()[0]!)[at]! });
    await choose(0, 'Choose');
    await driver.waitFor(() => JSON.stringify(driver.as('dana').views()[0]?.submit ?? '').includes('Fix 1 chosen'));
    await driver.as('dana').click(first.id, 'Later');
    await driver.waitFor(() => JSON.stringify(driver.as('dana').views()[0]?.blocks).includes('page 2 of 3'));
    await choose(1, 'Choose');
    await driver.waitFor(() => JSON.stringify(driver.as('dana').views()[0]?.submit ?? '').includes('Fix 2 chosen'));
    await choose(2, 'Show code');
    await driver.waitFor(() => driver.as('dana').views().length === 2);
    await driver.as('dana').closeView(driver.as('dana').views()[1]!.id);
    await driver.as('dana').submit(first.id);
    expect(border.asked.at(-1)).toMatchObject(['fix', 'r-7f3k', { findingIds: ['F-1', 'F-22'] }, { id: driver.as('dana').id }]);
  });

  it('a finding is contested in the details, with a reason and an end (SL-4, RV-9)', async () => {
    const summary = find(await show(offered, { approvals: [] }), '7 findings');
    await driver.as('dana').click(summary, 'View details');
    const details = await modal('dana');
    const menu = details.blocks.find(({ accessory }) => accessory)!.block_id!;
    const wrong = () => driver.as('dana').choose(details.id, 'details.finding', 'Wrong…', { blockId: menu });
    await wrong();
    await driver.waitFor(() => driver.as('dana').views().length === 2);
    const asks = driver.as('dana').views()[1]!;
    expect(JSON.stringify(asks.blocks)).toContain('Why is it wrong?');
    await expect(driver.as('dana').submit(asks.id, { reason: '' })).rejects.toThrow();
    await driver.as('dana').submit(asks.id, { reason: 'the text is ours' });
    expect(border.asked.find(([what]) => what === 'contest')).toMatchObject([
      'contest',
      'r-7f3k',
      'F-1',
      { reason: 'the text is ours', until: new Date('2027-02-20T00:00:00Z') },
      { kind: 'slack', id: driver.as('dana').id },
    ]);

    border.behaviour.forbidden = true;
    await wrong();
    await driver.waitFor(() => JSON.stringify(driver.as('dana').views().at(-1)?.blocks).includes('Only operators'));
    expect(border.asked.filter(([what]) => what === 'contest')).toHaveLength(1);
  });

  it.each([
    [
      { kind: 'error', error: 'expired_trigger_id' },
      'It took too long, so Slack opens no window for it any more. Press it, or type it, again.',
    ],
    [{ kind: 'rate_limited', retryAfter: 12 }, 'Slack lets me do this again in 12 s. Try it then.'],
    [{ kind: 'error', error: 'internal_error' }, 'Something broke on my side (reference '],
  ] as const)('says what to do when no window can be opened (SL-10): %o', async (fault, words) => {
    const summary = find(await show(offered, { approvals: [] }), '7 findings');
    driver.fault('views.open', fault);
    await driver.as('dana').click(summary, 'View details');
    expect(await answered('dana')).toContain(words);
  });

  it('tells faults of its own with a reference, and no detail', async () => {
    const root = find(await show(offered, { approvals: [] }), 'review and fix, critical');
    border.bot.cancel = async () => {
      throw new Error('password=hunter2');
    };
    await driver.as('dana').click(root, 'Cancel run', { confirm: true });
    expect(await answered('dana')).toMatch(/^Something broke on my side \(reference [0-9a-f]{8}\)\.$/);
  });

  it('lets what is under way finish before it stops', async () => {
    border.behaviour.recordTakesMs = 300;
    const delivery = driver.as('dana').command('general', '/review-and-fix', 'api');
    await new Promise((resolve) => setTimeout(resolve, 100));
    await app.stop();
    expect(acked(await delivery)).toBe('acked');
    expect(border.names()).toEqual(['record', 'begin']);
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
