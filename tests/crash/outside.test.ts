import { expect, it } from 'vitest';
import { press } from '../support/shop.js';
import { expectPublishedOnce, few, tellStories } from '../support/story.js';
import { publishedVersions } from '../support/traces.js';

const story = tellStories();

it('finds the message it had posted and the version it had published before kills', { timeout: 120_000 }, async () => {
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
