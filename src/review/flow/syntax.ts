import type { SgNode } from '@ast-grep/napi';

/**
 * A node of the parsed tree, read on demand: every question to the parser costs about 3 µs, so that a node nobody looks at must cost
 * nothing, and none is asked twice.
 */
export class Syntax {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  #children: readonly Syntax[] | undefined;

  constructor(
    readonly node: SgNode,
    readonly source: string,
  ) {
    this.kind = node.kind() as string;
    const { start, end } = node.range();
    this.start = start.index;
    this.end = end.index;
  }

  /** Without comments, which may stand anywhere; with punctuation. */
  get children(): readonly Syntax[] {
    this.#children ??= this.node
      .children()
      .map((child) => new Syntax(child, this.source))
      .filter(({ kind }) => kind !== 'comment');
    return this.#children;
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
    const { children } = this;
    const from = after === undefined ? 0 : children.findIndex(({ kind }) => kind === after) + 1;
    if (after !== undefined && from === 0) return undefined;
    return children.slice(from).find(isNamed);
  }

  /** The children that are not punctuation. */
  get operands(): readonly Syntax[] {
    return this.children.filter(isNamed);
  }
}

/** Tokens are kinds of their own text: `(`, `def`. Only a handful of named kinds are as short as a token. */
function isNamed({ node, kind }: Syntax): boolean {
  return /^[a-z_]{2,}$/i.test(kind) ? node.isNamed() : kind === '_';
}
