import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Approval } from '../../src/approvals/approval.js';
import type { TrackedFinding } from '../../src/bot.js';
import { type Driver, type Message, startWorkspace, type Workspace } from '../../src/local-workspace/index.js';
import type { RunEvent } from '../../src/runs/events.js';
import { createOutboxClient } from '../../src/slack/clients.js';
import { createProjector, type Projector } from '../../src/slack/projector.js';
import { freshDatabase } from '../support/database.js';
import { approval, at, pinned, reviewed, runAfter, tracked } from './samples.js';

type State = NonNullable<Awaited<ReturnType<Parameters<typeof createProjector>[0]['load']>>>;

let database: Awaited<ReturnType<typeof freshDatabase>>;
let workspace: Workspace;
let driver: Driver;
let clock: number;
const running: Projector[] = [];
const states = new Map<string, State>();
const warnings: string[] = [];
const log = {
  debug() {},
  warn: (fields: object, message: string) =>
    void warnings.push(
      `${message} ${String((fields as { err?: Error }).err?.stack ?? '')} ${String((fields as { err?: Error }).err?.cause ?? '')}`,
    ),
  error: (fields: object, message: string) =>
    void warnings.push(
      `${message} ${String((fields as { err?: Error }).err?.stack ?? '')} ${String((fields as { err?: Error }).err?.cause ?? '')}`,
    ),
};
const ended: RunEvent = { type: 'ended', status: 'done', line: 'nothing to fix', reference: null };

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.pool.query('truncate mahavishnu.slack_threads, mahavishnu.slack_outbox, mahavishnu.slack_pace');
  states.clear();
  warnings.length = 0;
  clock = Date.now();
  workspace = await startWorkspace({ now: () => clock });
  driver = workspace.driver;
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((projector) => projector.stop()));
  await workspace.stop();
});

function projector(owner: string, more: Partial<Parameters<typeof createProjector>[0]> = {}): Projector {
  const made = createProjector({
    database,
    load: async (runId) => states.get(runId) ?? null,
    client: createOutboxClient({ botToken: workspace.botToken, slackApiUrl: workspace.apiUrl, logger: silent }),
    owner,
    log,
    now: () => new Date(clock),
    ...more,
  });
  running.push(made);
  return made;
}
const silent = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, getLevel: () => 'error' as never, setName() {} };

async function change(
  id: string,
  events: RunEvent[],
  { findings = [], approvals = [], channel = 'general' }: { findings?: TrackedFinding[]; approvals?: Approval[]; channel?: string } = {},
) {
  states.set(id, { run: runAfter(events, {}, id), findings, approvals });
  await database.pool.query(
    `insert into mahavishnu.slack_threads (key, channel) values ($1, $2) on conflict (key) do update set version = slack_threads.version + 1`,
    [id, driver.channel(channel).id],
  );
  await database.pool.query(`select pg_notify('mahavishnu_threads', $1)`, [id]);
}

/** Time goes by on both sides: for the pace in the database and for Slack's own limits. */
function later(ms: number) {
  clock += ms;
}
const roots = (channel = 'general') => driver.channel(channel).messages();
const texts = (messages: Message[]) => messages.map(({ text }) => text);
const posts = () => driver.calls.filter(({ method, result }) => method === 'chat.postMessage' && result.ok);
const row = async (key: string) => (await database.pool.query('select * from mahavishnu.slack_threads where key = $1', [key])).rows[0];

