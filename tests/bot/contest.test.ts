import { afterAll, expect, it } from 'vitest';
import { entryPoint } from '../../src/process/entry-point.js';
import { runProcess } from '../../src/process/runner.js';
import { poll } from '../support/poll.js';
import { messageOf, openShop, press, runOf, type Shop, type ShownRun, untilButton, untilEnded } from '../support/shop.js';
import { issuesOf } from '../support/traces.js';

let shop: Shop | null = null;
afterAll(() => shop?.close());

const reason = 'the address is ours';

/** The newest window that Dana sees. */
const windowOf = ({ driver }: Shop) => driver.as('dana').views().at(-1);
const countOf = ({ progress }: ShownRun) => Object.values(progress.review!.counts).reduce((sum, each) => sum + each, 0);
const textOf = (value: unknown) => JSON.stringify(value ?? null);

/** Opens the details from the newest summary. */
async function openDetails(some: Shop) {
  const { ts } = await untilButton(some, /^View details$/);
  await some.driver.as('dana').click(ts, 'View details');
  return poll('the details', () => windowOf(some));
}

it('a finding contested in Slack is held back by the next review, with who and why, until then in the list (SL-4, RV-9)', {
  timeout: 150_000,
}, async () => {
  shop = await openShop({ name: 'shop-contest', registry: 'http://127.0.0.1:9/' });
  const { driver, database } = shop;
  await shop.start();
  const first = await shop.ask('--scope security');
  const details = await openDetails(shop);
  const found = countOf(await runOf(shop, first));
  const row = details.blocks.find(({ accessory }) => accessory)!;
  const issueId = /MHV-\d+/.exec(textOf(row))![0];

  await driver.as('dana').choose(details.id, 'details.finding', 'Wrong…', { blockId: row.block_id! });
  const asks = await poll('the question why', () => {
    const shown = windowOf(shop!);
    return textOf(shown?.blocks).includes('Why is it wrong?') ? shown : undefined;
  });
  await driver.as('dana').submit(asks.id, { reason });

  // In the thread for everybody, and the issue waits instead of being fixed.
  const told = await poll('the thread to say it', () => {
    const text = textOf(messageOf(shop!, 'summary')?.blocks);
    return text.includes('contested by') ? text : undefined;
  });
  expect(told).toContain(reason);
  expect(told).toContain(issueId);
  expect((await issuesOf(shop)).find(({ id }) => id === issueId)?.status).toBe('blocked');
  await press(shop, /^Done$/, 'dana');
  await untilEnded(shop, first);

  const second = await shop.ask('--scope security --dry-run');
  const after = await untilEnded(shop, second);
  expect(after.status).toBe('done');
  expect(countOf(after)).toBe(found - 1);
  expect(after.progress.review!.suppressed).toMatchObject({ count: 1, expired: [], problems: [] });
  const { rows } = await database.pool.query('select suppressed from mahavishnu.findings where run_id = $1 and suppressed is not null', [
    second,
  ]);
  expect(rows).toMatchObject([{ suppressed: { id: 'S-1', source: 'contest', reason } }]);

  const again = await openDetails(shop);
  const shown = await poll('what is held back', () => {
    const text = textOf(windowOf(shop!)?.blocks ?? again.blocks);
    return text.includes('1 finding not counted') ? text : undefined;
  });
  expect(shown).toMatch(new RegExp(`contested by [^(]*\\(\`S-1\`\\)[^:]*: ${reason}`));

  const list = await runProcess({
    command: process.execPath,
    args: [entryPoint('cli/main'), '--settings', shop.settings, '--state', shop.state, 'suppress', 'list'],
    cwd: shop.settings,
    env: { DATABASE_URL: database.url },
    timeoutMs: 60_000,
  });
  expect(list.stdout, list.stderr).toMatch(new RegExp(`^S-1 +shop-contest +${issueId} +dana +\\d{4}-\\d\\d-\\d\\d +${reason}$`, 'm'));
  expect((await runOf(shop, first)).progress.contested).toMatchObject([{ issueId, suppressed: { source: 'contest', reason } }]);
});
