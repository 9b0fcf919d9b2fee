import { expect, it } from 'vitest';
import { poll } from '../support/poll.js';
import { approvalsOf, channel, messagesOf, press, runOf, type Shop, untilButton, untilEnded } from '../support/shop.js';
import { few, tellStories } from '../support/story.js';
import { expectNothingTwice, issuesOf } from '../support/traces.js';

const story = tellStories();

async function expectCancelled(shop: Shop, runId: string): Promise<void> {
  const run = await untilEnded(shop, runId);
  expect(run.status).toBe('cancelled');
  expect(run.progress.end?.line).toContain('cancelled by dana');
  expect(messagesOf(shop).at(0)?.text).toContain('cancelled by dana');
  expect(messagesOf(shop).at(-1)?.text).toContain('cancelled by dana');
  await expectNothingTwice(shop);

  // A second time: answered, and nothing changes.
  const { response } = await shop.driver.as('dana').command(channel, '/mahavishnu', `cancel ${runId}`);
  expect(JSON.stringify(response)).toContain('had ended before');
  expect(await runOf(shop, runId)).toEqual(run);
}

it('cancels while fixing: what works on it stops, its issues go back, nothing is left', { timeout: 180_000 }, async () => {
  const shop = await story.open({ name: 'shop-fixing' });
  await shop.start();
  const runId = await shop.ask('--scope all --auto-fix');
  await poll('fixes under way', async () => (await runOf(shop, runId)).progress.fixes.some(({ status }) => status === 'working'));
  expect((await issuesOf(shop)).filter(({ status }) => status === 'in_progress')).not.toEqual([]);
  await press(shop, /^Cancel run$/, 'dana');
  await expectCancelled(shop, runId);
  expect((await issuesOf(shop)).every(({ status }) => status === 'pending')).toBe(true);
  expect(await shop.commits()).toEqual(['chore: name the package']);
});

it('cancels while it waits: its question is void and its button answered', { timeout: 180_000 }, async () => {
  const shop = await story.open({ name: 'shop-asked' });
  await shop.start();
  const runId = await shop.ask(few);
  const button = await untilButton(shop, /^Patch /);
  const { response } = await shop.driver.as('dana').command(channel, '/mahavishnu', `cancel ${runId}`);
  expect(JSON.stringify(response)).toContain('is being cancelled');
  await expectCancelled(shop, runId);
  expect((await approvalsOf(shop)).map(({ status }) => status)).toEqual(['void']);
  expect((await runOf(shop, runId)).progress.end?.line).toContain('what was pushed to main stays');
  await expect(shop.driver.as('ravi').click(button.ts, button.label, { confirm: true })).rejects.toThrow();
});
