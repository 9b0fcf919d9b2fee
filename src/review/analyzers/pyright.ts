import { lstatSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { entryPoint } from '../../process/entry-point.js';
import { runProcess } from '../../process/runner.js';
import type { RawHit } from '../hit.js';
import { pyrightCode, pyrightName } from '../rules/pyright.js';
import type { Rule } from '../rules/rule.js';
import { engineFlags, FEW_FILES } from './in-child.js';
import { inParts, type PartRun } from './in-parts.js';
import {
  type AnalyzerContext,
  type AnalyzerRun,
  failedRun,
  MAX_ANSWER_BYTES,
  parseJson,
  programOf,
  type UnreadFile,
  whyIncomplete,
  whyUnusable,
} from './outcome.js';
import type { SourceTexts } from './source-texts.js';

const Position = z.object({ line: z.number().int(), character: z.number().int() });
const Report = z.object({
  generalDiagnostics: z.array(
    z.object({
      file: z.string(),
      message: z.string(),
      rule: z.string().optional(),
      range: z.object({ start: Position, end: Position }).optional(),
    }),
  ),
  summary: z.object({ filesAnalyzed: z.number().int() }),
});

export const pyrightProgram = join(dirname(createRequire(import.meta.url).resolve('pyright/package.json')), 'index.js');

/** It reads some 200 kB a second, and a tenth of that where everything else is at work too. */
const SLOWEST_BYTES_PER_S = 20_000;
const START_MS = 60_000;

interface Limits {
  /** Files that it did not end in the last time. */
  again?: readonly string[];
  /** How long it may take for all files before it is tried with parts of them; by default by their size. */
  patienceMs?: number;
}

/** Types without Python: no interpreter is looked for, and neither the repository's settings nor its packages are read. */
export function runPyright(
  files: readonly string[],
  rules: readonly Rule[],
  texts: SourceTexts,
  context: AnalyzerContext,
  { again, patienceMs = patienceFor(files, context) }: Limits = {},
): Promise<AnalyzerRun> {
  const run = (part: readonly string[], timeoutMs: number) => runOnce(part, rules, texts, { ...context, timeoutMs });
  return inParts({ files, again, timeoutMs: context.timeoutMs, patienceMs, run });
}

function patienceFor(files: readonly string[], { folder, timeoutMs }: AnalyzerContext): number {
  let patienceMs = START_MS;
  for (const file of files) {
    patienceMs += ((lstatSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0) / SLOWEST_BYTES_PER_S) * 1000;
    // Of a large tree no more needs to be known than that it takes all the time.
    if (patienceMs > timeoutMs) break;
  }
  return patienceMs;
}

async function runOnce(files: readonly string[], rules: readonly Rule[], texts: SourceTexts, context: AnalyzerContext): Promise<PartRun> {
  // Without waiting: it takes longest, and four other programs would be started first.
  const folder = realpathSync(context.folder);
  const home = mkdtempSync(join(realpathSync(context.scratch), 'pyright-'));
  const project = join(home, 'pyrightconfig.json');
  const fromHome = (file: string) => relative(home, join(folder, file)).split(sep).join('/');
  writeFileSync(
    project,
    JSON.stringify({
      include: files.map(fromHome),
      exclude: [],
      typeCheckingMode: 'basic',
      reportMissingImports: false,
      reportMissingModuleSource: false,
      ...Object.fromEntries(rules.map(({ code }) => [pyrightName(code), 'error'])),
      executionEnvironments: [{ root: fromHome('.'), extraPaths: [fromHome('src')] }],
    }),
  );
  const program = programOf('pyright', context, ownProgram(files.length, context));
  const result = await runProcess({
    command: program.command,
    args: [...program.args, '-p', project, '--outputjson', '--pythonpath', join(home, 'no-python')],
    cwd: home,
    timeoutMs: context.timeoutMs,
    maxOutputBytes: MAX_ANSWER_BYTES,
    signal: context.signal,
  });
  const why = whyUnusable('pyright', result, context.timeoutMs, [0, 1]);
  const { durationMs } = result;
  if (why !== null) return { ...failedRun('pyright', why, durationMs), isLost: !result.cancelled };
  const report = Report.safeParse(parseJson(result.stdout));
  if (!report.success) return { ...failedRun('pyright', 'pyright printed something that cannot be read', durationMs), isLost: true };

  const kept = new Set(rules.map(({ code }) => pyrightName(code)));
  const asked = new Set(files);
  const hits: RawHit[] = [];
  const unread: UnreadFile[] = [];
  for (const { file: path, message, rule, range } of report.data.generalDiagnostics) {
    const file = relative(folder, path).split(sep).join('/');
    if (rule === undefined && asked.has(file) && /^an internal error occurred/i.test(message))
      unread.push({ file, message: 'internal error' });
    if (rule === undefined || range === undefined || !kept.has(rule) || !asked.has(file)) continue;
    const index = await texts.get(file);
    const start = index.offsetOf(range.start.line + 1, range.start.character + 1);
    const end = index.offsetOf(range.end.line + 1, range.end.character + 1);
    hits.push({ code: pyrightCode(rule, message), file, start, end: Math.max(start, end), message, fixable: false });
  }
  const missed = files.length - report.data.summary.filesAnalyzed;
  const reason = missed > 0 ? `pyright left out ${missed} of ${files.length} files` : whyIncomplete('pyright', unread, files.length);
  return { tool: 'pyright', hits, scopes: new Map(), durationMs, reason, unread: missed > 0 ? [] : unread, isLost: false };
}

/** With few files, compiling its own code is a tenth of what it does; the code of functions is kept until its end for the next run. */
function ownProgram(files: number, { compiled }: AnalyzerContext): string[] {
  const flags = engineFlags('pyright', files);
  if (compiled === undefined || files >= FEW_FILES) return [...flags, pyrightProgram];
  return [...flags, '--no-flush-bytecode', entryPoint('review/run-compiled'), join(compiled, 'pyright'), pyrightProgram];
}
