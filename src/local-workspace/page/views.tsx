import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask } from './api.js';
import { Blocks } from './blocks.js';
import { Mrkdwn, TextObject } from './mrkdwn.js';
import { act, type Confirmation, me, toast } from './store.js';
import { type Surface, SurfaceContext, type Value } from './surface.js';
import { plain, text, type View } from './types.js';

interface Entry {
  blockId: string;
  actionId: string;
  value: Value;
}

/** What was typed in a view, kept here until it is handed over. */
function useEntries(view: View): { surface: Surface; take: () => Entry[] } {
  const entries = useRef(new Map<string, Entry>());
  const take = (): Entry[] => {
    // Only what still stands there: the app may have changed the view meanwhile.
    const blocks = new Set(view.blocks.map((block) => block.block_id));
    const all = [...entries.current.values()].filter((entry) => blocks.has(entry.blockId));
    entries.current.clear();
    return all;
  };
  const surface: Surface = {
    where: view.id,
    values: view.state,
    errors: view.errors,
    keep: (blockId, actionId, value) => entries.current.set(`${blockId}/${actionId}`, { blockId, actionId, value }),
    async flush() {
      const all = take();
      if (all.length > 0) await act({ do: 'enter', where: view.id, entries: all });
    },
  };
  return { surface, take };
}

export function ViewSurface({ view, children }: { view: View; children: ComponentChildren }) {
  return <SurfaceContext.Provider value={useEntries(view).surface}>{children}</SurfaceContext.Provider>;
}

function useModal() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const box = dialog.current;
    if (box && !box.open) box.showModal();
    return () => box?.close();
  }, []);
  return dialog;
}

/** One view of the stack; only the top one is open. */
export function Modal({ view, below }: { view: View; below: number }) {
  const dialog = useModal();
  const { surface, take } = useEntries(view);
  const [busy, setBusy] = useState(false);
  const title = plain(view.title) || 'View';
  const close = (all: boolean): void => void act({ do: 'closeView', viewId: view.id, all });
  const submit = async (): Promise<void> => {
    setBusy(true);
    const settled = await ask<{ outcome: string }>({ do: 'submit', as: me(), viewId: view.id, entries: take() }).catch((error: Error) => {
      // What is wrong with a field is said at the field.
      const atFields = view.blocks.some((block) => error.message.startsWith(`${block.block_id}: `));
      if (!atFields) toast(error.message);
      return undefined;
    });
    setBusy(false);
    if (settled && settled.outcome !== 'acked') toast('The app did not answer in time. What you filled in is still here.');
  };
  return (
    <dialog
      ref={dialog}
      class="modal"
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        close(false);
      }}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <header>
          {below > 0 ? (
            <button type="button" class="icon" aria-label="Back" onClick={() => close(false)}>
              ‹
            </button>
          ) : null}
          <h2>{title}</h2>
          <button type="button" class="icon" aria-label="Close" onClick={() => close(true)}>
            ✕
          </button>
        </header>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
        <section class="content" tabIndex={0} aria-label={`${title}, content`}>
          <SurfaceContext.Provider value={surface}>
            <Blocks blocks={view.blocks} />
          </SurfaceContext.Provider>
        </section>
        <footer>
          <button type="button" class="button" onClick={() => close(false)}>
            {plain(view.close) || (view.submit ? 'Cancel' : 'Close')}
          </button>
          {view.submit ? (
            <button type="submit" class="button primary" disabled={busy} aria-busy={busy}>
              {plain(view.submit)}
            </button>
          ) : null}
        </footer>
      </form>
    </dialog>
  );
}

/** What the app wants to be sure of before a button does its work. */
export function Confirm({ confirmation: { dialog: asked, answer } }: { confirmation: Confirmation }) {
  const dialog = useModal();
  const title = plain(asked.title) || 'Are you sure?';
  const style = text(asked.style) === 'danger' ? 'danger' : 'primary';
  return (
    <dialog
      ref={dialog}
      class="modal confirm"
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        answer(false);
      }}
    >
      <header>
        <h2>{title}</h2>
      </header>
      <div class="content pre">{typeof asked.text === 'string' ? <Mrkdwn text={asked.text} /> : <TextObject value={asked.text} />}</div>
      <footer>
        <button type="button" class="button" onClick={() => answer(false)}>
          {plain(asked.deny) || 'Cancel'}
        </button>
        <button type="button" class={`button ${style}`} onClick={() => answer(true)}>
          {plain(asked.confirm) || 'Yes'}
        </button>
      </footer>
    </dialog>
  );
}
