import type { Expr, Stmt } from '../ir.js';
import { type Call, callName, localTarget } from './calls.js';
import type { Check } from './check.js';
import { allExpressions, eachStatement } from './walk.js';

/** What a function gives that nobody waited for is asked as if it were the answer: a promise is true, whatever it will hold. */
export const promiseInCondition: Check = (input) => {
  for (const scope of input.scopes) {
    const look = (test: Expr) => {
      for (const call of askedIn(test)) {
        const target = localTarget(call, scope, input);
        // What a decorator makes of it, only the decorator knows.
        if (target?.isAsync && !target.isGenerator && target.decorators.length === 0)
          input.report(call, `nobody waits for what ${callName(call)} says`);
      }
    };
    eachStatement(scope.body, (statement) => {
      for (const test of testsOf(statement)) look(test);
    });
    allExpressions(scope.body, (expr) => {
      if (expr.kind === 'choice') look(expr.test);
      if (expr.kind === 'each') for (const { tests } of expr.loops) for (const test of tests) look(test);
    });
  }
};

function testsOf(statement: Stmt): Expr[] {
  if (statement.kind === 'if' || statement.kind === 'assert') return [statement.test];
  return statement.kind === 'while' && statement.test ? [statement.test] : [];
}

/** The calls whose result is taken for true or false. */
function askedIn(test: Expr): Call[] {
  if (test.kind === 'call') return [test];
  if (test.kind === 'unary') return test.op === 'not' ? askedIn(test.operand) : [];
  if (test.kind === 'binary' && (test.op === 'and' || test.op === 'or')) return [...askedIn(test.left), ...askedIn(test.right)];
  return [];
}
