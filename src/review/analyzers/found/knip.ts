import { z } from 'zod';
import { runProcess } from '../../../process/runner.js';
import type { RawHit } from '../../hit.js';
import { type AnalyzerRun, failedRun, MAX_ANSWER_BYTES, parseJson, whyUnusable } from '../outcome.js';
import type { Asked } from './asked.js';

const Issue = z.object({ name: z.string(), line: z.number().int().min(1).optional(), col: z.number().int().min(1).optional() });
const Report = z.object({
  issues: z.array(
    z.object({
      file: z.string(),
      unlisted: z.array(Issue).default([]),
      unresolved: z.array(Issue).default([]),
      files: z.array(Issue).default([]),
    }),
  ),
});

/** Knip runs configuration files of the tree, its own and those of the tools it knows: only for repositories the owner trusts. */
export async function runKnip(files: readonly string[], { program, texts, context }: Asked): Promise<AnalyzerRun> {
  const result = await runProcess({
    command: program.path,
    args: ['--reporter', 'json', '--no-progress', '--no-exit-code', '--no-config-hints', '--include', 'unlisted,unresolved'],
    cwd: context.folder,
    env: { TMPDIR: context.scratch },
    timeoutMs: context.timeoutMs,
    maxOutputBytes: MAX_ANSWER_BYTES,
    signal: context.signal,
  });
  const why = whyUnusable('knip', result, context.timeoutMs);
  if (why !== null) return failedRun('knip', why, result.durationMs);
  // Configuration files that it runs may print before it does.
  const report = Report.safeParse(parseJson(result.stdout.slice(result.stdout.lastIndexOf('{"issues":'))));
  if (!report.success) return failedRun('knip', 'knip printed something that cannot be read', result.durationMs);
  const known = new Set(files);
  const hits: RawHit[] = [];
  for (const { file, unlisted, unresolved } of report.data.issues) {
    if (!known.has(file)) continue;
    const index = await texts.get(file);
    for (const [code, issues] of Object.entries({ unlisted, unresolved })) {
      for (const { name, line = 1, col = 1 } of issues) {
        const start = index.offsetOf(line, col);
        hits.push({ code, file, start, end: Math.min(index.text.length, start + name.length), message: name, fixable: false });
      }
    }
  }
  return { tool: 'knip', hits, scopes: new Map(), durationMs: result.durationMs, reason: null, unread: [] };
}
