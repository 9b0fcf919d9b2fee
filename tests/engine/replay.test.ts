import { DBOS } from '@dbos-inc/dbos-sdk';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { prepareEngine, prepareEngineTables } from '../../src/engine/engine.js';
import { waitForWake } from '../../src/engine/wait.js';
import { freshDatabase, quiet } from '../support/database.js';
import { poll } from '../support/poll.js';

/** Counts the statements that read single steps of a workflow, on whatever connection. */
function countReadsOfSteps(): { since(): number } {
  let reads = 0;
  let told = 0;
  const query = pg.Client.prototype.query as (...args: unknown[]) => unknown;
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [first] = args as [string | { text?: string }];
    if (
      /FROM "dbos"\.operation_outputs\s+WHERE workflow_uuid=\$1 AND function_id=\$2/.test(
        typeof first === 'string' ? first : (first.text ?? ''),
      )
    )
      reads++;
    return query.apply(this, args);
  } as typeof pg.Client.prototype.query;
  onTestFinished(() => {
    pg.Client.prototype.query = query as typeof pg.Client.prototype.query;
  });
  return {
    since() {
      const now = reads - told;
      told = reads;
      return now;
    },
  };
}

it('a run that waits goes on from what it recorded, read in one go, and does no step twice', async () => {
  const reads = countReadsOfSteps();
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  await prepareEngineTables(database, quiet as never);
  const done: string[] = [];
  const caughtUp: number[] = [];
  const steps = 30;
  const story = DBOS.registerWorkflow(
    async (name: string): Promise<string> => {
      let words = name;
      for (let at = 1; at <= steps; at++) {
        words += await DBOS.runStep(
          async () => {
            done.push(`${name}${at}`);
            return `.${at}`;
          },
          { name: `step-${at}` },
        );
      }
      await waitForWake('person', null);
      return words + (await DBOS.runStep(async () => '!', { name: 'last' }));
    },
    { name: 'story' },
  );
  const open = async () => {
    const engine = await prepareEngine({
      database,
      queues: { maxConcurrentWorkflows: 2, pools: {} },
      log: quiet as never,
      warn: () => {},
      onCaughtUp: ({ workflows }) => void caughtUp.push(workflows),
      onLost: () => {},
    });
    await engine.launch();
    return engine;
  };
  const waiting = async () => {
    const { rows } = await database.pool.query<{ count: number }>(
      `select count(*)::int as count from dbos.operation_outputs where function_name = 'DBOS.setEvent'`,
    );
    return rows[0]?.count === 2;
  };

  const first = await open();
  await DBOS.startWorkflow(story, { workflowID: 'a' })('a');
  await DBOS.startWorkflow(story, { workflowID: 'b' })('b');
  await poll('both to wait', waiting);
  await first.stop();
  expect(done).toHaveLength(2 * steps);
  expect(reads.since()).toBeGreaterThan(2 * steps);

  expect(caughtUp).toEqual([]);

  const second = await open();
  onTestFinished(() => second.stop());
  await DBOS.send('a', 'go', 'person');
  await DBOS.send('b', 'go', 'person');
  const words = Array.from({ length: steps }, (_, at) => `.${at + 1}`).join('');
  expect(await DBOS.retrieveWorkflow('a').getResult()).toBe(`a${words}!`);
  expect(await DBOS.retrieveWorkflow('b').getResult()).toBe(`b${words}!`);
  expect(done).toHaveLength(2 * steps);
  expect(caughtUp).toEqual([2]);
  // What is left are the wait itself and what came after it.
  expect(reads.since()).toBeLessThan(steps);
});
