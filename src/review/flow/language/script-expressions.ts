import type { Budget } from '../budget.js';
import type { Argument, ClassIr, Entry, Expr, FunctionIr, Param, Stmt } from '../ir.js';
import type { Syntax } from '../syntax.js';
import { lazily } from './python-expressions.js';

export abstract class ScriptExpressions {
  constructor(protected readonly budget: Budget) {}

  abstract block(node: Syntax | undefined): Stmt[];
  abstract class(node: Syntax, exported: boolean): ClassIr;

  expr(node: Syntax | undefined): Expr {
    if (!node) return { kind: 'other', parts: [], start: 0, end: 0 };
    return this.budget.nested(() => this.#expr(node));
  }

  #expr(node: Syntax): Expr {
    const { kind, start, end } = node;
    const at = { start, end };
    switch (kind) {
      case 'identifier':
      case 'shorthand_property_identifier':
      case 'shorthand_property_identifier_pattern':
      case 'property_identifier':
      case 'private_property_identifier':
      case 'type_identifier':
      case 'this':
      case 'super':
        return { kind: 'name', name: node.text, ...at };
      case 'undefined':
      case 'null':
        return { kind: 'literal', value: null, ...at };
      case 'string':
      case 'template_string':
        return this.#text(node);
      case 'number':
        return { kind: 'literal', value: Number(node.text.replace(/[_n]/g, '')), ...at };
      case 'true':
      case 'false':
        return { kind: 'literal', value: kind === 'true', ...at };
      case 'regex':
        return {
          kind: 'pattern',
          source: node.child('regex_pattern')?.text ?? '',
          flags: node.child('regex_flags')?.text ?? '',
          ...at,
        };
      case 'parenthesized_expression':
      case 'as_expression':
      case 'satisfies_expression':
      case 'non_null_expression':
      case 'computed_property_name':
      case 'template_substitution':
      case 'jsx_expression':
        return this.expr(node.operand());
      case 'type_assertion':
        return this.expr(node.operands.at(-1));
      case 'sequence_expression':
        // `(0, module.name)(…)` is how compilers call what is imported.
        if (node.operands.length === 2 && node.operand()?.text === '0') return this.expr(node.operands[1]);
        return { kind: 'other', parts: node.operands.map((part) => this.expr(part)), ...at };
      case 'member_expression':
        return { kind: 'member', object: this.expr(node.operand()), name: node.operands.at(-1)?.text ?? '', ...at };
      case 'subscript_expression': {
        const key = this.expr(node.operands.at(-1));
        const object = this.expr(node.operand());
        if (key.kind === 'literal' && typeof key.value === 'string') return { kind: 'member', object, name: key.value, ...at };
        return { kind: 'index', object, key, ...at };
      }
      case 'call_expression':
      case 'new_expression':
        return this.#call(node);
      case 'binary_expression': {
        const [left, right] = [node.operands[0], node.operands.at(-1)];
        const op = node.children.find(({ start: from }) => left && from >= left.end)?.kind ?? '+';
        return { kind: 'binary', op: logic[op] ?? op, left: this.expr(left), right: this.expr(right), ...at };
      }
      case 'unary_expression': {
        const op = node.children[0]?.kind ?? '!';
        return { kind: 'unary', op: op === '!' ? 'not' : op, operand: this.expr(node.children[1]), ...at };
      }
      case 'update_expression':
        return { kind: 'unary', op: '++', operand: this.expr(node.operand()), ...at };
      case 'ternary_expression': {
        const [test, yes, no] = node.operands;
        return { kind: 'choice', test: this.expr(test), yes: this.expr(yes), no: this.expr(no), ...at };
      }
      case 'assignment_expression':
      case 'assignment_pattern':
      case 'object_assignment_pattern': {
        const [target, value] = [node.operands[0], node.operands.at(-1)];
        return { kind: 'assign', target: this.expr(target), value: this.expr(value), op: null, ...at };
      }
      case 'augmented_assignment_expression': {
        const [target, value] = [node.operands[0], node.operands.at(-1)];
        const op = node.children.find(({ kind: token }) => /^[^\w\s]+=$/.test(token))?.kind.slice(0, -1) ?? '+';
        return { kind: 'assign', target: this.expr(target), value: this.expr(value), op, ...at };
      }
      case 'array':
      case 'array_pattern':
        return { kind: 'list', items: this.#places(node), ...at };
      case 'spread_element':
      case 'rest_pattern':
        return { kind: 'spread', value: this.expr(node.operand()), ...at };
      case 'object':
      case 'object_pattern':
        return { kind: 'object', entries: node.operands.flatMap((item) => this.#entry(item)), ...at };
      case 'arrow_function':
      case 'function_expression':
      case 'function_declaration':
      case 'generator_function':
      case 'generator_function_declaration':
      case 'method_definition':
        return { kind: 'function', fn: this.function(node, { exported: false, decorators: [] }), ...at };
      case 'class':
        return { kind: 'class', cls: this.class(node, false), ...at };
      case 'await_expression':
        return { kind: 'await', value: this.expr(node.operand('await')), ...at };
      case 'yield_expression':
        return { kind: 'yield', value: node.operands.length > 0 ? this.expr(node.operands.at(-1)) : null, ...at };
      case 'jsx_element':
      case 'jsx_self_closing_element':
      case 'jsx_opening_element':
      case 'jsx_attribute':
        return { kind: 'markup', parts: node.operands.map((part) => this.expr(part)), ...at };
      case 'jsx_text':
      case 'jsx_closing_element':
        return { kind: 'literal', value: null, ...at };
      default:
        return { kind: 'other', parts: node.operands.map((part) => this.expr(part)), ...at };
    }
  }

  /** `[a, , b]` keeps its holes, so that each name meets its own place. */
  #places(node: Syntax): Expr[] {
    const items: Expr[] = [];
    let filled = false;
    for (const child of node.children.slice(1, -1)) {
      if (child.kind === ',') {
        if (!filled) items.push({ kind: 'other', parts: [], start: child.start, end: child.start });
        filled = false;
      } else {
        items.push(this.expr(child));
        filled = true;
      }
    }
    return items;
  }

  #text(node: Syntax): Expr {
    const { start, end } = node;
    const parts = node.children.flatMap((part): Expr[] => {
      const at = { start: part.start, end: part.end };
      if (part.kind === 'string_fragment' || part.kind === 'escape_sequence') return [{ kind: 'literal', value: part.text, ...at }];
      return part.kind === 'template_substitution' ? [this.expr(part)] : [];
    });
    if (!node.has('template_substitution'))
      return { kind: 'literal', value: parts.map((part) => (part.kind === 'literal' ? part.value : '')).join(''), start, end };
    return { kind: 'template', parts, start, end };
  }

  #call(node: Syntax): Expr {
    const { start, end } = node;
    const isNew = node.kind === 'new_expression';
    const list = node.children.find(({ kind }) => kind === 'arguments' || kind === 'template_string');
    const read = this.expr(isNew ? node.operand('new') : node.operand());
    // The grammar reads `await f<T>(x)` as a call of `await f`.
    const misread =
      read.kind === 'await' && list !== undefined && node.has('type_arguments') && node.operand()?.kind === 'await_expression';
    const callee = misread ? read.value : read;
    if (list?.kind === 'template_string')
      return { kind: 'call', callee, args: [{ name: null, spread: false, value: this.expr(list) }], isNew, tagged: true, start, end };
    const args = (list?.operands ?? []).map(
      (argument): Argument => ({
        name: null,
        spread: argument.kind === 'spread_element',
        value: this.expr(argument.kind === 'spread_element' ? argument.operand() : argument),
      }),
    );
    const call: Expr = { kind: 'call', callee, args, isNew, tagged: false, start: misread ? callee.start : start, end };
    return misread ? { kind: 'await', value: call, start, end } : call;
  }

