import { expect, it } from 'vitest';
import { channel, press, runsOf, untilButton } from '../support/shop.js';
import { expectPublishedOnce, few, tellStories } from '../support/story.js';

const story = tellStories();

it('keeps what was recorded, and goes on after kills while reviewing and between a commit and its gates', {
  timeout: 180_000,
}, async () => {
  const shop = await story.open({ name: 'shop-early' });
  const recorded = await story.startToDieAt(shop, 'recorded');
  const typed = () => shop.driver.as('dana').command(channel, '/review-and-fix', `${shop.name} ${few}`);
  const delivery = await typed();
  await recorded.dead;
  // The person is told by Slack that it failed, and may type it again; what was recorded happens all the same.
  expect(delivery.outcome).not.toBe('acked');
  expect(shop.driver.log.filter(({ kind }) => kind === 'failure')).toHaveLength(1);
  const [run, ...others] = await runsOf(shop);
  expect(run?.status).toBe('recorded');
  expect(others).toEqual([]);

  await (await story.startToDieAt(shop, 'reviewing')).dead;
  expect((await runsOf(shop)).map(({ status, progress }) => [status, progress.review])).toEqual([['running', null]]);
  await (await story.startToDieAt(shop, 'committed')).dead;
  await shop.start();
  await press(shop, /^Patch /);
  await press(shop, /^npm$/);
  await expectPublishedOnce(shop, story.registry, run?.id ?? '');
  expect(await runsOf(shop)).toHaveLength(1);

  expect((await typed()).outcome).toBe('acked');
  expect(new Set((await runsOf(shop)).map(({ id }) => id)).size).toBe(2);
});

it('goes on after kills while waiting for approval, between decision and bump, and between push and tag', {
  timeout: 180_000,
}, async () => {
  const shop = await story.open({ name: 'shop-late' });
  const bot = await shop.start();
  const runId = await shop.ask(few);
  const button = await untilButton(shop, /^Patch /);
  const click = () => shop.driver.as('ravi').click(button.ts, button.label, { confirm: true });
  await bot.kill();
  story.killed.push('waiting for approval');
  // Nobody is connected: Slack refuses the click, and nothing is decided.
  expect((await click()).outcome).toBe('dispatch_failed');

  const decided = await story.startToDieAt(shop, 'decided');
  await click(); // The message of before the kill, pressed after it.
  await decided.dead;
  expect(await shop.tags()).toEqual(['v2.4.0']);
  await (await story.startToDieAt(shop, 'pushed')).dead;
  expect((await shop.commits()).filter((subject) => subject.includes('2.4.1'))).toHaveLength(1);
  expect(await shop.tags()).toEqual(['v2.4.0']);
  await shop.start();
  await press(shop, /^npm$/);
  await expectPublishedOnce(shop, story.registry, runId);
});
