import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createIssueFunctions } from '../../src/bot-issues.js';
import { openEcosystem } from '../../src/coordination/ecosystem.js';
import { InvalidRequest } from '../../src/errors.js';
import { freshDatabase } from '../support/database.js';

const folder = mkdtempSync(join(tmpdir(), 'issues-'));
const file = join(folder, 'ecosystem.yaml');
const dana = { kind: 'slack', id: 'U0DANA', name: 'dana' } as const;
let database: Awaited<ReturnType<typeof freshDatabase>>;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true });
});

it('files an issue once for a source, without the secrets in it, and lists the urgent ones first (SL-7, RV-10)', async () => {
  const issues = createIssueFunctions({
    ecosystem: openEcosystem({ file }),
    database,
    checkRepository(name) {
      if (name !== 'api' && name !== 'web') throw new InvalidRequest('unknown');
    },
  });
  const make = (ts: string, repository: string, priority: 'P0' | 'P1') =>
    issues.createIssue(
      {
        repository,
        title: 'Loses: "items" # & *',
        description: `password=hunter2hunter2\n- x: [\n`,
        priority,
        source: { key: `slack:T:C:${ts}`, details: { slack_channel: 'C', slack_ts: ts } },
      },
      dana,
    );
  expect(await make('1.1', 'api', 'P1')).toEqual({ id: 'MHV-001', repository: 'api', isNew: true });
  expect(await make('1.1', 'web', 'P0')).toEqual({ id: 'MHV-001', repository: 'api', isNew: false });
  expect(await make('1.2', 'web', 'P0')).toMatchObject({ id: 'MHV-002', isNew: true });
  await expect(make('1.3', 'other', 'P0')).rejects.toThrow('unknown');
  expect((await issues.openIssues()).map(({ id, priority, repositories, title }) => [id, priority, repositories, title])).toEqual([
    ['MHV-002', 'P0', ['web'], 'Loses: "items" # & *'],
    ['MHV-001', 'P1', ['api'], 'Loses: "items" # & *'],
  ]);
  expect(readFileSync(file, 'utf8')).not.toContain('hunter2');
  const { rows } = await database.pool.query("select subject from mahavishnu.audit_log where action = 'issue.create' order by subject");
  expect(rows).toEqual([{ subject: 'MHV-001' }, { subject: 'MHV-002' }]);
});
