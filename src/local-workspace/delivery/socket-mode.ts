import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { Clock } from '../clock.js';
import { secret } from '../ids.js';
import type { Answer, Envelope, Transport } from './delivery.js';

const TICKET_MS = 30_000;
const MOST_CONNECTIONS = 10;
const GOODBYE_MS = 500;

const Ack = z.looseObject({ envelope_id: z.string(), payload: z.unknown().optional() });

interface Pending {
  socket: WebSocket;
  acceptsResponse: boolean;
  resolve: (answer: Answer) => void;
}

export interface SocketMode extends Transport {
  /** A URL that opens one connection, once. */
  ticketUrl(host: string): string;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Says goodbye first, as Slack does every few hours (`refresh_requested`), or cuts the line (`undefined`). */
  drop(reason?: 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets'): void;
  connections(): number;
  /** Called when a connection came or went. */
  onConnections(listener: () => void): void;
  close(): void;
}

export function createSocketMode({ clock, appId }: { clock: Clock; appId: string }): SocketMode {
  // Slack's Node client offers compression; accepting it costs two thirds of the throughput.
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const tickets = new Map<string, number>();
  const open: WebSocket[] = [];
  const pending = new Map<string, Pending>();
  const ready = new Set<() => void>();
  const watchers = new Set<() => void>();
  let turn = 0;

  const lose = (socket: WebSocket): void => {
    const at = open.indexOf(socket);
    if (at >= 0) {
      open.splice(at, 1);
      for (const watcher of watchers) watcher();
    }
    for (const [id, entry] of pending) {
      if (entry.socket !== socket) continue;
      pending.delete(id);
      entry.resolve({ result: 'lost' });
    }
  };

  const hear = (raw: string): void => {
    let frame: unknown;
    try {
      frame = JSON.parse(raw);
    } catch {
      return;
    }
    const ack = Ack.safeParse(frame);
    const entry = ack.success ? pending.get(ack.data.envelope_id) : undefined;
    if (!ack.success || !entry) return;
    pending.delete(ack.data.envelope_id);
    entry.resolve({ result: 'acked', payload: entry.acceptsResponse ? ack.data.payload : undefined });
  };

  const greet = (socket: WebSocket): void => {
    open.push(socket);
    for (const watcher of watchers) watcher();
    socket.on('message', (data) => hear(data.toString()));
    socket.on('close', () => lose(socket));
    socket.on('error', () => lose(socket));
    const debug = { host: 'local-workspace', build_number: 1, approximate_connection_time: 18_060 };
    const hello = { type: 'hello', num_connections: open.length, connection_info: { app_id: appId }, debug_info: debug };
    socket.send(JSON.stringify(hello), () => {
      for (const run of ready) run();
    });
  };

  return {
    ticketUrl(host) {
      const ticket = secret();
      tickets.set(ticket, clock.now() + TICKET_MS);
      return `ws://${host}/socket?ticket=${ticket}&app_id=${appId}`;
    },
    upgrade(request, socket, head) {
      const ticket = new URL(request.url ?? '/', 'http://local').searchParams.get('ticket') ?? '';
      const expires = tickets.get(ticket);
      tickets.delete(ticket);
      if (expires === undefined || expires < clock.now() || open.length >= MOST_CONNECTIONS) {
        socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, greet);
    },
    attempt(envelope: Envelope) {
      const socket = open[turn++ % Math.max(open.length, 1)];
      if (!socket) return Promise.resolve({ result: 'unreachable' });
      const { id, kind, payload, acceptsResponse, retryAttempt, retryReason } = envelope;
      const retry = kind === 'events_api' ? { retry_attempt: retryAttempt, retry_reason: retryReason } : {};
      const frame = { envelope_id: id, payload, type: kind, accepts_response_payload: acceptsResponse, ...retry };
      return new Promise((resolve) => {
        pending.set(id, { socket, acceptsResponse, resolve });
        socket.send(JSON.stringify(frame), (error) => {
          if (error && pending.delete(id)) resolve({ result: 'lost' });
        });
      });
    },
    forget: (id) => void pending.delete(id),
    onReady: (run) => void ready.add(run),
    drop(reason) {
      for (const socket of [...open]) {
        if (reason === undefined) socket.terminate();
        else {
          socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'local-workspace' } }));
          if (reason !== 'warning') socket.close(1000);
        }
        if (reason !== 'warning') lose(socket);
      }
    },
    connections: () => open.length,
    onConnections: (listener) => void watchers.add(listener),
    close() {
      for (const socket of [...open]) {
        socket.close(1000);
        setTimeout(() => socket.terminate(), GOODBYE_MS).unref();
      }
      server.close();
    },
  };
}
