import { z } from 'zod';
import { runProcess } from '../../../process/runner.js';
import type { RawHit } from '../../hit.js';
import { languageOf } from '../../languages.js';
import { fileArguments } from '../file-arguments.js';
import { type AnalyzerRun, failedRun, MAX_ANSWER_BYTES, parseJson, whyIncomplete, whyUnusable } from '../outcome.js';
import type { Asked } from './asked.js';

const Rules = z.array(z.object({ name: z.string(), comment: z.string().optional() })).default([]);
const Report = z.object({
  summary: z.object({
    violations: z.array(
      z.object({
        type: z.string(),
        from: z.string(),
        to: z.string(),
        /** As the import is written. */
        unresolvedTo: z.string().optional(),
        rule: z.object({ name: z.string(), severity: z.enum(['error', 'warn', 'info', 'ignore']) }),
        cycle: z.array(z.object({ name: z.string() })).optional(),
      }),
    ),
    ruleSetUsed: z.object({ forbidden: Rules, required: Rules }).default({ forbidden: [], required: [] }),
  }),
});
type Violation = z.infer<typeof Report>['summary']['violations'][number];

/** The rules of the repository, in the order in which the program itself looks for them. */
const configurations = ['.json', '.js', '.cjs', '.mjs'].map((ending) => `.dependency-cruiser${ending}`);

/** What it looks at, its configuration among it; nothing without one, because then it has nothing to say. */
export function cruised(files: readonly string[]): string[] {
  const configuration = configurations.find((file) => files.includes(file));
  if (configuration === undefined) return [];
  const code = files.filter((file) => languageOf(file) === 'typescript' && !configurations.includes(file));
  return code.length === 0 ? [] : [configuration, ...code];
}

/**
 * Where imports break the repository's own rules. Its configuration is code, or names packages that are: only for repositories the
 * owner trusts. Nothing is installed in the tree that is looked at, so what the rules say of packages cannot be told, and is left out.
 */
export async function runDependencyCruiser(files: readonly string[], { program, texts, context }: Asked): Promise<AnalyzerRun> {
  const [configuration = '', ...code] = files;
  const began = performance.now();
  const ask = (args: readonly string[]) =>
    runProcess({
      command: program.path,
      args,
      cwd: context.folder,
      env: { TMPDIR: context.scratch },
      timeoutMs: context.timeoutMs,
      maxOutputBytes: MAX_ANSWER_BYTES,
      signal: context.signal,
    });
  const failed = (why: string) => failedRun('dependency-cruiser', why, performance.now() - began);

  const about = await ask(['--info']);
  const endings = endingsIn(about.stdout);
  if (endings.length === 0)
    return failed(whyUnusable('dependency-cruiser', about, context.timeoutMs) ?? 'dependency-cruiser does not say what files it can read');
  const readable = code.filter((file) => endings.some((ending) => file.endsWith(ending)));
  const result = await ask([...['--config', configuration, '--output-type', 'json', '--progress', 'none'], ...fileArguments(readable)]);
  const why = whyUnusable('dependency-cruiser', result, context.timeoutMs);
  if (why !== null) return failed(why);
  const report = Report.safeParse(parseJson(result.stdout));
  if (!report.success) return failed('dependency-cruiser printed something that cannot be read');

  const { violations, ruleSetUsed } = report.data.summary;
  const comments = new Map([...ruleSetUsed.forbidden, ...ruleSetUsed.required].map(({ name, comment = '' }) => [name, comment]));
  const known = new Set(readable);
  // Rules can be about folders too.
  const fileOf = (name: string) => (known.has(name) ? name : readable.find((file) => file.startsWith(`${name}/`)));
  const hits: RawHit[] = [];
  for (const violation of violations) {
    const { rule } = violation;
    const file = fileOf(violation.from);
    if (file === undefined || fileOf(violation.to) === undefined || rule.severity === 'info' || rule.severity === 'ignore') continue;
    const comment = comments.get(rule.name) ?? '';
    hits.push({
      code: violation.type === 'cycle' ? 'cycle' : rule.severity,
      file,
      ...placeOf(violation, (await texts.get(file)).text),
      message: `${rule.name}: ${describe(violation)}${comment === '' ? '' : ` (${comment})`}`,
      fixable: false,
    });
  }
  // A file that nothing translates for it counts as one without imports, without a word.
  const unread = code
    .filter((file) => !readable.includes(file))
    .map((file) => ({ file, message: 'what translates such files is not installed beside it' }));
  const reason = whyIncomplete('dependency-cruiser', unread, code.length);
  return { tool: 'dependency-cruiser', hits, scopes: new Map(), durationMs: performance.now() - began, reason, unread };
}

/** `✔ .ts`, a line each. */
const endingsIn = (about: string): string[] => [...about.matchAll(/^\s*✔\s+(\.[\w.]+)\s*$/gm)].map(([, ending = '']) => ending);

function describe({ type, from, to, cycle = [] }: Violation): string {
  if (type === 'cycle') return `${from} → ${cycle.map(({ name }) => name).join(' → ')}`;
  return from === to ? from : `${from} → ${to}`;
}

/** The path in the import; the first line where there is none. */
function placeOf({ unresolvedTo }: Violation, text: string): { start: number; end: number } {
  const written = unresolvedTo === undefined ? [] : ["'", '"', '`'].map((quote) => `${quote}${unresolvedTo}${quote}`);
  const start = written.map((literal) => text.indexOf(literal)).find((at) => at >= 0);
  return start === undefined ? { start: 0, end: Math.max(0, text.indexOf('\n')) } : { start, end: start + written[0]!.length };
}
