import { routeMethods } from '../engine/knowledge.js';
import type { Expr, FunctionIr } from '../ir.js';
import { type Call, callName, localTarget, ownCalls } from './calls.js';
import type { Check, CheckInput } from './check.js';
import { refOf, type Scope } from './scopes.js';
import { eachExpression } from './walk.js';

/** The loop waits: a blocking call in a coroutine or in a handler, or in a function of the file that it calls. */
export const blockingCall: Check = (input) => {
  const { module, scopes } = input;
  const waiting = module.language === 'python' ? asyncScopes(scopes) : handlerScopes(input);
  throughOneCall(input, waiting, 'stops every other task of the loop');
};

/** A loop is started inside of a running one. */
export const loopReentry: Check = (input) => {
  throughOneCall(input, asyncScopes(input.scopes), 'cannot run while a loop is running');
};

function throughOneCall(input: CheckInput, waiting: readonly Scope[], harm: string): void {
  const { scopes, module, calls, except, report } = input;
  const direct = (scope: Scope) =>
    ownCalls(scope).filter(({ call, around }) => {
      if (isAwaited(call, around)) return false;
      const ref = refOf(call.callee, scope, module);
      return calls.has(ref) && !except.has(ref) && !polls(call);
    });
  const blockers = new Map<FunctionIr, string>();
  for (const scope of scopes) {
    if (!scope.fn || scope.fn.isAsync || scope.fn.isGenerator) continue;
    const [first] = direct(scope);
    if (first) blockers.set(scope.fn, refOf(first.call.callee, scope, module) ?? callName(first.call));
  }
  const own = new Set(waiting);
  for (const scope of own) {
    for (const { call } of direct(scope)) report(call, `${refOf(call.callee, scope, module) ?? callName(call)} ${harm}`);
    for (const { call, around } of ownCalls(scope)) {
      const target = localTarget(call, scope, input);
      if (isAwaited(call, around)) continue;
      const blocked = target === scope.fn ? undefined : target && blockers.get(target);
      if (blocked) report(call, `${callName(call)} calls ${blocked}, which ${harm}`);
    }
  }
}

/** What is awaited gives the loop its time: by its decorator, which runs it in a thread, or as a method that is only called like a waiting one. */
const isAwaited = (call: Call, around: readonly Expr[]): boolean => around.some((outer) => outer.kind === 'await' && outer.value === call);

/** `os.waitpid(-1, os.WNOHANG)` looks, and does not wait. */
function polls({ args }: Call): boolean {
  let found = false;
  for (const { value } of args)
    eachExpression(value, (expr) => {
      found ||= expr.kind === 'member' && expr.name === 'WNOHANG';
    });
  return found;
}

const asyncScopes = (scopes: readonly Scope[]): Scope[] => scopes.filter(({ fn }) => fn?.isAsync);

/** Functions that answer requests: given to a route, or with the parameters of one. */
function handlerScopes({ scopes }: CheckInput): Scope[] {
  const handlers = new Set<FunctionIr>();
  for (const scope of scopes) {
    for (const { call } of ownCalls(scope)) {
      const isRoute = call.callee.kind === 'member' && routeMethods.has(call.callee.name) && call.args.length > 1;
      const isServer = /^create(Secure)?Server$/.test(callName(call));
      if (!isRoute && !isServer) continue;
      if (isRoute && call.args[0]?.value.kind !== 'literal') continue;
      for (const { value } of call.args) if (value.kind === 'function' && value.fn.params.length > 0) handlers.add(value.fn);
    }
  }
  return scopes.filter(({ fn }) => fn && (handlers.has(fn) || looksLikeHandler(fn)));
}

function looksLikeHandler({ params }: FunctionIr): boolean {
  const [first, second] = params.map(({ target }) => (target.kind === 'name' ? target.name : ''));
  return /^_?req(uest)?$/.test(first ?? '') && /^_?(res|resp|response|reply)$/.test(second ?? '');
}
