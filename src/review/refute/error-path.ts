import type { SgNode } from '@ast-grep/napi';
import { type Examined, lineOf, named, outward, type Verdict } from './nodes.js';

const handles = new Set(['raise_statement', 'throw_statement', 'except_clause', 'catch_clause']);
const tells = /(?:^|\.)_?(?:warn\w*|error\w*|fail\w*|abort|die|fatal|exception|critical|reject)$|(?:Error|Exception|Warning)$/;

/**
 * Only what goes wrong leads here, so that nobody has met it need not say anything: on published packages 34 of 36 names that were
 * reported in such a place were missing indeed, and 90 of 123 of the others.
 */
export function errorPath({ node, class: kind }: Examined): Verdict | null {
  if (kind !== 'undefined-name') return null;
  const around = outward(node).find((each) => handles.has(String(each.kind())) || tells.test(calledBy(each)) || endsInError(each));
  return around ? { verdict: 'kept', by: 'error path', reason: `it is used on line ${lineOf(around)} when something went wrong` } : null;
}

/** A branch that raises at its end. */
const endsInError = (block: SgNode): boolean =>
  ['block', 'statement_block'].includes(String(block.kind())) &&
  /^(?:raise|throw)_statement$/.test(String(named(block).at(-1)?.kind())) &&
  /^(?:if_statement|el|case|switch)/.test(String(block.parent()?.kind()));

const calledBy = (call: SgNode): string =>
  /^(?:call|call_expression|new_expression)$/.test(String(call.kind()))
    ? ((call.field('function') ?? call.field('constructor'))?.text().slice(-100) ?? '')
    : '';
