import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { act, set, state } from './store.js';
import type { ApiCall, DeliveryRecord, Message } from './types.js';

function Panel({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <aside class="pane beside" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <button type="button" class="icon" aria-label={`Close ${title}`} onClick={() => set({ panel: undefined })}>
          ✕
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
      <section class="panel" tabIndex={0} aria-label={`${title}, content`}>
        {children}
      </section>
    </aside>
  );
}

const Raw = ({ title, value, open = false }: { title: string; value: unknown; open?: boolean }) => (
  <details open={open}>
    <summary>{title}</summary>
    <pre>{JSON.stringify(value, null, 2)}</pre>
  </details>
);

const clock = (ms: number): string => new Date(ms).toLocaleTimeString([], { hour12: false });

/** What went over the wire because of one message. */
export function Payloads({ ts }: { ts: string }) {
  const [found, setFound] = useState<{ message: Message; calls: ApiCall[]; deliveries: DeliveryRecord[] }>();
  const load = async () => setFound(await act({ do: 'payloads', ts }));
  useEffect(() => void load(), [ts]);
  return (
    <Panel title="Payloads">
      <p>
        <code>{ts}</code>{' '}
        <button type="button" class="button" onClick={() => void load()}>
          Read again
        </button>
      </p>
      {found ? (
        <>
          <Raw title="The message" value={{ ...found.message, versions: undefined }} open />
          <Raw title={`${found.message.versions.length} versions`} value={found.message.versions} />
          <h3>Calls of the app ({found.calls.length})</h3>
          {found.calls.map((call) => (
            <Raw
              key={`${call.at}${call.method}`}
              title={`${clock(call.at)} ${call.method} · ${call.result.ok === true ? 'ok' : String(call.result.error)}`}
              value={{ arguments: call.args, answer: call.result }}
            />
          ))}
          <h3>Sent to the app ({found.deliveries.length})</h3>
          {found.deliveries.map((record) => (
            <Raw
              key={record.id}
              title={`${clock(record.at)} ${record.kind} · ${record.outcome}${record.latencyMs === undefined ? '' : ` · ${Math.round(record.latencyMs)} ms`}`}
              value={{ payload: record.payload, response: record.response }}
            />
          ))}
        </>
      ) : null}
    </Panel>
  );
}

const METHODS = [
  '*',
  'chat.postMessage',
  'chat.update',
  'chat.postEphemeral',
  'views.open',
  'views.update',
  'views.publish',
  'conversations.history',
];

const KINDS: Readonly<
  Record<string, { label: string; field?: string; initial?: string; make: (value: string) => Record<string, unknown> }>
> = {
  rate_limited: {
    label: '429, too many requests',
    field: 'Retry after (s)',
    initial: '3',
    make: (value) => ({ retryAfter: Number(value) || 1 }),
  },
  error: { label: 'ok: false', field: 'Error', initial: 'internal_error', make: (value) => ({ error: value }) },
  status: { label: 'HTTP failure', field: 'Status', initial: '500', make: (value) => ({ status: Number(value) || 500 }) },
  slow: { label: 'slow answer', field: 'Milliseconds', initial: '4000', make: (value) => ({ ms: Number(value) || 1000 }) },
  lost_answer: { label: 'answer lost on the way', make: () => ({}) },
};

function FaultForm() {
  const [kind, setKind] = useState('rate_limited');
  const chosen = KINDS[kind];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const data = new FormData(event.currentTarget);
        const fault = { kind, ...chosen?.make(String(data.get('value') ?? '')) };
        const times = Number(data.get('times')) || 1;
        void act({ do: 'fault', method: String(data.get('method')), fault, times }).then(() =>
          set({ announcement: 'The next calls will go wrong.' }),
        );
      }}
    >
      <h3>The next calls go wrong</h3>
      <label>
        Method
        <select name="method">
          {METHODS.map((method) => (
            <option key={method} value={method}>
              {method === '*' ? 'any' : method}
            </option>
          ))}
        </select>
      </label>
      <label>
        How
        <select value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
          {Object.entries(KINDS).map(([name, { label }]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {chosen?.field ? (
        <label key={kind}>
          {chosen.field}
          <input name="value" defaultValue={chosen.initial} />
        </label>
      ) : null}
      <label>
        Times
        <input name="times" type="number" min="1" defaultValue="1" />
      </label>
      <div class="actions">
        <button type="submit" class="button danger">
          Arm
        </button>
        <button type="button" class="button" onClick={() => void act({ do: 'clearFaults' })}>
          Disarm all
        </button>
      </div>
    </form>
  );
}

function Redeliver() {
  const [records, setRecords] = useState<DeliveryRecord[]>([]);
  const load = async () => setRecords(((await act<DeliveryRecord[]>({ do: 'deliveries', last: 12 })) ?? []).reverse());
  useEffect(() => void load(), []);
  return (
    <section>
      <h3>Deliver once more</h3>
      <button type="button" class="button" onClick={() => void load()}>
        Read again
      </button>
      <ul class="rows">
        {records.map((record) => (
          <li key={record.id}>
            <span>
              {clock(record.at)} {record.kind} <span class="hint">{record.outcome}</span>
            </span>
            <button type="button" class="button" onClick={() => void act({ do: 'redeliver', id: record.id }).then(load)}>
              Redeliver
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

const MOVES: readonly [string, number][] = [
  ['+ 3 s', 3_000],
  ['+ 1 min', 60_000],
  ['+ 30 min', 1_800_000],
  ['+ 1 day', 86_400_000],
];

/** Everything that can go wrong with Slack, and its time. */
export function Faults() {
  const channel =
    state.place?.kind === 'channel'
      ? state.info?.channels.find(({ id }) => state.place?.kind === 'channel' && id === state.place.id)
      : undefined;
  const [now, setNow] = useState(state.info?.now);
  const move = async (ms: number): Promise<void> => {
    await act({ do: 'moveClock', ms });
    const fresh = await act<{ now: number }>({ do: 'workspace' });
    setNow(fresh?.now);
    if (fresh && state.info) state.info.now = fresh.now;
  };
  return (
    <Panel title="Faults and clock">
      <section>
        <h3>Clock</h3>
        <p>The workspace's time is {now === undefined ? 'unknown' : new Date(now).toLocaleString()}.</p>
        <div class="actions">
          {MOVES.map(([label, ms]) => (
            <button key={label} type="button" class="button" onClick={() => void move(ms)}>
              {label}
            </button>
          ))}
        </div>
      </section>
      <section>
        <h3>Connection</h3>
        <div class="actions">
          <button type="button" class="button danger" onClick={() => void act({ do: 'drop' })}>
            Cut it
          </button>
          <button type="button" class="button" onClick={() => void act({ do: 'drop', reason: 'refresh_requested' })}>
            Ask for a new one
          </button>
        </div>
      </section>
      {channel ? (
        <section>
          <h3>{channel.name || 'This conversation'}</h3>
          <div class="actions">
            <button
              type="button"
              class="button danger"
              disabled={channel.isArchived}
              onClick={() => void act({ do: 'archive', channel: channel.id })}
            >
              Archive
            </button>
            <button type="button" class="button danger" onClick={() => void act({ do: 'removeApp', channel: channel.id })}>
              Remove the app
            </button>
          </div>
        </section>
      ) : null}
      <FaultForm />
      <Redeliver />
    </Panel>
  );
}
