import type { Language } from '../../languages.js';
import type { Budget } from '../budget.js';
import type { Expr, Stmt } from '../ir.js';
import { Python } from '../language/python.js';
import { Script } from '../language/script.js';
import type { Syntax } from '../syntax.js';
import type { ModuleFacts } from './machine.js';
import { usesFramework } from './sources.js';

/** Reads a parsed file into the small language, the bodies of its functions not yet. */
export function readModule(root: Syntax, language: Language, budget: Budget): ModuleFacts {
  const body = language === 'python' ? new Python(budget).block(root) : new Script(budget).block(root);
  const facts: ModuleFacts = {
    language,
    text: root.source,
    body,
    imports: new Map(),
    functions: new Map(),
    classes: new Map(),
    prototypes: new Map(),
    exported: new Set(),
    hasFramework: language === 'python' && usesFramework(root.source),
  };
  collect(body, facts);
  if (language === 'typescript') {
    for (const match of root.source.matchAll(/\bexport\s*\{([^}]{0,2000})\}|\b(?:module\.)?exports\s*=\s*(\{[^}]{0,2000}\}|\w+)/g)) {
      for (const name of (match[1] ?? match[2] ?? '').matchAll(/[A-Za-z_$][\w$]*/g)) facts.exported.add(name[0]);
    }
    for (const match of root.source.matchAll(/\bexports\.[\w$]+\s*=\s*([A-Za-z_$][\w$]*)/g)) facts.exported.add(match[1]!);
    for (const match of root.source.matchAll(/\bexport\s+default\s+([A-Za-z_$][\w$]*)\s*;?/g)) facts.exported.add(match[1]!);
  }
  return facts;
}

function collect(body: readonly Stmt[], facts: ModuleFacts): void {
  for (const statement of body) {
    if (statement.kind === 'import') for (const { local, from } of statement.names) facts.imports.set(local, from);
    else if (statement.kind === 'function') facts.functions.set(statement.fn.name, statement.fn);
    else if (statement.kind === 'class') facts.classes.set(statement.cls.name, statement.cls);
    else if (statement.kind === 'assign') {
      const [target] = statement.targets;
      if (statement.value.kind === 'function' && target?.kind === 'name') facts.functions.set(target.name, statement.value.fn);
      if (statement.value.kind === 'class' && target?.kind === 'name') facts.classes.set(target.name, statement.value.cls);
      if (target) collectRequired(target, statement.value, facts);
      if (target) collectPrototype(target, statement, facts);
    } else if (statement.kind === 'try') {
      collect(statement.body, facts);
      // What is imported when the first choice is missing does the same under the same name.
      const first = new Map(facts.imports);
      for (const handler of statement.handlers) collect(handler.body, facts);
      for (const [local, from] of first) facts.imports.set(local, from);
    } else if (statement.kind === 'if') collect([...statement.yes, ...statement.no], facts);
    else if (statement.kind === 'block') collect(statement.body, facts);
  }
}

/** `Mount.prototype.serve = function …` */
function collectPrototype(target: Expr, { value, start, end }: Extract<Stmt, { kind: 'assign' }>, { prototypes }: ModuleFacts): void {
  const owner = prototypeOf(target);
  if (owner === null || target.kind !== 'member' || value.kind !== 'function') return;
  const cls = prototypes.get(owner) ?? { name: owner, bases: [], decorators: [], body: [], exported: false, start, end };
  if (value.fn.name === '') value.fn.name = target.name;
  if (value.fn.name === target.name) cls.body.push({ kind: 'function', fn: value.fn, start, end });
  prototypes.set(owner, cls);
}

/** `Mount` of `Mount.prototype.serve` */
export function prototypeOf(target: Expr): string | null {
  if (target.kind !== 'member' || target.object.kind !== 'member' || target.object.name !== 'prototype') return null;
  return target.object.object.kind === 'name' ? target.object.object.name : null;
}

/** `const fs = require('fs')`, `const { exec } = require('child_process')`, `require('fs').promises` */
function collectRequired(target: Expr, value: Expr, facts: ModuleFacts): void {
  const from = requiredFrom(value);
  if (from === null) return;
  if (target.kind === 'name') facts.imports.set(target.name, from);
  if (target.kind !== 'object') return;
  for (const { name, value: inner } of target.entries)
    if (name !== null && inner.kind === 'name') facts.imports.set(inner.name, `${from}.${name}`);
}

function requiredFrom(value: Expr): string | null {
  if (value.kind === 'member') {
    const object = requiredFrom(value.object);
    return object === null ? null : `${object}.${value.name}`;
  }
  if (value.kind === 'await') return requiredFrom(value.value);
  if (value.kind !== 'call' || value.callee.kind !== 'name' || value.callee.name !== 'require') return null;
  const text = value.args[0]?.value;
  return text?.kind === 'literal' && typeof text.value === 'string' ? text.value.replace(/^node:/, '') : null;
}
