import { expect, it } from 'vitest';
import { channel, press, runsOf } from '../support/shop.js';
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
