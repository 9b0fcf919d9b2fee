import { timingSafeEqual } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Control } from './control.js';
import type { SocketMode } from './delivery/socket-mode.js';
import { readArguments, readBody, readUpload, send } from './http-body.js';
import type { ResponseUrls } from './response-urls.js';
import type { WorkspaceState } from './state.js';
import type { createDispatch } from './web-api/dispatch.js';
import type { Uploads } from './web-api/method.js';

const MOST_BODY = 2_000_000;
const MOST_UPLOAD = 64_000_000;

const PAGE_TYPES: Readonly<Record<string, string>> = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8' };

/** The build puts the page beside this module in dist/; a process that runs the sources (a test) takes it from there, too. */
const PAGE_FOLDER = ['./page/', '../../dist/local-workspace/page/']
  .map((folder) => new URL(folder, import.meta.url))
  .find((folder) => existsSync(new URL('workspace.js', folder)));
/** What may be asked for by name: nothing else is ever looked up in the file system. */
const PAGE_FILES = new Set(PAGE_FOLDER ? readdirSync(PAGE_FOLDER) : []);
const NOT_BUILT = 'the page is not built: run npm run build';

const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

export interface Routes {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

interface Parts {
  state: WorkspaceState;
  dispatch: ReturnType<typeof createDispatch>;
  responseUrls: ResponseUrls;
  uploads: Uploads;
  control: Control;
  socketMode: SocketMode | undefined;
  key: string;
  host: () => string;
  onCall: () => void;
}

export function createRoutes({ state, dispatch, responseUrls, uploads, control, socketMode, key, host, onCall }: Parts): Routes {
  const hasKey = (given: string): boolean => given.length === key.length && timingSafeEqual(Buffer.from(given), Buffer.from(key));

  /** A web site the user visits can reach this port, too: only our own page, under our own name and with the key, may act. */
  const isOurs = (request: IncomingMessage, url: URL): boolean => {
    const { host: named, origin } = request.headers;
    const names = [host(), host().replace('127.0.0.1', 'localhost')];
    if (named === undefined || !names.includes(named)) return false;
    if (origin !== undefined && !names.some((name) => origin === `http://${name}`)) return false;
    const header = request.headers['x-workspace-key'];
    return hasKey(typeof header === 'string' ? header : (url.searchParams.get('key') ?? ''));
  };

  const api = async (request: IncomingMessage, response: ServerResponse, method: string): Promise<void> => {
    const body = await readBody(request, MOST_BODY);
    const args = body && (await readArguments(request.headers['content-type'] ?? '', body));
    if (!args) {
      send(response, 200, { 'content-type': 'application/json; charset=utf-8' }, JSON.stringify({ ok: false, error: 'invalid_form_data' }));
      return;
    }
    const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const answer = dispatch.call(method, args, bearer ?? (typeof args.token === 'string' ? args.token : undefined));
    onCall();
    const { fault } = answer;
    if (fault?.kind === 'lost_answer') {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.ms));
    if (!response.destroyed) send(response, answer.status, answer.headers, JSON.stringify(answer.body));
  };

  const respond = async (request: IncomingMessage, response: ServerResponse, id: string): Promise<void> => {
    const body = await readBody(request, MOST_BODY);
    const args = body && (await readArguments(request.headers['content-type'] ?? '', body));
    const reply = responseUrls.answer(id, args ?? null);
    send(response, reply.status, { 'content-type': 'text/plain; charset=utf-8' }, reply.body);
  };

  const upload = async (request: IncomingMessage, response: ServerResponse, ticket: string): Promise<void> => {
    const body = await readBody(request, MOST_UPLOAD);
    const bytes = body && (await readUpload(request.headers['content-type'] ?? '', body));
    const size = bytes && uploads.receive(ticket, bytes);
    if (size === undefined)
      send(response, 400, { 'content-type': 'text/plain' }, 'the upload is unknown, late or not of the announced length');
    else send(response, 200, { 'content-type': 'text/plain' }, `OK - ${size}`);
  };

