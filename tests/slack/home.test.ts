import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Driver, startWorkspace, type View, type Workspace } from '../../src/local-workspace/index.js';
import { createSlackApp, type SlackApp } from '../../src/slack/app.js';
import { createOutboxClient } from '../../src/slack/clients.js';
import { createHomes } from '../../src/slack/homes.js';
import { createLog } from '../../src/telemetry/log.js';
import { botAtTheBorder, unlimited } from './bot-at-the-border.js';
import { approval, pinned, reviewed, runAfter } from './samples.js';

let workspace: Workspace;
let driver: Driver;
let app: SlackApp;
let border: ReturnType<typeof botAtTheBorder>;

beforeEach(async () => {
  workspace = await startWorkspace({ seed: { app: { manifest: 'manifest.yml' } } });
  driver = workspace.driver;
  border = botAtTheBorder();
  const run = runAfter([...pinned, reviewed, { type: 'approval_requested', approvalId: 'a-1', approvalType: 'version_bump' }]);
  border.runs.set(run.id, run);
  border.approvals.set(approval.id, approval);
  border.issues.push({ id: 'MHV-012', title: 'T', description: 'D', status: 'pending', priority: 'P0', repositories: ['api'] });
  app = createSlackApp({
    bot: border.bot,
    settings: { mode: 'socket', http: { host: '127.0.0.1', port: 1, path: '/' } },
    tokens: workspace,
    log: createLog({ level: 'fatal' }),
    slackApiUrl: workspace.apiUrl,
    pace: unlimited,
  });
  await app.start();
});
afterEach(async () => {
  await app.stop();
  await workspace.stop();
});

const publications = () => driver.log.filter(({ kind }) => kind === 'home_published');
const shows = (who: string, words: string | RegExp) =>
  driver.waitFor(
    () => {
      const home = driver.as(who).home();
      const text = JSON.stringify(home?.blocks ?? '');
      return (typeof words === 'string' ? text.includes(words) : words.test(text)) ? home : undefined;
    },
    { timeoutMs: 6000, what: `Home with ${words}` },
  );
async function opened(who: string, words: string): Promise<View> {
  await driver.as(who).openHome();
  return shows(who, words);
}
const modal = (who: string) => driver.waitFor(() => driver.as(who).views().at(-1), { timeoutMs: 3000, what: 'a modal' });

describe('the Home tab (SL-6)', () => {
  it('is decided from as from the thread, and shows what came of it', async () => {
    const home = await opened('ravi', '1 approval waits for you');
    await expect(driver.as('ravi').click(home.id, 'Patch 2.4.1')).rejects.toThrow(/asks first/);
    await driver.as('ravi').click(home.id, 'Patch 2.4.1', { confirm: true });
    expect(border.asked.at(-1)).toMatchObject(['decide', 'a-1', { choice: 'patch', surface: 'slack' }]);
    app.homesChanged();
    await shows('ravi', 'Nothing waits for you');
  });

  it('offers nothing to decide to whom it is not asked, and answers who presses too late in a window', async () => {
    border.behaviour.mayNotDecide = driver.as('mei').id;
    const hers = await opened('mei', 'Waiting for others');
    expect(JSON.stringify(hers.blocks)).not.toContain('Patch 2.4.1');
    const home = await opened('ravi', 'Patch 2.4.1');
    border.approvals.clear();
    await driver.as('ravi').click(home.id, 'Patch 2.4.1', { confirm: true });
    expect(JSON.stringify((await modal('ravi')).blocks)).toContain('There is no approval a-1 (any more).');
  });

  it('rejects with a reason, opens the findings, cancels after a question', async () => {
    const home = await opened('ravi', 'View findings');
    await driver.as('ravi').click(home.id, 'Reject…');
    await driver.as('ravi').submit((await modal('ravi')).id, { reason: 'not today' });
    expect(border.asked.at(-1)).toMatchObject(['decide', 'a-1', { vote: 'reject', reason: 'not today' }]);
    await driver.as('ravi').click(home.id, 'View findings');
    await driver.as('ravi').closeView((await modal('ravi')).id);
    await driver.as('ravi').click(home.id, 'Cancel run', { confirm: true });
    expect(border.asked.at(-1)?.slice(0, 2)).toEqual(['cancel', 'r-7f3k']);
  });

  it('starts a run in a channel that is asked for', async () => {
    const home = await opened('dana', 'Start a review');
    await driver.as('dana').click(home.id, 'Start a review…');
    await driver.as('dana').submit((await modal('dana')).id, { target: 'web', scope: 'security', channel: driver.channel('general').id });
    await driver.waitFor(() => border.names().includes('begin'));
    expect(border.asked[0]?.slice(0, 2)).toMatchObject([
      'record',
      { repository: 'web', scope: 'security', channel: driver.channel('general').id },
    ]);
    expect(driver.as('dana').views()).toEqual([]);
  });

  it('opens the issues of a repository, and from them a review of it', async () => {
    const home = await opened('dana', 'Show issues');
    await driver.as('dana').click(home.id, 'Show issues');
    await driver.as('dana').click((await modal('dana')).id, 'Review and fix…');
    await driver.waitFor(() => driver.as('dana').views().length === 2);
    await driver.as('dana').submit((await modal('dana')).id, { channel: driver.channel('general').id });
    expect(border.asked[0]?.slice(0, 2)).toMatchObject(['record', { repository: 'api', scope: 'all' }]);
    expect(driver.as('dana').views()).toEqual([]);
  });

  it('shows a run that ended in a window', async () => {
    border.runs.set('r-2', runAfter([...pinned, { type: 'ended', status: 'done', line: 'nothing to fix', reference: null }], {}, 'r-2'));
    const home = await opened('dana', 'Show run');
    await driver.as('dana').click(home.id, 'Show run');
    expect(JSON.stringify((await modal('dana')).blocks)).toContain('nothing to fix');
  });

  it('draws what changes at most every 3 s for a person, with the last state at the end, and nothing twice', async () => {
    await opened('ravi', 'Patch 2.4.1');
    const before = publications().length;
    for (let n = 0; n < 20; n += 1) {
      border.issues[0]!.title = `Title ${n}`;
      app.homesChanged();
    }
    await shows('ravi', 'Title 19');
    app.homesChanged();
    const times = publications().map(({ at }) => at);
    expect(times.length - before).toBe(1);
    expect(times.at(-1)! - times.at(-2)!).toBeGreaterThanOrEqual(2900);
  });

  it('comes in the end, after Slack said to wait', async () => {
    driver.fault('views.publish', { kind: 'rate_limited', retryAfter: 1 });
    await opened('ravi', 'Patch 2.4.1');
    expect(driver.calls.filter(({ method }) => method === 'views.publish')).toHaveLength(2);
  });
});

