import type { ClassIr, Expr, FunctionIr, Param } from '../ir.js';
import { pythonFrameworks, routeMethods, toolDecorators } from './knowledge.js';
import type { Hints, ModuleFacts } from './machine.js';
import type { Origin } from './rule.js';
import { named, nothing, tainted, type Value } from './values.js';

/** What the parameters of a function hold when somebody calls it whom we do not see. */
export function parameterValues(fn: FunctionIr, module: ModuleFacts, hints: Hints, wanted: ReadonlySet<Origin>): Value[] {
  return module.language === 'python' ? pythonValues(fn, module, hints, wanted) : scriptValues(fn, module, hints, wanted);
}

const source = (label: string, origin: Origin, at: number, ref: string | null = null): Value =>
  tainted([{ label, origin, clean: 0, at }], ref);

const nameOf = (param: Param): string => (param.target.kind === 'name' ? param.target.name : '');

const plainTypes =
  /^:?\s*(typing\.)?(Optional\[)?(int|float|bool|number|boolean|bigint|Date|uuid\.UUID|UUID|datetime|date|Decimal|Enum|Callable|IPv[46]Address|bytes)\b/;

export function isNumberLike(annotation: string): boolean {
  return plainTypes.test(annotation) && !/\bstr(ing)?\b/.test(annotation);
}

/** The decorators that make a Python function the handler of a request or of a tool call. */
export function routeOf(fn: FunctionIr): { path: string; framework: 'flask' | 'other' | 'tool' } | null {
  for (const decorator of fn.decorators) {
    const call = decorator.kind === 'call' ? decorator : null;
    const callee = call ? call.callee : decorator;
    const name = callee.kind === 'member' ? callee.name : callee.kind === 'name' ? callee.name : '';
    if (toolDecorators.test(name)) return { path: '', framework: 'tool' };
    if (!call || callee.kind !== 'member' || !routeMethods.has(name)) continue;
    const path = call.args.find((arg) => arg.name === null || arg.name === 'path' || arg.name === 'rule')?.value;
    if (path?.kind !== 'literal' && path?.kind !== 'template') continue;
    if (path.kind === 'literal' && typeof path.value !== 'string') continue;
    return { path: path.kind === 'literal' ? String(path.value) : '', framework: fn.isAsync ? 'other' : 'flask' };
  }
  return null;
}

function pythonValues(fn: FunctionIr, module: ModuleFacts, hints: Hints, wanted: ReadonlySet<Origin>): Value[] {
  const route = routeOf(fn);
  const isMethod = hints.owner !== null;
  const isPublic = hints.isRoot && fn.exported && (hints.owner?.exported ?? true) && !fn.name.startsWith('__');
  return fn.params.map((param, at) => {
    const given = hints.first[at];
    if (given) return given;
    const name = nameOf(param);
    const { annotation, start } = param;
    if (isMethod && at === 0 && /^(self|cls)$/.test(name)) return named(name);
    if (isRequest(name, annotation, module, hints.owner)) return named('@request');
    // What a server hands to an ASGI application.
    if (name === 'scope' && /\bScope\b/.test(annotation)) return named('@scope');
    if (/\bUploadFile\b/.test(annotation)) return source(name, 'request', start);
    if (route) {
      if (isInjected(param) || isNumberLike(annotation) || takesNumber(route.path, name)) return nothing;
      if (annotation === '' ? route.framework !== 'other' || route.path.includes(`{${name}`) || hints.isRoot : true) {
        return /\b(Session|Response|BackgroundTasks|(?:Run)?Context|Client|Connection|Engine|Settings|State|Service|Repository|Manager)\b/.test(
          annotation,
        )
          ? nothing
          : source(name, 'request', start);
      }
    }
    if (isTornado(hints.owner) && /^(get|post|put|delete|patch|head)$/.test(fn.name)) return source(name, 'request', start);
    if (wanted.has('param') && isPublic && mayHoldText(param)) return source(name, 'param', start);
    return nothing;
  });
}

function isRequest(name: string, annotation: string, module: ModuleFacts, owner: ClassIr | null): boolean {
  if (!module.hasFramework) return false;
  if (annotation === '') return /^_?(request|req)$/.test(name);
  const [, path, type] = /(?<![\w.])((?:\w+\.)*)((?:Http|WSGI|ASGI)?Request)\b/.exec(annotation) ?? [];
  return path !== undefined && type !== undefined && !isSentRequest(path, type, module, owner);
}

const clients = /^(?:requests|urllib|httpx|scrapy|google\.auth|curl_cffi|niquests)\b/;

/** A request that the program itself makes: of a client, of a class of this file or of one in another class (`Service.Request`). */
function isSentRequest(path: string, type: string, { imports, classes }: ModuleFacts, owner: ClassIr | null): boolean {
  const [first = type] = path.split('.', 1).filter(Boolean);
  if (clients.test(imports.get(first) ?? `${path}${type}`)) return true;
  if (path !== '') return /(?:^|\.)_*[A-Z]\w*\.$/.test(path);
  const inner = owner?.body.find((each) => each.kind === 'class' && each.cls.name === type);
  const own = inner?.kind === 'class' ? inner.cls : classes.get(type);
  return own?.bases.every((base) => !/Request$/.test(base.kind === 'member' || base.kind === 'name' ? base.name : '')) ?? false;
}

/** `Depends(…)`, `Security(…)`: filled in by the framework. */
function isInjected({ fallback, annotation }: Param): boolean {
  const call = fallback?.kind === 'call' && fallback.callee.kind === 'name' ? fallback.callee.name : '';
  return /^(Depends|Security|Provide|Inject)$/.test(call) || /\b(Depends|Security)\b/.test(annotation);
}

/** Flask's converters: `/x/<int:page>`. */
function takesNumber(path: string, name: string): boolean {
  return new RegExp(`<(int|float|uuid):${name.replace(/[^\w]/g, '')}>`).test(path);
}

function isTornado(owner: ClassIr | null): boolean {
  return (
    owner?.bases.some((base) => (base.kind === 'member' ? base.name : base.kind === 'name' ? base.name : '') === 'RequestHandler') ?? false
  );
}

function mayHoldText({ annotation, rest, target }: Param): boolean {
  if (rest === 'dictionary') return false;
  const name = target.kind === 'name' ? target.name : '';
  if (/^(cb|callback|fn|func|done|next|self|cls|timeout|encoding|logger|log)$/i.test(name)) return false;
  if (annotation === '') return true;
  return /\b(str|string|any|Any|unknown|object|dict|Dict|Mapping|Record|PathLike|Path|list|List|Sequence|Buffer)\b/.test(annotation);
}

const requestType =
  /\b(IncomingMessage|NextRequest|FastifyRequest|NextApiRequest|HonoRequest|HapiRequest|ExpressRequest|Http2ServerRequest)\b|^:\s*(express\.|Express\.)?Request\b/;
const responseType =
  /\b(ServerResponse|FastifyReply|NextApiResponse|ResponseToolkit|Http2ServerResponse)\b|^:\s*(express\.|Express\.)?Response\b/;
const contextType = /\b((Koa|Router|Parameterized)?Context)\b/;
const nestSource = /^@(Query|Param|Body|Headers|Cookies|UploadedFile)\b/;

function scriptValues(fn: FunctionIr, module: ModuleFacts, hints: Hints, wanted: ReadonlySet<Origin>): Value[] {
  const names = fn.params.map(nameOf);
  const hasBoth = names.some((name) => /^_?req(uest)?$/.test(name)) && names.some((name) => /^_?(res|resp|response|reply|h)$/.test(name));
  const isPage = hints.isRoot && fn.exported && /^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|loader|action|load)$/.test(fn.name);
  const isPublic =
    hints.isRoot &&
    (fn.exported ||
      module.exported.has(fn.name) ||
      (hints.owner !== null && (hints.owner.exported || module.exported.has(hints.owner.name))));
  return fn.params.map((param, at) => {
    const given = hints.first[at];
    const { annotation, start } = param;
    const name = names[at] ?? '';
    if (wanted.has('entry') && module.text.includes('.linkname') && isArchiveEntry(name, module.text.slice(fn.start, fn.end)))
      return tainted([...(given?.taints ?? []), { label: name, origin: 'entry', clean: 0, at: start }]);
    if (given) return given;
    if (nestSource.test(annotation))
      return isNumberLike(annotation.replace(/^@\w+(\([^)]*\))?\s*/, '')) ? nothing : source(name, 'request', start);
    if (requestType.test(annotation) || ((hasBoth || hints.isRoute || isPage) && /^_?req(uest)?$/.test(name))) return named('@request');
    if (responseType.test(annotation) || ((hasBoth || hints.isRoute) && /^_?(res|resp|response|reply|h)$/.test(name)))
      return named('@response');
    if (at === 0 && isContext(name, param, fn, module, hints)) return named('@context');
    if (at === 0 && (isPage || hints.isRoute) && param.target.kind === 'object') return pageValue(param.target, isPage);
    if (at === 0 && /^(event|evt)$/.test(name) && (fn.exported || module.exported.has(fn.name)) && /handler/i.test(fn.name))
      return named('@event');
    if (hints.isRoute && at === 0 && names.length === 2 && name === '') return nothing;
    if (wanted.has('param') && isPublic && mayHoldText(param)) return source(name || 'argument', 'param', start);
    return nothing;
  });
}

