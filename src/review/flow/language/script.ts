import type { ClassIr, Expr, Handler, ImportedName, Stmt } from '../ir.js';
import type { Syntax } from '../syntax.js';
import { keyName, propertyNames, ScriptExpressions } from './script-expressions.js';

/** Reads the statements of TypeScript and JavaScript into the small language. */
export class Script extends ScriptExpressions {
  block(node: Syntax | undefined): Stmt[] {
    const statements = node?.operands ?? [];
    // A name exported at the end is as public as one exported where it stands.
    return statements.flatMap((statement) => this.statement(statement));
  }

  statement(node: Syntax | undefined, exported = false): Stmt[] {
    return node ? this.budget.nested(() => this.#statement(node, exported)) : [];
  }

  #statement(node: Syntax, exported: boolean): Stmt[] {
    const { kind, start, end } = node;
    const at = { start, end };
    switch (kind) {
      case 'expression_statement':
        return node.operands.flatMap((value) => this.#expression(value));
      case 'lexical_declaration':
      case 'variable_declaration':
        return node.operands.flatMap((declarator) => this.#declarator(declarator, exported));
      case 'statement_block':
        return [{ kind: 'block', body: this.block(node), ...at }];
      case 'return_statement': {
        const value = node.operand('return');
        return [{ kind: 'return', value: value ? this.expr(value) : null, ...at }];
      }
      case 'throw_statement':
        return [{ kind: 'throw', value: this.expr(node.operand('throw')), ...at }];
      case 'break_statement':
      case 'continue_statement':
        return [{ kind: 'jump', to: kind === 'break_statement' ? 'break' : 'continue', ...at }];
      case 'if_statement': {
        const otherwise = node.child('else_clause');
        const [test, yes] = node.operands;
        return [{ kind: 'if', test: this.expr(test), yes: this.#body(yes), no: this.#body(otherwise?.operand()), ...at }];
      }
      case 'while_statement':
      case 'do_statement': {
        const test = node.child('parenthesized_expression');
        const body = kind === 'while_statement' ? node.operands.at(-1) : node.operand('do');
        return [{ kind: 'while', test: this.expr(test), body: this.#body(body), after: [], atLeastOnce: kind === 'do_statement', ...at }];
      }
      case 'for_statement':
        return this.#for(node);
      case 'for_in_statement':
        return [
          {
            kind: 'each',
            target: this.expr(this.#loopTarget(node)),
            iterable: this.expr(node.operand(node.has('of') ? 'of' : 'in')),
            body: this.#body(node.operands.at(-1)),
            after: [],
            isAsync: node.has('await'),
            overKeys: !node.has('of'),
            ...at,
          },
        ];
      case 'try_statement':
        return [this.#try(node)];
      case 'switch_statement':
        return [this.#switch(node)];
      case 'labeled_statement':
        return this.statement(node.operands.at(-1));
      case 'function_declaration':
      case 'generator_function_declaration':
        return [{ kind: 'function', fn: this.function(node, { exported, decorators: [] }), ...at }];
      case 'class_declaration':
      case 'abstract_class_declaration':
        return [{ kind: 'class', cls: this.class(node, exported), ...at }];
      case 'enum_declaration':
        return [{ kind: 'enum', name: node.child('identifier')?.text ?? '', members: enumMembers(node), ...at }];
      case 'import_statement':
        return [{ kind: 'import', names: importedNames(node), ...at }];
      case 'export_statement':
        return this.#export(node);
      case 'internal_module':
      case 'module':
        return [{ kind: 'block', body: this.block(node.child('statement_block')), ...at }];
      default:
        return [];
    }
  }

  /** Braces around the body of a branch or loop make no difference. */
  #body(node: Syntax | undefined): Stmt[] {
    return node?.kind === 'statement_block' ? this.budget.nested(() => this.block(node)) : this.statement(node);
  }

  #expression(node: Syntax): Stmt[] {
    const { start, end } = node;
    if (node.kind === 'internal_module') return this.statement(node);
    const value = this.expr(node);
    if (value.kind !== 'assign') return [{ kind: 'expression', value, start, end }];
    if (value.value.kind === 'function' && /^(module\.)?exports\b/.test(node.text)) value.value.fn.exported = true;
    return [{ kind: 'assign', targets: [value.target], value: value.value, op: value.op, annotation: '', start, end }];
  }

  #declarator(node: Syntax, exported: boolean): Stmt[] {
    const { start, end } = node;
    if (node.kind !== 'variable_declarator') return [];
    const target = this.expr(node.operand());
    const value: Expr = node.has('=') ? this.expr(node.operand('=')) : { kind: 'literal', value: null, start: end, end };
    if (value.kind === 'function') {
      value.fn.exported = exported;
      if (target.kind === 'name' && value.fn.name === '') value.fn.name = target.name;
    }
    return [{ kind: 'assign', targets: [target], value, op: null, annotation: node.child('type_annotation')?.text ?? '', start, end }];
  }

  #for(node: Syntax): Stmt[] {
    const { start, end, children } = node;
    const open = children.findIndex(({ kind }) => kind === '(');
    const close = children.findLastIndex(({ kind }) => kind === ')');
    const head = children.slice(open + 1, close).filter(({ kind }) => kind !== ';');
    const first = head[0]?.kind.endsWith('_declaration') || head[0]?.kind === 'expression_statement' ? this.statement(head[0]) : [];
    const [test, step] = first.length > 0 ? head.slice(1) : head;
    const body = [...this.#body(children.at(-1))];
    if (step) body.push({ kind: 'expression', value: this.expr(step), start: step.start, end: step.end });
    const condition =
      test && test.kind !== 'empty_statement' ? this.expr(test.kind === 'expression_statement' ? test.operand() : test) : null;
    return [...first, { kind: 'while', test: condition, body, after: [], atLeastOnce: false, start, end }];
  }

  #loopTarget(node: Syntax): Syntax | undefined {
    const declared = ['const', 'let', 'var'].find((token) => node.has(token));
    return declared ? node.operand(declared) : node.operand('(');
  }

  #try(node: Syntax): Stmt {
    const clause = node.child('catch_clause');
    const handlers: Handler[] = [];
    if (clause) {
      const name = clause.child('identifier')?.text ?? null;
      handlers.push({ types: [], name, body: this.block(clause.child('statement_block')), start: clause.start, end: clause.end });
    }
    const final = this.block(node.child('finally_clause')?.child('statement_block'));
    return { kind: 'try', body: this.block(node.child('statement_block')), handlers, orElse: [], final, start: node.start, end: node.end };
  }

  #switch(node: Syntax): Stmt {
    const cases = (node.child('switch_body')?.operands ?? []).map((clause) => {
      const isDefault = clause.kind === 'switch_default';
      const [test, ...rest] = clause.operands;
      const body = isDefault ? clause.operands : rest;
      return {
        tests: isDefault || !test ? [] : [this.expr(test)],
        isDefault,
        body: body.flatMap((statement) => this.statement(statement)),
      };
    });
    return { kind: 'switch', subject: this.expr(node.operand()), cases, start: node.start, end: node.end };
  }

  #export(node: Syntax): Stmt[] {
    const decorators = node.children.filter(({ kind }) => kind === 'decorator').map((decorator) => this.expr(decorator.operand('@')));
    const inner = node.operands.findLast(({ kind }) => kind !== 'decorator' && kind !== 'export_clause' && kind !== 'string');
    if (!inner) return [];
    if (/declaration$|^internal_module$/.test(inner.kind)) {
      const statements = this.statement(inner, true);
      for (const statement of statements) if (statement.kind === 'class') statement.cls.decorators.push(...decorators);
      return statements;
    }
    const value = this.expr(inner);
    if (value.kind === 'function') value.fn.exported = true;
    return [{ kind: 'expression', value, start: node.start, end: node.end }];
  }

  class(node: Syntax, exported: boolean): ClassIr {
    const heritage = node.child('class_heritage');
    const bases = (heritage?.child('extends_clause')?.operands ?? heritage?.operands ?? []).slice(0, 1).map((base) => this.expr(base));
    const body: Stmt[] = [];
    let decorators: Expr[] = [];
    for (const member of node.child('class_body')?.operands ?? []) {
      const { start, end } = member;
      if (member.kind === 'decorator') decorators.push(this.expr(member.operand('@')));
      else {
        if (member.kind === 'method_definition') {
          const hidden = member.child('accessibility_modifier')?.text === 'private';
          body.push({ kind: 'function', fn: this.function(member, { exported: exported && !hidden, decorators }), start, end });
        } else if (/field_definition$/.test(member.kind) && member.has('=')) {
          const name = member.child(...propertyNames);
          const object: Expr = { kind: 'name', name: 'this', start, end };
          const target: Expr = { kind: 'member', object, name: keyName(name) ?? '', start, end };
          const value = this.expr(member.operand('='));
          if (value.kind === 'function' && value.fn.name === '') value.fn.name = target.name;
          body.push({ kind: 'assign', targets: [target], value, op: null, annotation: '', start, end });
        } else if (member.kind === 'class_static_block') body.push(...this.block(member.child('statement_block')));
        decorators = [];
      }
    }
    const name = node.child('type_identifier', 'identifier')?.text ?? '';
    return { name, bases, decorators: [], body, exported, start: node.start, end: node.end };
  }
}

const enumMembers = (node: Syntax): string[] =>
  (node.child('enum_body')?.operands ?? []).map((member) => keyName(member.kind === 'enum_assignment' ? member.operand() : member) ?? '');

export function moduleName(text: string): string {
  return text.replace(/^['"`]|['"`]$/g, '').replace(/^node:/, '');
}

function importedNames(node: Syntax): ImportedName[] {
  const from = moduleName(node.child('string')?.text ?? '');
  const clause = node.child('import_clause');
  const required = node.child('import_require_clause');
  if (required) {
    return [{ local: required.child('identifier')?.text ?? '', from: moduleName(required.child('string')?.text ?? '') }];
  }
  return (clause?.operands ?? []).flatMap((part): ImportedName[] => {
    if (part.kind === 'identifier') return [{ local: part.text, from }];
    if (part.kind === 'namespace_import') return [{ local: part.operand()?.text ?? '', from }];
    return part.operands.map((specifier) => {
      const names = specifier.operands.filter(({ kind }) => kind === 'identifier');
      const name = names[0]?.text ?? '';
      return { local: names.at(-1)?.text ?? name, from: name === 'default' ? from : `${from}.${name}` };
    });
  });
}
