import type { Expr, FunctionIr } from '../ir.js';
import type { CheckInput } from './check.js';
import type { Scope } from './scopes.js';
import { allExpressions } from './walk.js';

export type Call = Extract<Expr, { kind: 'call' }>;

/** The last name of what is called. */
export function callName({ callee }: Call): string {
  return callee.kind === 'member' || callee.kind === 'name' ? callee.name : '';
}

export function keyword(call: Call, name: string): Expr | undefined {
  return call.args.find((argument) => argument.name === name)?.value;
}

export function property(expr: Expr | undefined, name: string): Expr | undefined {
  return expr?.kind === 'object' ? expr.entries.find((entry) => entry.name === name)?.value : undefined;
}

/** The function of this file that is called: by its name, or as a method of the same object. */
export function localTarget(call: Call, scope: Scope, { module }: Pick<CheckInput, 'module'>): FunctionIr | null {
  const { callee } = call;
  if (callee.kind === 'name') {
    for (let at: Scope | null = scope; at; at = at.parent) {
      const shadowed = at.fn?.params.some(({ target }) => target.kind === 'name' && target.name === callee.name);
      if (shadowed) return null;
      for (const statement of at.body) if (statement.kind === 'function' && statement.fn.name === callee.name) return statement.fn;
    }
    return module.functions.get(callee.name) ?? null;
  }
  if (callee.kind !== 'member' || callee.object.kind !== 'name' || !isSame(callee.object.name, module)) return null;
  for (const member of scope.owner?.body ?? []) {
    if (member.kind === 'function' && member.fn.name === callee.name) return member.fn;
  }
  return null;
}

/** Whether a name means the object of the method. In JavaScript `self` is the page or worker, where nothing says otherwise. */
const isSame = (name: string, { language, text }: CheckInput['module']): boolean =>
  name === 'this' || (/^(self|cls)$/.test(name) && (language === 'python' || /\bself\s*=\s*this\b/.test(text)));

/** The calls a function makes itself, not those of functions inside of it. */
export function ownCalls(scope: Scope): { call: Call; around: readonly Expr[] }[] {
  const calls: { call: Call; around: readonly Expr[] }[] = [];
  allExpressions(scope.body, (expr, around) => {
    if (expr.kind === 'call') calls.push({ call: expr, around });
  });
  return calls;
}
