import { z } from 'zod';
import { runProcess } from '../../../process/runner.js';
import type { RawHit } from '../../hit.js';
import { isolate, timeKeeper } from '../isolate.js';
import { type AnalyzerRun, failedRun, MAX_ANSWER_BYTES, parseJson, whyUnusable } from '../outcome.js';
import type { Asked } from './asked.js';

const position = z.number().int().min(1);
const Report = z.object({
  comments: z.array(
    z.object({
      file: z.string(),
      line: position,
      endLine: position,
      column: position,
      endColumn: position,
      code: z.number().int(),
      message: z.string(),
    }),
  ),
});

export const isShellScript = (file: string): boolean => /\.(?:sh|bash|ksh)$/i.test(file);

/** Without the repository's settings, and without following what a script sources. */
export async function runShellcheck(files: readonly string[], asked: Asked): Promise<AnalyzerRun> {
  const left = timeKeeper(asked.context.timeoutMs);
  return isolate(files, (some) => check(some, { ...asked, context: { ...asked.context, timeoutMs: left() } }));
}

async function check(files: readonly string[], { program, texts, context }: Asked): Promise<AnalyzerRun> {
  const result = await runProcess({
    command: program.path,
    args: ['--norc', '-f', 'json1', '--', ...files.map((file) => `./${file}`)],
    cwd: context.folder,
    timeoutMs: context.timeoutMs,
    maxOutputBytes: MAX_ANSWER_BYTES,
    signal: context.signal,
  });
  const why = whyUnusable('shellcheck', result, context.timeoutMs, [0, 1]);
  if (why !== null) return failedRun('shellcheck', why, result.durationMs);
  const report = Report.safeParse(parseJson(result.stdout));
  if (!report.success) return failedRun('shellcheck', 'shellcheck printed something that cannot be read', result.durationMs);
  const asked = new Set(files);
  const hits: RawHit[] = [];
  for (const { file: path, line, endLine, column, endColumn, code, message } of report.data.comments) {
    const file = path.replace(/^\.\//, '');
    if (!asked.has(file)) continue;
    const index = await texts.get(file);
    const start = index.offsetOf(line, column);
    hits.push({ code: `SC${code}`, file, start, end: Math.max(start, index.offsetOf(endLine, endColumn)), message, fixable: false });
  }
  return { tool: 'shellcheck', hits, scopes: new Map(), durationMs: result.durationMs, reason: null, unread: [] };
}
