import { InvalidRequest } from '../errors.js';
import type { PoolName, Priority } from '../review/finding.js';
import type { Suppressed } from '../review/suppressions/suppression.js';
import { Draft, type IssueChanges, type NewIssue } from './draft.js';
import { fileKey, readFileAt, replaceFile, type Snapshot } from './file.js';
import { emptyFile, type Parsed, parseEcosystem } from './parse.js';
import type { Coordination, Issue, IssueStatus } from './schema.js';
import { hold, reopen, type Tracked, type TrackRequest, track } from './track.js';

export interface IssueFilter {
  status?: IssueStatus | readonly IssueStatus[];
  priority?: Priority;
  repo?: string;
  assignee?: string;
  pool?: PoolName;
}

export interface EcosystemOptions {
  file: string;
  /** How the file is called in messages; default: its path. */
  shown?: string;
  /** Of new ids. Default `MHV`. */
  prefix?: string;
  now?: () => Date;
}

/** The coordination file (CO-1). Made once by the process that owns the state folder; safe for any number of calls at once. */
export type Ecosystem = ReturnType<typeof openEcosystem>;

export function openEcosystem({ file, shown = file, prefix = 'MHV', now = () => new Date() }: EcosystemOptions) {
  let current: { at: Snapshot; parsed: Parsed } | null = null;
  let last: Promise<unknown> = Promise.resolve();

  /** One at a time: a reader never sees half a change, and two runs that end together do not file an issue twice. */
  function inTurn<T>(job: () => Promise<T>): Promise<T> {
    const mine = last.then(job, job);
    last = mine.catch(() => undefined);
    return mine;
  }

  async function read(): Promise<{ at: Snapshot; parsed: Parsed }> {
    if (current && (await fileKey(file)) === current.at.key) return current;
    const { text, ...at } = await readFileAt(file);
    current = { at, parsed: await parseEcosystem(text ?? emptyFile, shown, current?.parsed ?? null) };
    return current;
  }

  /** Applies a change to the file as it is now; when someone saves it meanwhile, the change is applied again to what they wrote. */
  function change<T>(apply: (draft: Draft, at: string) => T): Promise<T> {
    return inTurn(async () => {
      for (let attempt = 0; attempt < 20; attempt += 1) {
        const { at: snapshot, parsed } = await read();
        const at = now().toISOString();
        const draft = new Draft(parsed, { prefix, now: at });
        const result = apply(draft, at);
        if (!draft.dirty) return result;
        const next = draft.finish();
        const written = await replaceFile(snapshot, next.text);
        if (written === null) continue;
        current = { at: written, parsed: next };
        return result;
      }
      throw new InvalidRequest(`${shown} is being changed again and again by someone else. Close the other program and try again.`);
    });
  }

  function known(draft: Draft, id: string): Issue {
    const issue = draft.get(id);
    if (!issue) throw new InvalidRequest(`There is no issue ${id} in ${shown}.`);
    return issue;
  }

  return {
    async list(filter: IssueFilter = {}): Promise<Issue[]> {
      const { issues } = (await inTurn(read)).parsed;
      return issues.filter((issue) => matches(issue, filter));
    },

    async get(id: string): Promise<Issue | null> {
      const { issues } = (await inTurn(read)).parsed;
      return issues.find((issue) => issue.id === id) ?? null;
    },

    /** Plans, todos and dependencies. */
    async rest(): Promise<Coordination> {
      return (await inTurn(read)).parsed.rest;
    },

    /** Files an issue, unless one of its repositories already has one with this fingerprint. */
    create: (issue: NewIssue) =>
      change((draft) => {
        for (const repo of issue.repos ?? []) {
          const existing = issue.fingerprint ? draft.find(repo, issue.fingerprint) : undefined;
          if (existing) return { issue: existing, created: false };
        }
        return { issue: draft.add(issue), created: true };
      }),

    update: (id: string, changes: IssueChanges) => change((draft) => draft.change(known(draft, id).id, changes)),

    /** Takes a pending issue for a run; false when another run has it or it is no longer open. Repeating it is harmless. */
    claim: (id: string, runId: string) =>
      change((draft) => {
        const issue = known(draft, id);
        if (issue.status === 'in_progress') return issue.metadata.run === runId;
        if (issue.status !== 'pending') return false;
        draft.change(id, { status: 'in_progress', metadata: { ...issue.metadata, run: runId } });
        return true;
      }),

    /** Back to pending with the reason (FX-7), if this run still has it. */
    giveBack: (id: string, runId: string, reason: string) =>
      change((draft) => {
        const issue = known(draft, id);
        if (issue.status !== 'in_progress' || issue.metadata.run !== runId) return false;
        const { run: _, ...metadata } = issue.metadata;
        draft.change(id, { status: 'pending', metadata: { ...metadata, not_fixed_because: reason.slice(0, 500) } });
        return true;
      }),

    confirm: (id: string, { commit }: { commit: string }) =>
      change((draft) => {
        const issue = known(draft, id);
        return draft.change(id, { metadata: { ...issue.metadata, last_seen: commit } });
      }),

    resolve: (id: string, { commit, fixedBy, gates }: { commit: string; fixedBy: string; gates: string[] }) =>
      change((draft, at) => {
        const issue = known(draft, id);
        if (issue.status === 'resolved' && issue.resolution?.commit === commit) return issue;
        const { run: _, not_fixed_because: __, ...metadata } = issue.metadata;
        return draft.change(id, { status: 'resolved', resolution: { fixedBy, qualityGates: gates, timestamp: at, commit }, metadata });
      }),

    reopen: (id: string, reason: string) =>
      change((draft) => {
        const issue = known(draft, id);
        return issue.status === 'resolved' || issue.status === 'closed' ? reopen(draft, issue, reason) : issue;
      }),

    /** An open issue waits, because its finding was contested or suppressed (RV-9); false when it is not open. */
    hold: (id: string, why: Suppressed) => change((draft) => hold(draft, known(draft, id), why)),

    remove: (id: string) => change((draft) => draft.remove(known(draft, id).id)),

    track: (request: TrackRequest): Promise<Tracked> => change((draft, at) => track(draft, request, at)),

    /** What `track` would do, without doing it; new issues are counted under the ids they would get. */
    async compare(request: TrackRequest): Promise<Tracked> {
      const at = now().toISOString();
      return track(new Draft((await inTurn(read)).parsed, { prefix, now: at, valuesOnly: true }), request, at);
    },
  };
}

function matches(issue: Issue, { status, priority, repo, assignee, pool }: IssueFilter): boolean {
  return (
    (status === undefined || (Array.isArray(status) ? status.includes(issue.status) : status === issue.status)) &&
    (priority === undefined || issue.priority === priority) &&
    (repo === undefined || issue.repos.includes(repo)) &&
    (assignee === undefined || issue.assignee === assignee) &&
    (pool === undefined || issue.pool === pool)
  );
}
