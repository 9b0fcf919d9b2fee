import { expect, it } from 'vitest';
import { actionIds } from '../../src/slack/action-ids.js';
import { poll } from '../support/poll.js';
import {
  actionsOf,
  approvalsOf,
  audited,
  messageOf,
  messagesOf,
  moveClock,
  press,
  runOf,
  type Shop,
  untilButton,
  untilEnded,
} from '../support/shop.js';
import { expectPublishedOnce, few, tellStories } from '../support/story.js';
import { expectNothingTwice, leftovers } from '../support/traces.js';

const story = tellStories();
const hour = 3_600_000;

/** The question is asked, the bot is killed, the deadline passes, the bot comes back. Returns the run, and the id of the question. */
async function expireWhileDown(shop: Shop): Promise<{ runId: string; approvalId: string }> {
  const bot = await shop.start();
  const runId = await shop.ask(few);
  await untilButton(shop, /^Patch /);
  await bot.kill();
  // As if it had waited for people over two years of nightly restarts.
  await shop.database.pool.query("update dbos.workflow_status set recovery_attempts = 700 where status = 'PENDING'");
  await moveClock(shop, hour);
  const [asked] = await approvalsOf(shop);
  expect(asked?.status).toBe('pending');
  await shop.start();
  const approvalId = asked?.id ?? '';
  await poll('the question to be shown as expired', () => messageOf(shop, `approval:${approvalId}`)?.text.includes('expired'));
  expect(await audited(shop, 'approval.expired')).toBe(1);
  return { runId, approvalId };
}

it('hold: it expires once while the bot is down, the run stays open, and asked again it goes on', { timeout: 180_000 }, async () => {
  const shop = await story.open({ name: 'shop-hold' });
  const { runId, approvalId } = await expireWhileDown(shop);
  const question = () => messageOf(shop, `approval:${approvalId}`);
  await poll('the button to ask again', () => question() && actionsOf(question()!).includes(actionIds.askAgain));
  expect(actionsOf(question()!)).toEqual([actionIds.askAgain]);
  expect((await runOf(shop, runId)).status).toBe('waiting');

  await press(shop, /^Ask again$/, 'dana');
  await press(shop, /^Patch /);
  expect((await approvalsOf(shop)).map(({ round, status }) => [round, status])).toEqual([
    [1, 'expired'],
    [2, 'approved'],
  ]);
  await press(shop, /^npm$/);
  await expectPublishedOnce(shop, story.registry, runId);
  expect(await audited(shop, 'approval.expired')).toBe(1);
});

it('deny: it counts as a no, and what was fixed stays', { timeout: 180_000 }, async () => {
  const shop = await story.open({ name: 'shop-deny', approvals: { version_bump: { on_timeout: 'deny' } } });
  const { runId } = await expireWhileDown(shop);
  const run = await untilEnded(shop, runId);
  expect(run.status).toBe('done');
  expect(run.progress.end?.line).toContain('no release: nobody answered in time');
  expect(run.progress.handover?.how).toBe('push');
  expect(await shop.tags()).toEqual(['v2.4.0']);
  await expectNothingTwice(shop);
});

it('halt: the run is cancelled and its branch removed, also when the deadline passes under a running bot', {
  timeout: 180_000,
}, async () => {
  const shop = await story.open({ name: 'shop-halt', approvals: { version_bump: { on_timeout: 'halt' } } });
  await shop.start();
  const runId = await shop.ask(few);
  await untilButton(shop, /^Patch /);
  expect((await leftovers(shop.state)).filter((left) => left.includes('refs/heads/'))).not.toEqual([]);
  await moveClock(shop, hour);
  const run = await untilEnded(shop, runId);
  expect(run.status).toBe('cancelled');
  expect(run.progress.end?.line).toBe('cancelled: nobody answered in time; what was pushed to main stays');
  expect(messagesOf(shop).at(-1)?.text).toContain('cancelled: nobody answered in time');
  expect(await audited(shop, 'approval.expired')).toBe(1);
  expect(await shop.tags()).toEqual(['v2.4.0']);
  await expectNothingTwice(shop);
});
