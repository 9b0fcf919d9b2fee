import type { Expr, Handler, Stmt } from '../ir.js';
import { callName } from './calls.js';
import type { Check } from './check.js';
import type { Scope } from './scopes.js';
import { allExpressions, blocksOf, eachExpression, eachStatement } from './walk.js';

const decides =
  /(allow|permit|permission|access(?!ib|or)|auth|admin|role|grant|privileg|owner|member|token|session|login|logged|credential|policy|polic|acl|licen[sc]e|scope|entitl|csrf|signature|secret|password|guard|identity|trusted)/i;
const asks = /^_*(is|has|can|may|should|check|verify|authori[sz]e|authenticate|allow|permit|require|ensure|validate|user|enforce|test)/i;
/** `enforces_permissions` answers yes when it is refused something. */
const refusing = /^_*(enforces|denies|blocks|refuses|rejects|restricts|forbids|requires)(?=_|[A-Z])/;
/** `should_rotate_session` says what is to be done, and to do it once more harms nobody. */
const orders = /^_*should(?!.*(allow|permit|access|accept|admit|grant|auth|login|trust|enter))/i;
/** `hasPermissionDenied` and `isTokenExpired` answer yes when somebody is turned away. */
const turnsAway =
  /(denied|forbidden|refused|rejected|blocked|revoked|expired|locked|missing|invalid|disallowed|restricted|banned|unauthori[sz]ed|anonymous|required)$/i;
/** Where a name is known, which is another kind of scope. */
const scopeOfNames = /(module|function|block|global|lexical|variable|window|worker|class|name)_?scope/i;
/** Whether something is there and can be reached says nothing of who may. */
const reaches = /(accessible|reachable|available)$/i;
/** What a limiter cannot count, it lets through on purpose. */
const counts = /(rate|limit|quota|throttl|usage|budget|credit|retry|robots|cookie)/i;
const isTrue = (expr: Expr | null): boolean => expr?.kind === 'literal' && expr.value === true;
/** `{ allowed: true, reason }`, which says by itself what is decided. */
const isVerdictOfYes = (expr: Expr | null): boolean =>
  expr?.kind === 'object' &&
  expr.entries.some(
    ({ key, value }) =>
      key?.kind === 'literal' && /^(is_?)?(allowed|authori[sz]ed|permitted|granted)$/i.test(String(key.value)) && isTrue(value),
  );

/** A function that says who may do what, and answers yes when it cannot tell. */
export const allowOnError: Check = ({ scopes, report }) => {
  for (const scope of scopes) {
    const { fn } = scope;
    if (!fn) continue;
    const name = fn.name;
    const isCheck =
      asks.test(name) &&
      decides.test(name) &&
      !refusing.test(name) &&
      !turnsAway.test(name) &&
      !scopeOfNames.test(name) &&
      !orders.test(name) &&
      !reaches.test(name);
    const next = fn.params.map(({ target }) => (target.kind === 'name' ? target.name : '')).find((param) => param === 'next');
    const isGate = next !== undefined && (decides.test(name) || decides.test(tryText(scope)));
    const isHook = fn.decorators.some((decorator) => /before_request|middleware/.test(scopeText(scope, decorator))) && decides.test(name);
    const isVerdict = asks.test(name) && !counts.test(name);
    if (!isCheck && !isGate && !isHook && !isVerdict && !demands.test(name)) continue;
    eachStatement(scope.body, (statement, around) => {
      if (statement.kind !== 'try') return;
      const gateAsks = isGate && !onlyReads(statement.body);
      for (const handler of statement.handlers) {
        if (isCheck) yesInHandler(handler, isTrue, report);
        if (isVerdict) yesInHandler(handler, isVerdictOfYes, report);
        if (isCheck) verdictStaysYes(scope, statement, handler, around, report);
        if (demands.test(name) && decides.test(name)) leavesBeforeRefusing(scope, statement, handler, report);
        if (gateAsks) passesOn(handler, report);
        if (isHook) letsPass(handler, report);
      }
    });
  }
};

const scopeText = (scope: Scope, { start, end }: { start: number; end: number }): string => {
  const offset = scope.fn?.start ?? 0;
  return start < offset ? String(scope.fn?.decorators.map((one) => nameOf(one)).join(' ')) : scope.text.slice(start - offset, end - offset);
};

const nameOf = (expr: Expr): string =>
  expr.kind === 'call' ? nameOf(expr.callee) : expr.kind === 'member' ? expr.name : expr.kind === 'name' ? expr.name : '';

function tryText(scope: Scope): string {
  const names: string[] = [];
  eachStatement(scope.body, (statement) => {
    if (statement.kind === 'try') allExpressions(statement.body, (expr) => void (expr.kind === 'call' && names.push(callName(expr))));
  });
  return names.join(' ');
}

/** An address that cannot be read is nobody's: what the try holds takes the request apart, and decides nothing. */
function onlyReads(body: readonly Stmt[]): boolean {
  const names: string[] = [];
  allExpressions(body, (expr) => void (expr.kind === 'call' && names.push(callName(expr))));
  return names.length > 0 && names.every((name) => /^(decodeURI(Component)?|URL|URLSearchParams|parseUrl|parseurl)$/.test(name));
}

