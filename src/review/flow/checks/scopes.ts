import type { ModuleFacts } from '../engine/machine.js';
import { canonical } from '../engine/names.js';
import type { ClassIr, Expr, FunctionIr, Stmt } from '../ir.js';
import { eachStatement, functionsIn } from './walk.js';

/** A function with what surrounds it, or the module itself. */
export interface Scope {
  fn: FunctionIr | null;
  owner: ClassIr | null;
  parent: Scope | null;
  body: readonly Stmt[];
  text: string;
  /** What names hold, as far as one look at the assignments tells. */
  locals: Map<string, string>;
}

/** The functions of a file whose text holds what a check looks for; the others are not even read. */
export function scopesOf(module: ModuleFacts, look: RegExp): Scope[] {
  const scopes: Scope[] = [];
  const top: Scope = { fn: null, owner: null, parent: null, body: module.body, text: module.text, locals: new Map() };
  noteLocals(top, module);
  scopes.push(top);
  const enter = (fn: FunctionIr, owner: ClassIr | null, parent: Scope): void => {
    const text = module.text.slice(fn.start, fn.end);
    if (!look.test(text)) return;
    const scope: Scope = { fn, owner: owner ?? parent.owner, parent, body: fn.body(), text, locals: new Map() };
    for (const { target, annotation } of fn.params) {
      if (target.kind !== 'name') continue;
      const type = /^:?\s*([A-Za-z_][\w.]*)/.exec(annotation)?.[1];
      scope.locals.set(target.name, type ? `${importedName(type, module)}()` : '?');
    }
    noteLocals(scope, module);
    scopes.push(scope);
    for (const inner of functionsIn(scope.body)) enter(inner, null, scope);
  };
  const owners = new Map<FunctionIr, ClassIr>();
  eachStatement(module.body, (statement) => {
    if (statement.kind === 'class') ownersOf(statement.cls, owners);
  });
  for (const cls of module.classes.values()) ownersOf(cls, owners);
  const roots = new Set([...functionsIn(module.body), ...owners.keys()]);
  for (const fn of roots) enter(fn, owners.get(fn) ?? null, top);
  return scopes;
}

function ownersOf(cls: ClassIr, owners: Map<FunctionIr, ClassIr>): void {
  for (const member of cls.body) {
    if (member.kind === 'function') owners.set(member.fn, cls);
    else if (member.kind === 'assign' && member.value.kind === 'function') owners.set(member.value.fn, cls);
    else if (member.kind === 'class') ownersOf(member.cls, owners);
  }
}

const importedName = (type: string, module: ModuleFacts): string => {
  const [head = '', ...rest] = type.split('.');
  return [module.imports.get(head) ?? head, ...rest].join('.');
};

function noteLocals(scope: Scope, module: ModuleFacts): void {
  eachStatement(scope.body, (statement) => {
    if (statement.kind === 'assign' && statement.op === null) {
      for (const target of statement.targets) {
        const name = target.kind === 'name' ? target.name : memberPath(target);
        if (name === null) continue;
        const ref = refOf(statement.value, scope, module);
        if (ref?.includes('()')) scope.locals.set(name, ref);
        else if (scope.fn !== null && target.kind === 'name' && !module.imports.has(name)) scope.locals.set(name, ref ?? '?');
      }
    } else if (statement.kind === 'with') {
      for (const { value, target } of statement.items) {
        const ref = refOf(value, scope, module);
        if (target?.kind === 'name' && ref !== null) scope.locals.set(target.name, ref);
      }
    } else if (statement.kind === 'each' && statement.target.kind === 'name') scope.locals.set(statement.target.name, '?');
  });
}

function memberPath(expr: Expr): string | null {
  if (expr.kind !== 'member' || expr.object.kind !== 'name') return null;
  return `${expr.object.name}.${expr.name}`;
}

/** The qualified name of what an expression is, as far as one look tells: `httpx.AsyncClient().get`. */
export function refOf(expr: Expr, scope: Scope, module: ModuleFacts): string | null {
  switch (expr.kind) {
    case 'name': {
      for (let at: Scope | null = scope; at; at = at.parent) {
        const local = at.locals.get(expr.name);
        if (local !== undefined) return local;
      }
      const imported = module.imports.get(expr.name);
      return imported === undefined ? expr.name : canonical(imported);
    }
    case 'member': {
      const path = memberPath(expr);
      if (path !== null && /^(self|this)\./.test(path)) {
        const known = ownerLocals(scope, module).get(path);
        if (known !== undefined) return known;
      }
      const object = refOf(expr.object, scope, module);
      return object === null ? null : canonical(`${object}.${expr.name}`);
    }
    case 'call': {
      if (expr.callee.kind === 'name' && expr.callee.name === 'require') {
        const text = expr.args[0]?.value;
        if (text?.kind === 'literal' && typeof text.value === 'string') return canonical(text.value);
      }
      const callee = refOf(expr.callee, scope, module);
      return callee === null ? null : `${callee}()`;
    }
    case 'await':
      return refOf(expr.value, scope, module);
    default:
      return null;
  }
}

const known = new WeakMap<ClassIr, Map<string, string>>();

/** `self.client = httpx.AsyncClient()` in any method of the class. */
function ownerLocals(scope: Scope, module: ModuleFacts): Map<string, string> {
  const { owner } = scope;
  if (!owner) return new Map();
  const before = known.get(owner);
  if (before) return before;
  const fields = new Map<string, string>();
  known.set(owner, fields);
  for (const member of owner.body) {
    const body =
      member.kind === 'function' && /^(__init__|constructor|setUp|__aenter__|start|connect|init)$/.test(member.fn.name)
        ? member.fn.body()
        : [member];
    eachStatement(body, (statement) => {
      if (statement.kind !== 'assign') return;
      for (const target of statement.targets) {
        const path = memberPath(target) ?? (target.kind === 'name' ? `self.${target.name}` : null);
        const ref = path === null ? null : refOf(statement.value, { ...scope, locals: new Map() }, module);
        if (path && ref?.includes('()') && !/^(self|this)\./.test(ref)) fields.set(path, ref);
      }
    });
  }
  return fields;
}
