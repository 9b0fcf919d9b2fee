import type { Expr, Stmt } from '../ir.js';
import { type Call, callName } from './calls.js';
import type { Check } from './check.js';
import type { Scope } from './scopes.js';
import { allExpressions, blocksOf, eachStatement } from './walk.js';

/** So far below a branch it is looked for what tells again. */
const MAX_BELOW = 40;

/** Who has asked is told the outcome in a branch that goes on, and told another one behind it. */
export const callbackTwice: Check = ({ scopes, report }) => {
  for (const scope of scopes) {
    if (scope.fn === null) continue;
    const look = (block: readonly Stmt[]) => {
      for (const [at, statement] of block.entries()) {
        const first = statement.kind === 'if' && statement.no.length === 0 ? lastCall(statement.yes) : null;
        const listener = first && listenerOf(first, scope);
        if (listener && tellsAgain(block.slice(at + 1, at + 1 + MAX_BELOW), listener))
          report(first, `${listener.name} is told again below`);
        for (const inner of blocksOf(statement)) look(inner);
      }
    };
    look(scope.body);
  }
};

interface Listener {
  name: string;
  /** A function that is called, or an answer of a server that is sent. */
  kind: 'callback' | 'answer';
}

/** The call at the end of a branch that goes on behind it. */
function lastCall(branch: readonly Stmt[]): Call | null {
  const last = branch.at(-1);
  return last?.kind === 'expression' && last.value.kind === 'call' && !mayLeave(branch) ? last.value : null;
}

function mayLeave(block: readonly Stmt[]): boolean {
  let leaves = false;
  eachStatement(block, ({ kind }) => {
    leaves ||= kind === 'return' || kind === 'throw' || kind === 'jump';
  });
  allExpressions(block, (expr) => {
    leaves ||= expr.kind === 'call' && /^(exit|abort|fail)$/.test(callName(expr));
  });
  return leaves;
}

/** Who hears of it, when the call tells of a failure or sends a whole answer. A promise that is settled twice keeps its first outcome. */
function listenerOf(call: Call, scope: Scope): Listener | null {
  const { callee } = call;
  if (callee.kind === 'name' && !/^(res|rej|resolve\w*|reject\w*|fulfill?)$/i.test(callee.name))
    return isParameter(callee.name, scope) && isOutcome(call) ? { name: callee.name, kind: 'callback' } : null;
  const name = answered(call);
  return name !== null && isParameter(name, scope) ? { name, kind: 'answer' } : null;
}

function isParameter(name: string, scope: Scope): boolean {
  for (let at: Scope | null = scope; at; at = at.parent)
    if (at.fn?.params.some(({ target }) => target.kind === 'name' && target.name === name)) return true;
  return false;
}

/** `callback(error)`, `callback(new Error('…'))`, `callback(null, …)`: not what is called once for each of many. */
function isOutcome({ args: [first] }: Call): boolean {
  const value = first?.value;
  if (value?.kind === 'name') return /^(e|ex|err|error|\w*(Err|Error))$/.test(value.name);
  return value?.kind === 'call' ? /Error$/.test(callName(value)) : isNothing(value);
}

const isNothing = (value: Expr | undefined): boolean =>
  (value?.kind === 'literal' && value.value === null) || (value?.kind === 'name' && value.name === 'undefined');

/** `res.status(404).json(…)`: the `res` of a call that sends a whole answer. */
function answered(call: Call): string | null {
  if (!/^(send|json|redirect|render|sendFile|sendStatus|end)$/.test(callName(call))) return null;
  let object: Expr = call.callee;
  while (object.kind === 'member' || object.kind === 'call') object = object.kind === 'member' ? object.object : object.callee;
  return object.kind === 'name' && /^(res|resp|response|reply)$/.test(object.name) ? object.name : null;
}

function tellsAgain(rest: readonly Stmt[], { name, kind }: Listener): boolean {
  for (const statement of rest) {
    const value = statement.kind === 'expression' || statement.kind === 'return' ? statement.value : null;
    if (value?.kind === 'call') {
      if (kind === 'callback' && value.callee.kind === 'name' && value.callee.name === name)
        return value.args.length === 0 || isNothing(value.args[0]?.value);
      // An answer that is ended twice is none twice.
      if (kind === 'answer' && answered(value) === name) return !(callName(value) === 'end' && value.args.length === 0);
    }
    if (mayLeave([statement])) return false;
  }
  return false;
}