function yesInHandler({ body }: Handler, isYes: (expr: Expr | null) => boolean, report: Parameters<Check>[0]['report']): void {
  eachStatement(body, (statement, around) => {
    // A condition inside of the handler is a decision again.
    if (statement.kind === 'return' && isYes(statement.value) && around.every(({ kind }) => kind !== 'if' && kind !== 'switch'))
      report(statement, 'the handler of the failed check answers yes');
  });
}

/** `allowed = True` before the try, untouched by the handler, returned after it. */
function verdictStaysYes(
  scope: Scope,
  attempt: Extract<Stmt, { kind: 'try' }>,
  handler: Handler,
  around: readonly Stmt[],
  report: Parameters<Check>[0]['report'],
): void {
  if (around.length > 0 || endsInside(handler.body)) return;
  const at = scope.body.indexOf(attempt);
  const before = new Set<string>();
  for (const statement of scope.body.slice(0, at)) {
    if (statement.kind !== 'assign') continue;
    for (const target of statement.targets)
      if (target.kind === 'name') isTrue(statement.value) ? before.add(target.name) : before.delete(target.name);
  }
  for (const name of assignedIn(handler.body)) before.delete(name);
  const answer = scope.body.slice(at + 1).find(({ kind }) => kind === 'return');
  if (answer?.kind !== 'return' || answer.value?.kind !== 'name' || !before.has(answer.value.name)) return;
  report(
    { start: handler.start, end: Math.max(handler.start + 1, handler.body[0]?.start ?? handler.end) },
    `${answer.value.name} stays true when the check fails`,
  );
}

export function assignedIn(body: readonly Stmt[]): Set<string> {
  const names = new Set<string>();
  eachStatement(body, (statement) => {
    if (statement.kind !== 'assign') return;
    for (const target of statement.targets) if (target.kind === 'name') names.add(target.name);
  });
  return names;
}

/** Whether a body leaves: it returns, raises, breaks or ends the answer. */
export function endsInside(body: readonly Stmt[]): boolean {
  const last = body.at(-1);
  if (!last) return false;
  if (last.kind === 'return' || last.kind === 'throw' || last.kind === 'jump') return true;
  if (last.kind === 'if') return last.no.length > 0 && endsInside(last.yes) && endsInside(last.no);
  if (last.kind === 'expression') {
    const call = last.value.kind === 'await' ? last.value.value : last.value;
    return (
      call.kind === 'call' &&
      /^(exit|_exit|abort|fail|redirect|reject|send|sendStatus|end|json|status|throw|destroy|close)$/.test(callName(call))
    );
  }
  return blocksOf(last).some((block) => endsInside(block));
}

/** The handler says that nobody is known: `req.user = null`. */
function forgets(body: readonly Stmt[]): boolean {
  let forgot = false;
  const isNobody = (expr: Expr): boolean =>
    expr.kind === 'literal' ? expr.value === null || expr.value === false : expr.kind === 'name' && expr.name === 'undefined';
  const look = (value: Expr): void =>
    eachExpression(value, (expr) => {
      if (expr.kind === 'object') forgot ||= expr.entries.some((entry) => isNobody(entry.value));
      if (expr.kind === 'assign') forgot ||= expr.target.kind === 'member' && isNobody(expr.value);
    });
  eachStatement(body, (statement) => {
    if (statement.kind === 'assign') forgot ||= statement.targets.some(({ kind }) => kind === 'member') && isNobody(statement.value);
    if (statement.kind === 'expression') look(statement.value);
    if (statement.kind === 'delete') forgot = true;
  });
  return forgot;
}

/** `next()` of a middleware, called without an error in the handler. */
function passesOn({ body }: Handler, report: Parameters<Check>[0]['report']): void {
  if (forgets(body)) return;
  eachStatement(body, (statement, around) => {
    if (around.some(({ kind }) => kind === 'if' || kind === 'switch')) return;
    if (statement.kind !== 'expression' && statement.kind !== 'return') return;
    const value = statement.value?.kind === 'await' ? statement.value.value : statement.value;
    if (value?.kind === 'call' && value.callee.kind === 'name' && value.callee.name === 'next' && value.args.length === 0)
      report(statement, 'the request goes on although the check failed');
  });
}

function letsPass({ body }: Handler, report: Parameters<Check>[0]['report']): void {
  const last = body.at(-1);
  if (last?.kind === 'return' && (last.value === null || (last.value.kind === 'literal' && last.value.value === null)))
    report(last, 'the request goes on although the check failed');
}

/** `require_permission`: who is not refused by an error is let in. */
const demands = /^_*(require|ensure|enforce|assert|demand|must)(?=_|[A-Z])/;

