import type { Expr, FunctionIr, Stmt } from '../ir.js';
import { type Call, callName, keyword, localTarget, ownCalls } from './calls.js';
import type { Check } from './check.js';
import { refOf } from './scopes.js';
import { allExpressions, eachStatement } from './walk.js';

type While = Extract<Stmt, { kind: 'while' }>;

const isForEver = ({ test }: While): boolean => test === null || (test.kind === 'literal' && (test.value === true || test.value === 1));

/** The loops of a function that nothing inside of them ends. */
function endlessLoops(fn: FunctionIr): While[] {
  const loops: While[] = [];
  eachStatement(fn.body(), (statement) => {
    if (statement.kind === 'while' && isForEver(statement) && !leaves(statement)) loops.push(statement);
  });
  return loops;
}

function leaves(loop: While): boolean {
  let out = false;
  eachStatement(loop.body, (statement, around) => {
    if (statement.kind === 'return' || statement.kind === 'throw') out = true;
    const inner = around.some(({ kind }) => kind === 'while' || kind === 'each');
    if (statement.kind === 'jump' && statement.to === 'break' && !inner) out = true;
  });
  allExpressions(loop.body, (expr) => {
    if (expr.kind === 'yield') out = true;
    if (expr.kind === 'call' && /^(exit|_exit|throwIfAborted)$/.test(callName(expr))) out = true;
  });
  return out;
}

const taskMakers =
  /^asyncio\.(create_task|ensure_future)$|(^|\.)(get_running_loop|get_event_loop|new_event_loop)\(\)\.create_task$|^loop\.create_task$|\.loop\.create_task$/;

