import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Failure } from './elements.js';
import { act, state } from './store.js';
import { ids, type Part, useChange, useStored, useSurface } from './surface.js';
import { type Json, list, object, plain, text } from './types.js';

interface Choice {
  value: string;
  label: string;
  group?: string | undefined;
}

const choice = (option: Json, group?: string): Choice => ({ value: text(option.value), label: plain(option.text), group });

function choicesOf(element: Json): Choice[] {
  const type = text(element.type);
  const { users = [], channels = [] } = state.info ?? {};
  if (type.includes('users')) return users.filter((user) => !user.isBot).map((user) => ({ value: user.id, label: user.realName }));
  if (type.includes('channels') || type.includes('conversations')) {
    return channels.filter((channel) => channel.kind !== 'im').map((channel) => ({ value: channel.id, label: `#${channel.name}` }));
  }
  return [
    ...list(element.options).map((option) => choice(option)),
    ...list(element.option_groups).flatMap((group) => list(group.options).map((option) => choice(option, plain(group.label)))),
  ];
}

const ONE = ['selected_user', 'selected_conversation', 'selected_channel'] as const;
const MANY = ['selected_users', 'selected_conversations', 'selected_channels'] as const;

/** The values that are chosen now, whatever the kind of select. */
function chosenIn(stored: Json): Choice[] {
  const options = [object(stored.selected_option), ...list(stored.selected_options)].filter((option) => option !== undefined);
  const plainValues = [...ONE.map((key) => stored[key]), ...MANY.flatMap((key) => (Array.isArray(stored[key]) ? stored[key] : []))];
  return [
    ...options.map((option) => choice(option)),
    ...plainValues.filter((value): value is string => typeof value === 'string').map((value) => ({ value, label: value })),
  ];
}

const labelOf = ({ block, element }: Part): string => plain(block.label) || plain(element.placeholder) || 'Choose';
const fieldId = (where: string, { block }: Part): string | undefined =>
  block.type === 'input' ? `${where}/${text(block.block_id)}` : undefined;

function Options({ choices }: { choices: readonly Choice[] }) {
  const groups = [...new Set(choices.map((one) => one.group))];
  return (
    <>
      {groups.map((group) => {
        const options = choices
          .filter((one) => one.group === group)
          .map((one) => (
            <option key={one.value} value={one.value}>
              {one.label}
            </option>
          ));
        return group === undefined ? (
          options
        ) : (
          <optgroup key={group} label={group}>
            {options}
          </optgroup>
        );
      })}
    </>
  );
}

export function Select({ part }: { part: Part }) {
  return text(part.element.type).startsWith('multi_') ? <Several part={part} /> : <One part={part} />;
}

function One({ part }: { part: Part }) {
  const { element } = part;
  const { where } = useSurface();
  const stored = useStored(part);
  const { change, busy, failed } = useChange(part);
  const known = chosenIn(stored)[0]?.value ?? '';
  const [chosen, choose] = useState(known);
  return (
    <>
      <select
        id={fieldId(where, part)}
        aria-label={part.block.type === 'input' ? undefined : labelOf(part)}
        value={chosen}
        disabled={busy}
        onChange={(event) => {
          const { value } = event.currentTarget;
          choose(value);
          change(value === '' ? null : value);
        }}
        {...ids(part)}
      >
        <option value="">{plain(element.placeholder) || 'Choose…'}</option>
        <Options choices={choicesOf(element)} />
      </select>
      <Failure shown={failed} />
    </>
  );
}

