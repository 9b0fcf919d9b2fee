import { extname, join } from 'node:path';
import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import type { AnalyzerAnswer, RawHit } from '../hit.js';
import { readSource } from './source-file.js';

// The library times itself with named marks: its bookkeeping takes quadratic time (500 files: 4.6 s instead of 0.3) and throws for
// some file names. In this child nobody wants the times.
performance.mark = (() => undefined) as unknown as typeof performance.mark;

const config = { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, options: {} }] };

/** Kinds of credentials the preset does not know. */
const ownPatterns: { code: string; message: string; pattern: RegExp }[] = [
  { code: 'stripe', message: 'found a Stripe key', pattern: /\b[rs]k_(?:live|test)_[0-9A-Za-z]{20,}\b/g },
  { code: 'google', message: 'found a Google key', pattern: /\bAIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])/g },
];

/**
 * Where the value itself stands. Of `aws_secret_access_key = …` the library gives a range that begins with the name and is as long as the
 * value: what it leaves out at the end would not be masked.
 */
function placeOf(content: string, [start, end]: readonly [number, number], values: readonly string[]): Pick<RawHit, 'start' | 'end'> {
  // The names of kinds are among the values as well, and may stand anywhere.
  const isRight = values.includes(content.slice(start, end));
  const value = isRight ? undefined : values.find((each) => each.length === end - start);
  const at = value === undefined ? -1 : content.indexOf(value, start);
  return at < 0 ? { start, end: Math.max(start, end) } : { start: at, end: at + value!.length };
}

/** Runs in a child. Values never leave it: a hit says where and of what kind, and the parent masks that range. */
export async function findSecrets(folder: string, file: string): Promise<AnalyzerAnswer> {
  const hits: RawHit[] = [];
  const unreadable: AnalyzerAnswer['unreadable'] = [];
  const content = readSource(join(folder, file));
  for (const { code, message, pattern } of ownPatterns) {
    for (const match of content.matchAll(pattern)) {
      hits.push({ code, file, start: match.index, end: match.index + match[0].length, message, fixable: false });
    }
  }
  try {
    const { messages } = await lintSource({
      source: { content, filePath: file, ext: extname(file), contentType: 'text' },
      options: { config, noPhysicFilePath: true, maskSecrets: false },
    });
    for (const { ruleId, range, message, data } of messages) {
      const values = Object.values<unknown>(data ?? {}).filter((value) => typeof value === 'string' && value !== '') as string[];
      hits.push({
        code: ruleId.replace(/^.*secretlint-rule-/, ''),
        file,
        ...placeOf(content, range, values),
        message: values.reduce((text, value) => text.replaceAll(value, ''), message).replace(/\(\)|[:\s]+$/g, ''),
        fixable: false,
      });
    }
  } catch (error) {
    unreadable.push({ file, message: error instanceof Error ? error.name : 'unknown error' }); // A message could quote the text.
  }
  return { hits, unreadable };
}
