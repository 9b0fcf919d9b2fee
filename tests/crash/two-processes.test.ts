import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { git } from '../../src/git/git.js';
import { poll } from '../support/poll.js';
import { approvalsOf, buttonsOf, messageOf, type Shop, untilEnded } from '../support/shop.js';
import { tellStories } from '../support/story.js';
import { expectNothingTwice, issuesOf, leftovers } from '../support/traces.js';

const story = tellStories();
const parts = ['carts', 'coupons', 'gifts', 'mails', 'orders', 'prices', 'returns', 'stock', 'taxes', 'users'];

/** Ten entry points, each with a defect that can be fixed: ten questions, for entry points are high-risk files (FX-4). */
async function createEntryPoints(folder: string): Promise<string> {
  const [checkout, origin] = [join(folder, 'entries'), join(folder, 'entries.git')];
  const files: Record<string, string> = {
    'package.json': JSON.stringify({ name: '@sample/entries', version: '1.0.0', type: 'module', private: true }, null, 2),
    'test/one.test.js': "import { test } from 'node:test';\ntest('starts', () => {});\n",
    '.mahavishnu.yaml': [
      'gates:',
      '  fast: [{ run: node --check bin/carts.js }]',
      '  tests: [{ run: mkdir -p reports && node --test --test-reporter=junit --test-reporter-destination=reports/junit.xml, report: reports/junit.xml }]',
      'handover: { push: main }',
      '',
    ].join('\n'),
    '.gitignore': 'reports/\n',
    ...Object.fromEntries(parts.map((part) => [`bin/${part}.js`, `export function start() {\n  debugger;\n  return '${part}';\n}\n`])),
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(checkout, path)), { recursive: true });
    await writeFile(join(checkout, path), text);
  }
  await git(['init', '--quiet', '--bare', '--initial-branch=main', origin], { cwd: folder });
  await git(['init', '--quiet', '--initial-branch=main'], { cwd: checkout });
  await git(['add', '.'], { cwd: checkout });
  await git(['commit', '--quiet', '-m', 'feat: ten entry points'], { cwd: checkout });
  await git(['tag', 'v2.4.0'], { cwd: checkout });
  await git(['push', '--quiet', origin, 'main', 'v2.4.0'], { cwd: checkout });
  return origin;
}

/** What this person alone was told since, as they read it. */
function toldPrivately(shop: Shop, as: string, since: number): string {
  const { driver } = shop;
  const { id } = driver.as(as);
  return driver.log
    .slice(since)
    .flatMap(({ kind, message }) => (kind === 'ephemeral' && message?.visibleTo === id ? [driver.render(message)] : []))
    .join('\n');
}

it('two people, two processes, one question: one wins and the other is told who', { timeout: 180_000 }, async () => {
  const shop = await story.open({ name: 'entries', createRepository: createEntryPoints });
  await shop.start();
  await shop.start({ state: `${shop.state}-2` });
  const { driver } = shop;
  await poll('two connections', () => driver.connections() === 2);
  const runId = await shop.ask('--scope all --auto-fix', 'mei');
  const asked = await poll(
    'ten questions',
    async () => {
      const all = await approvalsOf(shop);
      return all.length === parts.length && all.every(({ id }) => messageOf(shop, `approval:${id}`)) ? all : undefined;
    },
    90_000,
  );

  const winners: string[] = [];
  for (const [round, { id }] of asked.entries()) {
    // Both decide by what is on their screens: whoever is later may press a button that is just being taken away.
    const message = structuredClone(messageOf(shop, `approval:${id}`));
    const accept = message ? buttonsOf(message).find((label) => label.startsWith('Accept')) : undefined;
    const ts = message?.ts ?? '';
    await driver.as('dana').click(ts, 'Reject…');
    const view = await poll('the form to reject', () => driver.as('dana').views().at(-1)?.id);
    const since = driver.log.length;
    // The workspace hands each of two deliveries to another connection. Who is first, and by how much, differs from round to round.
    const accepting = () => driver.as('ravi').click(ts, accept ?? '', { confirm: true, ...(message && { seen: message }) });
    const rejecting = () => driver.as('dana').submit(view, { reason: 'not now' });
    const late = async <T>(press: () => Promise<T>) => {
      if (round >= 4) await pause((round - 3) * 2);
      return press();
    };
    const [accepted, rejected] =
      round % 2 === 0
        ? await Promise.all([accepting(), late(rejecting)])
        : (await Promise.all([rejecting(), late(accepting)])).toReversed();
    expect([accepted?.outcome, rejected?.outcome]).toEqual(['acked', 'acked']);

    const { rows: votes } = await shop.database.pool.query<{ accepted: boolean; vote: string }>(
      'select accepted, vote from mahavishnu.approval_votes where approval_id = $1',
      [id],
    );
    expect(votes).toHaveLength(2);
    const [winner, ...others] = votes.filter((vote) => vote.accepted);
    expect(others).toEqual([]);
    winners.push(winner?.vote ?? '');
    const decided = (await approvalsOf(shop)).find((each) => each.id === id);
    if (winner?.vote === 'approve') {
      expect([decided?.status, decided?.decided_by?.id]).toEqual(['approved', driver.as('ravi').id]);
      expect(JSON.stringify(rejected?.response)).toMatch(/Not rejected.*approved by <@U0RAVI/);
      await driver.as('dana').closeView(view);
    } else {
      expect([decided?.status, decided?.decided_by?.id]).toEqual(['rejected', driver.as('dana').id]);
      await poll('ravi to be told', () => /rejected by @dana.*not now/.test(toldPrivately(shop, 'ravi', since)));
    }
  }
  console.log(`who won: ${winners.join(', ')}`);

  const run = await untilEnded(shop, runId);
  expect(run.status, run.progress.end?.line).toBe('done');
  const kept = winners.filter((vote) => vote === 'approve').length;
  expect(run.progress.fixes.filter(({ status }) => status === 'fixed')).toHaveLength(kept);
  expect((await issuesOf(shop)).filter(({ status }) => status === 'resolved')).toHaveLength(kept);
  await expectNothingTwice(shop);
  // A part of the work was done by each of the two, whichever of them ended the run.
  expect((await leftovers(`${shop.state}-2`)).filter((name) => name.startsWith('cache/'))).toEqual([]);
});
