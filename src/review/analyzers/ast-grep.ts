import { join } from 'node:path';
import type { NapiConfig, SgNode } from '@ast-grep/napi';
import type { AstGrepRule } from '../analyze.js';
import { OwnRules } from '../flow/own-rules.js';
import type { AnalyzerAnswer, NamedScope, RawHit } from '../hit.js';
import { type Language, languageOf } from '../languages.js';
import { parseSource, scopeMatchers } from './ast-grep-parser.js';
import { readSource } from './source-file.js';

interface AstGrepRequest {
  folder: string;
  rules: AstGrepRule[];
  scopes: boolean;
}

type Look = (file: string) => Promise<AnalyzerAnswer>;

/** Runs in a child: our own rules, and the names of classes and functions that fingerprints need, from one parse of each file. */
export function openAstGrep(request: AstGrepRequest): Look {
  const look = prepare(request, new OwnRules(request.rules));
  return async (file) => look(file);
}

/** Rules that compare files with each other: all are read before the first is answered. */
export function lookAcross(request: AstGrepRequest & { files: readonly string[] }): Look {
  const own = new OwnRules(request.rules);
  const look = prepare(request, own);
  const answers = new Map(request.files.map((file) => [file, attempt(file, look)]));
  for (const hit of own.finish()) answers.get(hit.file)?.hits.push(hit);
  return async (file) => answers.get(file)!;
}

function attempt(file: string, look: (file: string) => AnalyzerAnswer): AnalyzerAnswer {
  try {
    return look(file);
  } catch (error) {
    return { hits: [], unreadable: [{ file, message: error instanceof Error ? error.message : String(error) }] };
  }
}

function prepare({ folder, rules, scopes: wantsScopes }: AstGrepRequest, own: OwnRules): (file: string) => AnalyzerAnswer {
  const patterns = rules.filter(({ matcher }) => matcher !== null).map((rule) => ({ ...rule, quickLook: new RegExp(rule.requires, 'i') }));
  return (file) => {
    const language = languageOf(file);
    if (language === null) return { hits: [], unreadable: [] };
    const text = readSource(join(folder, file));
    const wanted = patterns.filter((rule) => rule.language === language && rule.quickLook.test(text));
    if (wanted.length === 0 && !wantsScopes && !own.wants(language, text)) return { hits: [], unreadable: [] };
    const hits: RawHit[] = [];
    const scopes: [string, NamedScope[]][] = [];
    const unreadable: AnalyzerAnswer['unreadable'] = [];
    const root = parseSource(file, text);
    for (const { id, matcher, fixable } of wanted) {
      for (const node of root.findAll(matcher as NapiConfig)) {
        const { start, end } = node.range();
        hits.push({ code: id, file, start: start.index, end: end.index, message: '', fixable });
      }
    }
    if (wantsScopes) {
      const named = namedScopes(root, language);
      if (named.length > 0) scopes.push([file, named]);
    }
    try {
      hits.push(...own.find({ file, language, text, root }));
    } catch (error) {
      // What the patterns found in it counts all the same.
      unreadable.push({ file, message: error instanceof Error ? error.message : String(error) });
    }
    return { hits, scopes, unreadable };
  };
}

function namedScopes(root: SgNode, language: Language): NamedScope[] {
  return root.findAll(scopeMatchers[language] as NapiConfig).map((node): NamedScope => {
    const { start, end } = node.range();
    return [start.index, end.index, node.field('name')?.text() ?? ''];
  });
}