describe('a thread (SL-3)', () => {
  it('appears at once, in order, and is edited in place', async () => {
    const own = projector('slot-1');
    await own.start();
    await change('r-1', pinned);
    await driver.waitFor(() => roots()[0]);

    later(4000);
    await change('r-1', [...pinned, reviewed, ended], { findings: [tracked(1), tracked(2)] });
    expect(await own.drain(5000)).toBe(true);
    const thread = driver.thread(roots()[0]!.ts);
    expect(texts(thread)).toEqual([
      'api: ⚠ nothing to fix · 40 s'.replace('⚠', '✓'),
      'api: 7 findings: 2 P0, 4 P1, 1 P2, 3 new · 4 known · 2 gone',
    ]);
    expect(thread[0]!.versions).toHaveLength(2);
    expect(thread[0]!.metadata).toEqual({ event_type: 'mahavishnu_message', event_payload: { key: 'r-1/root' } });
  });

  it('coalesces a burst into few calls, and the last state always arrives', async () => {
    const own = projector('slot-1');
    await own.start();
    for (let n = 0; n < 30; n += 1) {
      await change('r-1', pinned.slice(0, 1 + (n % 3)));
      later(50);
    }
    await change('r-1', [...pinned, ended]);
    expect(await own.drain(5000)).toBe(true);
    expect(roots()[0]!.text).toBe('api: ✓ nothing to fix · 30 s');
    expect(driver.calls.length).toBeLessThan(6);
  });

  it('is sent by one process only, whoever hears of it', async () => {
    const both = [projector('slot-1'), projector('slot-2')];
    await Promise.all(both.map((each) => each.start()));
    for (let n = 0; n < 12; n += 1) await change(`r-${n}`, pinned, { channel: n % 2 ? 'general' : 'platform' });
    for (let n = 0; n < 12; n += 1) {
      later(1500);
      await Promise.all(both.map((each) => each.drain(100)));
    }
    expect(roots('general').length + roots('platform').length).toBe(12);
    expect(posts()).toHaveLength(12);
  });

  it('stays within Slack’s limits with 100 runs at once, and loses nothing', async () => {
    const own = projector('slot-1');
    await own.start();
    for (let n = 0; n < 100; n += 1) await change(`r-${n}`, pinned, { channel: n % 2 ? 'general' : 'platform' });
    for (let n = 0; n < 100; n += 1) states.set(`r-${n}`, { run: runAfter([...pinned, ended], {}, `r-${n}`), findings: [], approvals: [] });
    await database.pool.query('update mahavishnu.slack_threads set version = version + 1');
    for (let rounds = 0; rounds < 400; rounds += 1) {
      later(1000);
      if (await own.drain(60)) break;
    }
    const all = [...roots('general'), ...roots('platform')];
    expect(all).toHaveLength(100);
    expect(all.every(({ text }) => text.startsWith('api: ✓ nothing to fix'))).toBe(true);
    expect(driver.calls.filter(({ result }) => !result.ok)).toEqual([]);
  }, 90_000);

  it('posts a digest once', async () => {
    const own = projector('slot-1');
    await own.start();
    const content = { text: 'open 41 (−6)', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'open 41' } }] };
    await database.pool.query(`insert into mahavishnu.slack_threads (key, channel, content) values ('digest:daily:1', $1, $2)`, [
      driver.channel('general').id,
      content,
    ]);
    expect(await own.drain(5000)).toBe(true);
    await database.pool.query(`update mahavishnu.slack_threads set version = version + 1`);
    expect(await own.drain(5000)).toBe(true);
    expect(texts(roots())).toEqual(['open 41 (−6)']);
  });
});

