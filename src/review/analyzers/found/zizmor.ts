import { z } from 'zod';
import { runProcess } from '../../../process/runner.js';
import type { RawHit } from '../../hit.js';
import { isolate, timeKeeper } from '../isolate.js';
import { type AnalyzerRun, failedRun, MAX_ANSWER_BYTES, parseJson, whyIncomplete, whyUnusable } from '../outcome.js';
import type { Asked } from './asked.js';

const offset = z.number().int().min(0);
const Location = z.object({
  symbolic: z.object({ key: z.unknown(), annotation: z.string().default(''), kind: z.string() }),
  concrete: z.object({ location: z.object({ offset_span: z.object({ start: offset, end: offset }) }) }),
});
const Local = z.object({ Local: z.object({ verbatim_path: z.string() }) });
const Report = z.array(
  z.object({
    ident: z.string(),
    desc: z.string(),
    determinations: z.object({ confidence: z.string(), severity: z.string() }),
    locations: z.array(Location).min(1),
  }),
);

export const isWorkflow = (file: string): boolean =>
  /^\.github\/workflows\/[^/]+\.ya?ml$/i.test(file) || /(?:^|\/)action\.ya?ml$/i.test(file);

/** Offline and without the repository's settings: it reads workflows and runs nothing. */
export async function runZizmor(files: readonly string[], asked: Asked): Promise<AnalyzerRun> {
  const left = timeKeeper(asked.context.timeoutMs);
  return isolate(files, (some) => check(some, { ...asked, context: { ...asked.context, timeoutMs: left() } }));
}

/** What it ends with by the worst that it found, and when there was nothing it could read. */
const ENDINGS = [0, 11, 12, 13, 14];
const NOTHING_READ = 3;

async function check(files: readonly string[], { program, texts, context }: Asked): Promise<AnalyzerRun> {
  const result = await runProcess({
    command: program.path,
    args: [
      '--offline',
      '--no-config',
      '--no-progress',
      '--color',
      'never',
      '--format',
      'json-v1',
      '--',
      ...files.map((file) => `./${file}`),
    ],
    cwd: context.folder,
    timeoutMs: context.timeoutMs,
    maxOutputBytes: MAX_ANSWER_BYTES,
    signal: context.signal,
  });
  const why = whyUnusable('zizmor', result, context.timeoutMs, [...ENDINGS, NOTHING_READ]);
  if (why !== null) return failedRun('zizmor', why, result.durationMs);
  const report = Report.safeParse(result.exitCode === NOTHING_READ ? [] : parseJson(result.stdout));
  if (!report.success) return failedRun('zizmor', 'zizmor printed something that cannot be read', result.durationMs);
  const asked = new Set(files);
  const hits: RawHit[] = [];
  for (const { ident, desc, determinations, locations } of report.data) {
    const primary = locations.find(({ symbolic }) => symbolic.kind === 'Primary') ?? locations[0]!;
    const key = Local.safeParse(primary.symbolic.key);
    const file = key.success ? nameOf(key.data.Local.verbatim_path) : '';
    if (!asked.has(file)) continue;
    const index = await texts.get(file);
    const span = primary.concrete.location.offset_span;
    const start = index.offsetOfByte(span.start);
    const end = Math.max(start, index.offsetOfByte(span.end));
    const code = codeOf(ident, determinations, index.text.slice(start, end));
    if (code === null) continue;
    const { annotation } = primary.symbolic;
    hits.push({ code, file, start, end, message: annotation === '' ? desc : `${desc}: ${annotation}`, fixable: false });
  }
  // A file that it cannot parse is only told by its absence from those it completed.
  const completed = new Set([...result.stderr.matchAll(/completed (.+)$/gm)].map(([, path]) => nameOf(path!.trim())));
  const unread = files.filter((file) => !completed.has(file)).map((file) => ({ file, message: 'not a workflow or action it understands' }));
  return {
    tool: 'zizmor',
    hits,
    scopes: new Map(),
    durationMs: result.durationMs,
    reason: whyIncomplete('zizmor', unread, files.length),
    unread,
  };
}

const nameOf = (path: string) => path.replace(/^(?:\.\/)+/, '');

/** The rule, by how bad and how sure it is here; null: not worth a person's time. */
function codeOf(ident: string, { confidence, severity }: { confidence: string; severity: string }, text: string): string | null {
  if (confidence === 'Low') return null;
  // Everyone's workflows use actions by a tag of a version; a branch is what changes without a word.
  if (ident === 'unpinned-uses') return /@(?:v?\d|[0-9a-f]{40}\b)/i.test(text) ? null : ident;
  if (ident === 'template-injection' || ident === 'excessive-permissions') return severity === 'High' ? ident : null;
  return ident;
}
