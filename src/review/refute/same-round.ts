import type { SgNode } from '@ast-grep/napi';
import {
  dropped,
  type Examined,
  endOf,
  functionAround,
  isField,
  isUse,
  kinds,
  lineOf,
  named,
  outward,
  same,
  startOf,
  type Verdict,
} from './nodes.js';

/** A function that reads the variable of a loop, but is over before the next round begins. */
export function sameRound({ language, node, text }: Examined): Verdict | null {
  if (language !== 'python') return null;
  const by = 'called in the same round';
  const closure = functionAround(node);
  const loop = closure
    ?.ancestors()
    .find((each) => ['for_statement', 'while_statement', 'function_definition'].includes(String(each.kind())));
  if (!closure || !loop || String(loop.kind()) === 'function_definition') return null;
  const statement = outward(closure).find(
    (each) => String(each.parent()?.kind()) === 'block' && !same(each, closure.field('body') ?? closure),
  );
  const last = statement ? named(statement.parent()!).at(-1) : undefined;
  if (last && ['return_statement', 'break_statement', 'raise_statement'].includes(String(last.kind())))
    return dropped(by, `the loop ends on line ${lineOf(last)}, so its variable does not change any more`);
  if (String(closure.kind()) === 'lambda') return usedAtOnce(closure) ? dropped(by, 'the lambda is used up where it stands') : null;
  const name = closure.field('name')?.text();
  if (!name || String(closure.parent()?.kind()) === 'decorated_definition' || kinds(closure, 'yield').length > 0) return null;
  const scope = functionAround(loop) ?? loop.getRoot().root();
  const uses = kinds(scope, 'identifier').filter(
    (each) => each.text() === name && isUse(each) && startOf(each) > startOf(closure.field('name')!),
  );
  const waits = text.slice(startOf(closure)).startsWith('async');
  const once = uses.every((use) => {
    const outer = functionAround(use);
    if (startOf(use) > endOf(loop)) return false;
    if (outer !== null && startOf(outer) >= startOf(loop) && !same(outer, closure)) return false;
    const call = use.parent();
    if (String(call?.kind()) === 'call' && isField(call!, 'function', use)) return !waits || String(call!.parent()?.kind()) === 'await';
    return !waits && usedAtOnce(use);
  });
  return once && uses.length > 0 ? dropped(by, `${name} is only called in the round it is made in, on line ${lineOf(uses[0]!)}`) : null;
}

/** Calls that are through with a function they are given when they return. */
const usesUp =
  /^(sorted|min|max|reduce|functools\.reduce|re\.subn?|list|tuple|set|dict|sum|any|all|next)$|\.(sort|sub|subn|apply|assertRaises)$/;
const usesUpAwaited = /(^|\.)(to_thread|run_in_executor|run_sync|run_in_threadpool|sync_to_async)$/;

function usedAtOnce(node: SgNode): boolean {
  const parent = node.parent();
  const kind = String(parent?.kind());
  if (kind === 'parenthesized_expression' || kind === 'keyword_argument') return usedAtOnce(parent!);
  if (kind === 'call') return isField(parent!, 'function', node);
  const call = kind === 'argument_list' ? parent!.parent() : null;
  const callee = call?.field('function')?.text();
  if (!call || callee === undefined) return false;
  if (usesUp.test(callee)) return true;
  if (/^(map|filter)$/.test(callee)) return usedAtOnce(call) || String(call.parent()?.kind()) === 'for_statement';
  return usesUpAwaited.test(callee) && String(call.parent()?.kind()) === 'await';
}
