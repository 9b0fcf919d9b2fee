import { useRef, useState } from 'preact/hooks';
import { act } from './store.js';
import { ids, type Part, useChange, useStored, useSurface, type Value } from './surface.js';
import { list, object, plain, text } from './types.js';

const TYPES: Readonly<Record<string, 'date' | 'time' | 'datetime-local' | 'email' | 'url' | 'number'>> = {
  datepicker: 'date',
  timepicker: 'time',
  datetimepicker: 'datetime-local',
  email_text_input: 'email',
  url_text_input: 'url',
  number_input: 'number',
};

const local = (seconds: number): string => {
  const date = new Date(seconds * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

/** The letters of a rich text that was there from the start. */
const letters = (value: unknown): string =>
  list(object(value)?.elements)
    .flatMap((part) => list(part.elements).map((leaf) => text(leaf.text)))
    .join('');

/** Everything that is typed, dates and times included. */
export function TextInput({ part }: { part: Part }) {
  const { element, block } = part;
  const type = text(element.type);
  const { where } = useSurface();
  const stored = useStored(part);
  const { change } = useChange(part);
  const dispatches = block.type !== 'input' || block.dispatch_action === true;
  const { keep } = useSurface();
  const known =
    typeof stored.selected_date_time === 'number'
      ? local(stored.selected_date_time)
      : text(stored.value) || text(stored.selected_date) || text(stored.selected_time) || letters(stored.rich_text_value);
  const read = (typed: string): Value => {
    if (typed === '') return null;
    return type === 'datetimepicker' ? Math.floor(new Date(typed).getTime() / 1000) : typed;
  };
  const remember = (typed: string): void => keep(text(block.block_id), text(element.action_id), read(typed));
  const blockId = text(block.block_id);
  const named = block.type === 'input' ? { id: `${where}/${blockId}`, 'aria-describedby': `${where}/${blockId}/notes` } : {};
  const common = {
    ...named,
    ...ids(part),
    'aria-label': block.type === 'input' ? undefined : plain(element.placeholder) || type.replaceAll('_', ' '),
    placeholder: plain(element.placeholder),
    defaultValue: known,
    maxLength: typeof element.max_length === 'number' ? element.max_length : undefined,
    required: block.type === 'input' && block.optional !== true,
    autofocus: element.focus_on_load === true,
    onInput: (event: { currentTarget: { value: string } }) => remember(event.currentTarget.value),
    onChange: (event: { currentTarget: { value: string } }) => dispatches && change(read(event.currentTarget.value)),
  };
  if (element.multiline === true || type === 'rich_text_input') return <textarea rows={5} {...common} />;
  // Preact's types know one shape of attributes per type of input, and here the type is only known at run time.
  const kind: object = { type: TYPES[type] ?? 'text', step: element.is_decimal_allowed === true ? 'any' : undefined };
  return <input {...kind} {...common} />;
}

/** Files go to the workspace at once; their ids are what the input holds. */
export function FileInput({ part }: { part: Part }) {
  const { block, element } = part;
  const { where } = useSurface();
  const { change } = useChange(part);
  const [names, setNames] = useState<string[]>([]);
  const input = useRef<HTMLInputElement>(null);
  const most = typeof element.max_files === 'number' ? element.max_files : 10;
  const take = async (): Promise<void> => {
    const chosen = [...(input.current?.files ?? [])].slice(0, most);
    const uploaded: string[] = [];
    for (const file of chosen) {
      const bytes = new Uint8Array(await file.arrayBuffer());
      let binary = '';
      for (const byte of bytes) binary += String.fromCharCode(byte);
      const stored = await act<{ id: string }>({ do: 'upload', name: file.name, base64: btoa(binary) });
      if (stored) uploaded.push(stored.id);
    }
    setNames(chosen.map((file) => file.name));
    change(uploaded);
  };
  return (
    <div>
      <input
        ref={input}
        id={`${where}/${text(block.block_id)}`}
        type="file"
        multiple={most > 1}
        accept={Array.isArray(element.filetypes) ? element.filetypes.map((type) => `.${String(type)}`).join(',') : undefined}
        onChange={() => void take()}
        {...ids(part)}
      />
      <span class="hint">{names.join(', ')}</span>
    </div>
  );
}
