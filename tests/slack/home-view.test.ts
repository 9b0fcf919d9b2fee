import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Approval } from '../../src/approvals/approval.js';
import type { OpenIssue } from '../../src/bot.js';
import { checkView } from '../../src/local-workspace/blocks/validate.js';
import { issueForm } from '../../src/slack/modals/issue-form.js';
import { issuesModal } from '../../src/slack/modals/issues.js';
import { reviewForm } from '../../src/slack/modals/review-form.js';
import { said } from '../../src/slack/said.js';
import { type HomeState, homeView } from '../../src/slack/views/home.js';
import { read, refusalsOfHome, refusalsOfModal } from './block-kit.js';
import { approval, at, pinned, reviewed, runAfter } from './samples.js';

const issue = (n: number, more: Partial<OpenIssue> = {}): OpenIssue => ({
  id: `MHV-${String(n).padStart(3, '0')}`,
  title: `Title ${n}`,
  description: '',
  status: 'pending',
  priority: 'P1',
  repositories: ['api'],
  ...more,
});
const publish: Approval = {
  ...approval,
  id: 'a-2',
  runId: 'r-9k2m',
  repository: 'web',
  type: 'publish',
  shown: {
    type: 'publish',
    repository: 'web',
    branch: 'main',
    commit: 'c',
    version: '3.1.0',
    package: 'web',
    artefacts: [],
    registry: [],
    dryPublication: '',
  },
};
const empty: HomeState = {
  mine: [],
  others: [],
  running: [],
  ended: [],
  issues: [],
  schedules: [],
  mayReview: true,
  groups: new Map([['@release-team', 'S0RELEASE']]),
};
const full: HomeState = {
  ...empty,
  mine: [approval],
  others: [publish],
  running: [
    runAfter([...pinned, reviewed, { type: 'approval_requested', approvalId: 'a-1', approvalType: 'version_bump' }]),
    runAfter(pinned, { repository: 'web', autoFix: false }, 'r-9k2m'),
  ],
  ended: [
    runAfter([...pinned, { type: 'ended', status: 'done', line: '6 of 7 fixed', reference: null }], { repository: 'docs' }, 'r-2b7c'),
  ],
  issues: [
    issue(12, { priority: 'P0', title: 'URL from a request is fetched unchecked', status: 'in_progress' }),
    issue(14, { priority: 'P0', repositories: ['web'] }),
    ...[15, 16, 17, 18].map((n) => issue(n)),
  ],
  schedules: [
    { name: 'nightly', target: 'all', scope: 'security', autoFix: false, digest: null, next: at(40_000) },
    { name: 'weekly', target: 'tag:backend', scope: 'critical', autoFix: false, digest: 'weekly', next: at(90_000) },
  ],
};
const words = (state: HomeState) => read(homeView(state).blocks);

