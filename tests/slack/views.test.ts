import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Approval } from '../../src/approvals/approval.js';
import type { RunEvent } from '../../src/runs/events.js';
import { detailsModal } from '../../src/slack/modals/details.js';
import { viewOfRun } from '../../src/slack/views/run.js';
import { read, refusals } from './block-kit.js';
import { approval, at, coverage, finding, pinned, reviewed, runAfter, tracked } from './samples.js';

const seven = Array.from({ length: 7 }, (_, n) => tracked(n + 1));
const target = (n: number) => ({
  issueId: `MHV-01${n}`,
  findingId: `F-${n}`,
  title: `Title ${n}`,
  priority: 'P0' as const,
  pool: 'general' as const,
});
const ended = (issueId: string, more: Partial<Extract<RunEvent, { type: 'fix_ended' }>> = {}): RunEvent => ({
  type: 'fix_ended',
  issueId,
  status: 'fixed',
  fixer: 'ruff',
  files: 1,
  added: 6,
  removed: 2,
  gates: [
    { stage: 'fast', status: 'passed', words: 'fast' },
    { stage: 'tests', status: 'passed', words: 'tests 214' },
  ],
  reason: null,
  ...more,
});
const fixing: RunEvent[] = [...pinned, reviewed, { type: 'fixing_started', targets: [target(1), target(2), target(3)], askedBy: 'dana' }];
const failed = ended('MHV-012', {
  status: 'not_fixed',
  reason: 'tests: 2 failed (test_sync.py::test_retry …)',
  gates: [{ stage: 'tests', status: 'unknown', words: 'pytest' }],
});
const shown = (messages: ReturnType<typeof viewOfRun>, key: string) => {
  const message = messages.find((each) => each.key === key);
  return message ? `${message.text}\n---\n${read(message.blocks)}` : null;
};

