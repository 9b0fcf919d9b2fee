import type { ComponentChildren } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';

export interface MenuItem {
  label: ComponentChildren;
  hint?: string;
  danger?: boolean;
  run: () => void;
}

interface Props {
  label: string;
  sign: ComponentChildren;
  items: readonly MenuItem[];
  disabled?: boolean;
  class?: string;
  data?: Record<string, string>;
}

/** A button that opens a menu. The menu lies above everything, so no scrolling pane cuts it off. */
export function Menu({ label, sign, items, disabled, class: name, data }: Props) {
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const id = useId();
  // Every message has two menus: what is in them is made for the one that is opened.
  const [wasOpened, setOpened] = useState(false);

  const place = (): void => {
    const at = button.current?.getBoundingClientRect();
    const box = menu.current;
    if (!at || !box) return;
    const { offsetWidth: width, offsetHeight: height } = box;
    const below = at.bottom + height + 8 < innerHeight;
    box.style.left = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`;
    box.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - height - 4)}px`;
  };
  const opened = (event: { newState: string }): void => {
    const isOpen = event.newState === 'open';
    button.current?.setAttribute('aria-expanded', String(isOpen));
    if (!isOpen) return;
    place();
    menu.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
  };
  const moved = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const all = [...(menu.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
    all.at((all.indexOf(event.target as HTMLElement) + step) % all.length)?.focus();
  };

  return (
    <>
      <button
        ref={button}
        type="button"
        class={name ?? 'icon'}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={false}
        popovertarget={id}
        disabled={disabled}
        {...data}
      >
        {sign}
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        role="menu"
        tabIndex={-1}
        aria-label={label}
        class="menu"
        onBeforeToggle={() => setOpened(true)}
        onToggle={opened}
        onKeyDown={moved}
      >
        {(wasOpened ? items : []).map((item, index) => (
          <button
            key={index}
            type="button"
            role="menuitem"
            tabIndex={-1}
            class={item.danger ? 'danger' : ''}
            onClick={() => {
              menu.current?.hidePopover();
              button.current?.focus();
              item.run();
            }}
          >
            {item.label}
            {item.hint ? <span class="hint">{item.hint}</span> : null}
          </button>
        ))}
      </div>
    </>
  );
}
