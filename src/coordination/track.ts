import type { Finding, Scope } from '../review/finding.js';
import { printOf } from '../review/fingerprint.js';
import type { Suppressed } from '../review/suppressions/suppression.js';
import type { Draft, IssueChanges, NewIssue } from './draft.js';
import type { Issue } from './schema.js';

export interface TrackRequest {
  repo: string;
  runId: string;
  commit: string;
  findings: readonly Finding[];
  /** Found, but held back by what people said (RV-9): never filed, and an issue of it waits with the reason. */
  suppressed?: readonly { finding: Finding; suppressed: Suppressed }[];
  scope: Scope;
  /** Fingerprints of what was found, though in so much doubt that this scope does not ask for it: no issue of it is gone. */
  belowScope?: readonly string[];
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
  /** Open issues that wait now because their finding is suppressed or contested. */
  held: string[];
}

/** Brings the issues of one repository up to date with a review (RV-4). Repeating it for the same run changes nothing. */
export function track(draft: Draft, request: TrackRequest, now: string): Tracked {
  const result: Tracked = { created: [], confirmed: [], resolved: [], reopened: [], closed: [], held: [] };
  const { repo, findings, suppressed = [] } = request;
  const found = new Set([...findings, ...suppressed.map(({ finding }) => finding)].map(({ fingerprint }) => fingerprint));
  const known = matchIssues(draft, repo, [...findings, ...suppressed.map(({ finding }) => finding)], found);

  const done = new Set<string>();
  for (const finding of findings) {
    if (done.has(finding.fingerprint)) continue;
    done.add(finding.fingerprint);
    const issue = known.get(finding.fingerprint);
    if (!issue) {
      result.created.push(draft.add(issueOf(finding, request)).id);
    } else if (issue.status === 'closed' && !isHeld(issue)) {
      if (issue.fingerprint !== finding.fingerprint) draft.change(issue.id, moved(finding));
      result.closed.push(issue.id);
    } else if (issue.status === 'resolved' || issue.status === 'closed') {
      const reason = isHeld(issue) ? `${String(issue.metadata.held_by)} holds no longer` : `found again in ${request.commit.slice(0, 12)}`;
      reopen(draft, { ...issue, metadata: withoutHold(issue.metadata) }, reason, seen(finding, request));
      draft.change(issue.id, moved(finding));
      result.reopened.push(issue.id);
    } else {
      const released = isHeld(issue) && issue.status === 'blocked';
      const before = isHeld(issue) ? withoutHold(issue.metadata) : issue.metadata;
      draft.change(issue.id, {
        ...moved(finding),
        ...(released ? { status: 'pending', labels: issue.labels.filter((label) => label !== 'contested') } : {}),
        metadata: { ...before, ...seen(finding, request) },
      });
      // A step that is repeated after a crash finds the issues it made itself: they are still this run's new ones.
      if (released) result.reopened.push(issue.id);
      else (issue.metadata.created_by === request.runId ? result.created : result.confirmed).push(issue.id);
    }
  }
  for (const { finding, suppressed: why } of suppressed) {
    const issue = known.get(finding.fingerprint);
    if (issue && hold(draft, issue, why, moved(finding))) result.held.push(issue.id);
  }
  const there = new Set([...found, ...(request.belowScope ?? [])]);
  for (const issue of draft.issues()) {
    if (!isGone(issue, there, request)) continue;
    draft.change(issue.id, {
      status: 'resolved',
      resolution: { fixedBy: `review ${request.runId}`, qualityGates: [], timestamp: now, commit: request.commit },
    });
    result.resolved.push(issue.id);
  }
  return result;
}

/**
 * The issue of each finding: by fingerprint, else by the fingerprint another tool gave it, else, when its file was renamed, by the
 * print without the path. The last two only where there is one of each: a doubt is two defects.
 */
