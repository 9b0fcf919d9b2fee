import type { Expr } from '../ir.js';
import { callName } from './calls.js';
import type { Check } from './check.js';
import { refOf } from './scopes.js';
import { allExpressions, expressionsOf } from './walk.js';

/** Functions that the platform had once. Whoever asks first whether they are there, or looks at the version, knows of it. */
export const removedCall: Check = ({ module, scopes, calls, report }) => {
  const { text } = module;
  for (const scope of scopes) {
    allExpressions(scope.body, (expr, around, _statement, outer) => {
      if (expr.kind !== 'call') return;
      const ref = refOf(expr.callee, scope, module);
      if (ref === null || !calls.has(ref)) return;
      const name = callName(expr);
      const [owner = ''] = ref.split('.');
      const isImported = new RegExp(`(require\\(|from )\\s*['"](node:)?${owner}['"]`).test(text);
      if (!isImported || new RegExp(`\\.${name}\\s*=[^=]`).test(text)) return;
      const asks = (test: Expr) => new RegExp(`${name}|\\bversions?\\b`).test(text.slice(test.start, test.end));
      if (around.some((one) => one.kind === 'choice' || (one.kind === 'binary' && asks(one.left) && !holds(one.left, expr)))) return;
      if (!outer.some((one) => one.kind === 'try' || (one.kind === 'if' && expressionsOf(one).some(asks)))) report(expr, `${ref} is gone`);
    });
  }
};

const holds = (one: Expr, other: Expr): boolean => one.start <= other.start && other.end <= one.end;