describe('the thread of a run (SL-3)', () => {
  it('begins with one live message', () => {
    const messages = viewOfRun(runAfter([...fixing, ended('MHV-011')]), seven, []);
    expect(messages.map(({ key, inThread }) => [key, inThread])).toEqual([
      ['root', false],
      ['summary', true],
      ['fixes', true],
    ]);
    expect(shown(messages, 'root')).toMatchInlineSnapshot(`
      "api: review and fix, critical, fixing 1 of 3 under way
      ---
      *api* · review and fix, critical
        asked by <@U0DANA> at <!date^1795273320^{time}|15:02 UTC> · run \`r-7f3k\` · commit \`4c1d2e9\` on \`main\`
      ✓ review 30 s   ● fixing 1 of 3   ○ gates   ○ approval   ○ release
        ⚠ 412 of 420 files read (6 generated, 2 too large skipped)
      [View findings] [Cancel run]"
    `);
    expect(shown(messages, 'summary')).toMatchInlineSnapshot(`
      "api: 7 findings: 2 P0, 4 P1, 1 P2, 3 new · 4 known · 2 gone
      ---
      *api* · 7 findings: 2 P0, 4 P1, 1 P2     3 new · 4 known · 2 gone
      *P0*  \`MHV-012\`  URL from a request is fetched unchecked  \`src/http.ts:41\`  security
      *P0*  \`MHV-013\`  URL from a request is fetched unchecked  \`src/http.ts:41\`  security
      *P1*  \`MHV-014\`  URL from a request is fetched unchecked  \`src/http.ts:41\`  security
      *P1*  \`MHV-015\`  URL from a request is fetched unchecked  \`src/http.ts:41\`  security
      *P1*  \`MHV-016\`  URL from a request is fetched unchecked  \`src/http.ts:41\`  security
      … 2 more
        412 of 420 files read (6 generated, 2 too large skipped) · 2 agents, none failed
      [View details]"
    `);
    expect(shown(messages, 'fixes')).toMatchInlineSnapshot(`
      "api: 1 of 3 fixed, 2 to go
      ---
      *api* · 1 of 3 fixed, 2 to go
      ✓ \`MHV-011\` fixed · ruff, 1 file, +6 −2 · fast ✓ tests 214 ✓
      ○ \`MHV-012\` waiting · Title 2
      ○ \`MHV-013\` waiting · Title 3"
    `);
  });

  it('offers the fixes while they may be chosen, and not a moment longer', () => {
    const offered = runAfter([...pinned, reviewed, { type: 'fixes_offered', until: at(7200).toISOString() }], { autoFix: false });
    const labels = (run: typeof offered) =>
      shown(viewOfRun(run, seven, []), 'summary')
        ?.split('\n')
        .at(-1);
    expect(labels(offered)).toBe('[Fix P0 issues] [View details] [Done]');
    expect(labels(runAfter(fixing))).toBe('[View details]');
  });

  it('ends with what was done, what is left and why, and who is told', () => {
    const run = runAfter([
      ...fixing,
      ended('MHV-011'),
      failed,
      ended('MHV-013', { status: 'taken_out', reason: 'tests failed together' }),
      {
        type: 'integrated',
        head: '9a8b7c6f',
        issueIds: ['MHV-011'],
        gates: [{ stage: 'tests', status: 'passed', words: 'tests 214' }],
        passed: true,
        blockers: [],
      },
      { type: 'handed_over', how: 'push', branch: 'main', commit: '9a8b7c6f', why: null },
      { type: 'bumped', version: '2.4.1', commit: '9a8b7c6f', tag: 'v2.4.1' },
      { type: 'published', target: 'npm', name: 'api', version: '2.4.1', where: 'http://registry', already: false },
      { type: 'ended', status: 'done', line: '1 of 3 fixed · 2 left: MHV-012 (gate failed), MHV-013 (broke the whole)', reference: null },
    ]);
    const messages = viewOfRun(run, seven, [
      { ...approval, status: 'approved', choice: 'patch', decidedBy: { kind: 'slack', id: 'U0RAVI' }, decidedAt: at(1080) },
    ]);
    expect(messages.map(({ key }) => key)).toEqual(['root', 'summary', 'fixes', 'approval:a-1', 'end']);
    expect(messages.every(({ final }) => final)).toBe(true);
    expect(shown(messages, 'root')).toMatchInlineSnapshot(`
      "api: ⚠ 1 of 3 fixed · 2 left: MHV-012 (gate failed), MHV-013 (broke the whole) · 2.4.1 published to npm · 2 min
      ---
      *api* · review and fix, critical
        asked by <@U0DANA> at <!date^1795273320^{time}|15:02 UTC> · run \`r-7f3k\` · commit \`4c1d2e9\` on \`main\`
      ⚠ 1 of 3 fixed · 2 left: MHV-012 (gate failed), MHV-013 (broke the whole) · 2.4.1 published to npm · 2 min
        ⚠ 412 of 420 files read (6 generated, 2 too large skipped)
        ⚠ gates without a result: pytest
      [Show run]"
    `);
    expect(shown(messages, 'end')).toMatchInlineSnapshot(`
      "api: ⚠ 1 of 3 fixed · 2 left: MHV-012 (gate failed), MHV-013 (broke the whole) · 2.4.1 published to npm · 2 min
      ---
      *api* · ⚠ 1 of 3 fixed · 2 left: MHV-012 (gate failed), MHV-013 (broke the whole) · 2.4.1 published to npm · 2 min · <@U0DANA>"
    `);
  });

  it('never reads a failed agent or an unread file as no finding (RV-6)', () => {
    const none = {
      type: 'reviewed' as const,
      counts: { P0: 0, P1: 0, P2: 0 },
      tracked: { created: 0, known: 0, reopened: 0, resolved: 0 },
    };
    const whole = { files: 420, read: 420, skipped: [], agents: coverage.agents };
    const done: RunEvent = { type: 'ended', status: 'done', line: 'nothing to fix', reference: null };
    const texts = (over: Partial<typeof coverage>) => {
      const messages = viewOfRun(runAfter([...pinned, { ...none, coverage: { ...whole, ...over } }, done]), [], []);
      return [messages.length, shown(messages, 'summary'), messages[0]!.text.slice(0, 30)];
    };
    expect(texts({})).toEqual([
      2,
      'api: no critical finding in 420 files\n---\n*api* · no critical finding in 420 files',
      'api: ✓ nothing to fix · 40 s',
    ]);
    const agents = [{ ...coverage.agents[0]!, status: 'failed' as const, reason: 'timed out after 5 min' }];
    expect(texts({ agents })).toEqual([
      2,
      'api: no critical finding in 420 files, but an agent failed\n---\n*api* · no critical finding in 420 files, but an agent failed\n  420 of 420 files read · ⚠ 1 agent, 1 failed: security (timed out after 5 min)',
      'api: ⚠ nothing to fix · 40 s',
    ]);
    expect(texts({ agents: [] })[1]).toContain('no agent ran');
    expect(texts({ read: 412, skipped: coverage.skipped })[1]).toContain(
      'but not every file was read\n  412 of 420 files read (6 generated, 2 too large skipped)',
    );
    const skipped = [...coverage.skipped, { reason: 'read in part' as const, count: 3, examples: ['data.csv'] }];
    expect(texts({ read: 409, skipped })[1]).toContain('409 of 420 files read (6 generated, 2 too large skipped, 3 read in part)');
  });

  it('says in one phrase that programs were not found, and which in the details (RV-6)', () => {
    const tools = [
      { tool: 'mypy', status: 'not found' },
      { tool: 'zizmor', status: 'not found' },
      { tool: 'knip', status: 'not trusted', version: '6.44.2' },
      { tool: 'bandit', status: 'used', version: '1.9.4' },
    ] as const;
    const run = runAfter([...pinned, { ...reviewed, coverage: { ...coverage, tools: [...tools] } } as RunEvent]);
    expect(shown(viewOfRun(run, [], []), 'summary')).toMatch(/2 agents, none failed · 2 optional tools not found$/m);
    expect(JSON.stringify(detailsModal(run, [], 0))).toContain(
      '2 agents, none failed · without mypy, zizmor (not found), knip (the repository is not trusted)"',
    );
    expect(shown(viewOfRun(runAfter([...pinned, reviewed]), [], []), 'summary')).not.toContain('optional');
  });

  it('tells what was disproved from what is only left out by the scope (RV-7)', () => {
    const said = { rule: 'ruff/F821', title: 'Undefined name', priority: 'P0' as const, startLine: 3, endLine: 3, agents: ['python'] };
    const refuted = [
      { ...said, file: 'a.py', reason: 'defined after all', by: 'second look' },
      { ...said, file: 'b.py', reason: 'whoever runs the line would have met it', by: 'time', belowScope: true },
    ];
    const run = runAfter([...pinned, { ...reviewed, refuted } as RunEvent]);
    expect(shown(viewOfRun(run, [], []), 'summary')).toContain(' · 1 refuted · 1 in doubt');
    const none = { counts: { P0: 0, P1: 0, P2: 0 }, coverage: { ...coverage, read: coverage.files, agents: coverage.agents.slice(0, 1) } };
    expect(shown(viewOfRun(runAfter([...pinned, { ...reviewed, ...none, refuted } as RunEvent]), [], []), 'summary')).toMatch(
      /^api: no critical finding in \d+ files.* · 1 refuted · 1 in doubt\n.*\n.* · 1 refuted · 1 in doubt[\s\S]*View details/,
    );
    const modal = read(detailsModal(run, [], 0).blocks);
    expect(modal).toMatch(/\*Refuted by a second look\* · Undefined name .*a\.py.*: defined after all \(second look\)/);
    expect(modal).toMatch(/\*In doubt, and so below the scope of this review\* · Undefined name .*b\.py.*: whoever runs .* \(time\)/);
  });

  it('says what broke and the reference, in a failed run', () => {
    const run = runAfter([...pinned, { type: 'ended', status: 'failed', line: 'the clone could not be fetched', reference: '7f3k-2' }]);
    expect(shown(viewOfRun(run, [], []), 'end')).toBe(
      'api: ✗ the clone could not be fetched · reference `7f3k-2` · 30 s\n---\n*api* · ✗ the clone could not be fetched · reference `7f3k-2` · 30 s · <@U0DANA>',
    );
  });

  it('shows a dry run as one, with its report', () => {
    const run = runAfter(
      [
        ...pinned,
        { ...reviewed, tracked: null } as RunEvent,
        { type: 'ended', status: 'done', line: '7 findings, nothing written', reference: null },
      ],
      { dryRun: true },
    );
    const messages = viewOfRun(run, seven, []);
    expect(messages.map(({ key }) => key)).toEqual(['root', 'summary']);
    expect(messages[0]!.blocks).toMatchObject([{ text: { text: '*api* · review, dry run, critical' } }, {}, {}, {}, {}]);
    expect(messages[1]!.text).toBe('api: 7 findings: 2 P0, 4 P1, 1 P2, nothing was filed');
  });

  it('stays silent in a quiet run that changed nothing, and speaks when something did (SC-1)', () => {
    const known = { ...reviewed, tracked: { created: 0, known: 7, reopened: 0, resolved: 0 } } as RunEvent;
    const done: RunEvent = { type: 'ended', status: 'done', line: 'nothing new', reference: null };
    const keys = (events: RunEvent[]) => viewOfRun(runAfter(events, { quiet: true }), seven, []).map(({ key }) => key);
    expect(keys(pinned)).toEqual([]);
    expect(keys([...pinned, known, done])).toEqual([]);
    expect(keys([...pinned, reviewed])).toEqual(['root', 'summary']);
    expect(keys([...pinned, { type: 'ended', status: 'failed', line: 'x', reference: null }])).toEqual(['root', 'end']);
  });
});

