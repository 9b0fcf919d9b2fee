import { mkdtemp, readFile, realpath, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { runProcess } from '../../process/runner.js';
import type { Place } from '../finding.js';
import type { RawHit } from '../hit.js';
import { fileArguments } from './file-arguments.js';
import { isolate, timeKeeper } from './isolate.js';
import { type AnalyzerContext, type AnalyzerRun, failedRun, MAX_ANSWER_BYTES, parseJson, programOf, whyUnusable } from './outcome.js';
import type { SourceTexts } from './source-texts.js';

/** Smaller blocks are alike by chance, by habit of the language, or because a table of data looks like that. */
const LEAST = { tokens: 120, lines: 15 };
const MAX_BLOCKS = 40;
const MAX_OTHERS = 10;

const line = z.number().int().min(1);
const Part = z.object({ name: z.string(), start: line, end: line });
const Report = z.object({ duplicates: z.array(z.object({ firstFile: Part, secondFile: Part, tokens: z.number() })) });

export const jscpdProgram = () => join(dirname(createRequire(import.meta.url).resolve('jscpd/package.json')), 'run-jscpd.js');

/** `configuration` is our own, so that it looks for none of the repository's. */
export function jscpdOptions(configuration: string, output: string): string[] {
  return [
    ...['-c', configuration, '-o', output, '-r', 'json', '--silent', '--no-gitignore', '--absolute', '--no-tips'],
    ...['--min-tokens', `${LEAST.tokens}`, '--min-lines', `${LEAST.lines}`, '--max-lines', '100000', '--max-size', '2mb'],
  ];
}

/** Blocks of code that stand in more than one place; one hit for each, at its first place, that names the others. */
export async function runJscpd(files: readonly string[], texts: SourceTexts, context: AnalyzerContext): Promise<AnalyzerRun> {
  const left = timeKeeper(context.timeoutMs);
  return isolate(files, (some) => compare(some, texts, { ...context, timeoutMs: left() }));
}

async function compare(files: readonly string[], texts: SourceTexts, context: AnalyzerContext): Promise<AnalyzerRun> {
  const folder = await realpath(context.folder);
  const home = await mkdtemp(join(context.scratch, 'jscpd-'));
  await writeFile(join(home, 'config.json'), '{}');
  const asked = new Set(files);
  const program = programOf('jscpd', context, [jscpdProgram()]);
  const result = await runProcess({
    command: program.command,
    args: [...program.args, ...jscpdOptions(join(home, 'config.json'), home), ...fileArguments(files)],
    cwd: folder,
    timeoutMs: context.timeoutMs,
    signal: context.signal,
    niceness: context.niceness,
  });
  const why = whyUnusable('jscpd', result, context.timeoutMs);
  if (why !== null) return failedRun('jscpd', why, result.durationMs);
  const content = await readFile(join(home, 'jscpd-report.json'), 'utf8').catch(() => '');
  const report = content.length > MAX_ANSWER_BYTES ? null : Report.safeParse(parseJson(content));
  if (!report?.success) return failedRun('jscpd', 'jscpd wrote something that cannot be read', result.durationMs);

  const placeOf = ({ name, start, end }: z.infer<typeof Part>): Place => ({
    file: relative(folder, name).split(sep).join('/'),
    startLine: start,
    endLine: Math.max(start, end),
  });
  const pairs = report.data.duplicates
    .map(({ firstFile, secondFile, tokens }) => ({ places: [placeOf(firstFile), placeOf(secondFile)] as const, tokens }))
    .filter(({ places }) => places.every(({ file }) => asked.has(file)));
  const hits: RawHit[] = [];
  for (const block of blocksOf(pairs).slice(0, MAX_BLOCKS)) hits.push(await toHit(block, texts));
  return { tool: 'jscpd', hits, scopes: new Map(), durationMs: result.durationMs, reason: null, unread: [] };
}

interface Block {
  places: Place[];
  tokens: number;
}

/** Pairs that share a place are one block; the largest first. */
function blocksOf(pairs: readonly { places: readonly [Place, Place]; tokens: number }[]): Block[] {
  const blocks: Block[] = [];
  for (const { places, tokens } of [...pairs].sort((a, b) => b.tokens - a.tokens || compareKeys(a.places[0], b.places[0]))) {
    const known = blocks.find((block) => places.some((place) => block.places.some((other) => isWithin(place, other))));
    const block = known ?? { places: [], tokens };
    for (const place of places) if (!block.places.some((other) => isWithin(place, other))) block.places.push(place);
    if (!known) blocks.push(block);
  }
  for (const block of blocks) block.places.sort(compareKeys);
  return blocks.filter(({ places }) => places.length > 1);
}

/** Mostly the same lines of the same file. */
function isWithin(place: Place, other: Place): boolean {
  const shared = Math.min(place.endLine, other.endLine) - Math.max(place.startLine, other.startLine) + 1;
  return place.file === other.file && shared >= 0.7 * (place.endLine - place.startLine + 1);
}

const compareKeys = (a: Place, b: Place): number => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.startLine - b.startLine);

async function toHit({ places: [first, ...others] }: Block, texts: SourceTexts): Promise<RawHit> {
  const { file, startLine, endLine } = first!;
  const index = await texts.get(file);
  const shown = others.slice(0, 3).map((place) => `${place.file}:${place.startLine}–${place.endLine}`);
  const more = others.length > shown.length ? ` and in ${others.length - shown.length} more places` : '';
  return {
    code: 'duplicate',
    file,
    start: index.offsetOf(startLine, 1),
    end: index.offsetOf(startLine, 1) + index.lines(startLine, endLine).length,
    message: `${endLine - startLine + 1} lines from line ${startLine} on stand in ${shown.join(', ')}${more} as well`,
    fixable: false,
    elsewhere: others.slice(0, MAX_OTHERS),
  };
}
