import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApprovalShown } from '../../src/approvals/approval.js';
import { type AuditEntry, entryHash } from '../../src/approvals/audit.js';
import { type Approvals, createApprovals, type Question } from '../../src/approvals/store.js';
import type { Vote } from '../../src/bot.js';
import { openClient, prepareEngineTables } from '../../src/engine/engine.js';
import type { Actor } from '../../src/runs/run.js';
import { freshDatabase, quiet } from '../support/database.js';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let approvals: Approvals;
let close: () => Promise<void>;
let groupsAnswer = true;
const members: Record<string, string[]> = { 'release-team': ['URAVI', 'UMEI', 'UDANA'] };

beforeAll(async () => {
  database = await freshDatabase();
  await prepareEngineTables(database, quiet);
  const client = await openClient(database, quiet);
  // The one thing beyond the machine: who is in a group of the workspace.
  const directory = {
    async isMemberOf(group: string, user: string) {
      if (!groupsAnswer) throw new Error('the workspace does not answer');
      return members[group]?.includes(user) ?? false;
    },
    isWorkspaceAdmin: async (user: string) => user === 'UADMIN',
  };
  approvals = createApprovals({ database, client, roles: { admin: [], operator: [], viewer: ['everyone'] }, directory });
  close = () => client.destroy();
});
afterAll(async () => {
  await close();
  await database.drop();
});

let asked = 0;
async function ask(change: Partial<Question> = {}): Promise<string> {
  asked += 1;
  // A workflow of this name has to be there to be woken.
  const workflowId = `run:r-${asked}`;
  await database.pool.query(
    `insert into dbos.workflow_status (workflow_uuid, status, name, created_at, updated_at) values ($1, 'PENDING', 'ask-approval', 0, 0) on conflict do nothing`,
    [workflowId],
  );
  return approvals.ask({
    runId: `r-${asked}`,
    repository: 'api',
    type: 'version_bump',
    subject: '',
    round: 1,
    shown,
    options: ['patch', 'minor', 'skip'].map((value) => ({ value, label: value, description: value, recommended: value === 'patch' })),
    policy: { approvers: ['@release-team'], fourEyes: true, quorum: 1, extendable: { times: 1, byMs: 1_800_000 } },
    onTimeout: 'hold',
    expiresInMs: 1_800_000,
    requestedBy: slack('UDANA'),
    workflowId,
    ...change,
  });
}

const shown: ApprovalShown = {
  type: 'version_bump',
  repository: 'api',
  branch: 'main',
  commit: '9a8b7c6',
  current: '2.4.0',
  suggested: '2.4.1',
  versions: { patch: '2.4.1', minor: '2.5.0' },
  reason: 'patch: 6 fixes',
  gates: 'fast ✓',
  diff: { files: 9, added: 84, removed: 31 },
};
const slack = (id: string): Actor => ({ kind: 'slack', id });
const vote = (id: string, choice: string | null = 'patch', kind: Vote['vote'] = 'approve'): Vote => ({
  vote: kind,
  choice,
  reason: null,
  actor: slack(id),
  surface: 'slack',
});
const messagesTo = async (workflow: string) =>
  Number((await database.pool.query('select count(*) from dbos.notifications where destination_uuid = $1', [workflow])).rows[0].count);
const moveClock = (ms: number) => database.pool.query('update mahavishnu.clock set offset_ms = $1', [ms]);

it('lets exactly one of many votes at the same instant win, and tells the others who it was', async () => {
  const id = await ask();
  const outcomes = await Promise.all(
    Array.from({ length: 12 }, (_, n) => approvals.decide(id, vote(n % 2 ? 'URAVI' : 'UMEI', n % 3 ? 'patch' : 'minor'))),
  );
  expect(outcomes.filter(({ accepted }) => accepted)).toHaveLength(1);
  const winner = (await approvals.get(id))?.decidedBy?.id;
  for (const outcome of outcomes) if (!outcome.accepted) expect(outcome.why).toContain(`<@${winner}> approved this at `);
  expect(await messagesTo(`run:r-${asked}`)).toBe(1);
  expect((await database.pool.query('select * from mahavishnu.approval_votes where approval_id = $1', [id])).rowCount).toBe(12);
});

