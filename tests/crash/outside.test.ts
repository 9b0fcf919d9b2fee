import { expect, it } from 'vitest';
import { poll } from '../support/poll.js';
import { channel, press, runsOf, untilEnded } from '../support/shop.js';
import { expectPublishedOnce, few, tellStories } from '../support/story.js';
import { publishedVersions } from '../support/traces.js';

const story = tellStories();

it('finds the message it had posted and the version it had published before kills', { timeout: 180_000 }, async () => {
  const shop = await story.open({ name: 'shop-outside' });
  const posted = await story.startToDieAt(shop, 'posted');
  const runId = await shop.ask(few);
  await posted.dead;
  const publishing = await story.startToDieAt(shop, 'publishing');
  await press(shop, /^Patch /);
  await press(shop, /^npm$/);
  await publishing.dead;
  expect(await publishedVersions(story.registry, shop.packageName)).toEqual(['2.4.1']);
  await shop.start();
  await expectPublishedOnce(shop, story.registry, runId);
});

it('an event that Slack delivers again is the same run, also after a kill', { timeout: 180_000 }, async () => {
  const shop = await story.open({ name: 'shop-again' });
  const { dead } = await story.startToDieAt(shop, 'recorded');
  shop.driver.as('dana').mention(channel, `review ${shop.name} --scope security --dry-run`);
  await dead;
  await shop.start(); // Connected again, it is handed the event that nobody acknowledged.
  const delivery = await poll('the second delivery', () =>
    shop.driver.deliveries.find(({ kind, outcome, attempts }) => kind === 'events_api' && outcome === 'acked' && attempts > 1),
  );
  expect(await shop.driver.redeliver(delivery.id)).toBe(true);
  const [run, ...others] = await runsOf(shop);
  expect(others).toEqual([]);
  expect((await untilEnded(shop, run?.id ?? '')).status).toBe('done');
  expect(await shop.driver.redeliver(delivery.id)).toBe(true);
  expect(await runsOf(shop)).toHaveLength(1);

  // Commands are not delivered again by Slack, but on the way between the two anything may happen.
  const typed = await shop.driver.as('dana').command(channel, '/review-and-fix', `${shop.name} --scope security --dry-run`);
  await shop.driver.redeliver(typed.id);
  expect(await runsOf(shop)).toHaveLength(2);
});