/** Checkboxes in a box that opens, with what is chosen on its lid. */
function Several({ part }: { part: Part }) {
  const { element } = part;
  const { change, failed } = useChange(part);
  const [chosen, choose] = useState(chosenIn(useStored(part)).map((one) => one.value));
  const choices = choicesOf(element);
  const most = typeof element.max_selected_items === 'number' ? element.max_selected_items : choices.length;
  const pick = (value: string, on: boolean): void => {
    const next = on ? [...chosen, value] : chosen.filter((one) => one !== value);
    choose(next);
    change(next);
  };
  const words = choices.filter((one) => chosen.includes(one.value)).map((one) => one.label);
  return (
    <details class="several" {...ids(part)}>
      <summary>
        <span class="visually-hidden">{labelOf(part)}: </span>
        {words.length > 0 ? words.join(', ') : plain(element.placeholder) || 'Choose…'}
      </summary>
      <fieldset aria-label={labelOf(part)}>
        {choices.map((one) => (
          <label key={one.value} class="choice">
            <input
              type="checkbox"
              checked={chosen.includes(one.value)}
              disabled={!chosen.includes(one.value) && chosen.length >= most}
              onChange={(event) => pick(one.value, event.currentTarget.checked)}
            />
            <span>{one.label}</span>
          </label>
        ))}
      </fieldset>
      <Failure shown={failed} />
    </details>
  );
}

const TYPING_MS = 250;

/** Asks the app while one types. */
export function ExternalSelect({ part }: { part: Part }) {
  const { element, block } = part;
  const { where } = useSurface();
  const several = text(element.type).startsWith('multi_');
  const { change, failed } = useChange(part);
  const [chosen, choose] = useState(chosenIn(useStored(part)));
  const [typed, type] = useState('');
  const [offered, offer] = useState<Choice[]>([]);
  const [at, setAt] = useState(0);
  const listId = useId();
  const asked = useRef(0);
  const open = offered.length > 0;

  useEffect(() => {
    if (typed === '') return offer([]);
    asked.current += 1;
    const mine = asked.current;
    const timer = setTimeout(async () => {
      const found = await act<Choice[]>({ do: 'suggest', where, what: text(element.action_id), blockId: text(block.block_id), typed });
      if (mine !== asked.current) return;
      offer(found ?? []);
      setAt(0);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);

  const pick = (one: Choice): void => {
    const next = several ? [...chosen.filter((known) => known.value !== one.value), one] : [one];
    choose(next);
    type('');
    offer([]);
    change(several ? next.map((known) => known.value) : one.value);
  };
  const drop = (value: string): void => {
    const next = chosen.filter((known) => known.value !== value);
    choose(next);
    change(several ? next.map((known) => known.value) : null);
  };
  const pressed = (event: KeyboardEvent): void => {
    if (!open) return;
    if (event.key === 'ArrowDown') setAt((at + 1) % offered.length);
    else if (event.key === 'ArrowUp') setAt((at + offered.length - 1) % offered.length);
    else if (event.key === 'Enter' && offered[at]) pick(offered[at]);
    else if (event.key === 'Escape') offer([]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div class="external" {...ids(part)}>
      {chosen.map((one) => (
        <span key={one.value} class="chip">
          {one.label}{' '}
          <button type="button" class="icon" aria-label={`Remove ${one.label}`} onClick={() => drop(one.value)}>
            ✕
          </button>
        </span>
      ))}
      <input
        id={fieldId(where, part)}
        type="text"
        role="combobox"
        autocomplete="off"
        aria-label={block.type === 'input' ? undefined : labelOf(part)}
        aria-expanded={open}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={open ? `${listId}-${at}` : undefined}
        placeholder={plain(element.placeholder) || 'Type to search'}
        value={typed}
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={pressed}
      />
      <div id={listId} role="listbox" aria-label="What was found" class="suggestions" hidden={!open}>
        {offered.map((one, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are heard by the combobox
          <div key={one.value} id={`${listId}-${index}`} role="option" tabIndex={-1} aria-selected={index === at} onClick={() => pick(one)}>
            {one.label}
            {one.group ? <span class="hint">{one.group}</span> : null}
          </div>
        ))}
      </div>
      <Failure shown={failed} />
    </div>
  );
}
