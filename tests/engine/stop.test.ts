import { setTimeout as pause } from 'node:timers/promises';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { expect, it, onTestFinished } from 'vitest';
import { prepareEngine, prepareEngineTables } from '../../src/engine/engine.js';
import { freshDatabase, quiet } from '../support/database.js';
import { poll } from '../support/poll.js';

it('a planned stop ends no run: neither one that waits nor one whose step fails because of it, and both go on', async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  await prepareEngineTables(database, quiet as never);
  let lives = 0;
  const failures: (() => void)[] = [];
  const closed: string[] = [];
  /** As a run of ours is: whatever goes wrong in it is written down in a last step. */
  const closing = async (name: string, story: () => Promise<string>): Promise<string> => {
    const words = await story().catch((error: unknown) => `broke: ${error}`);
    await DBOS.runStep(async () => void closed.push(`${name} ${words}`), { name: 'close' });
    return words;
  };
  const waits = DBOS.registerWorkflow(
    () => closing('waits', async () => `heard ${await DBOS.recv('person', { timeoutSeconds: 600, pollingIntervalMs: 20 })}`),
    { name: 'waits' },
  );
  const works = DBOS.registerWorkflow(
    () =>
      closing('works', () =>
        DBOS.runStep(
          async () => {
            if (lives === 1) await new Promise((_, reject) => failures.push(() => reject(new Error('its program was ended'))));
            return 'worked';
          },
          { name: 'work' },
        ),
      ),
    { name: 'works' },
  );
  const open = async () => {
    lives++;
    const engine = await prepareEngine({
      database,
      queues: { maxConcurrentWorkflows: 2, pools: {} },
      log: quiet as never,
      warn: () => {},
      onCaughtUp: () => {},
      onLost: () => {},
    });
    await engine.launch();
    return engine;
  };
  const statuses = async () => {
    const { rows } = await database.pool.query<{ status: string }>('select status from dbos.workflow_status order by name');
    return rows.map(({ status }) => status);
  };

  const first = await open();
  await DBOS.startWorkflow(waits, { workflowID: 'waits' })();
  await DBOS.startWorkflow(works, { workflowID: 'works' })();
  await poll('the step to work', () => failures.length === 1);
  await poll('the wait to be recorded', async () => {
    const { rows } = await database.pool.query(`select 1 from dbos.operation_outputs where workflow_uuid = 'waits'`);
    return rows.length > 0;
  });
  await first.stop();
  for (const fail of failures) fail();
  await pause(200); // Ten looks of the wait, which the engine ends with an error.
  expect({ statuses: await statuses(), closed }).toEqual({ statuses: ['PENDING', 'PENDING'], closed: [] });

  const second = await open();
  onTestFinished(() => second.stop());
  await DBOS.send('waits', 'go', 'person');
  expect(await DBOS.retrieveWorkflow('waits').getResult()).toBe('heard go');
  expect(await DBOS.retrieveWorkflow('works').getResult()).toBe('worked');
  expect(closed.sort()).toEqual(['waits heard go', 'works worked']);
});
