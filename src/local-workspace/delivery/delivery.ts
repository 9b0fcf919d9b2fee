import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.js';
import { trim } from '../state.js';
import type { DeliveryKind, DeliveryRecord, Json } from '../types.js';

const ACK_MS = 3000;
const MOST_KEPT = 20_000;
/** Slack sends an event again at once, after a minute and after five. */
const RETRY_AFTER_MS = [0, 60_000, 300_000] as const;

export interface Envelope {
  id: string;
  kind: DeliveryKind;
  payload: Json;
  acceptsResponse: boolean;
  retryAttempt: number;
  retryReason: string;
}

export type Answer =
  | { result: 'acked'; payload: unknown; status?: number }
  /** Nobody to send it to. */
  | { result: 'unreachable' }
  /** The connection went before the answer came. */
  | { result: 'lost' }
  | { result: 'refused'; status: number; noRetry: boolean };

export interface Transport {
  attempt(envelope: Envelope): Promise<Answer>;
  /** No answer is wanted any more: a late one is dropped. */
  forget(envelopeId: string): void;
  /** Called when somebody can be reached (again). */
  onReady(run: () => void): void;
}

type Attempt = Answer | { result: 'timeout' };

export interface Delivery {
  record: DeliveryRecord;
  done: Promise<DeliveryRecord>;
}

/** Sends what happened to the app and keeps the books: three seconds to acknowledge; events again, commands and clicks never. */
export function createDeliveries({ clock, transport }: { clock: Clock; transport: Transport }) {
  const records: DeliveryRecord[] = [];
  const watchers = new Set<(record: DeliveryRecord) => void>();
  let queued: Array<() => void> = [];
  transport.onReady(() => {
    const waiting = queued;
    queued = [];
    for (const resume of waiting) resume();
  });

  const attempt = (envelope: Envelope): Promise<Attempt> =>
    new Promise((resolve) => {
      const cancel = clock.after(ACK_MS, () => {
        transport.forget(envelope.id);
        resolve({ result: 'timeout' });
      });
      void transport.attempt(envelope).then((answer) => {
        cancel();
        resolve(answer);
      });
    });

  const sendEvent = async (envelope: Envelope, record: DeliveryRecord): Promise<Attempt> => {
    for (let retry = 0; ; ) {
      record.attempts += 1;
      const answer = await attempt(envelope);
      if (answer.result === 'acked' || (answer.result === 'refused' && answer.noRetry)) return answer;
      if (answer.result === 'unreachable' || answer.result === 'lost') {
        await new Promise<void>((resume) => queued.push(resume));
      } else {
        const wait = RETRY_AFTER_MS[retry];
        if (wait === undefined) return answer;
        retry += 1;
        if (wait > 0) await new Promise<void>((resume) => clock.after(wait, resume));
      }
      envelope.retryAttempt += 1;
      envelope.retryReason = answer.result === 'timeout' ? 'timeout' : answer.result === 'refused' ? 'http_error' : 'connection_failed';
    }
  };

  const run = async (envelope: Envelope, record: DeliveryRecord): Promise<DeliveryRecord> => {
    const began = performance.now();
    let answer: Attempt;
    if (envelope.kind === 'events_api') answer = await sendEvent(envelope, record);
    else {
      record.attempts = 1;
      answer = await attempt(envelope);
    }
    record.latencyMs = performance.now() - began;
    record.outcome =
      answer.result === 'acked'
        ? 'acked'
        : answer.result === 'timeout'
          ? 'operation_timeout'
          : answer.result === 'refused'
            ? 'http_service_error'
            : 'dispatch_failed';
    if (answer.result === 'acked') record.response = answer.payload;
    if ('status' in answer) record.status = answer.status;
    for (const watcher of watchers) watcher(record);
    return record;
  };

  const deliver = (kind: DeliveryKind, payload: Json): Delivery => {
    const id = randomUUID();
    const record: DeliveryRecord = {
      id,
      kind,
      at: clock.now(),
      payload,
      attempts: 0,
      outcome: 'open',
      latencyMs: undefined,
      response: undefined,
      status: undefined,
    };
    records.push(record);
    trim(records, MOST_KEPT);
    const envelope: Envelope = { id, kind, payload, acceptsResponse: kind !== 'events_api', retryAttempt: 0, retryReason: '' };
    return { record, done: run(envelope, record) };
  };

  return {
    records,
    deliver,
    onSettled(watcher: (record: DeliveryRecord) => void): () => void {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    /** The same envelope a second time, as after an acknowledgement that got lost on the way. */
    async redeliver(id: string): Promise<boolean> {
      const record = records.find((candidate) => candidate.id === id);
      if (!record) return false;
      record.attempts += 1;
      const { kind, payload } = record;
      const again = {
        id,
        kind,
        payload,
        acceptsResponse: kind !== 'events_api',
        retryAttempt: record.attempts - 1,
        retryReason: 'timeout',
      };
      return (await attempt(again)).result === 'acked';
    },
  };
}

export type Deliveries = ReturnType<typeof createDeliveries>;
