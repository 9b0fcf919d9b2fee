import type { SgNode } from '@ast-grep/napi';

/**
 * A node of the parsed tree, read on demand: every question to the parser costs a microsecond or three, so that a node nobody looks at
 * must cost nothing, and none is asked twice.
 */
export class Syntax {
  readonly kind: string;
  readonly #node: SgNode;
  #start = -1;
  #end = -1;
  #children: readonly Syntax[] | undefined;
  #operands: readonly Syntax[] | undefined;

  constructor(
    node: SgNode,
    readonly source: string,
  ) {
    this.#node = node;
    this.kind = node.kind() as string;
  }

  get start(): number {
    if (this.#start < 0) this.#measure();
    return this.#start;
  }

  get end(): number {
    if (this.#start < 0) this.#measure();
    return this.#end;
  }

  #measure(): void {
    const { start, end } = this.#node.range();
    this.#start = start.index;
    this.#end = end.index;
  }

  get isNamed(): boolean {
    return this.#node.isNamed();
  }

  /** Without comments, which may stand anywhere; with punctuation, except where nobody reads it. */
  get children(): readonly Syntax[] {
    if (this.#children) return this.#children;
    const nodes = withoutTokens.has(this.kind) ? this.#node.namedChildren() : this.#node.children();
    const children: Syntax[] = [];
    for (const node of nodes) {
      const child = new Syntax(node, this.source);
      if (child.kind !== 'comment') children.push(child);
    }
    this.#children = children;
    return children;
  }

  get text(): string {
    return this.source.slice(this.start, this.end);
  }

  /** The first child of one of these kinds. */
  child(...kinds: string[]): Syntax | undefined {
    return this.children.find(({ kind }) => kinds.includes(kind));
  }

  has(kind: string): boolean {
    return this.children.some((child) => child.kind === kind);
  }

  /** The first child that is not punctuation, after the token if one is given. */
  operand(after?: string): Syntax | undefined {
    if (after === undefined) return this.operands[0];
    const { children } = this;
    const from = children.findIndex(({ kind }) => kind === after) + 1;
    return from === 0 ? undefined : children.slice(from).find(isNamed);
  }

  /** The children that are not punctuation. */
  get operands(): readonly Syntax[] {
    this.#operands ??= withoutTokens.has(this.kind) ? this.children : this.children.filter(isNamed);
    return this.#operands;
  }
}

/** Kinds whose punctuation says nothing that their named parts do not. */
const withoutTokens = new Set(
  (
    'module block expression_statement call argument_list attribute pair dictionary list tuple set pattern_list expression_list ' +
    'parenthesized_expression subscript concatenated_string string decorated_definition keyword_separator with_clause with_item ' +
    'program statement_block call_expression arguments member_expression object object_pattern class_body formal_parameters ' +
    'template_string template_substitution return_type export_clause named_imports pair_pattern switch_body enum_body ' +
    'variable_declaration subscript_expression ternary_expression jsx_element jsx_expression parameters lambda_parameters'
  ).split(' '),
);

/** Tokens are kinds of their own text: `(`, `def`. Those that are words are listed, so that the parser need not be asked. */
function isNamed(syntax: Syntax): boolean {
  const { kind } = syntax;
  if (either.has(kind)) return syntax.isNamed;
  return kind === '_' || (/^\w\w/.test(kind) && !words.has(kind));
}

/** Both a token and the node that begins with it. */
const either = new Set(['await', 'yield', 'lambda', 'class', 'import', 'type']);

const words = new Set(
  (
    'def class if elif else for while in not is and or async await return raise from import as with try except finally lambda global ' +
    'nonlocal assert del yield pass break continue match case print exec type const let var function new typeof void delete instanceof ' +
    'of do switch catch throw extends implements static get set default export enum namespace declare abstract readonly private public ' +
    'protected override accessor require keyof infer asserts satisfies unique target using debugger'
  ).split(' '),
);
