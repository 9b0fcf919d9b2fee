import { join } from 'node:path';
import type { NapiConfig } from '@ast-grep/napi';
import type { AstGrepRule } from '../analyze.js';
import type { AnalyzerAnswer, NamedScope, RawHit } from '../hit.js';
import { languageOf } from '../languages.js';
import { parseSource, scopeMatchers } from './ast-grep-parser.js';
import { readSource } from './source-file.js';

/** Runs in a child: our own rules, and the names of classes and functions that fingerprints need, from one parse of each file. */
export function runAstGrep(request: { folder: string; files: string[]; rules: AstGrepRule[]; scopes: boolean }): AnalyzerAnswer {
  const hits: RawHit[] = [];
  const scopes: [string, NamedScope[]][] = [];
  const unreadable: AnalyzerAnswer['unreadable'] = [];
  const candidates = request.rules.map((rule) => ({ ...rule, quickLook: new RegExp(rule.requires, 'i') }));
  for (const file of request.files) {
    const language = languageOf(file);
    if (language === null) continue;
    const text = readSource(join(request.folder, file));
    const rules = candidates.filter((rule) => rule.language === language && rule.quickLook.test(text));
    if (rules.length === 0 && !request.scopes) continue;
    try {
      const root = parseSource(file, text);
      for (const { id, matcher, fixable } of rules) {
        for (const node of root.findAll(matcher as NapiConfig)) {
          const { start, end } = node.range();
          hits.push({ code: id, file, start: start.index, end: end.index, message: '', fixable });
        }
      }
      if (!request.scopes) continue;
      const named = root.findAll(scopeMatchers[language] as NapiConfig).map((node): NamedScope => {
        const { start, end } = node.range();
        return [start.index, end.index, node.field('name')?.text() ?? ''];
      });
      if (named.length > 0) scopes.push([file, named]);
    } catch (error) {
      unreadable.push({ file, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return { hits, scopes, unreadable };
}
