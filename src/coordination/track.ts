import type { Finding, Scope } from '../review/finding.js';
import type { Draft, NewIssue } from './draft.js';
import type { Issue } from './schema.js';

export interface TrackRequest {
  repo: string;
  runId: string;
  commit: string;
  findings: readonly Finding[];
  scope: Scope;
  /** What the review really looked at. An issue outside of it is left alone: not having looked is not having found nothing. */
  reviewed: {
    /** Whether an agent that knows this rule looked at the file and did not fail. */
    rule(rule: string, file: string): boolean;
    /** Whether the file was read, or is no longer in the tree. */
    file(path: string): boolean;
  };
}

/** Ids by what became of them. `closed`: found again, but a person closed the issue, so it is neither filed nor reopened. */
export interface Tracked {
  created: string[];
  confirmed: string[];
  resolved: string[];
  reopened: string[];
  closed: string[];
}

/** Brings the issues of one repository up to date with a review (RV-4). Repeating it for the same run changes nothing. */
export function track(draft: Draft, request: TrackRequest, now: string): Tracked {
  const result: Tracked = { created: [], confirmed: [], resolved: [], reopened: [], closed: [] };
  const found = new Set<string>();
  for (const finding of request.findings) {
    if (found.has(finding.fingerprint)) continue;
    found.add(finding.fingerprint);
    const known = draft.find(request.repo, finding.fingerprint);
    if (!known) {
      result.created.push(draft.add(issueOf(finding, request)).id);
    } else if (known.status === 'closed') {
      result.closed.push(known.id);
    } else if (known.status === 'resolved') {
      reopen(draft, known, `found again in ${request.commit.slice(0, 12)}`, seen(finding, request));
      result.reopened.push(known.id);
    } else {
      draft.change(known.id, { affectedFiles: filesOf(finding), metadata: { ...known.metadata, ...seen(finding, request) } });
      // A step that is repeated after a crash finds the issues it made itself: they are still this run's new ones.
      (known.metadata.created_by === request.runId ? result.created : result.confirmed).push(known.id);
    }
  }
  for (const issue of draft.issues()) {
    if (!isGone(issue, found, request)) continue;
    draft.change(issue.id, {
      status: 'resolved',
      resolution: { fixedBy: `review ${request.runId}`, qualityGates: [], timestamp: now, commit: request.commit },
    });
    result.resolved.push(issue.id);
  }
  return result;
}

/** Back to pending; what resolved it last is kept with the reason. */
export function reopen(draft: Draft, issue: Issue, reason: string, metadata: Record<string, unknown> = {}): Issue {
  const before = issue.resolution?.commit;
  return draft.change(issue.id, {
    status: 'pending',
    resolution: null,
    assignee: null,
    metadata: {
      ...issue.metadata,
      ...metadata,
      reopened: Number(issue.metadata.reopened ?? 0) + 1,
      reopened_because: reason,
      ...(before ? { resolved_before_by: before } : {}),
    },
  });
}

function isGone(issue: Issue, found: ReadonlySet<string>, { repo, scope, reviewed }: TrackRequest): boolean {
  const { rule } = issue.metadata;
  return (
    issue.fingerprint !== null &&
    !found.has(issue.fingerprint) &&
    issue.repos.length === 1 &&
    issue.repos[0] === repo &&
    (issue.status === 'pending' || issue.status === 'in_progress' || issue.status === 'blocked') &&
    typeof rule === 'string' && // Only a review's own issues: what a person wrote, a person resolves.
    isInScope(issue, scope) &&
    issue.affectedFiles.length > 0 &&
    issue.affectedFiles.every((file) => reviewed.rule(rule, file) && reviewed.file(file))
  );
}

/** Whether a review of this scope would have shown the issue. */
function isInScope(issue: Issue, scope: Scope): boolean {
  const { perspective } = issue.metadata;
  if (scope === 'all') return true;
  if (scope === 'critical') return issue.priority === 'P0';
  if (scope === 'quality') return perspective === 'architect' || perspective === 'language';
  return perspective === scope;
}

function issueOf(finding: Finding, { repo, runId, commit }: TrackRequest): NewIssue {
  return {
    title: finding.title,
    description: finding.description,
    priority: finding.priority,
    severity: finding.severity,
    pool: finding.pool,
    repos: [repo],
    affectedFiles: filesOf(finding),
    fingerprint: finding.fingerprint,
    metadata: {
      rule: finding.rule,
      perspective: finding.perspective,
      ...(finding.fixer ? { fixer: finding.fixer } : {}),
      created_by: runId,
      ...seen(finding, { commit }),
    },
  };
}

const filesOf = (finding: Finding) => [...new Set(finding.places.map(({ file }) => file))];
const seen = (finding: Finding, { commit }: Pick<TrackRequest, 'commit'>) => ({ line: finding.startLine, last_seen: commit });
