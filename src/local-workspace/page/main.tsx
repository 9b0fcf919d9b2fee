import { render } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import { broughtAlong } from './api.js';
import { loadMarkdown } from './markdown.js';
import { Faults, Payloads } from './panels.js';
import { ChannelPane, HomePane, ThreadPane } from './panes.js';
import { Sidebar } from './sidebar.js';
import { become, set, state, toast, watch } from './store.js';
import type { First } from './types.js';
import { Confirm, Modal } from './views.js';

function Beside() {
  const { info, panel, threadTs, place } = state;
  if (panel?.kind === 'payloads') return <Payloads ts={panel.ts} />;
  if (panel?.kind === 'faults') return <Faults />;
  const channel = place?.kind === 'channel' ? info?.channels.find(({ id }) => id === place.id) : undefined;
  return info && channel && threadTs !== undefined ? <ThreadPane channel={channel} info={info} ts={threadTs} /> : null;
}

function Workspace() {
  const [, redraw] = useState(0);
  // Before the first painting: what changes in between is drawn, too.
  useLayoutEffect(() => watch(() => redraw((times) => times + 1)), []);
  const { info, place } = state;
  if (!info || !place) return <p class="empty">{state.toast ?? 'Loading…'}</p>;
  const channel = place.kind === 'channel' ? info.channels.find(({ id }) => id === place.id) : undefined;
  const top = info.views.at(-1);
  return (
    <>
      <Sidebar info={info} />
      {state.sideOpen ? (
        <button type="button" class="shade" aria-label="Close the list of channels" onClick={() => set({ sideOpen: false })} />
      ) : null}
      {channel ? <ChannelPane channel={channel} info={info} /> : <HomePane info={info} />}
      <Beside />
      {top ? <Modal key={top.id} view={top} below={info.views.length - 1} /> : null}
      {state.confirmations.map((confirmation, index) => (
        <Confirm key={index} confirmation={confirmation} />
      ))}
      <p class="visually-hidden" role="log" aria-live="polite" aria-label="New messages">
        {state.announcement}
      </p>
      {state.connected ? null : (
        <p class="offline" role="status">
          Connection to the workspace lost. Trying again…
        </p>
      )}
      <div role="alert">{state.toast === undefined ? null : <p class="toast">{state.toast}</p>}</div>
    </>
  );
}

// First who sits there, then the drawing: when the page brought along what it needs, it is drawn once and complete.
become(sessionStorage.getItem('me') ?? '', broughtAlong<First>()).catch((error: Error) => {
  toast(error.message);
});
const root = document.getElementById('workspace');
if (root) render(<Workspace />, root);
(window.requestIdleCallback ?? setTimeout)(() => void loadMarkdown().catch(() => undefined));