/** The handler returns quietly, where what follows the try would have refused. */
function leavesBeforeRefusing(
  { body }: Scope,
  attempt: Extract<Stmt, { kind: 'try' }>,
  handler: Handler,
  report: Parameters<Check>[0]['report'],
): void {
  const last = handler.body.at(-1);
  if (last?.kind !== 'return' || (last.value !== null && !(last.value.kind === 'literal' && last.value.value === null))) return;
  const refusal = body.slice(body.indexOf(attempt) + 1).find((each) => each.kind === 'if' && each.yes.at(-1)?.kind === 'throw');
  if (body.includes(attempt) && refusal) report(last, 'nobody is refused where the check fails');
}

const verifying =
  /^_*(verify|validate|check|authenticate|authori[sz]e|assert|require|ensure)_?[A-Za-z_]*(signature|token|jwt|hmac|mac|auth|permission|access|csrf|password|certificate|cert|checksum|digest|nonce|license|signed|webhook|credential|admin|owner|role|captcha|otp|totp)/i;

const verifyingRefs = /^(jwt|jose|jsonwebtoken)(\.jwt)?\.(decode|verify|jwtVerify)$|^jose\.jwtVerify$/;

/** A check of security whose failure is caught and forgotten: what follows runs as if it had passed. */
export const swallowedCheck: Check = ({ scopes, module, report }) => {
  const isCheck = (expr: Expr): boolean => {
    if (expr.kind !== 'call') return false;
    const name = callName(expr);
    if (verifying.test(name)) return true;
    if (expr.callee.kind !== 'member' || expr.callee.object.kind !== 'name') return false;
    const object = module.imports.get(expr.callee.object.name) ?? expr.callee.object.name;
    return (
      verifyingRefs.test(`${object}.${name}`) ||
      (name === 'verify' && /(crypto|signer|verifier|key|jwt|signature|public_key)$/i.test(object))
    );
  };
  for (const scope of scopes) {
    const required = /^_*(require|ensure|must|protect|guard|authenticate|enforce)/i.test(scope.fn?.name ?? '');
    eachStatement(scope.body, (statement, around) => {
      if (statement.kind === 'expression') return silencedPromise(statement.value, isCheck, report);
      // What may only happen after the check stands in its else.
      if (statement.kind !== 'try' || scope.fn === null || statement.orElse.length > 0) return;
      let checks = false;
      allExpressions(statement.body, (expr) => {
        checks ||= isCheck(expr);
      });
      if (!checks || (isLast(scope.body, statement, around) && around.length === 0) || refuses(following(scope.body, statement))) return;
      for (const handler of statement.handlers) {
        if (endsInside(handler.body) || remembers(handler.body, required)) continue;
        const first = handler.body[0];
        report({ start: handler.start, end: first ? first.end : handler.end }, 'what follows runs although the check failed');
      }
    });
  }
};

const isLast = (body: readonly Stmt[], statement: Stmt, around: readonly Stmt[]): boolean =>
  around.length === 0 && body.at(-1) === statement;

/** The statement that runs when this one has ended; null at the end of the function, undefined where it is not in the body. */
function following(body: readonly Stmt[], statement: Stmt): Stmt | null | undefined {
  for (const [at, each] of body.entries()) {
    const after = body[at + 1] ?? null;
    if (each === statement) return after;
    for (const block of blocksOf(each)) {
      const inner = following(block, statement);
      if (inner !== undefined) return inner ?? after;
    }
  }
  return undefined;
}

/** `return False`, or an error. */
const refuses = (statement: Stmt | null | undefined): boolean =>
  statement?.kind === 'throw' ||
  (statement?.kind === 'return' &&
    statement.value?.kind === 'literal' &&
    (statement.value.value === false || statement.value.value === null));

/** The handler keeps the verdict for later: `valid = False`, `errors.append(…)`, `failed += 1`. */
function remembers(body: readonly Stmt[], required: boolean): boolean {
  let kept = false;
  eachStatement(body, (statement) => {
    if (statement.kind === 'assign') {
      const [target] = statement.targets;
      kept ||= !required || target?.kind === 'name';
    }
    if (statement.kind === 'throw' || statement.kind === 'return' || statement.kind === 'jump') kept = true;
    if (statement.kind === 'expression') {
      eachExpression(statement.value, (expr) => {
        if (
          expr.kind === 'call' &&
          /^(append|add|add_error|push|next|reject|abort|deny|set|status|send|set_exception|fail|exit|close|respond|sendStatus|writeHead|disable|revoke|invalidate|block|refuse|logout|logOut|signOut)$/.test(
            callName(expr),
          )
        )
          kept = true;
      });
    }
  });
  return kept;
}

/** `await verifySignature(x).catch(() => undefined)` as a statement. */
function silencedPromise(value: Expr, isCheck: (expr: Expr) => boolean, report: Parameters<Check>[0]['report']): void {
  const call = value.kind === 'await' ? value.value : value;
  if (call.kind !== 'call' || callName(call) !== 'catch' || call.callee.kind !== 'member' || !isCheck(call.callee.object)) return;
  const handler = call.args[0]?.value;
  if (handler?.kind !== 'function') return;
  const body = handler.fn.body();
  const only = body[0];
  const empty =
    body.length === 0 || (body.length === 1 && only?.kind === 'return' && (only.value === null || only.value.kind === 'literal'));
  if (empty) report(call, 'the failure of the check is thrown away');
}
