import type { Budget } from '../budget.js';
import type { Argument, EachLoop, Entry, Expr, FunctionIr, Param, Stmt } from '../ir.js';
import type { Syntax } from '../syntax.js';

export class PythonExpressions {
  constructor(protected readonly budget: Budget) {}

  expr(node: Syntax | undefined): Expr {
    if (!node) return { kind: 'other', parts: [], start: 0, end: 0 };
    return this.budget.nested(() => this.#expr(node));
  }

  #expr(node: Syntax): Expr {
    const { kind, start, end } = node;
    const at = { start, end };
    switch (kind) {
      case 'identifier':
      case 'dotted_name':
        return { kind: 'name', name: node.text, ...at };
      case 'string':
      case 'concatenated_string':
        return this.#text(node);
      case 'integer':
      case 'float':
        return { kind: 'literal', value: Number(node.text.replace(/_/g, '')), ...at };
      case 'true':
      case 'false':
        return { kind: 'literal', value: kind === 'true', ...at };
      case 'none':
      case 'ellipsis':
        return { kind: 'literal', value: null, ...at };
      case 'parenthesized_expression':
      case 'as_pattern_target':
      case 'type':
      case 'case_pattern':
        return node.operands.length === 0 ? { kind: 'other', parts: [], ...at } : this.expr(node.operand());
      case 'attribute':
        return { kind: 'member', object: this.expr(node.operand()), name: node.operands.at(-1)?.text ?? '', ...at };
      case 'subscript': {
        const [object, ...keys] = node.operands;
        const key = keys[0];
        return { kind: 'index', object: this.expr(object), key: key && key.kind !== 'slice' ? this.expr(key) : null, ...at };
      }
      case 'call':
        return this.#call(node);
      case 'binary_operator':
        return this.#binary(node);
      case 'boolean_operator':
        return this.#binary(node);
      case 'comparison_operator':
        return this.#comparison(node);
      case 'not_operator':
        return { kind: 'unary', op: 'not', operand: this.expr(node.operand('not')), ...at };
      case 'unary_operator':
        return { kind: 'unary', op: node.children[0]?.kind ?? '-', operand: this.expr(node.children[1]), ...at };
      case 'conditional_expression': {
        const [yes, test, no] = node.operands;
        return { kind: 'choice', test: this.expr(test), yes: this.expr(yes), no: this.expr(no), ...at };
      }
      case 'named_expression': {
        const [target, value] = node.operands;
        return { kind: 'assign', target: this.expr(target), value: this.expr(value), op: null, ...at };
      }
      case 'list':
      case 'set':
      case 'tuple':
      case 'expression_list':
      case 'pattern_list':
      case 'tuple_pattern':
      case 'list_pattern':
        return { kind: 'list', items: node.operands.map((item) => this.expr(item)), ...at };
      case 'list_splat':
      case 'list_splat_pattern':
      case 'dictionary_splat':
      case 'dictionary_splat_pattern':
        return { kind: 'spread', value: this.expr(node.operand()), ...at };
      case 'dictionary':
        return { kind: 'object', entries: node.operands.map((item) => this.#entry(item)), ...at };
      case 'list_comprehension':
      case 'set_comprehension':
      case 'generator_expression':
      case 'dictionary_comprehension':
        return this.#comprehension(node);
      case 'lambda':
        return { kind: 'function', fn: this.#lambda(node), ...at };
      case 'await':
        return { kind: 'await', value: this.expr(node.operand('await')), ...at };
      case 'yield':
        return { kind: 'yield', value: node.operands.length > 0 ? this.expr(node.operands.at(-1)) : null, ...at };
      case 'interpolation':
        return this.expr(node.operand('{'));
      default:
        return { kind: 'other', parts: node.operands.map((part) => this.expr(part)), ...at };
    }
  }

  #text(node: Syntax): Expr {
    const parts: Expr[] = [];
    const strings = node.kind === 'string' ? [node] : node.operands;
    for (const string of strings) {
      for (const part of string.children) {
        if (part.kind === 'string_content') parts.push({ kind: 'literal', value: part.text, start: part.start, end: part.end });
        else if (part.kind === 'interpolation') parts.push(this.expr(part));
      }
    }
    const { start, end } = node;
    if (parts.every((part) => part.kind === 'literal'))
      return { kind: 'literal', value: parts.map((part) => (part.kind === 'literal' ? part.value : '')).join(''), start, end };
    return { kind: 'template', parts, start, end };
  }

  #call(node: Syntax): Expr {
    const [callee, list] = node.operands;
    const args = list?.kind === 'argument_list' ? list.operands : list ? [list] : [];
    return {
      kind: 'call',
      callee: this.expr(callee),
      args: args.map((argument) => this.#argument(argument)),
      isNew: false,
      tagged: false,
      start: node.start,
      end: node.end,
    };
  }

  #argument(node: Syntax): Argument {
    if (node.kind === 'keyword_argument') {
      return { name: node.operand()?.text ?? null, spread: false, value: this.expr(node.operand('=')) };
    }
    const spread = node.kind === 'list_splat' || node.kind === 'dictionary_splat';
    return { name: null, spread, value: this.expr(spread ? node.operand() : node) };
  }

  #binary(node: Syntax): Expr {
    const [left, right] = node.operands;
    const op = node.children.find(({ kind, start }) => left && start >= left.end && kind !== 'comment')?.kind ?? '+';
    return { kind: 'binary', op, left: this.expr(left), right: this.expr(right), start: node.start, end: node.end };
  }

