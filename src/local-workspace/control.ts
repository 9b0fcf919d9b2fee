import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { Driver } from './driver.js';
import { ApiFailure, WorkspaceError } from './errors.js';
import { firstSeen, historySeenBy, messagesSeenBy, payloadsOf, shownEntry, threadSeenBy, visible, workspaceSeenBy } from './seen.js';
import type { DeliveryRecord, Json } from './types.js';

const value = z.union([z.string(), z.number(), z.array(z.string()), z.null()]);
const values = z.record(z.string(), value);
const person = { as: z.string() };
const entries = z.array(z.strictObject({ blockId: z.string(), actionId: z.string(), value }));
/** Fate has no name, but the page always says who sits there. */
const anybody = { as: z.string().optional() };
const press = { confirm: z.boolean().default(false), blockId: z.string().optional() };
const said = { channel: z.string(), text: z.string().max(40_000), threadTs: z.string().optional() };

const Fault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('rate_limited'), retryAfter: z.number().int().min(1) }),
  z.strictObject({ kind: z.literal('error'), error: z.string() }),
  z.strictObject({ kind: z.literal('status'), status: z.number().int().min(400).max(599) }),
  z.strictObject({ kind: z.literal('slow'), ms: z.number().int().min(0) }),
  z.strictObject({ kind: z.literal('lost_answer') }),
]);

const Command = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('command'), ...person, ...said, command: z.string() }),
  z.strictObject({ do: z.literal('say'), ...person, ...said }),
  z.strictObject({ do: z.literal('click'), ...person, where: z.string(), what: z.string(), ...press }),
  z.strictObject({ do: z.literal('choose'), ...person, where: z.string(), what: z.string(), value, ...press }),
  z.strictObject({ do: z.literal('fill'), ...person, where: z.string(), values }),
  z.strictObject({ do: z.literal('submit'), ...person, viewId: z.string(), values: values.default({}), entries: entries.default([]) }),
  z.strictObject({ do: z.literal('closeView'), ...person, viewId: z.string(), all: z.boolean().default(false) }),
  z.strictObject({ do: z.literal('openHome'), ...person }),
  z.strictObject({ do: z.literal('react'), ...person, ts: z.string(), name: z.string() }),
  z.strictObject({ do: z.literal('workspace'), ...person }),
  z.strictObject({ do: z.literal('messages'), ...person, channel: z.string() }),
  z.strictObject({
    do: z.literal('history'),
    ...person,
    channel: z.string(),
    before: z.string().optional(),
    limit: z.number().int().min(1).max(5000).default(200),
  }),
  z.strictObject({ do: z.literal('thread'), ...person, ts: z.string() }),
  z.strictObject({ do: z.literal('payloads'), ...person, ts: z.string() }),
  z.strictObject({ do: z.literal('enter'), ...person, where: z.string(), entries }),
  z.strictObject({
    do: z.literal('suggest'),
    ...person,
    where: z.string(),
    what: z.string(),
    typed: z.string(),
    blockId: z.string().optional(),
  }),
  z.strictObject({ do: z.literal('shortcut'), ...person, what: z.string(), on: z.string().optional() }),
  z.strictObject({ do: z.literal('upload'), ...person, name: z.string().min(1).max(255), base64: z.base64() }),
  z.strictObject({ do: z.literal('removeApp'), ...anybody, channel: z.string() }),
  z.strictObject({ do: z.literal('fault'), ...anybody, method: z.string(), fault: Fault, times: z.number().int().min(1).default(1) }),
  z.strictObject({ do: z.literal('clearFaults'), ...anybody }),
  z.strictObject({ do: z.literal('drop'), ...anybody, reason: z.enum(['warning', 'refresh_requested', 'link_disabled']).optional() }),
  z.strictObject({ do: z.literal('redeliver'), ...anybody, id: z.string() }),
  z.strictObject({ do: z.literal('deleteMessage'), ...anybody, ts: z.string() }),
  z.strictObject({ do: z.literal('archive'), ...anybody, channel: z.string() }),
  z.strictObject({ do: z.literal('moveClock'), ...anybody, ms: z.number().int().min(0) }),
  z.strictObject({ do: z.literal('log'), ...anybody, since: z.number().int().min(0).default(0) }),
  z.strictObject({ do: z.literal('calls'), ...anybody }),
  z.strictObject({ do: z.literal('deliveries'), ...anybody, last: z.number().int().min(1).optional() }),
]);
type Command = z.output<typeof Command>;

const settled = (record: DeliveryRecord | undefined): Json =>
  record ? { outcome: record.outcome, latencyMs: record.latencyMs, deliveryId: record.id } : {};

