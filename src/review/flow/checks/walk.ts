import type { Expr, FunctionIr, Stmt } from '../ir.js';

/** The expressions directly inside of an expression; the body of a function is not inside. */
export function partsOf(expr: Expr): Expr[] {
  switch (expr.kind) {
    case 'member':
      return [expr.object];
    case 'index':
      return expr.key ? [expr.object, expr.key] : [expr.object];
    case 'call':
      return [expr.callee, ...expr.args.map(({ value }) => value)];
    case 'template':
    case 'markup':
    case 'other':
      return expr.parts;
    case 'binary':
      return [expr.left, expr.right];
    case 'unary':
      return [expr.operand];
    case 'choice':
      return [expr.test, expr.yes, expr.no];
    case 'list':
      return expr.items;
    case 'object':
      return expr.entries.flatMap(({ key, value }) => (key ? [key, value] : [value]));
    case 'spread':
    case 'await':
      return [expr.value];
    case 'yield':
      return expr.value ? [expr.value] : [];
    case 'assign':
      return [expr.target, expr.value];
    case 'each':
      return [
        ...expr.loops.flatMap(({ target, iterable, tests }) => [target, iterable, ...tests]),
        expr.element,
        ...(expr.key ? [expr.key] : []),
      ];
    default:
      return [];
  }
}

/** The expressions of a statement itself, without those of the statements inside of it. */
export function expressionsOf(statement: Stmt): Expr[] {
  switch (statement.kind) {
    case 'expression':
      return [statement.value];
    case 'assign':
      return [...statement.targets, statement.value];
    case 'if':
    case 'assert':
      return [statement.test];
    case 'while':
      return statement.test ? [statement.test] : [];
    case 'each':
      return [statement.target, statement.iterable];
    case 'with':
      return statement.items.flatMap(({ value, target }) => (target ? [value, target] : [value]));
    case 'switch':
      return [statement.subject, ...statement.cases.flatMap(({ tests }) => tests)];
    case 'return':
    case 'throw':
      return statement.value ? [statement.value] : [];
    case 'delete':
      return statement.targets;
    case 'function':
      return statement.fn.decorators;
    default:
      return [];
  }
}

export function blocksOf(statement: Stmt): Stmt[][] {
  switch (statement.kind) {
    case 'if':
      return [statement.yes, statement.no];
    case 'while':
    case 'each':
      return [statement.body, statement.after];
    case 'try':
      return [statement.body, ...statement.handlers.map(({ body }) => body), statement.orElse, statement.final];
    case 'with':
    case 'block':
      return [statement.body];
    case 'switch':
      return statement.cases.map(({ body }) => body);
    default:
      return [];
  }
}

/** Every statement of a body in order, with those around it, the outermost first. Functions inside are not entered. */
export function eachStatement(
  body: readonly Stmt[],
  visit: (statement: Stmt, around: readonly Stmt[]) => void,
  around: readonly Stmt[] = [],
): void {
  for (const statement of body) {
    visit(statement, around);
    const inside = blocksOf(statement);
    if (inside.length > 0) for (const block of inside) eachStatement(block, visit, [...around, statement]);
  }
}

/** An expression and all inside of it, with those around it, the outermost first. */
export function eachExpression(expr: Expr, visit: (expr: Expr, around: readonly Expr[]) => void, around: readonly Expr[] = []): void {
  visit(expr, around);
  const parts = partsOf(expr);
  if (parts.length > 0) for (const part of parts) eachExpression(part, visit, [...around, expr]);
}

export function allExpressions(
  body: readonly Stmt[],
  visit: (expr: Expr, around: readonly Expr[], statement: Stmt, outer: readonly Stmt[]) => void,
): void {
  eachStatement(body, (statement, outer) => {
    for (const expr of expressionsOf(statement)) eachExpression(expr, (inner, around) => visit(inner, around, statement, outer));
  });
}

/** The functions that begin directly inside of a body, as statements or as expressions. */
export function functionsIn(body: readonly Stmt[]): FunctionIr[] {
  const found: FunctionIr[] = [];
  eachStatement(body, (statement) => {
    if (statement.kind === 'function') found.push(statement.fn);
    if (statement.kind === 'class') for (const member of statement.cls.body) if (member.kind === 'function') found.push(member.fn);
    for (const expr of expressionsOf(statement)) {
      eachExpression(expr, (inner) => {
        if (inner.kind === 'function') found.push(inner.fn);
      });
    }
  });
  return found;
}
