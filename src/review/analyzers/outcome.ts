import type { ProcessResult } from '../../process/runner.js';
import type { NamedScope, RawHit, Tool } from '../hit.js';

/** How one analyzer ended. `reason` is set when it did not look at everything it was given; its hits count all the same. */
export interface AnalyzerRun {
  tool: Tool;
  hits: RawHit[];
  scopes: Map<string, readonly NamedScope[]>;
  durationMs: number;
  reason: string | null;
  /** Files that it could not look at, while it looked at the others. Set with a reason and empty: it looked at none. */
  unread: readonly UnreadFile[];
}

export interface UnreadFile {
  file: string;
  message: string;
}

export interface AnalyzerContext {
  folder: string;
  scratch: string;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** Runs these in place of the programs that come with us: command and first arguments, by tool. */
  programs?: Programs | undefined;
  /** As a process request has it. */
  niceness?: number | undefined;
  /** A folder for the code of programs as it was compiled, which the next run of them need not do again. */
  compiled?: string | undefined;
}

export type Programs = Partial<Record<Tool, readonly [command: string, ...args: string[]]>>;

export function programOf(tool: Tool, { programs }: AnalyzerContext, ours: readonly string[]): { command: string; args: string[] } {
  const [command, ...args] = programs?.[tool] ?? [process.execPath, ...ours];
  return { command, args };
}

export const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

export function failedRun(tool: Tool, reason: string, durationMs = 0): AnalyzerRun {
  return { tool, hits: [], scopes: new Map(), durationMs, reason, unread: [] };
}

/** Of an analyzer that looked at everything it was given, and found nothing. */
export function cleanRun(tool: Tool): AnalyzerRun {
  return { ...failedRun(tool, ''), reason: null };
}

/** What a run is called that left files out; null when it left out none. */
export function whyIncomplete(tool: string, unread: readonly UnreadFile[], asked: number): string | null {
  if (unread.length === 0) return null;
  const [first] = unread;
  const message = fit(first!.message);
  const said = message === '' ? '' : ` (${message})`;
  return `${tool} could not read ${unread.length} of ${asked} ${asked === 1 ? 'file' : 'files'}, such as ${fit(first!.file)}${said}`;
}

/** Why a process has no result we could read, in words; null when it ended as `allowed` says. */
export function whyUnusable(tool: string, result: ProcessResult, timeoutMs: number, allowed: readonly number[] = [0]): string | null {
  if (result.cancelled) return `${tool} was cancelled`;
  if (result.timedOut) return `${tool} was stopped after ${Math.round(timeoutMs / 1000)} s`;
  if (result.signal !== null) return `${tool} was killed by ${result.signal}`;
  if (result.exitCode === null || !allowed.includes(result.exitCode))
    return `${tool} ended with exit code ${result.exitCode}${lastWords(result)}`;
  if (result.truncated) return `${tool} printed more than ${MAX_ANSWER_BYTES / 1024 / 1024} MB`;
  return null;
}

/** The last line a program printed, made fit for one line of a report. */
function lastWords({ stderr, stdout }: ProcessResult): string {
  const lines = (stderr.trim() || stdout.trim()).split('\n');
  const telling = lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? '';
  const clean = fit(telling);
  return clean === '' ? '' : `: ${clean}`;
}

const fit = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}]/gu, ' ')
    .trim()
    .slice(0, 200);

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