/** A loop without an end that is started in the background, and that nobody can stop. */
export const endlessTask: Check = (input) => {
  const { module, scopes, report } = input;
  if (module.language === 'typescript') return endlessPolling(input);
  const stopped = /\.cancel\(|\.cancel_scope|TaskGroup|task_group|\.shutdown\(|\.stop\(\)/.test(module.text);
  for (const scope of scopes) {
    if (scope.fn === null || /^_*(main|run_forever|cli|entrypoint)$/.test(scope.fn.name)) continue;
    for (const { call } of ownCalls(scope)) {
      const ref = refOf(call.callee, scope, module) ?? '';
      const isThread = ref === 'threading.Thread';
      if (!isThread && !taskMakers.test(ref)) continue;
      if (isThread ? isTrue(keyword(call, 'daemon')) || /\.daemon\s*=\s*True|setDaemon\(True\)/.test(module.text) : stopped) continue;
      const target = isThread ? asCall(keyword(call, 'target')) : call.args[0]?.value;
      const fn = target?.kind === 'call' ? localTarget(target, scope, input) : null;
      if (fn && endlessLoops(fn).length > 0) report(call, `nothing ends the loop of ${fn.name}`);
    }
  }
};

const isTrue = (expr: Expr | undefined): boolean => expr?.kind === 'literal' && expr.value === true;

/** A function that is handed over, as if it were called. */
const asCall = (callee: Expr | undefined): Call | undefined =>
  callee && { kind: 'call', callee, args: [], isNew: false, tagged: false, start: callee.start, end: callee.end };

/** Of JavaScript: an exported function that waits and works for ever, without a signal. */
const endlessPolling: Check = ({ module, scopes, report }) => {
  if (/\bprocess\.(argv|exit)\b|^#!/.test(module.text)) return;
  for (const { fn, text, owner } of scopes) {
    if (!fn?.isAsync || fn.isGenerator || /\b(signal|abort|aborted|stopped|closed|running)\b/i.test(text)) continue;
    if (!fn.exported && !module.exported.has(fn.name) && !owner) continue;
    for (const loop of endlessLoops(fn)) {
      let waits = false;
      allExpressions(loop.body, (expr) => {
        waits ||= expr.kind === 'await';
      });
      if (waits)
        report({ start: loop.start, end: loop.test?.end ?? loop.start + 5 }, `nothing ends the loop of ${fn.name || 'this function'}`);
    }
  }
};

/** An interval that goes on when everybody has forgotten it. */
export const intervalNeverCleared: Check = ({ module, scopes, report }) => {
  if (/\bclearInterval\b|\.unref\b|\brefresh\(\)|Symbol\.dispose/.test(module.text)) return;
  for (const scope of scopes) {
    if (scope.fn === null) continue;
    eachStatement(scope.body, (statement) => {
      if (statement.kind !== 'expression' && statement.kind !== 'assign') return;
      const value = statement.value;
      if (value.kind !== 'call' || !/^(window\.|globalThis\.)?setInterval$/.test(refOf(value.callee, scope, module) ?? '')) return;
      // A handle that is kept may be cleared by whoever reads it elsewhere.
      const kept = statement.kind === 'assign' && statement.targets.some(({ kind }) => kind === 'member');
      if (!kept) report(value, 'nothing holds the handle of the interval');
    });
  }
};

/** A task that nothing but the loop's weak reference holds. */
export const droppedTask: Check = ({ scopes, module, report }) => {
  for (const scope of scopes) {
    eachStatement(scope.body, (statement) => {
      if (statement.kind !== 'expression') return;
      const call = statement.value;
      if (call.kind === 'call' && taskMakers.test(refOf(call.callee, scope, module) ?? '')) report(call, 'nobody holds the task');
    });
  }
};

const promising =
  /^(fs\.(readFile|writeFile|appendFile|mkdir|rm|unlink|stat|readdir|copyFile|rename|access)|fetch|axios(\.\w+)?|got(\.\w+)?|undici\.(request|fetch))$/;

/** A promise that is started and forgotten: its rejection ends the process, and nobody waits for its work. */
export const floatingPromise: Check = (input) => {
  const { scopes, module, report } = input;
  const usesPromiseFs = /fs\/promises|fs['"]\)\.promises|promises as fs|\.promises\b/.test(module.text);
  // In a page a rejection that nobody hears of is a line in its console, and no process ends.
  const inPage =
    /\b(document|window|navigator)\.\w/.test(module.text) &&
    !/\brequire\(['"](node:)?(fs|http|child_process)\b|from ['"]node:/.test(module.text);
  for (const scope of scopes) {
    if (scope.fn === null) continue;
    eachStatement(scope.body, (statement) => {
      if (statement.kind !== 'expression' || statement.value.kind !== 'call') return;
      const call = statement.value;
      const { root, handled } = chainOf(call);
      if (handled) return;
      if (callName(call) === 'forEach') return forEachAsync(call, report);
      const target = localTarget(root, scope, input);
      if (target) {
        if (target.isAsync && !target.isGenerator && !handlesItself(target))
          report(call, `nobody waits for ${callName(root)} or hears of its failure`);
        return;
      }
      const ref = refOf(root.callee, scope, module) ?? '';
      if (inPage && ref === 'fetch') return;
      if (
        promising.test(ref) &&
        (usesPromiseFs || !ref.startsWith('fs.')) &&
        (root !== call || !ref.startsWith('fs.') || lastIsNoCallback(root))
      )
        report({ start: root.start, end: root.end }, `nobody hears of the failure of ${callName(root)}`);
    });
  }
};

const lastIsNoCallback = ({ args }: Call): boolean =>
  args.at(-1)?.value.kind !== 'function' && !/^(cb|callback|done|next)$/.test(nameIn(args.at(-1)?.value));
const nameIn = (expr: Expr | undefined): string => (expr?.kind === 'name' ? expr.name : '');

/** `a().then(b).catch(c)` begins with `a()`; a `catch`, or a second handler of `then`, hears of its failure. */
function chainOf(call: Call): { root: Call; handled: boolean } {
  let handled = false;
  let root = call;
  while (root.callee.kind === 'member' && /^(then|catch|finally)$/.test(root.callee.name) && root.callee.object.kind === 'call') {
    if (root.callee.name === 'then' && endsProcess(root.args[0]?.value)) handled = true;
    if (root.callee.name === 'catch' || (root.callee.name === 'then' && root.args.length > 1)) handled = true;
    root = root.callee.object;
  }
  return { root, handled };
}

/** A handler that ends the process: so does a rejection that nobody hears of. */
function endsProcess(handler: Expr | undefined): boolean {
  let ends = false;
  if (handler?.kind === 'function')
    allExpressions(handler.fn.body(), (expr) => {
      ends ||= expr.kind === 'call' && callName(expr) === 'exit';
    });
  return ends;
}

/** All it waits for, gives back or throws stands inside of a try that catches; or there is nothing of the kind. */
function handlesItself(fn: FunctionIr): boolean {
  const body = fn.body();
  const caught = (around: readonly Stmt[]): boolean => around.some((one) => one.kind === 'try' && one.handlers.length > 0);
  let canFail = false;
  allExpressions(body, (expr, _around, _statement, outer) => {
    if (expr.kind === 'await' && !caught(outer)) canFail = true;
  });
  eachStatement(body, (statement, around) => {
    const givesBack = statement.kind === 'return' && statement.value?.kind === 'call';
    if ((givesBack || statement.kind === 'throw') && !caught(around)) canFail = true;
  });
  return !canFail;
}

function forEachAsync(call: Call, report: Parameters<Check>[0]['report']): void {
  const callback = call.args[0]?.value;
  if (callback?.kind !== 'function' || !callback.fn.isAsync || handlesItself(callback.fn)) return;
  const body = callback.fn.body()[0];
  report(
    { start: call.start, end: body ? Math.max(call.start + 1, callback.fn.start + 5) : call.end },
    'forEach does not wait for its callback, nor hear of its failure',
  );
}
