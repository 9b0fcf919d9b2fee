import type { Argument, Expr } from '../ir.js';
import type { Env } from './env.js';
import { isGuardName } from './guard-names.js';
import {
  cleansAll,
  entrySources,
  iteratingMethods,
  joinsPaths,
  normalisesPaths,
  passesOn,
  passingMethods,
  routeMethods,
  runsElsewhere,
  sourceCalls,
  tellsNothing,
} from './knowledge.js';
import type { CallArguments, Machine } from './machine.js';
import { closure, elementOf } from './members.js';
import { bitsFor } from './names.js';
import { behindFolder, decoded, decoders, normalised, replacedInPath } from './rooted.js';
import { ALL_KINDS, bitOf } from './rule.js';
import { checkCall } from './sinks.js';
import { cleaned, concat, derived, join, literal, named, nothing, OUTSIDE, tainted, UNKNOWN, type Value } from './values.js';

type Call = Extract<Expr, { kind: 'call' }>;

export function evaluateCall(m: Machine, expr: Call, env: Env): Value {
  const { callee } = expr;
  const receiver = callee.kind === 'member' ? m.evaluate(callee.object, env) : null;
  // The receiver is not evaluated again: in a chain of calls that would double the work with each of them.
  const target =
    callee.kind === 'function'
      ? closure(callee.fn)
      : callee.kind === 'member' && receiver
        ? m.member(callee, receiver, env)
        : m.evaluate(callee, env);
  const required = requiredModule(expr);
  if (required !== null) return named(required);
  const ref = target.ref;
  const method = callee.kind === 'member' ? callee.name : '';

  const args = argumentValues(m, expr, receiver, method, ref, env);
  checkCall(m, expr, ref ?? (method === '' ? null : `?.${method}`), { ...args, receiver }, env);
  noteFacts(ref, method, args, env);

  const all = [...args.places, ...args.names.values()];
  if (callee.kind === 'function') return m.enter(callee.fn, env, { owner: null, isRoot: false, isRoute: false, first: args.places });
  return result(m, expr, { ref, method, receiver, target, args, all }, env);
}

/** Methods of an answer that give the answer back. */
const answering = new Set('status code type header headers set setHeader append contentType cookie vary attachment links send'.split(' '));

interface Called {
  ref: string | null;
  method: string;
  receiver: Value | null;
  target: Value;
  args: CallArguments;
  all: Value[];
}

function result(m: Machine, expr: Call, { ref, method, receiver, target, args, all }: Called, env: Env): Value {
  const made = ref === null ? null : `${ref}()`;
  const first = all[0] ?? nothing;
  const holder = receiver ?? nothing;
  if (ref !== null && sourceCalls.has(ref)) return tainted([{ label: callLabel(ref, args), origin: 'request', clean: 0, at: expr.start }]);
  if (ref !== null && entrySources.has(ref)) return tainted([{ label: 'entry', origin: 'entry', clean: 0, at: expr.start }], made);
  if (tellsNothing.has(ref)) return nothing;
  if (/^parseurl(\.original)?$/.test(ref ?? '') && first.ref === '@request')
    return tainted([{ label: 'req.url', origin: 'request', clean: 0, at: expr.start }]);
  if (ref === 'url.format') return formattedAddress(expr, first, env);
  // `dict(name=name)` is what `{'name': name}` is.
  if (ref === 'dict' && m.module.language === 'python')
    return { ...derived(...all), shape: UNKNOWN, fields: new Map([...(first.fields ?? []), ...args.names]) };
  if (/^(zip|enumerate)$/.test(ref ?? '') && m.module.language === 'python') {
    const columns = ref === 'zip' ? args.places : [nothing, first];
    const row = { ...derived(...columns), fields: new Map(columns.map((column, at) => [String(at), elementOf(column, '[]')])) };
    return { ...derived(...all), fields: new Map([['[]', row]]) };
  }
  const cleans = bitsFor(m.rules.sanitizers, ref ?? `?.${method}`);
  if (cleans !== 0) return cleaned(derived(holder, ...all), cleans);
  if (cleansAll.has(ref)) return cleaned(derived(holder, ...all), ALL_KINDS);
  if (runsElsewhere.has(ref) && first.fn) return m.call(first.fn, { places: args.places.slice(1), names: args.names }, env);
  if (target.fn && !expr.isNew) {
    const value = m.call(target.fn, args, env);
    // A check by its name stays one even if we could read it and did not understand it.
    return isGuardName(target.fn.name) === 'cleans' ? cleaned(value, ALL_KINDS) : value;
  }
  if (isGuardName(method || (ref ?? '')) === 'cleans') return { ...cleaned(derived(holder, ...all), ALL_KINDS), ref: made };
  if (/^(util\.)?promisify$/.test(ref ?? '')) return first;
  if (method === 'bind' || method === 'partial') return receiver ? { ...receiver, ref: receiver.ref } : nothing;

  if (target.taints.length > 0 && holder.taints.length === 0) {
    const key = first.constant;
    return typeof key === 'string' ? { ...elementOf(target, key), ref: null } : { ...derived(target), ref: made };
  }
  if (method === 'joinpath') return joined([holder, ...all]);
  if (ref?.startsWith('@response.') && answering.has(method)) return named('@response');
  if (/^(map|flatMap)$/.test(method) && holder.taints.length > 0 && first.fn) return { ...derived(first), shape: first.shape };

  const normal = normalisesPaths.has(ref ?? (method === '' ? null : `?.${method}`));
  if (joinsPaths.has(ref) || (normal && !receiver?.taints.length)) {
    const whole = joined(/(^|\.)join$/.test(ref ?? '') ? behindFolder(all) : all);
    return {
      ...(normal ? normalised(whole) : whole),
      normal: normal || (all.length === 1 && first.normal),
      ref: ref?.includes('Path') ? made : null,
    };
  }
  if (passesOn.has(ref)) {
    const shape = all.some(({ taints }) => taints.length > 0) ? first.shape : UNKNOWN;
    const holds = derived(...all);
    const passed = {
      ...holds,
      shape: shape.includes(OUTSIDE) || holds.taints.length === 0 ? shape : OUTSIDE,
      ref: made,
      normal: first.normal,
      fields: first.fields,
    };
    return decoders.test(ref ?? '') ? decoded(passed) : passed;
  }
  if (method === 'format' && (holder.constant !== undefined || holder.shape.includes('{'))) return braces(holder, args);
  if (method === 'join') return separated(holder, all, m.module.language === 'python');
  if (method === 'concat') return concat([holder, ...all]);
  if (holder.taints.length > 0) return methodOfTainted(method, holder, args, normal, made);
  // The setters of builders keep what they were given: `new URLSearchParams(); p.append('x', y)`.
  return { ...cleaned(derived(...all), ALL_KINDS), shape: UNKNOWN, ref: made };
}

