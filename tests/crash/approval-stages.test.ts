import { expect, it } from 'vitest';
import { press, untilButton } from '../support/shop.js';
import { expectPublishedOnce, few, tellStories } from '../support/story.js';

const story = tellStories();

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
