import { DBOS } from '@dbos-inc/dbos-sdk';
import { crashPoint } from '../../engine/crash-points.js';
import type { Refuted, ReviewCoverage } from '../../review/finding.js';
import { judgedRules } from '../../review/judged-rules.js';
import type { RefutedSummary, SuppressionSummary } from '../../runs/events.js';
import { removeArtefact } from '../artefacts.js';
import type { WorkflowParts } from '../parts.js';
import { teamAt } from '../review-team.js';
import { repositoryAt, repositoryOf, requireRun } from '../run-of.js';
import { cancelSignal, step } from '../steps.js';
import { type Afterwards, lookAt } from './look.js';

export interface Reviewed {
  commit: string;
  branch: string;
  /** Findings that became open issues, in order of rank; empty in a dry run. */
  issues: { findingId: string; issueId: string }[];
  findings: number;
}

interface Looked {
  counts: Record<'P0' | 'P1' | 'P2', number>;
  coverage: ReviewCoverage;
  refuted: RefutedSummary[];
  /** Fingerprints of what was lowered below the scope. */
  belowScope: string[];
  suppressed: SuppressionSummary;
  /** Files of open issues that are in the tree and were not read. */
  unread: string[];
}

/** Pins the commit, reviews it, and brings the issues up to date. A dry run tracks nothing. */
export function registerReview(parts: WorkflowParts) {
  const { runs } = parts;
  return DBOS.registerWorkflow(
    async (runId: string): Promise<Reviewed> => {
      // Pinned first: a resumed run has to report on the commit it reviewed, not on today's head.
      const pinned = await step('pin', () => pin(parts, runId));
      // In no step: what is lost with the process costs the next review its time only.
      const afterwards: (() => Promise<void>)[] = [];
      const looked = await step('review', () => review(parts, runId, pinned.commit, (work) => void afterwards.push(work)));
      const tracked = await step('track', () => track(parts, runId, pinned.commit, looked));
      await step('tell-reviewed', async () => {
        await runs.append(runId, 'reviewed', {
          type: 'reviewed',
          counts: looked.counts,
          coverage: looked.coverage,
          tracked: tracked?.counted ?? null,
          refuted: looked.refuted,
          suppressed: looked.suppressed,
        });
        await forgetImports(parts, runId);
      });
      // Taken out, not only done: what once began in a step remembers what the step knew for as long as it lasts itself.
      for (let work = afterwards.shift(); work; work = afterwards.shift()) await work();
      return { ...pinned, issues: tracked?.issues ?? [], findings: looked.counts.P0 + looked.counts.P1 + looked.counts.P2 };
    },
    { name: 'review', maxRecoveryAttempts: 20 },
  );
}

async function pin(parts: WorkflowParts, runId: string): Promise<{ commit: string; branch: string }> {
  const { clones, runs } = parts;
  const run = await requireRun(parts, runId);
  const repo = await repositoryOf(parts, run);
  await clones.refresh(repo, { signal: cancelSignal() });
  const { commit, defaultBranch } = await clones.pin(repo);
  const pinned = { commit, branch: defaultBranch ?? 'HEAD' };
  await runs.append(runId, 'pinned', { type: 'pinned', ...pinned });
  return pinned;
}

async function review(parts: WorkflowParts, runId: string, commit: string, afterwards: Afterwards): Promise<Looked> {
  const { clones, runs, ecosystem } = parts;
  const run = await requireRun(parts, runId);
  const started = runs.append(runId, 'review-started', { type: 'review_started', scope: run.request.scope });
  const [repo] = await Promise.all([repositoryAt(parts, run, commit), started]);

  const result = await lookAt(parts, run, repo, commit, afterwards);
  crashPoint('reviewing');
  const ended = result.coverage.agents.map((outcome) => ({
    key: `agent:${outcome.agent}`,
    event: { type: 'agent_completed' as const, outcome },
  }));
  await Promise.all([runs.appendAll(runId, ended), runs.saveFindings(runId, result.findings, result.suppressed)]);

  const read = new Set(result.readFiles);
  const issues = run.request.dryRun ? [] : await ecosystem.list({ repo: run.repository });
  const unread = [...new Set(issues.flatMap((issue) => issue.affectedFiles))].filter((file) => !read.has(file));
  const inTree = new Set(unread.length > 0 ? await clones.listFilesAt(repo, commit) : []);
  const count = (priority: string) => result.findings.filter((finding) => finding.priority === priority).length;
  return {
    counts: { P0: count('P0'), P1: count('P1'), P2: count('P2') },
    coverage: result.coverage,
    refuted: result.refuted.slice(0, MAX_REFUTED).map(summaryOf),
    belowScope: result.refuted.flatMap(({ finding, belowScope }) => (belowScope ? [finding.fingerprint] : [])),
    suppressed: result.summary,
    unread: unread.filter((file) => inTree.has(file)),
  };
}

