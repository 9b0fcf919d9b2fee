export const gateStages = ['fast', 'tests', 'comprehensive'] as const;
export type GateStage = (typeof gateStages)[number];

/** One command of a stage, from the repository's own file or detected (GT-6). */
export interface GateCommand {
  stage: GateStage;
  /** Short name for people: `ruff`, `tests`, `tsc`. */
  name: string;
  run: string;
  /** Run once when the check failed, before it is tried again (GT-2). */
  fix?: string;
  /** JUnit XML or other report the command writes, relative to the repository's root. */
  report?: string;
  coverage?: string;
  timeoutMs: number;
  /** The line behind `run` when `run` only names it (`npm test`): a known test runner in it is asked for a report. */
  script?: string;
  /** Why it cannot run on this machine; the gate is then `unknown` without being tried (GT-3). */
  unavailable?: string;
  /** Where it comes from: `.mahavishnu.yaml`, `package.json script "test"`, … */
  why: string;
}

export interface GatePlan {
  commands: GateCommand[];
  /** Installing dependencies, before the first gate of a tree (GT-7). */
  /** `key`: the files whose content decides what is installed, one a line; null when it cannot be told and nothing is kept. */
  setup: { run: string; key: string | null; keep: string[]; why: string } | null;
  /** Stages that have no command, with the reason. A blocking stage without a command is `unknown`. */
  missing: { stage: GateStage; why: string }[];
  /** Stages that block: fast and tests, and comprehensive only when the repository says so. */
  blocking: GateStage[];
  /** Percent points; null: as the settings say. */
  coverageMayFallBy: number | null;
}

export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
  /** Names of the first failed tests. */
  failures: string[];
}

/** `unknown`: it did not run, timed out, or its result cannot be read; blocks as `failed` does (GT-3). */
export type GateStatus = 'passed' | 'failed' | 'unknown';

export interface GateResult {
  stage: GateStage;
  name: string;
  command: string;
  status: GateStatus;
  /** In words, for `failed` and `unknown`. */
  reason: string | null;
  exitCode: number | null;
  durationMs: number;
  counts: TestCounts | null;
  /** Percent of lines, 0 to 100. */
  coverage: number | null;
  /** The last lines of the output, redacted. */
  tail: string;
}

export interface GateReport {
  /** Passed only when every blocking stage has at least one result and all of them passed. */
  passed: boolean;
  results: GateResult[];
  /** What blocks, one line each, for people. */
  blockers: string[];
}

/** What a run of all gates gives back; the files are for a caller that has to commit what the tools put right (GT-2). */
export interface GateRun extends GateReport {
  /** Files the `fix` commands changed, relative to the repository's root. Their new content lies in the folder the gates ran in. */
  autofixed: string[];
}
