import type { Expr } from '../ir.js';
import { callName } from './calls.js';
import type { Check } from './check.js';
import { refOf } from './scopes.js';
import { allExpressions, expressionsOf } from './walk.js';

/** Functions that the platform had once. Whoever asks first whether they are there, or looks at the version, knows of it. */
export const removedCall: Check = ({ module, scopes, calls, report }) => {
  const { text } = module;
  // Asked of the whole text, so once for each function.
  const meant = new Map<string, boolean>();
  const isMeant = (ref: string, name: string): boolean => {
    const known = meant.get(ref);
    if (known !== undefined) return known;
    const [owner = ''] = ref.split('.');
    const isImported = new RegExp(`(require\\(|from )\\s{0,3}['"](node:)?${owner}['"]`).test(text);
    const isGiven = new RegExp(`\\.${name}\\s{0,3}=[^=]`).test(text);
    meant.set(ref, isImported && !isGiven);
    return isImported && !isGiven;
  };
  for (const scope of scopes) {
    allExpressions(scope.body, (expr, around, _statement, outer) => {
      if (expr.kind !== 'call') return;
      const ref = refOf(expr.callee, scope, module);
      const name = callName(expr);
      if (ref === null || !calls.has(ref) || !isMeant(ref, name)) return;
      const asks = (test: Expr) => new RegExp(`${name}|\\bversions?\\b`).test(text.slice(test.start, test.end));
      if (around.some((one) => one.kind === 'choice' || (one.kind === 'binary' && asks(one.left) && !holds(one.left, expr)))) return;
      if (!outer.some((one) => one.kind === 'try' || (one.kind === 'if' && expressionsOf(one).some(asks)))) report(expr, `${ref} is gone`);
    });
  }
};

const holds = (one: Expr, other: Expr): boolean => one.start <= other.start && other.end <= one.end;
