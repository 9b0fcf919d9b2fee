/** One small language that Python and TypeScript are both read into, so that each rule is thought through once. */
export interface Span {
  start: number;
  end: number;
}

export interface Argument {
  /** Keyword of Python; null for a place. */
  name: string | null;
  spread: boolean;
  value: Expr;
}

export interface Entry {
  /** The key when it is written in the source; null for a computed one and for a spread. */
  name: string | null;
  key: Expr | null;
  value: Expr;
}

type Node<K extends string, Rest = unknown> = Span & { kind: K } & Rest;

export type Expr =
  | Node<'name', { name: string }>
  | Node<'literal', { value: string | number | boolean | null }>
  | Node<'pattern', { source: string; flags: string }>
  | Node<'member', { object: Expr; name: string }>
  | Node<'index', { object: Expr; key: Expr | null }>
  | Node<'call', { callee: Expr; args: Argument[]; isNew: boolean; tagged: boolean }>
  | Node<'template', { parts: Expr[] }>
  | Node<'binary', { op: string; left: Expr; right: Expr }>
  | Node<'unary', { op: string; operand: Expr }>
  | Node<'choice', { test: Expr; yes: Expr; no: Expr }>
  | Node<'list', { items: Expr[] }>
  | Node<'object', { entries: Entry[] }>
  | Node<'spread', { value: Expr }>
  | Node<'function', { fn: FunctionIr }>
  | Node<'class', { cls: ClassIr }>
  | Node<'await', { value: Expr }>
  | Node<'yield', { value: Expr | null }>
  | Node<'assign', { target: Expr; value: Expr; op: string | null }>
  | Node<'each', { element: Expr; key: Expr | null; loops: EachLoop[] }>
  | Node<'markup', { parts: Expr[] }>
  | Node<'other', { parts: Expr[] }>;

export interface EachLoop {
  target: Expr;
  iterable: Expr;
  tests: Expr[];
}

export interface Handler extends Span {
  types: Expr[];
  name: string | null;
  body: Stmt[];
}

export type Stmt =
  | Node<'expression', { value: Expr }>
  | Node<'assign', { targets: Expr[]; value: Expr; op: string | null; annotation: string }>
  | Node<'if', { test: Expr; yes: Stmt[]; no: Stmt[] }>
  | Node<'while', { test: Expr | null; body: Stmt[]; after: Stmt[]; atLeastOnce: boolean }>
  | Node<'each', { target: Expr; iterable: Expr; body: Stmt[]; after: Stmt[]; isAsync: boolean; overKeys: boolean }>
  | Node<'try', { body: Stmt[]; handlers: Handler[]; orElse: Stmt[]; final: Stmt[] }>
  | Node<'with', { items: { value: Expr; target: Expr | null }[]; body: Stmt[]; isAsync: boolean }>
  | Node<'switch', { subject: Expr; cases: { tests: Expr[]; isDefault: boolean; body: Stmt[] }[] }>
  | Node<'return', { value: Expr | null }>
  | Node<'throw', { value: Expr | null }>
  | Node<'jump', { to: 'break' | 'continue' }>
  | Node<'assert', { test: Expr }>
  | Node<'delete', { targets: Expr[] }>
  | Node<'function', { fn: FunctionIr }>
  | Node<'class', { cls: ClassIr }>
  | Node<'enum', { name: string; members: string[] }>
  | Node<'import', { names: ImportedName[] }>
  | Node<'block', { body: Stmt[] }>;

export interface ImportedName {
  local: string;
  /** Dotted, `flask.request`, `node:fs` without its prefix. */
  from: string;
}

export interface Param extends Span {
  /** A name, or a pattern that takes the argument apart. */
  target: Expr;
  fallback: Expr | null;
  annotation: string;
  rest: 'no' | 'list' | 'dictionary';
  /** `constructor(private readonly path: string)`: it becomes a field of the object. */
  isField: boolean;
}

export interface FunctionIr extends Span {
  name: string;
  isAsync: boolean;
  isGenerator: boolean;
  params: Param[];
  decorators: Expr[];
  returns: string;
  exported: boolean;
  /** Lowered when first asked for. */
  body: () => Stmt[];
}

export interface ClassIr extends Span {
  name: string;
  bases: Expr[];
  decorators: Expr[];
  body: Stmt[];
  exported: boolean;
}