function matchIssues(draft: Draft, repo: string, findings: readonly Finding[], found: ReadonlySet<string>): Map<string, Issue> {
  const known = new Map<string, Issue>();
  const left = new Map<string, Finding>();
  for (const finding of findings) {
    const issue = draft.find(repo, finding.fingerprint);
    if (issue) known.set(finding.fingerprint, issue);
    else left.set(finding.fingerprint, finding);
  }
  if (left.size === 0) return known;
  const free = draft.issues().filter((issue) => issue.repos.includes(repo) && issue.fingerprint !== null && !found.has(issue.fingerprint));
  const keysOfIssue = ({ metadata: { rule, print, other_fingerprints: other } }: Issue) => [
    ...(typeof rule === 'string' && typeof print === 'string' ? [`${rule} ${print}`] : []),
    ...(Array.isArray(other) ? other.filter((each): each is string => typeof each === 'string') : []),
  ];
  const keysOfFinding = (finding: Finding) => {
    const print = printOf(finding);
    return [...(print === null ? [] : [`${finding.rule} ${print}`]), ...(finding.otherFingerprints ?? [])];
  };
  const issues = byKey(free, keysOfIssue);
  const candidates = byKey([...left.values()], keysOfFinding);
  const taken = new Set<string>();
  for (const [key, [finding, ...more]] of candidates) {
    const [issue, ...others] = issues.get(key) ?? [];
    if (!finding || !issue || more.length > 0 || others.length > 0 || known.has(finding.fingerprint) || taken.has(issue.id)) continue;
    // What was resolved elsewhere is not what appeared here, unless a tool says so.
    if (issue.status === 'resolved' && !key.startsWith('sarif:')) continue;
    known.set(finding.fingerprint, issue);
    taken.add(issue.id);
  }
  return known;
}

function byKey<T>(items: readonly T[], keysOf: (item: T) => string[]): Map<string, T[]> {
  const map = new Map<string, T[]>();
  for (const item of items) {
    for (const key of new Set(keysOf(item))) {
      const list = map.get(key);
      if (list) list.push(item);
      else map.set(key, [item]);
    }
  }
  return map;
}

/** The fingerprint moves with the issue. */
const moved = (finding: Finding) => ({ fingerprint: finding.fingerprint, affectedFiles: filesOf(finding) });

const isHeld = ({ metadata }: Issue) => typeof metadata.held_by === 'string';

function withoutHold(metadata: Issue['metadata']): Issue['metadata'] {
  const { held_by: _, held_because: __, held_until: ___, contested_by: ____, ...rest } = metadata;
  return rest;
}

/**
 * An issue whose finding does not count for now waits with the reason: contested ones stay open and blocked, until someone decides;
 * suppressed ones are closed. Neither is resolved: the code is as it was. One that a run is fixing is left to it.
 */
export function hold(draft: Draft, issue: Issue, why: Suppressed, changes: IssueChanges = {}): boolean {
  if (issue.status !== 'pending' && issue.status !== 'blocked') return false;
  if (issue.metadata.held_by === `${why.source === 'contest' ? 'contest' : 'suppression'} ${why.id}`) return false;
  const contested = why.source === 'contest';
  draft.change(issue.id, {
    ...changes,
    status: contested ? 'blocked' : 'closed',
    ...(contested && !issue.labels.includes('contested') ? { labels: [...issue.labels, 'contested'] } : {}),
    metadata: {
      ...issue.metadata,
      held_by: `${contested ? 'contest' : 'suppression'} ${why.id}`,
      held_because: why.reason,
      ...(contested ? { contested_by: why.by } : {}),
      ...(why.until === null ? {} : { held_until: why.until }),
    },
  });
  return true;
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

function isGone(issue: Issue, there: ReadonlySet<string>, { repo, scope, reviewed }: TrackRequest): boolean {
  const { rule } = issue.metadata;
  return (
    issue.fingerprint !== null &&
    !there.has(issue.fingerprint) &&
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
function seen(finding: Finding, { commit }: Pick<TrackRequest, 'commit'>): Issue['metadata'] {
  const print = printOf(finding);
  return {
    line: finding.startLine,
    last_seen: commit,
    ...(print === null ? {} : { print }),
    ...(finding.otherFingerprints?.length ? { other_fingerprints: finding.otherFingerprints } : {}),
  };
}
