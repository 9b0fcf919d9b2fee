import { explainIssues } from '../blocks/validate.js';
import { ApiFailure } from '../errors.js';
import type { Fault, Faults } from '../faults.js';
import type { createRateLimiter } from '../rate-limits.js';
import { trim } from '../state.js';
import type { ApiCall, Json } from '../types.js';
import type { ApiContext, Method } from './method.js';
import { METHODS } from './table.js';

export interface ApiAnswer {
  status: number;
  headers: Record<string, string>;
  body: Json;
  fault: Fault | undefined;
}

interface Parts {
  context: ApiContext;
  limiter: ReturnType<typeof createRateLimiter>;
  faults: Faults;
}

const MOST_KEPT = 20_000;
const HIDDEN = new Set(['token']);

/** Answers one Web API call: who may, how often, with what, and then what comes of it. Application errors are HTTP 200. */
export function createDispatch({ context, limiter, faults }: Parts) {
  const calls: ApiCall[] = [];
  const { app } = context.state;

  const authorize = (method: Method | undefined, token: string | undefined): Method => {
    if (token === undefined || token === '') throw new ApiFailure('not_authed');
    if (token !== app.botToken && token !== app.appToken) throw new ApiFailure('invalid_auth');
    if (!method) throw new ApiFailure('unknown_method');
    if ((token === app.appToken) !== (method.token === 'app')) throw new ApiFailure('not_allowed_token_type');
    if (method.scope !== undefined && !app.scopes.includes(method.scope)) {
      throw new ApiFailure('missing_scope', { needed: method.scope, provided: app.scopes.join(',') });
    }
    return method;
  };

  const parse = (method: Method, args: Json): Json => {
    const result = method.args.safeParse(args);
    if (result.success) return result.data;
    const messages = explainIssues(result.error.issues, args, []).map((text) => `[ERROR] ${text}`);
    throw new ApiFailure('invalid_arguments', { response_metadata: { messages } });
  };

  const run = (name: string, args: Json, token: string | undefined): { status: number; body: Json; retryAfter: number } => {
    try {
      const method = authorize(METHODS.get(name), token);
      const wait = limiter.take(name, method.tier, String(args.channel ?? ''));
      if (wait > 0) return { status: 429, body: { ok: false, error: 'ratelimited' }, retryAfter: wait };
      return { status: 200, body: { ok: true, ...method.run(parse(method, args), context) }, retryAfter: 0 };
    } catch (error) {
      if (error instanceof ApiFailure) return { status: 200, body: { ok: false, error: error.error, ...error.extra }, retryAfter: 0 };
      // A 500 would make the app repeat the call for half an hour, so a mistake of ours is an answer like the others.
      const message = error instanceof Error ? error.message : String(error);
      return {
        status: 200,
        body: { ok: false, error: 'internal_error', response_metadata: { messages: [`[ERROR] ${message}`] } },
        retryAfter: 0,
      };
    }
  };

  const faulty = (fault: Fault | undefined): { status: number; body: Json; retryAfter: number } | undefined => {
    if (fault?.kind === 'rate_limited') return { status: 429, body: { ok: false, error: 'ratelimited' }, retryAfter: fault.retryAfter };
    if (fault?.kind === 'error') return { status: 200, body: { ok: false, error: fault.error }, retryAfter: 0 };
    if (fault?.kind === 'status') return { status: fault.status, body: { ok: false, error: 'fatal_error' }, retryAfter: 0 };
    return undefined;
  };

  return {
    calls,
    call(name: string, args: Json, token: string | undefined): ApiAnswer {
      const began = performance.now();
      const fault = faults.take(name);
      const { status, body, retryAfter } = faulty(fault) ?? run(name, args, token);
      const shown = Object.fromEntries(Object.entries(args).filter(([key]) => !HIDDEN.has(key)));
      calls.push({ at: context.clock.now(), method: name, args: shown, result: body, status, tookMs: performance.now() - began });
      trim(calls, MOST_KEPT);
      const accepted = METHODS.get(name)?.scope ?? '';
      return {
        status,
        body,
        fault,
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'x-oauth-scopes': token === app.appToken ? 'connections:write' : app.scopes.join(','),
          'x-accepted-oauth-scopes': accepted,
          ...(retryAfter > 0 && { 'retry-after': String(retryAfter) }),
        },
      };
    },
  };
}
