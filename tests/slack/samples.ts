import type { Approval } from '../../src/approvals/approval.js';
import type { Run, TrackedFinding } from '../../src/bot.js';
import type { Finding, ReviewCoverage } from '../../src/review/finding.js';
import type { RunEvent } from '../../src/runs/events.js';
import { applyEvent, emptyProgress } from '../../src/runs/progress.js';
import type { RunRequest } from '../../src/runs/run.js';

const start = Date.parse('2026-11-21T15:02:00Z');
export const at = (seconds: number) => new Date(start + seconds * 1000);

const request: RunRequest = {
  repository: 'api',
  scope: 'critical',
  autoFix: true,
  dryRun: false,
  since: null,
  channel: 'C0123',
  requestedBy: { kind: 'slack', id: 'U0DANA' },
  offersFixes: true,
  quiet: false,
};

/** A run after these events, ten seconds apart. */
export function runAfter(events: RunEvent[], more: Partial<RunRequest> = {}, id = 'r-7f3k'): Run {
  const progress = events.reduce((before, event, n) => applyEvent(before, event, at(n * 10).toISOString()), emptyProgress());
  const status = progress.end?.status ?? (progress.waitingFor ? 'waiting' : events.length > 0 ? 'running' : 'recorded');
  return {
    id,
    repository: more.repository ?? 'api',
    request: { ...request, ...more },
    status,
    progress,
    createdAt: at(0),
    endedAt: progress.end ? new Date(progress.end.at) : null,
  };
}

export const coverage: ReviewCoverage = {
  files: 420,
  read: 412,
  skipped: [
    { reason: 'generated', count: 6, examples: ['dist/a.js'] },
    { reason: 'too large', count: 2, examples: ['big.json'] },
  ],
  agents: [
    { agent: 'security', perspective: 'security', status: 'done', findings: 4, durationMs: 1200, reason: null },
    { agent: 'language', perspective: 'language', status: 'done', findings: 3, durationMs: 900, reason: null },
  ],
};

export const pinned: RunEvent[] = [
  { type: 'started' },
  { type: 'pinned', commit: '4c1d2e9f00000000000000000000000000000000', branch: 'main' },
  { type: 'review_started', scope: 'critical' },
];

export const reviewed: RunEvent = {
  type: 'reviewed',
  counts: { P0: 2, P1: 4, P2: 1 },
  coverage,
  tracked: { created: 3, known: 4, reopened: 0, resolved: 2 },
};

export const finding: Finding = {
  id: 'F-1',
  rule: 'ast-grep/unchecked-url',
  title: 'URL from a request is fetched unchecked',
  description: 'Whoever sends the request chooses where the server connects to.',
  severity: 'critical',
  priority: 'P0',
  perspective: 'security',
  pool: 'security',
  file: 'src/http.ts',
  startLine: 41,
  endLine: 43,
  places: [{ file: 'src/http.ts', startLine: 41, endLine: 43 }],
  evidence: 'await fetch(request.query.url)',
  suggestedFix: 'Check the host against a list.',
  fixer: 'ast-grep',
  confidence: 0.9,
  agents: ['security'],
  fingerprint: 'v1:abc',
};

export function tracked(n: number, more: Partial<Finding> = {}): TrackedFinding {
  return {
    finding: { ...finding, id: `F-${n}`, priority: n <= 2 ? 'P0' : n <= 6 ? 'P1' : 'P2', ...more },
    issueId: `MHV-${String(n + 11).padStart(3, '0')}`,
    change: n <= 3 ? 'new' : 'known',
    chosen: false,
  };
}

export const approval: Approval = {
  id: 'a-1',
  runId: 'r-7f3k',
  repository: 'api',
  type: 'version_bump',
  status: 'pending',
  round: 1,
  shown: {
    type: 'version_bump',
    repository: 'api',
    branch: 'main',
    commit: '9a8b7c6f00000000000000000000000000000000',
    current: '2.4.0',
    suggested: '2.4.1',
    versions: { patch: '2.4.1', minor: '2.5.0', major: '3.0.0' },
    reason: 'patch: 6 fixes, no feature, no breaking change',
    gates: 'fast ✓ · 214 tests ✓',
    diff: { files: 9, added: 84, removed: 31 },
  },
  digest: 'd',
  options: [
    { value: 'patch', label: 'Patch 2.4.1', description: 'fixes only', recommended: true },
    { value: 'minor', label: 'Minor 2.5.0', description: 'new features', recommended: false },
    { value: 'major', label: 'Major 3.0.0', description: 'breaking changes', recommended: false },
    { value: 'skip', label: 'Skip', description: 'no release', recommended: false },
  ],
  policy: { approvers: ['@release-team'], fourEyes: true, quorum: 1, extendable: { times: 2, byMs: 1_800_000 } },
  onTimeout: 'hold',
  requestedBy: { kind: 'slack', id: 'U0DANA' },
  workflowId: 'run:r-7f3k',
  createdAt: at(0),
  deadline: at(1800),
  extensions: 0,
  choice: null,
  decidedBy: null,
  decidedAt: null,
  reason: null,
};