  #entry(node: Syntax): Entry[] {
    switch (node.kind) {
      case 'pair':
      case 'pair_pattern': {
        const [keyNode, value] = node.operands;
        const name = keyNode?.kind === 'computed_property_name' ? null : keyName(keyNode);
        const key: Expr = name === null ? this.expr(keyNode) : { kind: 'literal', value: name, start: node.start, end: node.start };
        return [{ name, key, value: this.expr(value) }];
      }
      case 'spread_element':
      case 'rest_pattern':
        return [{ name: null, key: null, value: this.expr(node.operand()) }];
      case 'object_assignment_pattern':
        return [{ name: node.operand()?.text ?? null, key: null, value: this.expr(node) }];
      case 'shorthand_property_identifier':
      case 'shorthand_property_identifier_pattern':
        return [{ name: node.text, key: null, value: this.expr(node) }];
      case 'method_definition':
        return [{ name: keyName(node.child(...propertyNames)), key: null, value: this.expr(node) }];
      default:
        return [];
    }
  }

  function(node: Syntax, { exported, decorators }: { exported: boolean; decorators: Expr[] }): FunctionIr {
    const list = node.child('formal_parameters');
    const arrow = node.kind === 'arrow_function';
    const single = arrow && !list ? node.operands.find(({ kind }) => kind === 'identifier') : undefined;
    const body = arrow ? node.operand('=>') : node.child('statement_block');
    const name = node.child('identifier', ...propertyNames);
    return {
      name: arrow ? '' : (keyName(name) ?? ''),
      isAsync: node.has('async'),
      isGenerator: node.has('*') || node.kind.startsWith('generator'),
      params: single
        ? [{ target: this.expr(single), fallback: null, annotation: '', rest: 'no', isField: false, start: single.start, end: single.end }]
        : (list?.operands ?? []).flatMap((param) => this.#param(param)),
      decorators,
      returns: node.child('type_annotation')?.text ?? '',
      exported,
      body: lazily(() => {
        if (!body) return [];
        if (body.kind === 'statement_block') return this.block(body);
        return [{ kind: 'return', value: this.expr(body), start: body.start, end: body.end }];
      }),
      start: node.start,
      end: node.end,
    };
  }

  #param(node: Syntax): Param[] {
    if (!/^(required|optional)_parameter$/.test(node.kind)) {
      const value = this.expr(node);
      return [{ target: value, fallback: null, annotation: '', rest: 'no', isField: false, start: node.start, end: node.end }];
    }
    const target = node.operands.find(
      ({ kind }) => kind !== 'accessibility_modifier' && kind !== 'decorator' && kind !== 'override_modifier',
    );
    if (!target || target.kind === 'this') return [];
    const decorators = node.children.filter(({ kind }) => kind === 'decorator').map(({ text }) => text);
    return [
      {
        target: this.expr(target.kind === 'rest_pattern' ? target.operand() : target),
        fallback: node.has('=') ? this.expr(node.operand('=')) : null,
        annotation: [...decorators, node.child('type_annotation')?.text ?? ''].join(' ').trim(),
        rest: target.kind === 'rest_pattern' ? 'list' : 'no',
        isField: node.has('accessibility_modifier') || node.has('readonly'),
        start: node.start,
        end: node.end,
      },
    ];
  }
}

export const propertyNames = ['property_identifier', 'private_property_identifier', 'string', 'number', 'computed_property_name'];

export function keyName(node: Syntax | undefined): string | null {
  if (!node || node.kind === 'computed_property_name') return null;
  return node.kind === 'string' ? node.text.slice(1, -1) : node.text;
}

const logic: Record<string, string> = { '&&': 'and', '||': 'or', '??': 'or', '===': '==', '!==': '!=', '**': 'pow' };