  /** `a < b < c` is `a < b and b < c`. */
  #comparison(node: Syntax): Expr {
    const { start, end } = node;
    const operators: string[] = [];
    const operands: Syntax[] = [];
    for (const child of node.children) {
      if (/^(<|>|<=|>=|==|!=|<>|in|not in|is|is not)$/.test(child.kind)) operators.push(child.kind);
      else operands.push(child);
    }
    const pairs = operators.map(
      (op, at): Expr => ({
        kind: 'binary',
        op,
        left: this.expr(operands[at]),
        right: this.expr(operands[at + 1]),
        start: operands[at]?.start ?? start,
        end: operands[at + 1]?.end ?? end,
      }),
    );
    if (pairs.length === 0) return { kind: 'other', parts: operands.map((part) => this.expr(part)), start, end };
    return pairs.reduce((left, right) => ({ kind: 'binary', op: 'and', left, right, start, end }));
  }

  #entry(node: Syntax): Entry {
    if (node.kind !== 'pair') return { name: null, key: null, value: this.expr(node.operand() ?? node) };
    const [keyNode, value] = node.operands;
    const key = this.expr(keyNode);
    return { name: key.kind === 'literal' ? String(key.value) : null, key, value: this.expr(value) };
  }

  #comprehension(node: Syntax): Expr {
    const [element, ...clauses] = node.operands;
    const loops: EachLoop[] = [];
    for (const clause of clauses) {
      if (clause.kind === 'for_in_clause') {
        const target = this.expr(clause.operand('for'));
        loops.push({ target, iterable: this.expr(clause.operand('in')), tests: [] });
      } else if (clause.kind === 'if_clause') loops.at(-1)?.tests.push(this.expr(clause.operand('if')));
    }
    const pair = element?.kind === 'pair';
    return {
      kind: 'each',
      element: this.expr(pair ? element.operands[1] : element),
      key: pair ? this.expr(element.operands[0]) : null,
      loops,
      start: node.start,
      end: node.end,
    };
  }

  #lambda(node: Syntax): FunctionIr {
    const body = node.operand(':');
    return {
      name: '',
      isAsync: false,
      isGenerator: false,
      params: this.params(node.child('lambda_parameters')),
      decorators: [],
      returns: '',
      exported: false,
      body: lazily(() => (body ? [{ kind: 'return', value: this.expr(body), start: body.start, end: body.end }] : [])),
      start: node.start,
      end: node.end,
    };
  }

  params(list: Syntax | undefined): Param[] {
    return (list?.operands ?? []).flatMap((node): Param[] => {
      const { start, end, kind } = node;
      if (kind === 'positional_separator' || kind === 'keyword_separator') return [];
      const annotation = node.child('type')?.text ?? '';
      const named = kind.startsWith('typed_') || kind === 'default_parameter' ? node.operand() : node;
      if (!named) return [];
      const rest = named.kind === 'list_splat_pattern' ? 'list' : named.kind === 'dictionary_splat_pattern' ? 'dictionary' : 'no';
      return [
        {
          target: this.expr(rest === 'no' ? named : named.operand()),
          fallback: node.has('=') ? this.expr(node.operand('=')) : null,
          annotation,
          rest,
          isField: false,
          start,
          end,
        },
      ];
    });
  }
}

/** The body of a function is read once, when somebody looks at it. */
export function lazily(read: () => Stmt[]): () => Stmt[] {
  let known: Stmt[] | undefined;
  return () => {
    known ??= read();
    return known;
  };
}
