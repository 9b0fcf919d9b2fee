import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { runProcess } from '../../process/runner.js';
import type { RawHit } from '../hit.js';
import { oxlintName, oxlintOptions } from '../rules/oxlint.js';
import type { Rule } from '../rules/rule.js';
import { fileArguments } from './file-arguments.js';
import { isolate, timeKeeper } from './isolate.js';
import { type AnalyzerContext, type AnalyzerRun, failedRun, MAX_ANSWER_BYTES, parseJson, programOf, whyUnusable } from './outcome.js';
import type { SourceTexts } from './source-texts.js';

const Report = z.object({
  diagnostics: z.array(
    z.object({
      message: z.string(),
      code: z.string().optional(),
      filename: z.string(),
      labels: z.array(z.object({ span: z.object({ offset: z.number().int(), length: z.number().int() }) })),
    }),
  ),
});

/** Beyond this the operating system may refuse the command line, and oxlint walks the folder itself. */

export async function runOxlint(
  files: readonly string[],
  rules: readonly Rule[],
  texts: SourceTexts,
  context: AnalyzerContext,
): Promise<AnalyzerRun> {
  const setUp = await writeOxlintConfiguration(
    context.scratch,
    rules.flatMap((rule) => oxlintName(rule.code) ?? []),
  );
  const left = timeKeeper(context.timeoutMs);
  return isolate(files, (some) => lint(some, { rules, texts, setUp, context: { ...context, timeoutMs: left() } }));
}

interface Linting {
  rules: readonly Rule[];
  texts: SourceTexts;
  setUp: readonly string[];
  context: AnalyzerContext;
}

async function lint(files: readonly string[], { rules, texts, setUp, context }: Linting): Promise<AnalyzerRun> {
  const program = programOf('oxlint', context, [oxlintProgram]);
  const result = await runProcess({
    command: program.command,
    args: [...program.args, ...setUp, '--no-ignore', '-f', 'json', ...fileArguments(files)],
    cwd: context.folder,
    timeoutMs: context.timeoutMs,
    maxOutputBytes: MAX_ANSWER_BYTES,
    signal: context.signal,
    niceness: context.niceness,
  });
  const reason = whyUnusable('oxlint', result, context.timeoutMs, [0, 1]);
  if (reason !== null) return failedRun('oxlint', reason, result.durationMs);
  const report = Report.safeParse(parseJson(result.stdout));
  if (!report.success) return failedRun('oxlint', 'oxlint printed something that cannot be read', result.durationMs);

  const asked = new Set(files);
  const hits: RawHit[] = [];
  for (const { message, code, filename, labels } of report.data.diagnostics) {
    const file = filename.replaceAll('\\', '/').replace(/^\.\//, '');
    if (!asked.has(file)) continue;
    const index = await texts.get(file);
    const span = labels[0]?.span ?? { offset: 0, length: 0 };
    const start = index.offsetOfByte(span.offset);
    const name = ownCode(code, message);
    hits.push({
      code: name,
      file,
      start,
      end: Math.max(start, index.offsetOfByte(span.offset + span.length)),
      message,
      fixable: rules.some((rule) => rule.code === name && rule.fixer === 'oxlint'),
    });
  }
  return { tool: 'oxlint', hits, scopes: new Map(), durationMs: result.durationMs, reason: null, unread: [] };
}

export const oxlintProgram = join(dirname(createRequire(import.meta.url).resolve('oxlint/package.json')), 'bin', 'oxlint');

/**
 * Writes our configuration and returns the options that make oxlint use nothing but it: a repository's own configuration may be
 * code, and a tsconfig whose `extends` cannot be resolved silently switches off what needs imports resolved.
 */
export async function writeOxlintConfiguration(folder: string, names: readonly string[]): Promise<string[]> {
  const rules = Object.fromEntries(names.map((name) => [name, oxlintOptions[name] ?? 'error']));
  const configuration = {
    plugins: ['import', 'promise', 'node', 'typescript', 'oxc', 'unicorn'],
    categories: { correctness: 'off' },
    rules,
    env: {
      builtin: true,
      es2024: true,
      node: true,
      browser: true,
      worker: true,
      serviceworker: true,
      commonjs: true,
      jest: true,
      mocha: true,
      jasmine: true,
      vitest: true,
      qunit: true,
      amd: true,
      jquery: true,
      webextensions: true,
      audioworklet: true,
    },
    globals: otherRuntimes,
    // In TypeScript the compiler knows undefined names better, and types look like undefined names.
    ...(names.includes('no-undef')
      ? { overrides: [{ files: ['**/*.ts', '**/*.tsx', '**/*.mts', '**/*.cts'], rules: { 'no-undef': 'off' } }] }
      : {}),
  };
  const config = join(folder, 'oxlint.json');
  const tsconfig = join(folder, 'tsconfig.json');
  await Promise.all([writeFile(config, JSON.stringify(configuration)), writeFile(tsconfig, '{"compilerOptions":{"allowJs":true}}')]);
  return ['-c', config, '--disable-nested-config', '--tsconfig', tsconfig];
}

/** Globals of Deno, Bun, workers at the edge, mini programs and other hosts of scripts, with names that nobody writes by mistake. */
const otherRuntimes = Object.fromEntries(
  [
    'Deno',
    'Bun',
    'HTMLRewriter',
    'WebSocketPair',
    'EdgeRuntime',
    'scheduler',
    'navigation',
    'URLPattern',
    'CompressionStream',
    'wx',
    'my',
    'swan',
    'cy',
    'Cypress',
    'phantom',
    'tt',
    'slimer',
    'casper',
    'java',
    'javax',
    'Java',
    'JavaImporter',
    'Packages',
    'importPackage',
    'importClass',
    'Meteor',
    'WinJS',
    'WScript',
    'MSApp',
    'Titanium',
    'Ti',
    'ChromeUtils',
    'ObjC',
    'SpreadsheetApp',
    'UrlFetchApp',
  ].map((name) => [name, 'readonly']),
);

/** `eslint(no-eval)` and `import(no-cycle)` become the names of the table; a report without a code is a file that cannot be parsed. */
function ownCode(code: string | undefined, message: string): string {
  const parts = /^([\w-]+)\((.+)\)$/.exec(code ?? '');
  if (!parts) return 'syntax-error';
  const [, plugin = '', rule = ''] = parts;
  if (rule === 'no-unused-vars' && /is imported but never used/.test(message)) return 'no-unused-imports';
  if (rule === 'const-comparisons' && /^Both sides of the logical operator/.test(message)) return 'same-operands';
  return plugin === 'eslint' ? rule : `${plugin.replace(/^eslint-plugin-/, '').replace('typescript-eslint', 'typescript')}/${rule}`;
}