/** What a run keeps of them; a model that is wrong more often than this is not worth listing. */
const MAX_REFUTED = 100;

function summaryOf({ finding, reason, by, belowScope }: Refuted): RefutedSummary {
  const { rule, title, priority, file, startLine, endLine, agents } = finding;
  return { rule, title, priority, file, startLine, endLine, agents, reason, by, ...(belowScope ? { belowScope } : {}) };
}

/** Logs of other tools quote code: they are kept no longer than they are needed (RV-10). */
async function forgetImports(parts: WorkflowParts, runId: string): Promise<void> {
  const { request } = await requireRun(parts, runId);
  for (const { from, name } of request.imports ?? []) await removeArtefact(parts, from, name);
}

/** Issues are filed, confirmed, resolved and reopened (RV-4). Null for a dry run, which writes nothing. */
async function track(
  { runs, ecosystem, ...parts }: WorkflowParts,
  runId: string,
  commit: string,
  { coverage, unread, belowScope }: Looked,
) {
  const run = await requireRun({ runs }, runId);
  const { dryRun, since, scope } = run.request;
  if (dryRun) return null;
  const findings = (await runs.findings(runId)).map(({ finding }) => finding);
  const team = await teamAt(parts, await repositoryAt(parts, run, commit), commit);
  const judged = await judgedRules({ scope, team, coverage });
  const unreadFiles = new Set(unread);
  // Rules of a tool whose log was imported whole: what it reports no longer is gone.
  const imported =
    (run.request.imports ?? []).length > 0 ? coverage.agents.filter(({ status }) => status === 'done').map(({ agent }) => agent) : [];
  const suppressed = await runs.suppressed(runId);
  const result = await ecosystem.track({
    repo: run.repository,
    runId,
    commit,
    findings,
    suppressed,
    scope,
    belowScope,
    // With --since only a part was looked at, so nothing can be called gone.
    reviewed: since
      ? { rule: () => false, file: () => false }
      : {
          rule: (rule, file) => judged(rule, file) || imported.some((tool) => rule.startsWith(`${tool}/`)),
          file: (path) => !unreadFiles.has(path),
        },
  });
  const [created, reopened, closed] = [new Set(result.created), new Set(result.reopened), new Set(result.closed)];
  const issues = new Map((await ecosystem.list({ repo: run.repository })).map((issue) => [issue.fingerprint, issue]));
  const linked = findings.flatMap((finding) => {
    const issue = issues.get(finding.fingerprint);
    return issue ? [{ findingId: finding.id, fingerprint: finding.fingerprint, issueId: issue.id }] : [];
  });
  const changeOf = (issueId: string) => (created.has(issueId) ? 'new' : reopened.has(issueId) ? 'reopened' : 'known');
  await runs.linkIssues(
    runId,
    linked.map(({ fingerprint, issueId }) => ({ fingerprint, issueId, change: changeOf(issueId) })),
  );
  parts.log.info({ run: runId, created: created.size, resolved: result.resolved.length }, 'issues tracked');
  return {
    counted: {
      created: created.size,
      known: result.confirmed.length + closed.size,
      reopened: reopened.size,
      resolved: result.resolved.length,
    },
    issues: linked.filter(({ issueId }) => !closed.has(issueId)).map(({ findingId, issueId }) => ({ findingId, issueId })),
  };
}
