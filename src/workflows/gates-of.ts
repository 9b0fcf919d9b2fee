import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as schema from '../database/schema.js';
import { coverageFell, coverageOf } from '../gates/coverage.js';
import type { GateReport, GateRun, GateStage, GateStatus } from '../gates/gate.js';
import { planGates } from '../gates/plan.js';
import { runGates } from '../gates/run-gates.js';
import { type RepositoryPolicy, readRepositoryPolicy } from '../repos/policy.js';
import type { Repo } from '../repos/source.js';
import type { GateSummary } from '../runs/events.js';
import type { WorkflowParts } from './parts.js';
import { scratchFor } from './scratch.js';
import { cancelSignal } from './steps.js';

/** The policy as the base commit has it; what a change says of itself does not count (FX-4). */
export function policyAt({ clones }: Pick<WorkflowParts, 'clones'>, repo: Repo, commit: string): Promise<RepositoryPolicy> {
  return readRepositoryPolicy((path) => clones.readFileAt(repo, commit, path));
}

export interface Judged {
  report: GateRun;
  /** Where the gates ran; gone after `work`. */
  folder: string;
}

/**
 * Runs the gates that `base` defines on a clean checkout of exactly `commit`, and keeps the report under `subject`.
 * `work` may still look into the checkout. A fall of coverage below the base's is a failure of the tests (GT-5).
 */
export async function judge<T>(
  parts: WorkflowParts,
  request: {
    repo: Repo;
    runId: string;
    subject: string;
    base: string;
    commit: string;
    baseCoverage: number | null;
    onStage?: (stage: GateStage, status: GateStatus) => void;
  },
  work: (judged: Judged) => Promise<T>,
): Promise<T> {
  const { clones, folders, database } = parts;
  const { repo, runId, subject, base, commit } = request;
  const policy = await policyAt(parts, repo, base);
  const plan = await planGates({
    listFiles: () => clones.listFilesAt(repo, base),
    readFile: (path) => clones.readFileAt(repo, base, path),
    policy,
  });
  const tree = await clones.checkout({ repo, commit, run: runId, id: `gates-${subject}` });
  const scratch = scratchFor(parts, runId, `gates-${subject}`);
  try {
    const report = await runGates({
      folder: tree.folder,
      plan,
      scratch,
      cacheFolder: join(folders.cache, 'gates', repo.name),
      signal: cancelSignal(),
      onResult: ({ stage, status }) => request.onStage?.(stage, status),
    });
    const fall = coverageFell(
      request.baseCoverage,
      coverageOf(report),
      policy.coverageMayFallBy ?? parts.settings().gates.coverageMayFallBy,
    );
    const judged = fall ? { ...report, passed: false, blockers: [...report.blockers, fall] } : report;
    await database.db.insert(schema.gateReports).values({ runId, subject, commit, report: judged }).onConflictDoNothing();
    return await work({ report: judged, folder: tree.folder });
  } finally {
    await tree.remove();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** A few words for each stage, with its name: `fast`, `tests 214, coverage 87.4 %`, `fast: format found 2 files`. */
export function summarise(report: GateReport): GateSummary[] {
  const stages = [...new Set(report.results.map((result) => result.stage))];
  return stages.map((stage) => {
    const results = report.results.filter((result) => result.stage === stage);
    const bad = results.filter((result) => result.status !== 'passed');
    const status: GateStatus = bad.some((result) => result.status === 'failed') ? 'failed' : bad.length > 0 ? 'unknown' : 'passed';
    const counted = stage === 'tests' ? testWords(results).join(', ') : '';
    const reasons = bad.map((result) => `${result.name}: ${result.reason ?? result.status}`).join('; ');
    return { stage, status, words: `${stage}${counted ? ` ${counted}` : ''}${reasons ? `: ${reasons}` : ''}` };
  });
}

function testWords(results: GateReport['results']): string[] {
  const counts = results.flatMap((result) => result.counts ?? []);
  const passed = counts.reduce((total, count) => total + count.passed, 0);
  const failed = counts.reduce((total, count) => total + count.failed, 0);
  const coverage = results.find((result) => result.coverage !== null)?.coverage ?? null;
  return [
    ...(counts.length === 0 ? [] : [failed > 0 ? `${failed} of ${passed + failed} failed` : String(passed)]),
    ...(coverage === null ? [] : [`coverage ${coverage.toFixed(1)} %`]),
  ];
}

/** One line with everything a person needs to know of the gates, for an approval. */
export function gatesLine(summaries: readonly GateSummary[]): string {
  const signs: Record<GateStatus, string> = { passed: '✓', failed: '✗', unknown: '⚠' };
  return summaries.map(({ status, words }) => `${words} ${signs[status]}`).join(' · ');
}
