import { lstat, mkdir, readFile, realpath, rm } from 'node:fs/promises';
import { delimiter, join, sep } from 'node:path';
import { type ProcessResult, runProcess, scrubbedEnvironment, shell } from '../process/runner.js';
import { readOutput, readReport } from './counts.js';
import { readCoverage } from './coverage.js';
import type { GateCommand, GateResult, TestCounts } from './gate.js';
import { liesInside } from './inside.js';
import { type Instrumented, instrument } from './instrument.js';
import { tailOf } from './tail.js';

/** Enough for the tail, and little enough for redaction to be quick. */
const OUTPUT_SHOWN = 64 * 1024;
const MAX_REPORT_BYTES = 32 * 1024 * 1024;

export interface GateParts {
  command: GateCommand;
  folder: string;
  /** For this gate's reports alone. */
  scratch: string;
  signal?: AbortSignal | undefined;
  redact: (text: string) => string;
}

/** Runs one command and judges it. Only what ran to its end, and could be read, passes (GT-3, GT-4). */
export async function runGate({ command, folder, scratch, signal, redact }: GateParts): Promise<GateResult> {
  const result: GateResult = {
    stage: command.stage,
    name: command.name,
    command: command.run,
    status: 'unknown',
    reason: null,
    exitCode: null,
    durationMs: 0,
    counts: null,
    coverage: null,
    tail: '',
  };
  if (command.unavailable !== undefined) return { ...result, reason: command.unavailable };

  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  const isTest = command.stage === 'tests';
  const asked: Instrumented =
    isTest && command.report === undefined
      ? instrument({ run: command.run, script: command.script, scratch })
      : { line: command.run, report: null, coverage: null, needsPackagePath: false };
  // A report that is already there is the repository's word for itself, not this run's.
  for (const path of [command.report, command.coverage]) {
    if (path === undefined) continue;
    if (!(await liesInside(folder, path))) return { ...result, reason: `${path} leads out of the repository` };
    await rm(join(folder, path), { recursive: true, force: true });
  }

  const ran = await runLine({ line: asked.line, folder, timeoutMs: command.timeoutMs, signal, packagePath: asked.needsPackagePath });
  const output = [ran.stdout, ran.stderr].filter((text) => text.trim() !== '').join('\n');
  const counts = isTest ? await countsOf({ command, asked, folder, ran }) : null;
  const coverage = isTest ? await coverageOf({ command, asked, folder }) : null;
  const measured: GateResult = {
    ...result,
    exitCode: ran.exitCode,
    durationMs: ran.durationMs,
    counts: counts && { ...counts, failures: counts.failures.map((name) => redact(name)) },
    coverage,
    tail: tailOf(redact(output.slice(-OUTPUT_SHOWN))),
  };
  return { ...measured, ...judge({ command, ran, counts }) };
}

/** Runs a gate's `fix`; what came of it is seen by running the gate again. */
export async function runFix({ command, folder, signal }: GateParts): Promise<ProcessResult> {
  return runLine({ line: command.fix ?? 'true', folder, timeoutMs: command.timeoutMs, signal, packagePath: false });
}

function judge({
  command,
  ran,
  counts,
}: {
  command: GateCommand;
  ran: ProcessResult;
  counts: TestCounts | null;
}): Pick<GateResult, 'status' | 'reason'> {
  const unknown = (reason: string) => ({ status: 'unknown' as const, reason });
  const failed = (reason: string) => ({ status: 'failed' as const, reason });
  if (ran.cancelled) return unknown('it was cancelled');
  if (ran.timedOut) return unknown(`it took longer than ${Math.round(command.timeoutMs / 1_000)} s`);
  if (ran.exitCode === null) return unknown(`it was ended by ${ran.signal ?? 'a signal'}`);
  if (ran.exitCode === 127 || ran.exitCode === 126)
    return unknown(`a program of "${command.run}" is not installed on this machine, or may not be run`);
  if (ran.exitCode !== 0) {
    const isPytestWithoutTests = ran.exitCode === 5 && command.run.includes('pytest');
    if (command.stage === 'tests' && (isPytestWithoutTests || (counts && counts.passed + counts.failed === 0))) {
      return unknown(`no test was run (exit code ${ran.exitCode})`);
    }
    return failed(
      counts && counts.failed > 0
        ? `${counts.failed} of ${counts.passed + counts.failed} tests failed`
        : `it ended with exit code ${ran.exitCode}`,
    );
  }
  if (command.stage !== 'tests') return { status: 'passed', reason: null };
  if (counts === null)
    return unknown('it ended well, but how many tests ran cannot be read; name its JUnit XML as `report` in .mahavishnu.yaml');
  if (counts.failed > 0)
    return failed(`it ended well, but its report lists ${counts.failed} failed ${counts.failed === 1 ? 'test' : 'tests'}`);
  if (counts.passed === 0) return unknown(counts.skipped > 0 ? `all ${counts.skipped} tests were skipped` : 'no test was run');
  return { status: 'passed', reason: null };
}

interface ReadParts {
  command: GateCommand;
  asked: Instrumented;
  folder: string;
}

async function countsOf({ command, asked, folder, ran }: ReadParts & { ran: ProcessResult }): Promise<TestCounts | null> {
  // The report that the repository names is the one that counts: without it the result cannot be read.
  if (command.report !== undefined) {
    const text = await readInside(folder, command.report);
    return text === null ? null : readReport(text);
  }
  const text = asked.report === null ? null : await readBounded(asked.report);
  const counts = text === null ? null : readReport(text);
  return counts ?? readOutput(`${ran.stdout}\n${ran.stderr}`);
}

async function coverageOf({ command, asked, folder }: ReadParts): Promise<number | null> {
  if (command.coverage !== undefined) {
    const text = await readInside(folder, command.coverage);
    return text === null ? null : readCoverage(text);
  }
  const text = asked.coverage === null ? null : await readBounded(asked.coverage);
  return text === null ? null : readCoverage(text, asked.coverageSkip);
}

async function readInside(folder: string, path: string): Promise<string | null> {
  try {
    const root = await realpath(folder);
    const real = await realpath(join(root, path));
    return real.startsWith(root + sep) ? await readBounded(real) : null;
  } catch {
    return null;
  }
}

async function readBounded(path: string): Promise<string | null> {
  try {
    const stat = await lstat(path);
    return stat.isFile() && stat.size <= MAX_REPORT_BYTES ? await readFile(path, 'utf8') : null;
  } catch {
    return null;
  }
}

async function runLine({
  line,
  folder,
  timeoutMs,
  signal,
  packagePath,
}: {
  line: string;
  folder: string;
  timeoutMs: number;
  signal: AbortSignal | undefined;
  packagePath: boolean;
}): Promise<ProcessResult> {
  const path = [join(folder, 'node_modules', '.bin'), scrubbedEnvironment().PATH ?? ''].join(delimiter);
  return runProcess({ ...shell(line), cwd: folder, timeoutMs, signal, ...(packagePath ? { env: { PATH: path } } : {}) });
}