  const page = (response: ServerResponse, name: string): void => {
    const type = PAGE_FILES.has(name) ? PAGE_TYPES[name.split('.').at(-1) ?? ''] : undefined;
    if (!PAGE_FOLDER) send(response, 503, { 'content-type': 'text/plain' }, NOT_BUILT);
    else if (type === undefined) send(response, 404, { 'content-type': 'text/plain' }, 'not found');
    else send(response, 200, { ...PAGE_HEADERS, 'content-type': type }, readFileSync(new URL(name, PAGE_FOLDER)));
  };

  /** The page with what it shows first, as data that no browser runs: it draws without asking. */
  const opened = (response: ServerResponse): void => {
    if (!PAGE_FOLDER) {
      send(response, 503, { 'content-type': 'text/plain' }, NOT_BUILT);
      return;
    }
    const html = readFileSync(new URL('index.html', PAGE_FOLDER), 'utf8');
    const first = JSON.stringify(control.first()).replaceAll('<', '\\u003c');
    const whole = html.replace('id="first">', (start) => start + first);
    send(response, 200, { ...PAGE_HEADERS, 'content-type': 'text/html; charset=utf-8' }, whole);
  };

  /** For the app with its token, for a person with the key of the page. */
  const file = (request: IncomingMessage, response: ServerResponse, url: URL, id: string): void => {
    const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const mayRead = bearer === state.app.botToken && state.app.scopes.includes('files:read');
    const known = state.files.get(id);
    const bytes = state.contents.get(id);
    if (!mayRead && !isOurs(request, url)) {
      send(response, 403, { 'content-type': 'text/plain' }, 'no access to this file');
      return;
    }
    if (!known || !bytes) {
      send(response, 404, { 'content-type': 'text/plain' }, 'file_not_found');
      return;
    }
    // Only pictures are shown in place, and without the right to run anything: an SVG or HTML of an app is no part of our page.
    const shown = /^image\/(png|jpeg|gif|webp|svg\+xml)$/.test(known.mimetype) && !url.pathname.includes('/download/');
    send(
      response,
      200,
      {
        'content-type': shown
          ? known.mimetype
          : known.mimetype.startsWith('text/')
            ? 'text/plain; charset=utf-8'
            : 'application/octet-stream',
        'content-disposition': `${shown ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(known.name)}`,
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      },
      bytes,
    );
  };

  const act = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request, MOST_BODY);
    const args = body && (await readArguments('application/json', body));
    const answer = await control.run(args);
    send(
      response,
      answer.status,
      { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
      JSON.stringify(answer.body),
    );
  };

  return {
    async handle(request, response) {
      const url = new URL(request.url ?? '/', 'http://local');
      const [, first = '', second = ''] = url.pathname.split('/');
      if (first === 'api' && second !== '') return api(request, response, second);
      if (request.method === 'POST' && first === 'response') return respond(request, response, second);
      if (request.method === 'POST' && first === 'upload') return upload(request, response, second);
      // The page's own scripts are no secret, and a module import carries no key.
      if (request.method === 'GET' && first === 'page') return page(response, second);
      if (request.method === 'GET' && first === 'files') return file(request, response, url, second);
      const isPage = request.method === 'GET' && (first === '' || first === 'archives');
      if ((isPage || first === 'control') && !isOurs(request, url)) {
        return send(response, 403, { 'content-type': 'text/plain' }, 'open the address that was printed at the start: it carries the key');
      }
      if (isPage) return opened(response);
      if (first === 'control' && request.method === 'POST') return act(request, response);
      send(response, 404, { 'content-type': 'text/plain' }, 'not found');
    },
    upgrade(request, socket, head) {
      socket.on('error', () => socket.destroy());
      const url = new URL(request.url ?? '/', 'http://local');
      if (url.pathname === '/socket' && socketMode) return socketMode.upgrade(request, socket, head);
      if (url.pathname === '/control/live' && isOurs(request, url))
        return control.live(request, socket, head, url.searchParams.get('as') ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    },
  };
}
