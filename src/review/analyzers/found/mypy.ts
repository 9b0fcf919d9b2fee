import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type ProcessResult, runProcess } from '../../../process/runner.js';
import type { RawHit } from '../../hit.js';
import { type AnalyzerRun, failedRun, MAX_ANSWER_BYTES, parseJson, whyIncomplete, whyUnusable } from '../outcome.js';
import type { Asked } from './asked.js';

const Line = z.object({
  file: z.string(),
  line: z.number().int(),
  column: z.number().int(),
  end_line: z.number().int().nullish(),
  end_column: z.number().int().nullish(),
  message: z.string(),
  code: z.string().nullable(),
  severity: z.string(),
});
type Line = z.infer<typeof Line>;

/**
 * With settings of ours, because those of a repository can name plugins, which mypy runs, and without asking any Python for its packages.
 * One file that it cannot parse keeps it from looking at the others; those are left out, and it is run again.
 */
export async function runMypy(files: readonly string[], asked: Asked): Promise<AnalyzerRun> {
  const { texts, context } = asked;
  const deadline = performance.now() + context.timeoutMs;
  const bases = files.some((file) => file.startsWith('src/')) && !files.includes('src/__init__.py') ? ['src'] : [];
  const broken = new Set<string>();
  let durationMs = 0;
  for (let round = 0; ; round++) {
    const timeoutMs = Math.max(1, deadline - performance.now());
    const result = await start(
      files.filter((file) => !broken.has(file)),
      { ...asked, context: { ...context, timeoutMs } },
      { bases, skipped: [...broken].map((file) => moduleOf(file, bases)) },
    );
    durationMs += result.durationMs;
    const why = whyUnusable('mypy', result, context.timeoutMs, [0, 1, 2]);
    if (why !== null) return failedRun('mypy', why, durationMs);
    const lines = read(result.stdout);
    if (lines === null) return failedRun('mypy', `mypy printed something that cannot be read${said(result)}`, durationMs);
    const unparsed = lines.filter(({ code, file }) => code === 'syntax' && !broken.has(file));
    if (result.exitCode === 2 && (unparsed.length === 0 || round >= 3)) return failedRun('mypy', `mypy gave up${said(result)}`, durationMs);
    for (const { file } of unparsed) broken.add(file);
    if (result.exitCode === 2) continue;
    const known = new Set(files);
    const hits: RawHit[] = [];
    for (const line of lines) {
      // In calls of what is inherited or overloaded it often knows only some of the names.
      const isUnsure = line.code === 'call-arg' && line.message.startsWith('Unexpected keyword');
      if (line.severity === 'error' && known.has(line.file) && !isUnsure) hits.push(await toHit(line, texts));
    }
    // What no Python can parse ruff reports as what it is; the rest is written for a newer Python than mypy's.
    const unread = [...broken].filter((file) => known.has(file)).map((file) => ({ file, message: 'its syntax is unknown to mypy' }));
    return { tool: 'mypy', hits, scopes: new Map(), durationMs, reason: whyIncomplete('mypy', unread, files.length), unread };
  }
}

async function start(
  files: readonly string[],
  { program, context }: Asked,
  { bases, skipped }: { bases: readonly string[]; skipped: readonly string[] },
): Promise<ProcessResult> {
  const settings = join(context.scratch, 'mypy.ini');
  const list = join(context.scratch, 'mypy-files');
  const sections = skipped.filter((module) => /^[\w.]+$/.test(module)).map((module) => `[mypy-${module}]\nfollow_imports = skip\n`);
  const path = bases.length > 0 ? `mypy_path = ${bases.join(':')}\n` : '';
  await Promise.all([
    writeFile(settings, `[mypy]\n${path}${sections.join('')}`),
    // More files than fit into a command line; mypy reads its arguments from a file, a line each.
    writeFile(list, files.map((file) => `./${file}\n`).join('')),
  ]);
  return runProcess({
    command: program.path,
    args: [
      ...['--config-file', settings, '--cache-dir', '/dev/null', '--output', 'json', '--no-error-summary'],
      ...['--no-site-packages', '--ignore-missing-imports', '--namespace-packages', '--explicit-package-bases'],
      `@${list}`,
    ],
    cwd: context.folder,
    timeoutMs: context.timeoutMs,
    maxOutputBytes: MAX_ANSWER_BYTES,
    signal: context.signal,
  });
}

/** As mypy names it. */
function moduleOf(file: string, bases: readonly string[]): string {
  const base = bases.find((each) => file.startsWith(`${each}/`));
  const path = base === undefined ? file : file.slice(base.length + 1);
  return path
    .replace(/\.pyi?$/, '')
    .replace(/(?:^|\/)__init__$/, '')
    .replaceAll('/', '.');
}

function read(stdout: string): Line[] | null {
  const lines: Line[] = [];
  for (const text of stdout.split('\n')) {
    if (text.trim() === '') continue;
    const line = Line.safeParse(parseJson(text));
    if (!line.success) return null;
    lines.push({ ...line.data, file: line.data.file.replace(/^(?:\.\/)+/, '') });
  }
  return lines;
}

function said({ stderr, stdout }: ProcessResult): string {
  const [first = ''] = (stderr.trim() || stdout.trim()).split('\n');
  const words = first.replace(/[\p{Cc}\p{Cf}]/gu, ' ').slice(0, 200);
  return words === '' ? '' : `: ${words}`;
}

async function toHit(
  { file, line, column, end_line: lastLine, end_column: lastColumn, message, code }: Line,
  texts: Asked['texts'],
): Promise<RawHit> {
  const index = await texts.get(file);
  const first = Math.max(1, line);
  const start = index.offsetOf(first, Math.max(0, column) + 1);
  const end =
    lastLine && lastColumn ? index.offsetOf(lastLine, lastColumn + 1) : index.offsetOf(first, 1) + index.lines(first, first).length;
  return { code: code ?? 'misc', file, start, end: Math.max(start, end), message, fixable: false };
}