it('forgets Homes that nobody looked at for an hour', async () => {
  let clock = 0;
  let drawn = 0;
  const homes = createHomes({
    news: async () => drawn,
    view: async (_, n) => ({ type: 'home', blocks: [{ type: 'section', text: { type: 'plain_text', text: `${n}` } }] }),
    client: createOutboxClient({ botToken: workspace.botToken, slackApiUrl: workspace.apiUrl }),
    pace: unlimited,
    log: createLog({ level: 'fatal' }),
    everyMs: 0,
    now: () => clock,
  });
  homes.opened(driver.as('dana').id);
  await shows('dana', '"0"');
  drawn = 1;
  homes.changed();
  await shows('dana', '"1"');
  clock = 61 * 60_000;
  drawn = 2;
  homes.changed();
  await homes.stop();
  expect(publications()).toHaveLength(2);
});

describe('the shortcut "Make an issue" (SL-7)', () => {
  const told = (who: string) =>
    driver
      .channel('general')
      .messages({ as: who })
      .filter(({ visibleTo }) => visibleTo !== undefined)
      .at(-1)?.text;

  it('files an issue from a message once, and tells its id privately', async () => {
    const { ts } = driver.as('mei').say('general', 'The web cart &lt;b&gt; loses items\nSeen by <@U0RAVI000|ravi>, <!channel>');
    for (const expected of ['✓ `web` · `MHV-031` filed, P0', '○ `web` · `MHV-031` was made from this message before, nothing was added']) {
      expect((await driver.as('dana').shortcut('Make an issue', ts)).outcome).toBe('acked');
      const form = await modal('dana');
      expect(form.state.repository?.value).toMatchObject({ selected_option: { value: 'web' } });
      await driver.as('dana').submit(form.id, { priority: 'P0' });
      await driver.waitFor(() => told('dana') === expected, { timeoutMs: 3000, what: expected });
    }
    const channel = driver.channel('general').id;
    const team = (driver.deliveries.at(-1)!.payload as { team: { id: string } }).team.id;
    expect(border.asked.map(([what]) => what)).toEqual(['createIssue', 'createIssue']);
    expect(border.asked[0]![1]).toEqual({
      repository: 'web',
      title: 'The web cart <b> loses items',
      description: 'The web cart <b> loses items\nSeen by @ravi, @channel',
      priority: 'P0',
      source: { key: `slack:${team}:${channel}:${ts}`, details: { slack_team: team, slack_channel: channel, slack_ts: ts } },
    });
    expect(told('mei')).toBeUndefined();
    expect(driver.as('dana').views()).toEqual([]);
  });

  it('opens nothing for who may not', async () => {
    border.behaviour.forbidden = true;
    const { ts } = driver.as('mei').say('general', 'x');
    await driver.as('mei').shortcut('issue.make', ts);
    await driver.waitFor(() => told('mei') === 'Only operators and admins may do this.', { timeoutMs: 3000, what: 'an answer' });
    expect(driver.as('mei').views()).toEqual([]);
    expect(border.asked).toEqual([]);
  });
});
