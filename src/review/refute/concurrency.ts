import type { SgNode } from '@ast-grep/napi';
import {
  dropped,
  type Examined,
  enclosing,
  endOf,
  escaped,
  functionAround,
  holds,
  kinds,
  lineMatching,
  lowered,
  named,
  outward,
  squeeze,
  startOf,
  type Verdict,
} from './nodes.js';

const noBreak = 'no await between';

/** A race in memory needs a moment at which someone else may run. */
export function race({ language, node, text, root, start, end }: Examined): Verdict | null {
  const range = text.slice(start, end);
  // Files, databases and other processes do not wait for our event loop.
  if (
    /\b(exists|existsSync|access|stat|lstat|open|unlink|rename|mkdir|execute|query|commit|rollback|select|insert|update)\w*\(/i.test(range)
  )
    return null;
  const locked = outward(node).find((each) => isLock(each));
  if (locked) return dropped(noBreak, `both stand inside a lock: ${squeeze(locked.text()).slice(0, 60)}`);
  if (/\b(threading|ThreadPoolExecutor|run_in_executor|to_thread|worker_threads|SharedArrayBuffer|multiprocessing|_thread)\b/.test(text))
    return null;
  const around = functionAround(node) ?? root;
  const pauses = pausesIn(around, language).filter((each) => each.start >= start && each.start < end);
  if (pauses.length > 0) return null;
  return dropped(noBreak, 'there is no await between the two, so nothing else can run in between');
}

function isLock(node: SgNode): boolean {
  const kind = String(node.kind());
  const text = node.text();
  if (kind === 'with_statement') return /^(async )?with [^:]*(lock|mutex|semaphore)/i.test(text);
  if (kind === 'call_expression') return /^[\w.#]*(mutex|lock|semaphore)\w*\.(runExclusive|acquire|use|run)\(/i.test(text);
  return false;
}

/** Where code inside a function can be left for another task; inner functions run at another time. */
function pausesIn(around: SgNode, language: 'python' | 'typescript') {
  const found =
    language === 'python' ? kinds(around, 'await', 'yield') : kinds(around, 'await_expression', 'yield_expression', 'for_in_statement');
  const asyncBlocks =
    language === 'python' ? kinds(around, 'for_statement', 'with_statement').filter((each) => each.text().startsWith('async')) : [];
  return [...found.filter((each) => String(each.kind()) !== 'for_in_statement' || /^for\s+await/.test(each.text())), ...asyncBlocks].map(
    (each) => ({
      start: each.range().start.index,
    }),
  );
}

const stopped = 'stopped elsewhere';

/** A loop, task or timer that something ends: by its handle, by its flag, or from within. */
export function endless({ language, node, text, root }: Examined): Verdict | null {
  const comment = language === 'python' ? '#' : '//';
  const around = enclosing(node, 'class_definition', 'class_declaration', 'class');
  // A handle that is a field is known to its class, any other one to the file.
  const first = firstLine(around ?? root);
  const look = (pattern: RegExp, whole = false) => {
    const line = lineMatching(whole || !around ? text : around.text(), pattern, comment);
    return line === null ? null : line + (whole || !around ? 0 : first - 1);
  };

  const handle = handleOf(node);
  if (handle !== null) {
    const line = cancelled(handle, look, handle.startsWith('self.') || handle.startsWith('this.'));
    if (line !== null) return dropped(stopped, `${handle} is cancelled on line ${line}`);
    const given = look(new RegExp(`^\\s*return\\b.*\\b${escaped(handle)}\\b`));
    if (given !== null) return dropped(stopped, `${handle} is given to the caller on line ${given}, who may end it`);
    const awaited = language === 'python' ? look(new RegExp(`\\bawait asyncio\\.gather\\(\\*${escaped(handle)}\\b`)) : null;
    if (awaited !== null) return lowered(stopped, `line ${awaited} waits for ${handle}, and ends them all when it is cancelled`);
  }
  const loop = enclosing(node, 'while_statement');
  const condition = squeeze(loop?.field('condition')?.text() ?? '').replace(/^\((.*)\)$/, '$1');
  if (loop) {
    const flag = /^(?:not |!)?((?:self\.|this\.)?#?[\w]+)(?:\.is_set\(\)|\.aborted|\.done\(\))?$/.exec(condition)?.[1];
    if (flag && !/^(True|true|1)$/.test(flag)) {
      const field = flag.startsWith('self.') || flag.startsWith('this.');
      const line = look(
        new RegExp(`${escaped(flag)}\\s*=\\s*(?:False|false|True|true)\\b|${escaped(flag)}\\.(?:set|abort|cancel)\\(`),
        !field,
      );
      if (line !== null) return dropped(stopped, `the loop ends when ${flag} changes, on line ${line}`);
      if (/\.aborted$/.test(condition)) return dropped(stopped, `the loop ends when the caller aborts ${flag}`);
    }
    const leave = kinds(loop, 'break_statement', 'return_statement')[0];
    if (leave && String(leave.kind()) === 'return_statement') return lowered(stopped, `the loop can be left on line ${firstLine(leave)}`);
    if (leave) return lowered(stopped, `the loop can be left on line ${firstLine(leave)}`);
  }
  const target = /\btarget\s*=\s*(?:self\.)?(\w+)/.exec(enclosing(node, 'call')?.text() ?? '')?.[1];
  const over = target === undefined ? undefined : kinds(root, 'except_clause').find((each) => endsLoopOf(each, target));
  if (over) return lowered(stopped, `what line ${firstLine(over)} waits for ends the loop`);
  const starter = functionAround(node)?.field('name')?.text();
  if (starter) {
    const started = new RegExp(
      `((?:self\\.|this\\.)?#?\\w+)[ \\t]*(?::[^=\\n]+)?=\\s*(?:await\\s+)?[\\w.]*(?:create_task|ensure_future|setInterval|setTimeout)\\(\\s*(?:self\\.|this\\.)?#?${escaped(starter)}\\b`,
    ).exec(text)?.[1];
    const line = started === undefined ? null : cancelled(started, look, false);
    if (line !== null) return dropped(stopped, `the task that runs it, ${started}, is cancelled on line ${line}`);
  }
  const whole = outward(node).find((each) => /^(?:do|while|for)_statement$/.test(String(each.kind())));
  if (/\beslint-disable\b[^\n]{0,200}\bno-constant-condition\b/.test(whole?.text() ?? ''))
    return lowered('marked by its authors', `a comment in the loop on line ${firstLine(whole!)} says that it is meant to have no end`);
  // What is counted or collected until reading fails is given to the caller then.
  const attempt = whole && outward(whole).find((each) => String(each.kind()) === 'try_statement' && each.field('handler'));
  const answer =
    attempt &&
    kinds(functionAround(node) ?? root, 'return_statement').find((each) => startOf(each) > endOf(attempt) && named(each).length > 0);
  if (answer) return lowered(stopped, `an error leaves the loop, and line ${firstLine(answer)} answers with what it did until then`);
  if (handle !== null && look(new RegExp(`${escaped(handle)}\\??\\.unref\\(`), true) !== null)
    return lowered(stopped, `${handle} does not keep the process alive`);
  return null;
}

/** The other branch of `if async_mode: await …`, for callers without a loop. */
export function withoutLoop({ language, node }: Examined): Verdict | null {
  const choice = outward(node).find(
    (each) =>
      String(each.kind()) === 'if_statement' &&
      /^(?:self\.)?_?(?:is_|use_|run_)?(?:async|asynchronous)(?:_mode|_client)?$|\biscoroutinefunction\(|\bget_running_loop\(/.test(
        each.field('condition')?.text() ?? '',
      ) &&
      kinds(each.field('consequence') ?? each, 'await').length > 0 &&
      !holds(each.field('consequence') ?? each, node),
  );
  return language === 'python' && choice
    ? dropped('without a loop', `line ${firstLine(choice)} asks for it: who has an event loop takes the branch that awaits`)
    : null;
}

/** `__del__` has nowhere to keep a task: it starts what is left to do, if there is a loop at all. */
export function lastResort({ language, node }: Examined): Verdict | null {
  const owner = language === 'python' ? functionAround(node) : null;
  return owner?.field('name')?.text() === '__del__'
    ? lowered('last resort', `__del__ on line ${firstLine(owner)} closes what its owner has forgotten, as far as that goes`)
    : null;
}

/** `except ChannelClosed:`, around a loop of the function: the thread is over when the other side is. */
function endsLoopOf(handler: SgNode, target: string): boolean {
  const body = handler.parent()?.field('body');
  const error = squeeze(handler.text()).replace(/:.*/s, '');
  return (
    functionAround(handler)?.field('name')?.text() === target &&
    /Clos|Stop|Cancel|Exit|EOF|Disconnect|Shutdown|Abort/.test(error) &&
    body != null &&
    kinds(body, 'while_statement').length > 0
  );
}

function cancelled(handle: string, look: (pattern: RegExp, whole?: boolean) => number | null, field: boolean): number | null {
  const id = escaped(handle);
  return look(
    new RegExp(
      `clear(?:Interval|Timeout|Immediate)\\(\\s*${id}\\b|(?<![\\w.])${id}[?!]?\\.(?:cancel|stop|close|abort|shutdown|dispose)\\(`,
    ),
    !field,
  );
}

const firstLine = (node: SgNode): number => node.range().start.line + 1;

/** What the place's statement keeps its task or timer under: `self._task`, `timer`. */
function handleOf(node: SgNode): string | null {
  for (const each of outward(node)) {
    const kind = String(each.kind());
    if (kind === 'assignment' || kind === 'assignment_expression') return each.field('left')?.text() ?? null;
    if (kind === 'variable_declarator') return each.field('name')?.text() ?? null;
    if (kind === 'block' || kind === 'statement_block' || kind === 'while_statement') return null;
    // A statement of its own may hold the assignment.
    if (kind === 'expression_statement' || kind === 'lexical_declaration') {
      const inner = kinds(each, ...(kind === 'lexical_declaration' ? ['variable_declarator'] : []))[0];
      if (inner) return inner.field('name')?.text() ?? null;
      const [only] = each.children();
      if (only && (String(only.kind()) === 'assignment' || String(only.kind()) === 'assignment_expression'))
        return only.field('left')?.text() ?? null;
      return null;
    }
  }
  return null;
}
