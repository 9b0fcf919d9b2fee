import { useId, useRef, useState } from 'preact/hooks';
import { Menu } from './menu.js';
import { act, state } from './store.js';

interface Suggestion {
  insert: string;
  label: string;
  hint: string;
}

const MOST = 8;

/** What the last word asks for: a command at the very beginning, a name after `@`. */
function suggestionsFor(typed: string, inThread: boolean): Suggestion[] {
  const { info } = state;
  if (!info) return [];
  const command = /^\/\S*$/.exec(typed)?.[0];
  if (command !== undefined && !inThread) {
    return info.app.commands
      .filter((one) => one.command.startsWith(command))
      .map((one) => ({ insert: `${one.command} `, label: `${one.command} ${one.usageHint}`, hint: one.description }));
  }
  const name = /(?:^|\s)@([a-z0-9._-]*)$/i.exec(typed)?.[1]?.toLowerCase();
  if (name === undefined) return [];
  const before = typed.slice(0, typed.length - name.length);
  const people = info.users.map((user) => ({ insert: `${before}${user.name} `, label: `@${user.name}`, hint: user.realName }));
  const groups = info.groups.map((group) => ({ insert: `${before}${group.handle} `, label: `@${group.handle}`, hint: group.name }));
  return [...people, ...groups]
    .filter(({ label, hint }) => label.slice(1).startsWith(name) || hint.toLowerCase().startsWith(name))
    .slice(0, MOST);
}

/** What a client makes of typed text: three signs escaped, names turned into ids, addresses into links. */
function asMrkdwn(typed: string): string {
  const { info } = state;
  return typed
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/(^|\s)@([a-z0-9._-]+)/gi, (whole, before: string, name: string) => {
      const user = info?.users.find((one) => one.name === name.toLowerCase());
      const group = info?.groups.find((one) => one.handle === name.toLowerCase());
      if (user) return `${before}<@${user.id}>`;
      return group ? `${before}<!subteam^${group.id}>` : whole;
    })
    .replace(/(^|\s)(https?:\/\/[^\s<>]+)/g, (_whole, before: string, url: string) => `${before}<${url}>`);
}

export function Composer({ channel, threadTs, name, disabled }: { channel: string; threadTs?: string; name: string; disabled: boolean }) {
  const [typed, type] = useState('');
  const [at, setAt] = useState(0);
  const [dismissed, dismiss] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const listId = useId();
  const offered = dismissed ? [] : suggestionsFor(typed, threadTs !== undefined);
  const open = offered.length > 0;
  const shortcuts = (state.info?.app.shortcuts ?? [])
    .filter((shortcut) => shortcut.type === 'global')
    .map(({ name: label, description: hint, callbackId }) => ({ label, hint, run: () => void act({ do: 'shortcut', what: callbackId }) }));
  const chosen = offered[Math.min(at, offered.length - 1)];

  const change = (value: string): void => {
    type(value);
    setAt(0);
    dismiss(false);
  };
  const take = (suggestion: Suggestion): void => {
    change(suggestion.insert);
    field.current?.focus();
  };
  const send = async (): Promise<void> => {
    const words = typed.trim();
    if (words === '') return;
    type('');
    const thread = threadTs === undefined ? {} : { threadTs };
    const [first = '', ...rest] = words.split(/ (.*)/s);
    const order = words.startsWith('/') ? { do: 'command', command: first, text: rest[0] ?? '' } : { do: 'say', text: asMrkdwn(words) };
    const done = await act({ ...order, channel, ...thread });
    // What was refused is not lost.
    if (done === undefined) type((now) => (now === '' ? words : now));
  };
  const pressed = (event: KeyboardEvent): void => {
    if (open && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      setAt((at + (event.key === 'ArrowDown' ? 1 : offered.length - 1)) % offered.length);
    } else if (open && event.key === 'Escape') dismiss(true);
    else if (open && chosen && (event.key === 'Tab' || event.key === 'Enter') && !event.shiftKey && typed !== chosen.insert.trimEnd()) {
      event.preventDefault();
      take(chosen);
    } else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      void send();
    }
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <div id={listId} role="listbox" aria-label="Suggestions" class="suggestions" hidden={!open}>
        {offered.map((one, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are heard by the field
          <div
            key={one.insert}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={one === chosen}
            onClick={() => take(one)}
          >
            <span>{one.label}</span>
            <span class="hint">{one.hint}</span>
          </div>
        ))}
      </div>
      <textarea
        ref={field}
        rows={Math.min(8, Math.max(2, typed.split('\n').length))}
        aria-label={`Message ${name}`}
        aria-autocomplete="list"
        aria-controls={listId}
        aria-activedescendant={open ? `${listId}-${offered.indexOf(chosen ?? { insert: '', label: '', hint: '' })}` : undefined}
        placeholder={disabled ? 'This channel is archived' : `Message ${name}`}
        value={typed}
        disabled={disabled}
        onInput={(event) => change(event.currentTarget.value)}
        onKeyDown={pressed}
      />
      <div class="bar">
        <span class="hint">
          {threadTs === undefined && shortcuts.length > 0 ? <Menu label="Shortcuts" sign="⚡" items={shortcuts} /> : null}
          {threadTs === undefined ? (
            <>
              <kbd>/</kbd> for commands, <kbd>@</kbd> for people
            </>
          ) : (
            <>
              <kbd>@</kbd> for people
            </>
          )}
        </span>
        <button type="submit" class="button primary" disabled={disabled || typed.trim() === ''}>
          Send
        </button>
      </div>
    </form>
  );
}
