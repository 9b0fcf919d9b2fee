import { readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { entryPoint } from '../../../process/entry-point.js';
import { runProcess } from '../../../process/runner.js';
import type { RawHit } from '../../hit.js';
import { isSupportFile } from '../../languages.js';
import { type AnalyzerRun, failedRun, MAX_ANSWER_BYTES, parseJson, type UnreadFile, whyIncomplete, whyUnusable } from '../outcome.js';
import type { TextIndex } from '../text-index.js';
import type { Asked } from './asked.js';
import type { FoundTool } from './find-tool.js';

const Key = z.union([z.string(), z.number()]);
const Answer = z.union([
  z.object({ messages: z.array(z.object({ code: z.string(), path: z.array(Key) })) }),
  z.object({ problem: z.string() }),
]);
const Manifest = z.object({
  name: z.string().min(1),
  version: z.string().min(1),
  private: z.boolean().optional(),
  scripts: z.record(z.string(), z.unknown()).default({}),
});
const Installed = z.object({ name: z.literal('publint'), exports: z.object({ '.': z.object({ default: z.string() }) }) });

/** Descriptions of packages that can be published; it has nothing to say of others. */
export async function publishable(files: readonly string[], folder: string): Promise<string[]> {
  const some = files.filter((file) => /(?:^|\/)package\.json$/.test(file) && !isSupportFile(file));
  const manifests = await Promise.all(some.map((file) => manifestAt(folder, file)));
  return some.filter((_, at) => manifests[at] && !manifests[at].private);
}

async function manifestAt(folder: string, file: string): Promise<z.infer<typeof Manifest> | null> {
  const parsed = Manifest.safeParse(parseJson(await readFile(join(folder, file), 'utf8').catch(() => '')));
  return parsed.success ? parsed.data : null;
}

/** What publint knows of the packages of a tree. */
export async function runPublint(files: readonly string[], { program, texts, context }: Asked): Promise<AnalyzerRun> {
  const entry = await entryOf(program);
  if (entry === null) return failedRun('publint', `${program.path} does not lead to the package publint`);
  const result = await runProcess({
    command: process.execPath,
    args: [entryPoint('review/publint'), entry],
    cwd: context.scratch,
    input: files.map((file) => `${dirname(join(context.folder, file))}\n`).join(''),
    timeoutMs: context.timeoutMs,
    maxOutputBytes: MAX_ANSWER_BYTES,
    signal: context.signal,
  });
  const why = whyUnusable('publint', result, context.timeoutMs);
  if (why !== null) return failedRun('publint', why, result.durationMs);
  const answers = result.stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => Answer.safeParse(parseJson(line)));
  if (answers.length !== files.length) return failedRun('publint', 'publint printed something that cannot be read', result.durationMs);
  const hits: RawHit[] = [];
  const unread: UnreadFile[] = [];
  for (const [at, file] of files.entries()) {
    const answer = answers[at]!;
    if (!answer.success) return failedRun('publint', 'publint printed something that cannot be read', result.durationMs);
    if ('problem' in answer.data) {
      unread.push({ file, message: answer.data.problem });
      continue;
    }
    const index = await texts.get(file);
    const isBuilt = Object.keys((await manifestAt(context.folder, file))?.scripts ?? {}).some((script) =>
      /build|prepa|prepublish/.test(script),
    );
    for (const { code, path } of answer.data.messages) {
      // What a build makes is not in the repository, and nobody expects it there.
      if (isBuilt && (code === 'FILE_DOES_NOT_EXIST' || code.endsWith('_GLOB_NO_MATCHED_FILES'))) continue;
      hits.push({ code, file, ...rangeOf(index, path), message: `At ${path.join(' → ') || 'the root'}.`, fixable: false });
    }
  }
  return {
    tool: 'publint',
    hits,
    scopes: new Map(),
    durationMs: result.durationMs,
    reason: whyIncomplete('publint', unread, files.length),
    unread,
  };
}

/** The module of the package whose command it is. */
async function entryOf({ path }: FoundTool): Promise<string | null> {
  const real = await realpath(path);
  for (let folder = dirname(real); folder !== dirname(folder); folder = dirname(folder)) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => null);
    const installed = text === null ? null : Installed.safeParse(parseJson(text));
    if (installed?.success) return join(folder, installed.data.exports['.'].default);
  }
  return null;
}

/** Where a value stands in the JSON; the beginning when it cannot be told. */
function rangeOf(index: TextIndex, path: readonly (string | number)[]): { start: number; end: number } {
  const document = parseDocument(index.text, { logLevel: 'silent' });
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return { start: node.range[0], end: node.range[1] };
  }
  return { start: 0, end: Math.min(1, index.text.length) };
}
