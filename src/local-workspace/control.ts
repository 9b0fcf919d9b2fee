import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { Driver } from './driver.js';
import { ApiFailure, WorkspaceError } from './errors.js';
import type { DeliveryRecord, Json, LogEntry } from './types.js';

const value = z.union([z.string(), z.number(), z.array(z.string()), z.null()]);
const values = z.record(z.string(), value);
const person = { as: z.string() };
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
  z.strictObject({ do: z.literal('submit'), ...person, viewId: z.string(), values: values.default({}) }),
  z.strictObject({ do: z.literal('closeView'), ...person, viewId: z.string(), all: z.boolean().default(false) }),
  z.strictObject({ do: z.literal('openHome'), ...person }),
  z.strictObject({ do: z.literal('react'), ...person, ts: z.string(), name: z.string() }),
  z.strictObject({ do: z.literal('workspace'), ...person }),
  z.strictObject({ do: z.literal('messages'), ...person, channel: z.string() }),
  z.strictObject({ do: z.literal('fault'), method: z.string(), fault: Fault, times: z.number().int().min(1).default(1) }),
  z.strictObject({ do: z.literal('clearFaults') }),
  z.strictObject({ do: z.literal('drop'), reason: z.enum(['warning', 'refresh_requested', 'link_disabled']).optional() }),
  z.strictObject({ do: z.literal('redeliver'), id: z.string() }),
  z.strictObject({ do: z.literal('deleteMessage'), ts: z.string() }),
  z.strictObject({ do: z.literal('archive'), channel: z.string() }),
  z.strictObject({ do: z.literal('moveClock'), ms: z.number().int().min(0) }),
  z.strictObject({ do: z.literal('log'), since: z.number().int().min(0).default(0) }),
  z.strictObject({ do: z.literal('calls') }),
  z.strictObject({ do: z.literal('deliveries') }),
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
      return driver.log.slice(command.since);
    case 'calls':
      return driver.calls;
    case 'deliveries':
      return driver.deliveries;
  }
}

const thread = ({ threadTs }: { threadTs?: string | undefined }) => (threadTs === undefined ? {} : { threadTs });
const pressed = ({ confirm, blockId }: { confirm: boolean; blockId?: string | undefined }) => ({
  confirm,
  ...(blockId !== undefined && { blockId }),
});

function workspaceSeenBy(driver: Driver, as: string): Json {
  const people = driver.users().filter((user) => !user.isBot);
  // A page that was open before a restart may remember somebody who is gone.
  const me = driver.as(people.find((user) => user.id === as || user.name === as)?.id ?? people[0]?.id ?? as);
  return {
    me: me.id,
    app: { name: driver.app.name, botUserId: driver.app.botUserId, commands: driver.app.commands },
    users: driver.users(),
    groups: driver.groups(),
    channels: driver.channels().filter((channel) => channel.members.includes(me.id)),
    home: me.home(),
    views: me.views(),
    connections: driver.connections(),
    now: driver.now(),
  };
}

function messagesSeenBy(driver: Driver, as: string, channel: string): unknown {
  const me = driver.as(as).id;
  const found = driver.channels().find((one) => one.id === channel);
  if (!found?.members.includes(me)) throw new WorkspaceError('refused', 'you are not in that channel');
  return driver
    .channel(channel)
    .messages({ as: me })
    .flatMap((root) => driver.thread(root.ts, { as: me }));
}

/** Whether this person could see it happen. */
function visible(driver: Driver, entry: LogEntry, me: string): boolean {
  if (entry.message?.visibleTo !== undefined) return entry.message.visibleTo === me;
  if (entry.view) return entry.view.userId === me;
  if (entry.kind === 'pressed' || entry.kind === 'typed' || entry.kind === 'failure') return entry.user === me;
  const channel = driver.channels().find((one) => one.id === entry.channel);
  return channel === undefined || channel.members.includes(me);
}

/** The driver over HTTP and a live channel, for the page and for scripts in other processes. The caller has checked the key. */
export function createControl(driver: Driver) {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const viewers = new Map<WebSocket, string>();
  const stop = driver.onChange((entry) => {
    for (const [socket, me] of viewers) if (visible(driver, entry, me)) socket.send(JSON.stringify({ type: 'change', entry }));
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
        live.send(JSON.stringify({ type: 'hello', seq: driver.log.length }));
      });
    },
    close(): void {
      stop();
      for (const socket of viewers.keys()) socket.terminate();
      server.close();
    },
  };
}

export type Control = ReturnType<typeof createControl>;