function methodOfTainted(method: string, holder: Value, args: CallArguments, normal: boolean, made: string | null): Value {
  if (/^l?strip$/.test(method) && String(args.places[0]?.constant ?? '').includes('/'))
    return { ...cleaned(derived(holder), bitOf('redirect')), shape: holder.shape };
  if (method === 'replace' || method === 'replaceAll') {
    const [pattern, replacement] = args.places;
    const source = pattern?.ref === 'RegExp()' ? pattern.fields?.get('source')?.constant : undefined;
    if (typeof source === 'string') {
      const everywhere = String(pattern?.fields?.get('flags')?.constant).includes('g');
      // Everything but a list of letters is taken out, so nothing dangerous is left.
      if (/^\[\^/.test(source) && everywhere) return cleaned(holder, ALL_KINDS);
      if (/^\^(\\\/|\[\/\\\\?)/.test(source) && /\+$/.test(source)) return cleaned(holder, bitOf('redirect'));
      if (/^(\[<>|<|&)/.test(source)) return cleaned(holder, bitOf('html'));
      const changed = replacedInPath(holder, source, replacement?.constant, everywhere);
      if (changed) return changed;
    }
    return { ...derived(holder, ...args.places.slice(1, 2)), shape: holder.shape };
  }
  if (/^(get|getlist|getAll|param|header|query|pop|getall|get_all)$/.test(method)) {
    const key = args.places[0]?.constant;
    if (key !== undefined && key !== null) return { ...elementOf(holder, String(key)), ref: null };
    // Whichever of what is written down: `{ 'a': 'https://…' }.get(name)`.
    const held = method === 'get' ? [...(holder.fields?.values() ?? [])] : [];
    const labels = new Set(held.flatMap(({ taints }) => taints.map(({ label }) => label)));
    // What else came from outside has no place of its own: `{ ...req.query, a: 1 }`.
    if (held.length > 0 && holder.taints.every(({ label }) => labels.has(label)))
      return { ...[...held, ...args.places.slice(1, 2)].reduce(join), ref: null };
    if (args.places[0]?.taints.length === 0) return { ...derived(holder), shape: OUTSIDE };
  }
  if (normal) return { ...derived(holder), shape: holder.shape, normal: true };
  if (passingMethods.has(method))
    return { ...derived(holder), shape: holder.shape === UNKNOWN ? OUTSIDE : holder.shape, ref: made, normal: holder.normal };
  return { ...cleaned(derived(holder), ALL_KINDS), ref: made };
}

function argumentValues(m: Machine, expr: Call, receiver: Value | null, method: string, ref: string | null, env: Env): CallArguments {
  const places: Value[] = [];
  const names = new Map<string, Value>();
  const isRoute =
    routeMethods.has(method) &&
    expr.args.length > 1 &&
    expr.args.slice(1).some(({ value }) => value.kind === 'function' || value.kind === 'name');
  const isServer = /^(http|https|http2)\.create(Secure)?Server$/.test(ref ?? '') || method === 'createServer';
  const isEntryEvent = method === 'on' && expr.args[0]?.value.kind === 'literal' && /^(entry|file)$/.test(String(expr.args[0].value.value));
  const isTool = /^(registerTool|tool|addTool)$/.test(method);
  for (const { name, spread, value } of expr.args) {
    let held: Value;
    if (value.kind === 'function') {
      const first: Value[] = [];
      if (receiver && receiver.taints.length > 0 && iteratingMethods.has(method))
        first.push(method === 'then' ? receiver : elementOf(receiver, '[]'));
      else if (isEntryEvent) first.push(tainted([{ label: 'entry', origin: 'entry', clean: 0, at: value.start }]));
      else if (isTool)
        first.push({
          ...tainted([{ label: 'arguments', origin: 'request', clean: 0, at: value.start }]),
          fields: noTexts(expr.args, m.module.text),
        });
      if (method === 'reduce' && first.length > 0) first.unshift(nothing);
      const returned = m.enter(value.fn, env, {
        owner: null,
        isRoot: false,
        isRoute: isRoute || isServer,
        first,
        isStep: method === 'then',
      });
      held = { ...closure(value.fn), ...(iteratingMethods.has(method) ? { taints: returned.taints, shape: returned.shape } : {}) };
    } else held = m.evaluate(value, env);
    if (name !== null) names.set(name, held);
    else if (spread && held.fields) places.push(...held.fields.values());
    else places.push(held);
  }
  return { places, names };
}

/** Of the arguments of a tool, those that its schema lets through as a number or as one of a few words only: `{ limit: z.number() }`. */
function noTexts(args: readonly Argument[], text: string): Map<string, Value> {
  const found = new Map<string, Value>();
  const look = (expr: Expr): void => {
    if (expr.kind !== 'object') return;
    for (const { name, value } of expr.entries) {
      if (name !== null && asksForNoText.test(text.slice(value.start, value.end))) found.set(name, nothing);
      // What it answers may bear the same names.
      if (name !== 'outputSchema') look(value);
    }
  };
  for (const { value } of args) look(value);
  return found;
}

const asksForNoText = /^z(?:od)?\s*\.(?:coerce\s*\.)?(?:number|int|bigint|boolean|date|enum|nativeEnum|literal)\(/;

/** `address.pathname += '/'; url.format(address)`: the path that was put there is the beginning of the text. */
function formattedAddress({ args }: Call, address: Value, env: Env): Value {
  const given = args[0]?.value;
  const path = given?.kind === 'name' ? env.vars.get(`${given.name}.pathname`) : address.fields?.get('pathname');
  return path && !address.fields?.has('host') && !address.fields?.has('protocol') ? path : { ...derived(address), shape: address.shape };
}

/** `require('x')` */
function requiredModule({ callee, args }: Call): string | null {
  if (callee.kind !== 'name' || callee.name !== 'require' || args.length !== 1) return null;
  const value = args[0]?.value;
  return value?.kind === 'literal' && typeof value.value === 'string' ? value.value.replace(/^node:/, '') : null;
}

function joined(parts: Value[]): Value {
  const between = parts.flatMap((part, at) => (at === 0 ? [part] : [literal('/'), part]));
  return concat(between);
}

/** `sep.join(list)` of Python, `list.join(sep)` of JavaScript. */
function separated(holder: Value, all: Value[], python: boolean): Value {
  const [list, separator] = python ? [all[0] ?? nothing, holder] : [holder, all[0] ?? literal(',')];
  if (!list.fields) {
    if (list.taints.length === 0) return { ...nothing, ref: null };
    return { ...derived(list), shape: list.shape.includes(OUTSIDE) ? list.shape : OUTSIDE };
  }
  return concat([...list.fields.values()].flatMap((item, at) => (at === 0 ? [item] : [separator, item])));
}

function braces(pattern: Value, args: CallArguments): Value {
  const used: Value[] = [pattern];
  let next = 0;
  const shape = pattern.shape.replace(/\{([^{}:!]*)(![rsa])?(:[^{}]*)?\}/g, (_, key: string) => {
    const name = key.split(/[.[]/)[0] ?? '';
    const part = name === '' ? args.places[next++] : /^\d+$/.test(name) ? args.places[Number(name)] : args.names.get(name);
    if (!part) return UNKNOWN;
    used.push(part);
    return part.shape;
  });
  return { ...derived(...used), shape };
}

function callLabel(ref: string, { places }: CallArguments): string {
  const key = places[0]?.constant;
  return `${ref.replace(/^(self|this)\./, '')}${typeof key === 'string' ? `.${key}` : ''}`;
}

const notHtml = /json|text\/plain|octet-stream|image\/|xml|csv|pdf|event-stream|javascript/i;

/** What a call says about the answer of the handler it stands in. */
function noteFacts(ref: string | null, method: string, { places }: CallArguments, env: Env): void {
  if (!/^(set|type|header|setHeader|writeHead|contentType|content_type)$/.test(method) || ref === null) return;
  if (!/^(@response|@context)/.test(ref)) return;
  const texts = places.flatMap((place) => [place.constant, ...[...(place.fields?.values() ?? [])].map(({ constant }) => constant)]);
  if (texts.some((text) => typeof text === 'string' && (notHtml.test(text) || (method === 'type' && /^(text|txt|json)$/.test(text)))))
    env.facts.add('not html');
}