/** Only what was read from an archive has a name of what it links to. */
const isArchiveEntry = (name: string, text: string): boolean =>
  /^[\w$]+$/.test(name) && new RegExp(`(?<![\\w$.])${name.replaceAll('$', '\\$')}\\.linkname\\b`).test(text);

function isContext(name: string, { annotation }: Param, fn: FunctionIr, module: ModuleFacts, { isRoute }: Hints): boolean {
  if (contextType.test(annotation) && /koa|hono|oak/i.test(module.text)) return true;
  if (!/^(ctx|context|c)$/.test(name)) return false;
  if (isRoute) return true;
  return (
    name !== 'c' &&
    /\b(ctx|context)\.(request\.|req\.|query\b|params\b|body\s*=|redirect\(|throw\()/.test(module.text.slice(fn.start, fn.end))
  );
}

/** Loaders of pages take one object apart: `({ params, request })`. */
function pageValue(target: Extract<Expr, { kind: 'object' }>, isPage: boolean): Value {
  const fields = new Map<string, Value>();
  for (const { name } of target.entries) {
    if (name === 'request' || name === 'req') fields.set(name, named('@request'));
    else if (name !== null && /^(params|query|body|searchParams|url|headers|cookies)$/.test(name))
      fields.set(name, isPage && name === 'url' ? source('url', 'request', target.start) : source(name, 'request', target.start));
  }
  return { ...nothing, fields };
}

export function usesFramework(text: string): boolean {
  return pythonFrameworks.test(text);
}