async function carryOut(driver: Driver, command: Command): Promise<unknown> {
  switch (command.do) {
    case 'command':
      return settled(await driver.as(command.as).command(command.channel, command.command, command.text, thread(command)));
    case 'say':
      return driver.as(command.as).say(command.channel, command.text, thread(command));
    case 'click':
      return settled(await driver.as(command.as).click(command.where, command.what, pressed(command)));
    case 'choose':
      return settled(await driver.as(command.as).choose(command.where, command.what, command.value, pressed(command)));
    case 'fill':
      return driver.as(command.as).fill(command.where, command.values);
    case 'submit':
      driver.as(command.as).enter(command.viewId, command.entries);
      return settled(await driver.as(command.as).submit(command.viewId, command.values));
    case 'closeView':
      return settled(await driver.as(command.as).closeView(command.viewId, { all: command.all }));
    case 'openHome':
      return settled(await driver.as(command.as).openHome());
    case 'react':
      return driver.as(command.as).react(command.ts, command.name);
    case 'workspace':
      return workspaceSeenBy(driver, command.as);
    case 'messages':
      return messagesSeenBy(driver, command.as, command.channel);
    case 'history':
      return historySeenBy(driver, command);
    case 'thread':
      return threadSeenBy(driver, command.as, command.ts);
    case 'payloads':
      return payloadsOf(driver, command.as, command.ts);
    case 'enter':
      return driver.as(command.as).enter(command.where, command.entries);
    case 'suggest':
      return driver.as(command.as).suggest(command.where, command.what, command.typed, {
        ...(command.blockId !== undefined && { blockId: command.blockId }),
      });
    case 'shortcut':
      return settled(await driver.as(command.as).shortcut(command.what, command.on));
    case 'upload':
      return driver.as(command.as).upload(command.name, Buffer.from(command.base64, 'base64'));
    case 'removeApp':
      return driver.removeAppFrom(command.channel);
    case 'fault':
      return driver.fault(command.method, command.fault, command.times);
    case 'clearFaults':
      return driver.clearFaults();
    case 'drop':
      return driver.dropConnection(command.reason);
    case 'redeliver':
      return driver.redeliver(command.id);
    case 'deleteMessage':
      return driver.deleteMessage(command.ts);
    case 'archive':
      return driver.archiveChannel(command.channel);
    case 'moveClock':
      return driver.moveClock(command.ms);
    case 'log':
      return driver.log.filter((entry) => entry.seq > command.since);
    case 'calls':
      return driver.calls;
    case 'deliveries':
      return driver.deliveries.slice(command.last === undefined ? 0 : -command.last);
  }
}

const thread = ({ threadTs }: { threadTs?: string | undefined }) => (threadTs === undefined ? {} : { threadTs });
const pressed = ({ confirm, blockId }: { confirm: boolean; blockId?: string | undefined }) => ({
  confirm,
  ...(blockId !== undefined && { blockId }),
});

/** The driver over HTTP and a live channel, for the page and for scripts in other processes. The caller has checked the key. */
export function createControl(driver: Driver, onConnections: (listener: () => void) => void) {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const viewers = new Map<WebSocket, string>();
  const stop = driver.onChange((entry) => {
    // Written once, however many look on.
    let text: string | undefined;
    for (const [socket, me] of viewers) {
      if (!visible(driver, entry, me)) continue;
      text ??= JSON.stringify({ type: 'change', ...shownEntry(driver, entry) });
      socket.send(text);
    }
  });
  onConnections(() => {
    const text = JSON.stringify({ type: 'status', connections: driver.connections() });
    for (const socket of viewers.keys()) socket.send(text);
  });
  return {
    async run(body: unknown): Promise<{ status: number; body: Json }> {
      const command = Command.safeParse(body);
      if (!command.success) {
        return {
          status: 400,
          body: { ok: false, error: command.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n') },
        };
      }
      try {
        return { status: 200, body: { ok: true, result: (await carryOut(driver, command.data)) ?? null } };
      } catch (error) {
        if (error instanceof WorkspaceError || error instanceof ApiFailure)
          return { status: 200, body: { ok: false, error: error.message } };
        throw error;
      }
    },
    live(request: IncomingMessage, socket: Duplex, head: Buffer, me: string): void {
      let known: string;
      try {
        known = driver.as(me).id;
      } catch {
        socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, (live) => {
        viewers.set(live, known);
        live.on('close', () => viewers.delete(live));
        live.on('error', () => viewers.delete(live));
        live.send(JSON.stringify({ type: 'hello', seq: driver.log.at(-1)?.seq ?? 0 }));
      });
    },
    /** What the page brings along when it opens. */
    first: () => firstSeen(driver),
    close(): void {
      stop();
      for (const socket of viewers.keys()) socket.terminate();
      server.close();
    },
  };
}

export type Control = ReturnType<typeof createControl>;
