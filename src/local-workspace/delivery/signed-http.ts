import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import type { Clock } from '../clock.js';
import type { Answer, Envelope, Transport } from './delivery.js';

/** The very bytes and headers Slack sends; Bolt wants `content-type` without a charset. */
function signedRequest(envelope: Envelope, signingSecret: string, nowMs: number): { body: string; headers: Record<string, string> } {
  const { kind, payload } = envelope;
  const form = 'application/x-www-form-urlencoded';
  const body =
    kind === 'events_api'
      ? JSON.stringify(payload)
      : new URLSearchParams(
          kind === 'interactive'
            ? { payload: JSON.stringify(payload) }
            : Object.fromEntries(Object.entries(payload).map(([key, value]) => [key, String(value)])),
        ).toString();
  const timestamp = String(Math.floor(nowMs / 1000));
  const signature = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
  return {
    body,
    headers: {
      'content-type': kind === 'events_api' ? 'application/json' : form,
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${signature}`,
      ...(envelope.retryAttempt > 0 && {
        'x-slack-retry-num': String(envelope.retryAttempt),
        'x-slack-retry-reason': envelope.retryReason,
      }),
    },
  };
}

const RETRY_REASONS: Readonly<Record<string, string>> = { timeout: 'http_timeout' };

function readAnswer(status: number, text: string, noRetry: boolean): Answer {
  if (status < 200 || status > 299) return { result: 'refused', status, noRetry };
  if (text === '') return { result: 'acked', payload: {}, status };
  try {
    return { result: 'acked', payload: JSON.parse(text) as unknown, status };
  } catch {
    return { result: 'acked', payload: { text }, status };
  }
}

export interface SignedHttp extends Transport {
  pointAt(url: string): void;
  close(): void;
}

/** Delivers to the app's request URL. */
export function createSignedHttp({
  clock,
  signingSecret,
  url,
}: {
  clock: Clock;
  signingSecret: string;
  url: string | undefined;
}): SignedHttp {
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const ready = new Set<() => void>();
  let target = url;
  return {
    attempt(envelope) {
      const to = target;
      if (to === undefined) return Promise.resolve({ result: 'unreachable' });
      const reason = RETRY_REASONS[envelope.retryReason] ?? envelope.retryReason;
      const { body, headers } = signedRequest({ ...envelope, retryReason: reason }, signingSecret, clock.now());
      return new Promise((resolve) => {
        const call = request(to, { method: 'POST', agent, headers }, (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('end', () => {
            const noRetry = response.headers['x-slack-no-retry'] === '1';
            resolve(readAnswer(response.statusCode ?? 0, Buffer.concat(parts).toString('utf8'), noRetry));
          });
          response.on('error', () => resolve({ result: 'refused', status: 0, noRetry: false }));
        });
        // A refused connection is retried on the timetable of events, like any other failure over HTTP.
        call.on('error', () => resolve({ result: 'refused', status: 0, noRetry: false }));
        call.end(body);
      });
    },
    forget: () => undefined,
    onReady: (run) => void ready.add(run),
    pointAt(to) {
      target = to;
      for (const run of ready) run();
    },
    close: () => agent.destroy(),
  };
}
