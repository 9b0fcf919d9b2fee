import type { ClassIr, Expr, FunctionIr, Handler, ImportedName, Stmt } from '../ir.js';
import type { Syntax } from '../syntax.js';
import { lazily, PythonExpressions } from './python-expressions.js';

/** Reads Python's statements into the small language. */
export class Python extends PythonExpressions {
  block(node: Syntax | undefined): Stmt[] {
    return (node?.operands ?? []).flatMap((statement) => this.budget.nested(() => this.#statement(statement)));
  }

  #statement(node: Syntax): Stmt[] {
    const { kind, start, end } = node;
    const at = { start, end };
    switch (kind) {
      case 'expression_statement':
        return this.#simple(node);
      case 'return_statement': {
        const value = node.operand('return');
        return [{ kind: 'return', value: value ? this.expr(value) : null, ...at }];
      }
      case 'raise_statement': {
        const value = node.operand('raise');
        return [{ kind: 'throw', value: value ? this.expr(value) : null, ...at }];
      }
      case 'break_statement':
      case 'continue_statement':
        return [{ kind: 'jump', to: kind === 'break_statement' ? 'break' : 'continue', ...at }];
      case 'assert_statement':
        return [{ kind: 'assert', test: this.expr(node.operand('assert')), ...at }];
      case 'delete_statement':
        return [{ kind: 'delete', targets: node.operands.map((target) => this.expr(target)), ...at }];
      case 'if_statement':
        return [this.#if(node)];
      case 'for_statement':
        return [
          {
            kind: 'each',
            target: this.expr(node.operand('for')),
            iterable: this.expr(node.operand('in')),
            body: this.block(node.child('block')),
            after: this.block(node.child('else_clause')?.child('block')),
            isAsync: node.has('async'),
            overKeys: false,
            ...at,
          },
        ];
      case 'while_statement':
        return [
          {
            kind: 'while',
            test: this.expr(node.operand('while')),
            body: this.block(node.child('block')),
            after: this.block(node.child('else_clause')?.child('block')),
            atLeastOnce: false,
            ...at,
          },
        ];
      case 'try_statement':
        return [this.#try(node)];
      case 'with_statement':
        return [this.#with(node)];
      case 'match_statement':
        return [this.#match(node)];
      case 'function_definition':
        return [{ kind: 'function', fn: this.function(node, []), ...at }];
      case 'class_definition':
        return [{ kind: 'class', cls: this.#class(node, []), ...at }];
      case 'decorated_definition':
        return this.#decorated(node);
      case 'import_statement':
      case 'import_from_statement':
        return [{ kind: 'import', names: importedNames(node), ...at }];
      default:
        return [];
    }
  }

  #simple(node: Syntax): Stmt[] {
    const { start, end } = node;
    const inner = node.operand();
    if (!inner) return [];
    if (inner.kind === 'assignment') {
      const targets: Expr[] = [];
      let assignment = inner;
      for (;;) {
        const target = assignment.operand();
        if (target) targets.push(this.expr(target));
        const value = assignment.operand('=');
        if (value?.kind === 'assignment') assignment = value;
        else {
          const annotation = inner.child('type')?.text ?? '';
          const read: Expr = value ? this.expr(value) : { kind: 'other', parts: [], start, end };
          return [{ kind: 'assign', targets, value: read, op: null, annotation, start, end }];
        }
      }
    }
    if (inner.kind === 'augmented_assignment') {
      const [target, value] = [inner.operands[0], inner.operands.at(-1)];
      const op = inner.children.find(({ kind }) => /^\W+=$/.test(kind))?.kind.slice(0, -1) ?? '+';
      return [{ kind: 'assign', targets: [this.expr(target)], value: this.expr(value), op, annotation: '', start, end }];
    }
    return node.operands.map((value) => ({ kind: 'expression', value: this.expr(value), start, end }));
  }

  #if(node: Syntax): Stmt {
    const clauses = node.children.filter(({ kind }) => kind === 'elif_clause');
    const otherwise = this.block(node.child('else_clause')?.child('block'));
    const no = clauses.reduceRight<Stmt[]>(
      (rest, clause) => [
        {
          kind: 'if',
          test: this.expr(clause.operand('elif')),
          yes: this.block(clause.child('block')),
          no: rest,
          start: clause.start,
          end: clause.end,
        },
      ],
      otherwise,
    );
    const { start, end } = node;
    return { kind: 'if', test: this.expr(node.operand('if')), yes: this.block(node.child('block')), no, start, end };
  }

  #try(node: Syntax): Stmt {
    const handlers = node.children
      .filter(({ kind }) => kind === 'except_clause' || kind === 'except_group_clause')
      .map((clause): Handler => {
        const [what] = clause.operands.filter(({ kind }) => kind !== 'block');
        const type = what?.kind === 'as_pattern' ? what.operand() : what;
        const types = type ? (type.kind === 'tuple' ? type.operands : [type]).map((one) => this.expr(one)) : [];
        const name = what?.kind === 'as_pattern' ? (what.operands.at(-1)?.text ?? null) : null;
        return { types, name, body: this.block(clause.child('block')), start: clause.start, end: clause.end };
      });
    return {
      kind: 'try',
      body: this.block(node.child('block')),
      handlers,
      orElse: this.block(node.child('else_clause')?.child('block')),
      final: this.block(node.child('finally_clause')?.child('block')),
      start: node.start,
      end: node.end,
    };
  }

  #with(node: Syntax): Stmt {
    const items = (node.child('with_clause')?.operands ?? []).map((item) => {
      const inner = item.operand() ?? item;
      if (inner.kind !== 'as_pattern') return { value: this.expr(inner), target: null };
      return { value: this.expr(inner.operand()), target: this.expr(inner.operands.at(-1)) };
    });
    const { start, end } = node;
    return { kind: 'with', items, body: this.block(node.child('block')), isAsync: node.has('async'), start, end };
  }

  #match(node: Syntax): Stmt {
    const cases = (node.child('block')?.operands ?? []).map((clause) => {
      const tests = clause.children.filter(({ kind }) => kind === 'case_pattern').map((pattern) => this.expr(pattern));
      return { tests, isDefault: clause.child('case_pattern')?.text === '_', body: this.block(clause.child('block')) };
    });
    return { kind: 'switch', subject: this.expr(node.operand('match')), cases, start: node.start, end: node.end };
  }

  #decorated(node: Syntax): Stmt[] {
    const decorators = node.children.filter(({ kind }) => kind === 'decorator').map((decorator) => this.expr(decorator.operand('@')));
    const inner = node.operands.at(-1);
    if (inner?.kind === 'function_definition')
      return [{ kind: 'function', fn: this.function(inner, decorators), start: inner.start, end: inner.end }];
    if (inner?.kind === 'class_definition')
      return [{ kind: 'class', cls: this.#class(inner, decorators), start: inner.start, end: inner.end }];
    return [];
  }

  function(node: Syntax, decorators: Expr[]): FunctionIr {
    const name = node.child('identifier')?.text ?? '';
    const text = node.text;
    return {
      name,
      isAsync: node.children[0]?.kind === 'async',
      isGenerator: /\byield\b/.test(text),
      params: this.params(node.child('parameters')),
      decorators,
      returns: node.child('type')?.text ?? '',
      exported: !name.startsWith('_'),
      body: lazily(() => this.block(node.child('block'))),
      start: node.start,
      end: node.end,
    };
  }

  #class(node: Syntax, decorators: Expr[]): ClassIr {
    const name = node.child('identifier')?.text ?? '';
    const bases = (node.child('argument_list')?.operands ?? []).filter(({ kind }) => kind !== 'keyword_argument');
    return {
      name,
      bases: bases.map((base) => this.expr(base)),
      decorators,
      body: this.block(node.child('block')),
      exported: !name.startsWith('_'),
      start: node.start,
      end: node.end,
    };
  }
}

function importedNames(node: Syntax): ImportedName[] {
  const [first, ...rest] = node.operands;
  const aliased = (item: Syntax): [from: string, local: string] => {
    const from = (item.kind === 'aliased_import' ? item.operand() : item)?.text ?? '';
    return [from, item.kind === 'aliased_import' ? (item.operands.at(-1)?.text ?? from) : from];
  };
  if (node.kind === 'import_statement') {
    return node.operands.map((item) => {
      const [from, local] = aliased(item);
      // `import os.path` binds `os`.
      const top = local.split('.')[0] ?? local;
      return local === from ? { local: top, from: top } : { local, from };
    });
  }
  return rest
    .filter(({ kind }) => kind === 'aliased_import' || kind === 'dotted_name')
    .map((item) => {
      const [from, local] = aliased(item);
      return { local, from: `${first?.text ?? ''}.${from}` };
    });
}