describe('an approval (AP-1, AP-2, AP-3)', () => {
  const run = runAfter([...fixing, { type: 'approval_requested', approvalId: 'a-1', approvalType: 'version_bump' }]);
  const asked = (more: Partial<Approval>, of = run) =>
    shown(viewOfRun(of, [], [{ ...approval, ...more }], new Map([['@release-team', 'S0REL']])), 'approval:a-1');

  it('asks with a button for each option, a way to reject and more', () => {
    expect(asked({})).toMatchInlineSnapshot(`
      "api: approval wanted for version 2.4.1, expires <!date^1795275120^{time}|15:32 UTC>
      ---
      *Next version of api?*     <!subteam^S0REL>
        asked by <@U0DANA> · run \`r-7f3k\` · expires <!date^1795275120^{time}|15:32 UTC>
      2.4.0 → *2.4.1*   patch: 6 fixes, no feature, no breaking change
        gates on \`9a8b7c6\` (\`main\`): fast ✓ · 214 tests ✓
        +84 −31 in 9 files
      [Patch 2.4.1] [Minor 2.5.0] [Major 3.0.0] [Skip] [Reject…] ⋯ Edit version… · Extend 30 min
        may approve: @release-team (not <@U0DANA>) · 0 of 1"
    `);
  });

  it('marks one option and asks before it is taken', () => {
    const { blocks } = viewOfRun(run, [], [approval]).find(({ key }) => key === 'approval:a-1')!;
    const buttons = (blocks.find(({ type }) => type === 'actions') as unknown as { elements: Record<string, unknown>[] }).elements;
    expect(buttons.filter(({ style }) => style === 'primary')).toHaveLength(1);
    expect(buttons[0]).toMatchObject({
      action_id: 'approval.approve.0',
      value: 'a-1 patch',
      confirm: { text: { text: 'api, version 2.4.1: fixes only' }, style: 'primary' },
    });
    expect(JSON.stringify(viewOfRun(run, [], [approval])[0]!.blocks)).toContain('Cancel the run on api?');
  });

  it('shows the publication with its artefacts', () => {
    expect(
      asked({
        type: 'publish',
        options: [{ value: 'both', label: 'npm and GitHub', description: 'both', recommended: true }],
        shown: {
          type: 'publish',
          repository: 'api',
          branch: 'main',
          commit: '9a8b7c6f',
          version: '2.4.1',
          package: 'api',
          artefacts: [{ name: 'api-2.4.1.tgz', bytes: 48_123, sha256: '1f3caaaabbbb' }],
          registry: ['npm: 2.4.0 is latest'],
          dryPublication: '✓',
        },
      }),
    ).toMatchInlineSnapshot(`
      "api: approval wanted for the publication of 2.4.1, expires <!date^1795275120^{time}|15:32 UTC>
      ---
      *Publish api 2.4.1?*     <!subteam^S0REL>
        asked by <@U0DANA> · run \`r-7f3k\` · expires <!date^1795275120^{time}|15:32 UTC>
        commit \`9a8b7c6\` on \`main\` · api-2.4.1.tgz 48 kB, sha256 \`1f3caaaa…\`
        dry publication: ✓
        npm: 2.4.0 is latest
      [npm and GitHub] [Reject…] ⋯ Extend 30 min
        may approve: @release-team (not <@U0DANA>) · 0 of 1"
    `);
  });

  it('loses its buttons when it is over and says how it ended', () => {
    const who = { decidedBy: { kind: 'slack' as const, id: 'U0RAVI' }, decidedAt: at(1080) };
    const line = (more: Partial<Approval>, of = run) =>
      asked(more, of)
        ?.split('\n')
        .slice(-2)
        .filter((each) => !each.startsWith('  '))
        .join(' ');
    expect(line({ status: 'approved', choice: 'patch', ...who })).toBe(
      '✓ 2.4.1 approved by <@U0RAVI> at <!date^1795274400^{time}|15:20 UTC>',
    );
    expect(line({ status: 'approved', choice: '2.5.0-rc.1', ...who })).toContain('✓ 2.5.0-rc.1 approved');
    expect(line({ status: 'approved', choice: 'skip', ...who })).toContain('skipped by <@U0RAVI>');
    expect(line({ status: 'rejected', reason: 'wait for the <docs>', ...who })).toContain('“wait for the &lt;docs&gt;”');
    expect(line({ status: 'void', reason: null, decidedAt: at(9) })).toContain('⚠ void since');
    expect(line({ status: 'expired', decidedAt: at(1800) })).toBe('⚠ expired at <!date^1795275120^{time}|15:32 UTC>, nothing was released');
    const held = runAfter([
      ...fixing,
      { type: 'approval_requested', approvalId: 'a-1', approvalType: 'version_bump' },
      { type: 'held', approvalId: 'a-1' },
    ]);
    expect(line({ status: 'expired', decidedAt: at(1800) }, held)).toContain('nothing was released [Ask again]');
    expect(asked({ status: 'expired' })).not.toMatch(/\[/);
  });
});

describe('whatever is found', () => {
  const nasty = fc.oneof(
    fc.constantFrom('<!channel> '.repeat(455), '&'.repeat(5000), '`'.repeat(5000), '\u202e\n<https://x|y>', '', '\ud800'.repeat(99)),
    fc.string({ unit: 'binary', maxLength: 300 }),
  );
  it('Slack takes every message, and its text is one line', () => {
    fc.assert(
      fc.property(nasty, nasty, nasty, fc.constantFrom(0, 1, 6, 60, 10_000), (title, path, reason, n) => {
        const findings = Array.from({ length: n }, (_, at) =>
          tracked(at + 1, { ...finding, title, file: path, rule: path, description: reason }),
        );
        const targets = findings.map((_, at) => ({ ...target(1), issueId: `MHV-${at}`, title }));
        const events: RunEvent[] = [
          ...pinned,
          {
            ...reviewed,
            counts: { P0: n, P1: 0, P2: 0 },
            coverage: {
              ...coverage,
              agents: Array.from({ length: 30 }, () => ({ ...coverage.agents[0]!, agent: title, status: 'failed' as const, reason })),
            },
          } as RunEvent,
          { type: 'fixing_started', targets, askedBy: title },
          {
            type: 'base_judged',
            gates: [],
            passed: false,
            blockers: Array(50).fill(reason),
            prepared: { files: Array(50).fill(path), by: title },
          },
        ];
        const running = runAfter(events, { since: path, requestedBy: { kind: 'local', id: title } });
        running.progress.fixes = running.progress.fixes.map((fix, at) => ({
          ...fix,
          status: (['fixed', 'not_fixed', 'taken_out', 'needs_approval', 'working'] as const)[at % 5]!,
          fixer: title,
          reason,
          gates: Array(9).fill({ stage: 'tests', status: 'unknown', words: title }),
        }));
        const over = structuredClone(running);
        over.progress.end = { status: 'failed', line: reason, reference: title, at: at(99).toISOString() };
        const asked = {
          ...approval,
          policy: { ...approval.policy, approvers: Array(40).fill(title) },
          options: Array.from({ length: 40 }, (_, at) => ({ value: String(at), label: title, description: reason, recommended: true })),
        };
        const highRisk = {
          ...asked,
          id: 'a-2',
          type: 'high_risk_fix' as const,
          shown: {
            type: 'high_risk_fix' as const,
            repository: title,
            issueId: title,
            title,
            commit: path,
            files: Array(99).fill(path),
            diff: reason,
          },
        };
        for (const run of [running, over]) {
          for (const message of viewOfRun(run, findings, [asked, highRisk, { ...asked, id: 'a-3', status: 'rejected', reason }])) {
            expect(refusals(message.blocks), message.key).toEqual([]);
            expect(message.text).toMatch(/^[^\n]{1,4000}$/);
            expect(message.text).not.toMatch(/<(?!@[UW]|!date)/);
          }
        }
      }),
      { numRuns: 12 },
    );
  });
});
