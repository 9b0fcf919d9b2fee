import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { poll } from '../support/poll.js';
import { press, runOf, untilButton } from '../support/shop.js';
import { expectPublishedOnce, few, tellStories } from '../support/story.js';

const story = tellStories();

/** Command lines of the programs that this process started and that are at work. */
async function programsOf(pid: number): Promise<string> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'args=', '--ppid', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout;
}

it('goes on with a run after it was stopped while it reviewed, fixed and waited, as if it had not been (DU-1)', {
  timeout: 180_000,
}, async () => {
  const shop = await story.open({ name: 'shop-stopped' });
  let bot = await shop.start();
  const restart = async () => {
    await bot.stop();
    expect(await bot.gone, bot.log()).toEqual({ code: 0, signal: null });
    bot = await shop.start();
  };

  const runId = await shop.ask(few);
  await poll('analyzers at work', async () => /oxlint|secretlint|ast-grep/.test(await programsOf(bot.pid)));
  await restart();
  expect((await runOf(shop, runId)).progress.end).toBeNull();
  await poll('gates at work', async () => {
    const { progress } = await runOf(shop, runId);
    return progress.fixes.some(({ status }) => status === 'working') && /npm|node|\/bin\/sh/.test(await programsOf(bot.pid));
  });
  await restart();
  await untilButton(shop, /^Patch /);
  await restart();
  await press(shop, /^Patch /);
  await press(shop, /^npm$/);

  await expectPublishedOnce(shop, story.registry, runId);
  const { review, fixes } = (await runOf(shop, runId)).progress;
  expect(review?.coverage.agents.filter(({ status }) => status === 'failed')).toEqual([]);
  const notFixed = fixes.filter(({ status }) => status !== 'fixed').map(({ reason }) => reason);
  expect(notFixed).toEqual([expect.stringContaining('a secret needs a person')]);
});