it('refuses who asked, who is not named, and everyone while memberships cannot be looked up; each attempt is on record', async () => {
  const id = await ask();
  const only = 'Only @release-team may approve this, and not who asked for it.';
  expect(await approvals.decide(id, vote('UDANA'))).toMatchObject({ accepted: false, why: only });
  expect(await approvals.decide(id, vote('USTRANGER'))).toMatchObject({ accepted: false, why: only });
  groupsAnswer = false;
  expect(await approvals.decide(id, vote('URAVI'))).toMatchObject({ accepted: false, why: expect.stringContaining('could not look up') });
  groupsAnswer = true;
  const { rows } = await database.pool.query(
    `select actor->>'id' as who, action from mahavishnu.audit_log where subject = $1 order by id`,
    [id],
  );
  expect(rows).toEqual([
    { who: 'UDANA', action: 'approval.asked' },
    { who: 'UDANA', action: 'approval.refused' },
    { who: 'USTRANGER', action: 'approval.refused' },
    { who: 'URAVI', action: 'approval.refused' },
  ]);
  expect((await approvals.get(id))?.status).toBe('pending');
});

it('takes an option or an exact version, and nothing else', async () => {
  const id = await ask();
  expect(await approvals.decide(id, vote('URAVI', 'everything'))).toMatchObject({
    accepted: false,
    why: 'Choose one of: patch, minor, skip.',
  });
  expect(await approvals.decide(id, vote('URAVI', null))).toMatchObject({ accepted: false });
  expect(await approvals.decide(id, vote('URAVI', '2.4.1; rm -rf /'))).toMatchObject({ accepted: false });
  expect(await approvals.decide(id, vote('URAVI', '2.5.0-rc.1'))).toMatchObject({ accepted: true, approval: { choice: '2.5.0-rc.1' } });
});

it('expires at its deadline exactly once, whoever looks first, and takes no vote after that', async () => {
  const id = await ask();
  await moveClock(1_800_001);
  const looks = await Promise.all([approvals.settle(id), approvals.decide(id, vote('URAVI')), approvals.settle(id)]);
  expect(looks[0].approval.status).toBe('expired');
  expect(looks[1]).toMatchObject({ accepted: false, why: expect.stringContaining('This expired') });
  const { rowCount } = await database.pool.query(`select 1 from mahavishnu.audit_log where subject = $1 and action = 'approval.expired'`, [
    id,
  ]);
  expect(rowCount).toBe(1);
  await moveClock(0);
});

it('is extended as often as its policy says, and wakes the run each time', async () => {
  const id = await ask();
  const before = (await approvals.get(id))?.deadline.getTime() ?? 0;
  expect(await approvals.extend(id, slack('URAVI'))).toMatchObject({ extended: true });
  expect((await approvals.get(id))?.deadline.getTime()).toBe(before + 1_800_000);
  expect(await approvals.extend(id, slack('URAVI'))).toMatchObject({
    extended: false,
    why: expect.stringContaining('as often as it may be'),
  });
  expect(await messagesTo(`run:r-${asked}`)).toBe(1);
});

it('takes no vote on what is void, and finds the same question when asked again', async () => {
  const id = await ask();
  asked -= 1;
  expect(await ask()).toBe(id);
  await approvals.makeVoid(id, 'main moved');
  expect(await approvals.decide(id, vote('URAVI'))).toMatchObject({ accepted: false, why: 'This no longer counts: main moved.' });
});

it('lets a workspace admin decide when admins are asked, and nobody else by being at a terminal under another name', async () => {
  const id = await ask({ policy: { approvers: ['admin'], fourEyes: true, quorum: 1, extendable: { times: 0, byMs: 0 } } });
  expect(await approvals.decide(id, vote('URAVI'))).toMatchObject({ accepted: false });
  expect(await approvals.decide(id, vote('UADMIN'))).toMatchObject({ accepted: true });
  const other = await ask();
  const local: Vote = { ...vote('URAVI'), actor: { kind: 'local', id: 'URAVI' }, surface: 'cli' };
  expect(await approvals.decide(other, local)).toMatchObject({ accepted: false, why: expect.stringContaining('Only @release-team') });
});

it('keeps an audit log whose hashes show any later change', async () => {
  const read = async () =>
    (
      await database.db.execute<AuditEntry & { at: string; previous: string; hash: string } & Record<string, unknown>>(
        sql`select actor, action, subject, detail, previous, hash, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at from mahavishnu.audit_log order by id`,
      )
    ).rows;
  const broken = (rows: Awaited<ReturnType<typeof read>>) =>
    rows.findIndex((row, n) => row.previous !== (rows[n - 1]?.hash ?? '') || row.hash !== entryHash(row.previous, row.at, row));
  expect((await read()).length).toBeGreaterThan(15);
  expect(broken(await read())).toBe(-1);
  await database.pool.query(`update mahavishnu.audit_log set actor = '{"kind":"slack","id":"USOMEONE"}' where id = 3`);
  expect(broken(await read())).toBe(2);
});
