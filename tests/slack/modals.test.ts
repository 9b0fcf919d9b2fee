import fc from 'fast-check';
import { expect, it } from 'vitest';
import { diffModal, rejectModal, versionModal } from '../../src/slack/modals/approval.js';
import { detailsModal, findingModal } from '../../src/slack/modals/details.js';
import { fixesModal } from '../../src/slack/modals/fixes.js';
import { commandOfForm, reviewForm } from '../../src/slack/modals/review-form.js';
import { refusalsOfModal } from './block-kit.js';
import { approval, at, finding, pinned, reviewed, runAfter, tracked } from './samples.js';

const nasty = fc.oneof(
  fc.constantFrom('<!channel>'.repeat(600), '&'.repeat(5000), '```\n'.repeat(2000), '\u202e', '', ' \n'),
  fc.string({ unit: 'binary', maxLength: 300 }),
);

it('Slack takes every modal, whatever is found', () => {
  fc.assert(
    fc.property(nasty, nasty, fc.constantFrom(0, 1, 20, 21, 3000), fc.integer({ min: -5, max: 500 }), (a, b, n, page) => {
      const hostile = { ...finding, title: a, file: b, rule: a, description: b, evidence: a, suggestedFix: b, agents: [a] };
      const findings = Array.from({ length: n }, (_, i) => ({ ...tracked(i + 1, hostile), chosen: i % 2 === 0 }));
      const run = runAfter([...pinned, reviewed, { type: 'fixes_offered', until: at(9).toISOString() }], { repository: a });
      run.progress.fixes = findings.map((_, i) => ({
        issueId: `MHV-${i}`,
        findingId: 'F-1',
        title: a,
        priority: 'P0',
        pool: 'general',
        status: 'not_fixed',
        fixer: a,
        files: 1,
        added: 1,
        removed: 1,
        gates: [],
        reason: b,
      }));
      const bump = { ...approval, repository: a };
      const risky = {
        ...bump,
        shown: { type: 'high_risk_fix' as const, repository: a, issueId: a, title: b, commit: a, files: [b], diff: b.repeat(40) },
      };
      for (const view of [
        detailsModal(run, findings, page),
        fixesModal(run),
        rejectModal(bump),
        versionModal(bump),
        diffModal(risky),
        findingModal({ ...tracked(1, hostile), issueId: a }),
        reviewForm([a, b], 'C1'),
      ])
        expect(refusalsOfModal(view), view.callback_id).toEqual([]);
    }),
    { numRuns: 25 },
  );
});

it('says so when there is nothing in a diff to show', () => {
  for (const diff of ['', '\n', ' \n\n']) {
    const shown = { type: 'high_risk_fix' as const, repository: 'a', issueId: 'MHV-1', title: 'b', commit: 'c', files: ['d'], diff };
    expect(JSON.stringify(diffModal({ ...approval, shown }).blocks)).toContain('There is no diff to show.');
  }
});

it('offers a list of repositories as long as one may be, and a field to type in beyond it', () => {
  const names = (n: number) => Array.from({ length: n }, (_, i) => `repo-${i}`);
  const type = (n: number) => (reviewForm(names(n), 'C1').blocks[0] as { element: { type: string } }).element.type;
  expect([0, 1, 99, 100].map(type)).toEqual(['static_select', 'static_select', 'static_select', 'plain_text_input']);
});

it('reads the form as the command one would have typed', () => {
  const state = {
    target: { value: { selected_option: { value: 'api' } } },
    scope: { value: { selected_option: { value: 'all' } } },
    how: { value: { selected_options: [{ value: 'dry-run' }] } },
    since: { value: { value: 'v1" --auto-fix "' } },
  };
  expect(commandOfForm(state)).toBe('"api" --scope=all --dry-run "--since=v1 --auto-fix "');
  expect(() => commandOfForm({})).toThrow();
});
