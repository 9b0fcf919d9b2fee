import type { SgNode } from '@ast-grep/napi';
import { dropped, type Examined, enclosing, functionAround, holds, kinds, lineOf, named, outward, same, type Verdict } from './nodes.js';

/** What people do at the end, and what may fail then without anybody wanting to know. */
const endings =
  /^(close|destroy|unlink|rm|remove|rmdir|delete|kill|abort|cancel|release|rollback|terminate|disconnect|dispose|detach|unref|end|stop|cleanup|cleanUp|unsubscribe|unwatch|clear)(?![a-z])/;

/** An error that is let go where letting it go is the point: while another one rises, at the end of things, before another way. */
export function letGo(examined: Examined): Verdict | null {
  if (examined.language !== 'typescript') return null;
  const { node } = examined;
  const clause = enclosing(node, 'catch_clause');
  if (String(node.kind()) === 'catch_clause' && clause) return ofClause(clause);
  const call = enclosing(node, 'call_expression');
  return call ? ofRejection(call) : null;
}

function ofClause(clause: SgNode): Verdict | null {
  const statement = clause.parent();
  const body = statement?.field('body');
  if (!statement || !body) return null;
  const name = clause.field('parameter')?.text() ?? '';
  if (/^_|^(unused|ignored?)|Ignored?$/.test(name)) return dropped('meant so', `its name says that ${name} is not looked at`);
  const marked = kinds(body, 'comment').find((each) => /eslint-disable(-next)?-line\b.*\bno-empty\b/.test(each.text()));
  if (marked) return dropped('marked by its authors', `the comment on line ${lineOf(marked)} says that the block is empty on purpose`);
  const rising = whileRising(statement);
  if (rising) return rising;
  const [only, ...others] = named(body);
  const called = only && others.length === 0 ? endingIn(only) : null;
  if (called) return dropped('clean-up', `only ${called} may fail there`);
  const leaving = kinds(body, 'return_statement', 'break_statement').find((each) =>
    same(functionAround(each) ?? each, functionAround(body) ?? body),
  );
  const next = named(statement.parent() ?? statement).some((each) => each.range().start.index >= statement.range().end.index);
  if (leaving && next) return dropped('another way', `line ${lineOf(leaving)} leaves when it works; when it fails what comes next decides`);
  return null;
}

function ofRejection(call: SgNode): Verdict | null {
  const promise = call.field('function')?.field('object');
  if (!promise) return null;
  const rising = whileRising(call);
  if (rising) return rising;
  if (String(promise.kind()) === 'call_expression') {
    const called = calleeName(promise);
    return endings.test(called) ? dropped('clean-up', `only ${called} may fail there`) : null;
  }
  if (String(promise.kind()) !== 'identifier') return null;
  const owner = outward(call).find((each) => ['statement_block', 'program'].includes(String(each.kind())));
  const other =
    owner && kinds(owner, 'identifier').find((each) => each.text() === promise.text() && !holds(call, each) && !isDeclared(each));
  return other ? dropped('heard elsewhere', `line ${lineOf(other)} hands on the same promise with its failure`) : null;
}

/** Inside of what handles another error and throws, or of a finally block. */
function whileRising(node: SgNode): Verdict | null {
  for (const each of outward(node)) {
    if (same(functionAround(each) ?? each, each)) return null;
    if (String(each.kind()) === 'finally_clause') return dropped('clean-up', `it stands in the finally block of line ${lineOf(each)}`);
    if (String(each.kind()) !== 'catch_clause' || same(each, node) || node.ancestors().every((outer) => !same(outer, each))) continue;
    const thrown = kinds(each, 'throw_statement').find((one) => one.range().start.index >= node.range().end.index);
    if (thrown) return dropped('clean-up', `another error rises on line ${lineOf(thrown)}`);
  }
  return null;
}

function endingIn(statement: SgNode): string | null {
  const inner = String(statement.kind()) === 'expression_statement' ? named(statement)[0] : undefined;
  const call = inner && String(inner.kind()) === 'await_expression' ? named(inner)[0] : inner;
  if (!call || String(call.kind()) !== 'call_expression') return null;
  const called = calleeName(call);
  return endings.test(called) ? called : null;
}

function calleeName(call: SgNode): string {
  const callee = call.field('function');
  return callee?.field('property')?.text() ?? callee?.text() ?? '';
}

const isDeclared = (name: SgNode): boolean => {
  const parent = name.parent();
  return String(parent?.kind()) === 'variable_declarator' && parent?.field('name') !== null && same(parent!.field('name')!, name);
};