describe('the Home tab (SL-6)', () => {
  it('shows first what the viewer may decide, and everything with its buttons', () => {
    expect(words(full)).toMatchInlineSnapshot(`
      "*1 approval waits for you* · 2 runs under way · 6 open issues: 2 P0 · 4 P1 [Start a review…]

      Waiting for you
      *Next version of api?*
        asked by <@U0DANA> · run \`r-7f3k\` · expires <!date^1795275120^{time}|15:32 UTC>
      2.4.0 → *2.4.1*   patch: 6 fixes, no feature, no breaking change
        gates on \`9a8b7c6\` (\`main\`): fast ✓ · 214 tests ✓
        +84 −31 in 9 files
      [Patch 2.4.1] [Minor 2.5.0] [Major 3.0.0] [Skip] [Reject…] ⋯ Edit version… · Extend 30 min
        may approve: @release-team (not <@U0DANA>) · 0 of 1
      ---

      Waiting for others
      ○ *web* · the publication of 3.1.0 · waits for <!subteam^S0RELEASE> · expires <!date^1795275120^{time}|15:32 UTC> · run \`r-9k2m\`

      Under way
      *api* · review and fix, critical
      ○ waiting for approval of version bump
      asked by <@U0DANA> <!date^1795273320^{date_short_pretty} at {time}|2026-11-21 15:02 UTC> · run \`r-7f3k\`
      [View findings] [Cancel run]
      *web* · review, then fix what is chosen, critical
      ● review under way
      asked by <@U0DANA> <!date^1795273320^{date_short_pretty} at {time}|2026-11-21 15:02 UTC> · run \`r-9k2m\`
      [Cancel run]

      Open issues
      *api* · 1 P0 · 4 P1
      P0 \`MHV-012\` URL from a request is fetched unchecked · being fixed
      P1 \`MHV-015\` Title 15
      P1 \`MHV-016\` Title 16
      … 2 more [Show issues]
      *web* · 1 P0
      P0 \`MHV-014\` Title 14 [Show issues]

      Next by schedule
      <!date^1795313320^{date_short_pretty} at {time}|2026-11-22 02:08 UTC> · *all repositories* · review, security · \`nightly\` [Start now…]
      <!date^1795363320^{date_short_pretty} at {time}|2026-11-22 16:02 UTC> · *tag:backend* · weekly digest · \`weekly\`

      Last runs
      *docs* · review and fix, critical · <!date^1795273320^{date_short_pretty} at {time}|2026-11-21 15:02 UTC>
      ✓ 6 of 7 fixed · 30 s [Show run]"
    `);
  });

  it('says in one line that nothing is there', () => {
    expect(words(empty)).toBe('Nothing waits for you · no run under way · no open issue [Start a review…]');
  });

  it('shows no button to those who may only look', () => {
    const seen = words({ ...full, mine: [], others: [approval], mayReview: false });
    expect(seen).not.toMatch(/Cancel run|Start|Reject|Patch/);
    expect(seen).toContain('[View findings]');
  });

  it('goes on without the issues when their file is broken', () => {
    expect(words({ ...full, issues: { problem: 'ecosystem.yaml:3: expected <a list>' } })).toContain(
      '\nOpen issues\n⚠ cannot be read: ecosystem.yaml:3: expected &lt;a list&gt;',
    );
  });

  const nasty = fc.oneof(
    fc.constantFrom('<!channel>'.repeat(900), '&'.repeat(9000), '```\n'.repeat(3000), '\u202e', '', ' \n', '__proto__', '💥'.repeat(4000)),
    fc.string({ unit: 'binary', maxLength: 300 }),
  );
  const size = fc.constantFrom(0, 1, 6, 400);

  it('is taken by Slack, whatever stands in it', () => {
    fc.assert(
      fc.property(nasty, nasty, size, size, fc.boolean(), (a, b, n, m, mayReview) => {
        const many = <T>(length: number, make: (i: number) => T) => Array.from({ length }, (_, i) => make(i));
        const risky: Approval = {
          ...approval,
          repository: a,
          type: 'high_risk_fix',
          shown: { type: 'high_risk_fix', repository: a, issueId: a, title: b, commit: a, files: many(30, () => b), diff: b },
          options: many(40, (i) => ({ value: `o${i}`, label: a, description: b, recommended: true })),
          policy: { ...approval.policy, approvers: many(40, () => a) },
        };
        const state: HomeState = {
          ...full,
          mine: many(n, (i) => ({ ...(i % 2 ? risky : { ...approval, repository: b }), id: `a-${i}` })),
          others: many(m, (i) => ({ ...risky, id: `b-${i}` })),
          running: many(n, (i) =>
            runAfter([...pinned, reviewed], { repository: a, since: b, requestedBy: { kind: 'slack', id: a, name: b } }, `r-${i}`),
          ),
          ended: many(m, (i) =>
            runAfter([...pinned, { type: 'ended', status: 'failed', line: a, reference: b }], { repository: b }, `e-${i}`),
          ),
          issues: many(n * 3, (i) => issue(i, { id: a, title: b, description: a, repositories: i % 3 ? [a + (i % 50)] : [] })),
          schedules: many(m, (i) => ({ ...full.schedules[i % 2]!, name: a, target: b })),
          mayReview,
        };
        const view = homeView(state);
        expect(refusalsOfHome(view)).toEqual([]);
        expect(checkView(JSON.parse(JSON.stringify(view)), 'home')).toEqual([]);
        for (const modal of [
          issuesModal(a, state.issues as OpenIssue[], mayReview),
          issueForm(said({ text: a, files: [{ name: b }] }), {
            repositories: many(n, (i) => `repo-${i}`),
            chosen: a,
            carried: { message: { team: 'T', channel: 'C', ts: '1.2' }, responseUrl: 'https://hooks.slack.test/x' },
          }),
          reviewForm(
            many(n, (i) => `repo-${i}`),
            null,
            { target: a, scope: b },
          ),
        ]) {
          expect(refusalsOfModal(modal)).toEqual([]);
          expect(checkView(JSON.parse(JSON.stringify(modal)), 'modal')).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

it.each([
  ['see <https://x.test/a?b=1&amp;c|the log> of <@U0MEI000|mei>', 'see the log (https://x.test/a?b=1&c) of @mei'],
  ['<!here> in <#C01|general>: <https://api.io|api.io> &lt;b&gt;', '@here in #general: https://api.io <b>'],
  ['<!subteam^S01|@release-team> <mailto:a@b.c|a@b.c> <@U01>', '@release-team a@b.c @U01'],
  [null, ''],
])('reads a message as people see it: %j', (text, seen) => {
  expect(said({ text })).toBe(seen);
});
