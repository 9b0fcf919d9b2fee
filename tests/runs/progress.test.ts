import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/runs/events.js';
import { applyEvent, emptyProgress, runStages } from '../../src/runs/progress.js';

const at = '2026-11-21T15:02:00.000Z';
const coverage = { files: 3, read: 3, skipped: [], agents: [] };
const target = { findingId: 'F-1', title: 't', priority: 'P0', pool: 'python' } as const;
const ended: RunEvent = { type: 'ended', status: 'done', line: 'all well', reference: null };
const fixEnded = (issueId: string, status: 'fixed' | 'not_fixed' | 'taken_out'): RunEvent => ({
  type: 'fix_ended',
  issueId,
  status,
  fixer: 'ruff',
  files: 1,
  added: 1,
  removed: 1,
  gates: [],
  reason: null,
});

const events: RunEvent[] = [
  { type: 'started' },
  { type: 'pinned', commit: 'abc', branch: 'main' },
  { type: 'review_started', scope: 'all' },
  { type: 'reviewed', counts: { P0: 1, P1: 0, P2: 0 }, coverage, tracked: null },
  { type: 'fixes_offered', until: at },
  { type: 'fixing_started', targets: [{ ...target, issueId: 'MHV-001' }], askedBy: 'dana' },
  { type: 'fix_started', issueId: 'MHV-001', pool: 'python' },
  fixEnded('MHV-001', 'fixed'),
  fixEnded('MHV-404', 'not_fixed'),
  { type: 'integrating', fixes: 1 },
  { type: 'integrated', head: 'def', issueIds: ['MHV-001'], gates: [], passed: true, blockers: [] },
  { type: 'handed_over', how: 'push', branch: 'main', commit: 'def', why: null },
  { type: 'approval_requested', approvalId: 'a-1', approvalType: 'version_bump' },
  { type: 'approval_ended', approvalId: 'a-1', approvalType: 'version_bump', status: 'approved', choice: 'patch' },
  { type: 'held', approvalId: 'a-1' },
  { type: 'waiting', for: 'the release of r-1' },
  { type: 'waited' },
  { type: 'bumped', version: '2.4.1', commit: 'fed', tag: 'v2.4.1' },
  { type: 'published', target: 'npm', name: 'api', version: '2.4.1', where: 'npm', already: false },
  { type: 'release_skipped', why: 'skipped by ravi' },
  { type: 'cancel_requested', by: 'dana' },
  ended,
];
const fold = (all: readonly RunEvent[]) => all.reduce((progress, event) => applyEvent(progress, event, at), emptyProgress());

describe('the progress of a run', () => {
  it('tells the whole story in order', () => {
    const done = fold(events.filter(({ type }) => type !== 'held' && type !== 'cancel_requested' && type !== 'release_skipped'));
    expect(runStages.map((stage) => done.stages[stage].state)).toEqual(['done', 'done', 'done', 'done', 'done']);
    expect(done).toMatchObject({ commit: 'abc', waitingFor: null, release: { version: '2.4.1' }, end: { line: 'all well' } });
    expect(done.fixes).toMatchObject([{ issueId: 'MHV-001', status: 'fixed' }]);
  });

  it('never claims a stage that did not come through, whatever came in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events.slice(0, -1)), { maxLength: 40 }), (some) => {
        const progress = fold([...some, ended]);
        expect(progress.waitingFor).toBeNull();
        expect(progress.held).toBeNull();
        for (const stage of runStages) expect(['running', 'waiting']).not.toContain(progress.stages[stage].state);
        const reviewed = some.some(({ type }) => type === 'reviewed');
        if (!reviewed) expect(progress.stages.review.state).not.toBe('done');
        if (!some.some(({ type }) => type === 'published')) expect(progress.stages.release.state).not.toBe('done');
        expect(new Set(progress.approvals).size).toBe(progress.approvals.length);
      }),
    );
  });

  it('changes nothing of what it was given', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 20 }), fc.constantFrom(...events), (some, next) => {
        const before = fold(some);
        const copy = structuredClone(before);
        applyEvent(before, next, at);
        expect(before).toEqual(copy);
      }),
    );
  });
});
