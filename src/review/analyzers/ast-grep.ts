import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NapiConfig, SgNode } from '@ast-grep/napi';
import type { AstGrepRule } from '../analyze.js';
import { OwnRules } from '../flow/own-rules.js';
import type { AnalyzerAnswer, NamedScope, RawHit } from '../hit.js';
import { type Language, languageOf } from '../languages.js';
import { parseSource, scopeMatchers } from './ast-grep-parser.js';

/** Runs in a child: our own rules, and the names of classes and functions that fingerprints need, from one parse of each file. */
export function runAstGrep(request: { folder: string; files: string[]; rules: AstGrepRule[]; scopes: boolean }): AnalyzerAnswer {
  const hits: RawHit[] = [];
  const scopes: [string, NamedScope[]][] = [];
  const unreadable: AnalyzerAnswer['unreadable'] = [];
  const patterns = request.rules
    .filter(({ matcher }) => matcher !== null)
    .map((rule) => ({ ...rule, quickLook: new RegExp(rule.requires, 'i') }));
  const own = new OwnRules(request.rules);
  for (const file of request.files) {
    const language = languageOf(file);
    if (language === null) continue;
    const text = readFileSync(join(request.folder, file), 'utf8');
    const rules = patterns.filter((rule) => rule.language === language && rule.quickLook.test(text));
    if (rules.length === 0 && !request.scopes && !own.wants(language, text)) continue;
    try {
      const root = parseSource(file, text);
      for (const { id, matcher, fixable } of rules) {
        for (const node of root.findAll(matcher as NapiConfig)) {
          const { start, end } = node.range();
          hits.push({ code: id, file, start: start.index, end: end.index, message: '', fixable });
        }
      }
      if (request.scopes) {
        const named = namedScopes(root, language);
        if (named.length > 0) scopes.push([file, named]);
      }
      hits.push(...own.find({ file, language, text, root }));
    } catch (error) {
      unreadable.push({ file, message: error instanceof Error ? error.message : String(error) });
    }
  }
  hits.push(...own.finish());
  return { hits, scopes, unreadable };
}

function namedScopes(root: SgNode, language: Language): NamedScope[] {
  return root.findAll(scopeMatchers[language] as NapiConfig).map((node): NamedScope => {
    const { start, end } = node.range();
    return [start.index, end.index, node.field('name')?.text() ?? ''];
  });
}
