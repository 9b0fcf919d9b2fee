import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { runProcess } from '../../../process/runner.js';
import type { RawHit } from '../../hit.js';
import { isolate, timeKeeper } from '../isolate.js';
import { type AnalyzerRun, failedRun, MAX_ANSWER_BYTES, parseJson, type UnreadFile, whyIncomplete, whyUnusable } from '../outcome.js';
import type { Asked } from './asked.js';

const line = z.number().int().min(1);
const Report = z.object({
  errors: z.array(z.object({ filename: z.string(), reason: z.string() })),
  results: z.array(
    z.object({
      test_id: z.string(),
      filename: z.string(),
      issue_text: z.string(),
      line_number: line,
      line_range: z.array(line).min(1),
      col_offset: z.number().int().min(0).optional(),
    }),
  ),
});

/** Bandit parses and executes nothing of what it reads. With a configuration of ours, so that it looks for none of the repository's. */
export async function runBandit(files: readonly string[], asked: Asked): Promise<AnalyzerRun> {
  const left = timeKeeper(asked.context.timeoutMs);
  return isolate(files, (some) => check(some, { ...asked, context: { ...asked.context, timeoutMs: left() } }));
}

async function check(files: readonly string[], { program, rules, texts, context }: Asked): Promise<AnalyzerRun> {
  const config = join(context.scratch, 'bandit.yaml');
  const targets = join(context.scratch, 'bandit.ini');
  await Promise.all([writeFile(config, '{}\n'), writeFile(targets, '[bandit]\n')]);
  const result = await runProcess({
    command: program.path,
    args: [
      '-c',
      config,
      '--ini',
      targets,
      '-q',
      '-f',
      'json',
      '-t',
      rules.map(({ code }) => code).join(','),
      ...files.map((file) => `./${file}`),
    ],
    cwd: context.folder,
    timeoutMs: context.timeoutMs,
    maxOutputBytes: MAX_ANSWER_BYTES,
    signal: context.signal,
  });
  const why = whyUnusable('bandit', result, context.timeoutMs, [0, 1]);
  if (why !== null) return failedRun('bandit', why, result.durationMs);
  const report = Report.safeParse(parseJson(result.stdout));
  if (!report.success) return failedRun('bandit', 'bandit printed something that cannot be read', result.durationMs);
  const asked = new Set(files);
  const nameOf = (path: string) => path.replace(/^(?:\.\/)+/, '');
  const hits: RawHit[] = [];
  for (const { test_id: code, filename, issue_text: message, line_number: first, line_range: range, col_offset: column } of report.data
    .results) {
    const file = nameOf(filename);
    if (!asked.has(file)) continue;
    const index = await texts.get(file);
    const start = index.offsetOf(first, (column ?? 0) + 1);
    const last = Math.max(first, ...range);
    hits.push({
      code,
      file,
      start,
      end: Math.max(start, index.offsetOf(last, 1) + index.lines(last, last).length),
      message,
      fixable: false,
    });
  }
  // A file it cannot parse is reported by ruff as what it is: a syntax error.
  const unread: UnreadFile[] = report.data.errors
    .filter(({ filename, reason }) => asked.has(nameOf(filename)) && !/syntax error/i.test(reason))
    .map(({ filename, reason }) => ({ file: nameOf(filename), message: reason }));
  return {
    tool: 'bandit',
    hits,
    scopes: new Map(),
    durationMs: result.durationMs,
    reason: whyIncomplete('bandit', unread, files.length),
    unread,
  };
}