describe('what Slack can do (SL-10)', () => {
  const asking = [...pinned, reviewed, { type: 'approval_requested', approvalId: 'a-1', approvalType: 'version_bump' }] as RunEvent[];

  it.each(['lost_answer', 'status'] as const)('recognises a message whose answer was lost (%s)', async (kind) => {
    const own = projector('slot-1');
    await own.start();
    driver.fault('chat.postMessage', kind === 'status' ? { kind, status: 500 } : { kind });
    await change('r-1', pinned);
    await driver.waitFor(() => driver.calls.length > 0);
    for (let n = 0; n < 10 && !(await own.drain(200)); n += 1) later(4000);
    await settle(own);
    expect(roots()).toHaveLength(1);
    expect(posts().length).toBe(1);
  });

  it('sends nothing while it cannot look up what was sent', async () => {
    const own = projector('slot-1');
    await own.start();
    driver.fault('chat.postMessage', { kind: 'lost_answer' });
    driver.fault('conversations.history', { kind: 'error', error: 'internal_error' }, 3);
    await change('r-1', pinned);
    for (let n = 0; n < 5; n += 1) {
      await driver.waitFor(() => true);
      later(16_000);
      await own.drain(250);
    }
    await settle(own);
    expect(posts()).toHaveLength(1);
    expect(roots()).toHaveLength(1);
  });

  it('waits out a 429 for that method alone', async () => {
    const own = projector('slot-1');
    await own.start();
    await change('r-1', pinned);
    await own.drain(5000);
    driver.fault('chat.update', { kind: 'rate_limited', retryAfter: 20 });
    later(4000);
    await change('r-1', [...pinned, ended]);
    await own.drain(300);
    await change('r-2', pinned);
    await driver.waitFor(() => roots()[1]);
    expect(roots()[0]!.versions).toHaveLength(1);
    later(21_000);
    await settle(own);
    expect(roots()[0]!.text).toContain('nothing to fix');
    expect(driver.calls.filter(({ method }) => method === 'chat.update')).toHaveLength(2);
  });

  it('sends a decided approval before live edits, when there is little left of the pace', async () => {
    const own = projector('slot-1');
    await own.start();
    await change('r-1', asking, { approvals: [approval] });
    await own.drain(5000);
    await database.pool.query(`update mahavishnu.slack_pace set tokens = 1.2 where bucket = 'chat.update'`);
    await database.pool.query(
      `insert into mahavishnu.slack_pace (bucket, tokens, updated_at) values ('chat.update', 1.2, $1) on conflict do nothing`,
      [new Date(clock + 4000)],
    );
    later(4000);
    const decided: Approval = {
      ...approval,
      status: 'approved',
      choice: 'patch',
      decidedBy: { kind: 'slack', id: 'U0RAVI' },
      decidedAt: at(60),
    };
    await change(
      'r-1',
      [...asking, { type: 'approval_ended', approvalId: 'a-1', approvalType: 'version_bump', status: 'approved', choice: 'patch' }],
      { approvals: [decided] },
    );
    await driver.waitFor(() => driver.calls.some(({ method }) => method === 'chat.update'));
    const [first] = driver.calls.filter(({ method }) => method === 'chat.update');
    expect(String(first!.args.text)).toContain('2.4.1 approved');
  });

  it('brings a deleted root back while the run lives, and leaves it deleted afterwards', async () => {
    const own = projector('slot-1');
    await own.start();
    await change('r-1', pinned);
    await own.drain(5000);
    driver.deleteMessage(roots()[0]!.ts);
    later(4000);
    await change('r-1', [...pinned, reviewed], { findings: [tracked(1)] });
    await settle(own);
    expect(roots()).toHaveLength(1);
    expect(driver.thread(roots()[0]!.ts)).toHaveLength(2);
    driver.deleteMessage(roots()[0]!.ts);
    later(4000);
    await change('r-1', [...pinned, reviewed, ended]);
    await settle(own);
    expect(roots().filter(({ text }) => text.includes('nothing to fix'))).toEqual([]);
  });

  it('says a decision anew when the question cannot be edited any more', async () => {
    const own = projector('slot-1');
    await own.start();
    await change('r-1', asking, { approvals: [approval] });
    await own.drain(5000);
    driver.fault('chat.update', { kind: 'error', error: 'edit_window_closed' });
    later(4000);
    await change('r-1', asking, { approvals: [{ ...approval, status: 'expired', decidedAt: at(1800) }] });
    await settle(own);
    expect(texts(driver.thread(roots()[0]!.ts)).filter((text) => text.includes('expired'))).toHaveLength(1);
  });

  it('keeps the error of a channel it is not in, asks for an invitation and goes on when it has one', async () => {
    const asked: string[] = [];
    const own = projector('slot-1', { onNotInvited: (key, _, error) => void asked.push(`${key} ${error}`) });
    await own.start();
    driver.removeAppFrom('platform');
    await change('r-1', pinned, { channel: 'platform' });
    await driver.waitFor(() => driver.calls.length > 0);
    for (let n = 0; n < 20 && asked.length === 0; n += 1) await own.drain(50);
    expect(asked).toEqual(['r-1 not_in_channel']);
    expect(await row('r-1')).toMatchObject({ error: 'not_in_channel', shown: 0 });
    await change('r-1', pinned, { channel: 'platform' });
    await own.drain(100);
    expect(driver.calls).toHaveLength(1);
    driver
      .channels()
      .find(({ name }) => name === 'platform')!
      .members.push(driver.app.botUserId);
    later(61_000);
    await own.drain(300);
    await driver.waitFor(() => roots('platform')[0]);
  });

  it('shows the words when Slack refuses the layout', async () => {
    const own = projector('slot-1');
    await own.start();
    driver.fault('chat.postMessage', { kind: 'error', error: 'invalid_blocks' });
    await change('r-1', pinned);
    await settle(own);
    expect(texts(roots())).toEqual(['api: review and fix, critical, review under way']);
  });

  it('takes up at once what its own previous life had leased and half sent', async () => {
    await change('r-1', pinned);
    await database.pool.query(`update mahavishnu.slack_threads set owner = 'slot-1', lease_until = now() + interval '1 hour'`);
    const client = createOutboxClient({ botToken: workspace.botToken, slackApiUrl: workspace.apiUrl, logger: silent });
    const channel = driver.channel('general').id;
    await client.chat.postMessage({
      channel,
      text: 'old words',
      metadata: { event_type: 'mahavishnu_message', event_payload: { key: 'r-1/root' } },
    });
    await database.pool.query(
      `insert into mahavishnu.slack_outbox (thread_key, message_key, channel, state, at) values ('r-1', 'root', $1, 'sending', $2)`,
      [channel, new Date(clock)],
    );
    later(5000);
    const own = projector('slot-1');
    await own.start();
    await settle(own);
    expect(texts(roots())).toEqual(['api: review and fix, critical, review under way']);
    expect(posts()).toHaveLength(1);
  });
});

/** Until all is shown, with time going by. */
async function settle(own: Projector) {
  for (let n = 0; n < 20; n += 1) {
    const done = await own.drain(150);
    const { rows } = await database.pool.query('select 1 from mahavishnu.slack_threads where version > shown');
    if (done && rows.length === 0) return;
    later(5000);
  }
  throw new Error(`not shown: ${JSON.stringify(await row('r-1'))} ${warnings.join('; ')}`);
}
