import type { NapiConfig, SgNode } from '@ast-grep/napi';
import type { AstGrepRule } from '../../review/analyze.js';
import { parseSource } from '../../review/analyzers/ast-grep-parser.js';
import type { PackFix } from '../../review/rules/pack.js';
import type { ApplyAnswer } from './apply.js';
import { applyEdits, type Edit, type EditGroup } from './edits.js';

const MAX_ROUNDS = 20;

/** Runs in a child. Replaces the smallest node the rule names; nested matches overlap, so they take another round. */
export function applyAstGrep({ file, text, rule, fix }: { file: string; text: string; rule: AstGrepRule; fix: PackFix[] }): ApplyAnswer {
  const matches = (source: string) => parseSource(file, source).findAll((rule.matcher ?? {}) as NapiConfig);
  const brokenBefore = syntaxErrors(parseSource(file, text));
  let current = text;
  let applied = 0;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const groups = matches(current).map((node): EditGroup => fix.map((part) => editOf(node, part)));
    const next = applyEdits(current, groups);
    if (next.applied === 0 || next.text === current) break;
    current = next.text;
    applied += next.applied;
  }
  const left = matches(current).length;
  if (left > 0) return { text: current, applied, problem: `the rewrite leaves ${left} ${left === 1 ? 'place' : 'places'} unchanged` };
  const broken = syntaxErrors(parseSource(file, current)) > brokenBefore;
  return { text: current, applied, problem: broken ? 'the rewrite would break the syntax of the file' : null };
}

function editOf(node: SgNode, { at, replace }: PackFix): Edit {
  const target = at === undefined ? node : node.getMatch(at);
  if (target === null) throw new Error(`the fix names $${at}, which its rule does not capture`);
  const { start, end } = target.range();
  const text = replace.replace(/\$([A-Z][A-Z0-9_]*)/g, (_, name: string) => node.getMatch(name)?.text() ?? '');
  return { start: start.index, end: end.index, text };
}

const syntaxErrors = (root: SgNode): number => root.findAll({ rule: { kind: 'ERROR' } } as NapiConfig).length;
