import { refused } from './errors.js';
import type { Block, Json, StateValues } from './types.js';

export interface Placed {
  block: Json;
  element: Json;
}

const asList = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);

/** Every interactive element with the block it stands in, in reading order. */
export function placedElements(blocks: readonly Json[]): Placed[] {
  return blocks.flatMap((block): Placed[] => {
    const inner = [block.accessory, block.element].filter((part) => part !== undefined) as Json[];
    const own = [...inner, ...asList(block.elements), ...asList(block.actions)]
      .filter((element) => typeof element.action_id === 'string')
      .map((element) => ({ block, element }));
    const nested = [...asList(block.child_blocks), ...(block.type === 'carousel' ? asList(block.elements) : [])];
    return [...own, ...placedElements(nested)];
  });
}

/** What a person may give an element: the text of a field, a choice by its value or visible text, several choices, or nothing. */
export type InputValue = string | number | string[] | null;

const plain = (text: unknown): string => (typeof text === 'object' && text !== null ? String((text as Json).text ?? '') : '');

function optionsOf(element: Json): Json[] {
  return [...asList(element.options), ...asList(element.option_groups).flatMap((group) => asList(group.options))];
}

function pick(element: Json, wanted: string): Json {
  const options = optionsOf(element);
  const found = options.find((option) => option.value === wanted) ?? options.find((option) => plain(option.text) === wanted);
  if (found) return found;
  const shown = options.map((option) => `"${plain(option.text)}"`).join(', ');
  throw refused(`"${wanted}" is not among the choices of ${String(element.action_id)}: ${shown}`);
}

const one = (value: InputValue, element: Json): string | undefined => {
  if (Array.isArray(value)) throw refused(`${String(element.action_id)} takes one value`);
  return value === null || value === '' ? undefined : String(value);
};
const many = (value: InputValue): string[] => (value === null || value === '' ? [] : Array.isArray(value) ? value : [String(value)]);

function several(element: Json, value: InputValue): string[] {
  const list = many(value);
  if (typeof element.max_selected_items === 'number' && list.length > element.max_selected_items) {
    throw refused(`${String(element.action_id)} takes at most ${element.max_selected_items} choices`);
  }
  return list;
}

type Reader = (element: Json, value: InputValue) => Json;

const optionOrNull = (element: Json, value: InputValue): Json | null => {
  const wanted = one(value, element);
  return wanted === undefined ? null : pick(element, wanted);
};
// The app answers what an external select may hold; without its answer the text itself is taken.
const external = (element: Json, wanted: string): Json =>
  element.options !== undefined ? pick(element, wanted) : { text: { type: 'plain_text', text: wanted, emoji: true }, value: wanted };
const text: Reader = (element, value) => ({ value: one(value, element) ?? null });

/** The same fields in `actions[]` and in `state.values`, by kind of element. */
const READERS: Readonly<Record<string, Reader>> = {
  plain_text_input: text,
  email_text_input: text,
  url_text_input: text,
  number_input: text,
  rich_text_input: (element, value) => ({ rich_text_value: richText(one(value, element)) }),
  static_select: (element, value) => ({ selected_option: optionOrNull(element, value) }),
  radio_buttons: (element, value) => ({ selected_option: optionOrNull(element, value) }),
  overflow: (element, value) => ({ selected_option: optionOrNull(element, value) }),
  checkboxes: (element, value) => ({ selected_options: many(value).map((item) => pick(element, item)) }),
  multi_static_select: (element, value) => ({ selected_options: several(element, value).map((item) => pick(element, item)) }),
  external_select: (element, value) => {
    const wanted = one(value, element);
    return { selected_option: wanted === undefined ? null : external(element, wanted) };
  },
  multi_external_select: (element, value) => ({ selected_options: several(element, value).map((item) => external(element, item)) }),
  users_select: (element, value) => ({ selected_user: one(value, element) ?? null }),
  multi_users_select: (element, value) => ({ selected_users: several(element, value) }),
  conversations_select: (element, value) => ({ selected_conversation: one(value, element) ?? null }),
  multi_conversations_select: (element, value) => ({ selected_conversations: several(element, value) }),
  channels_select: (element, value) => ({ selected_channel: one(value, element) ?? null }),
  multi_channels_select: (element, value) => ({ selected_channels: several(element, value) }),
  datepicker: (element, value) => ({ selected_date: one(value, element) ?? null }),
  timepicker: (element, value) => ({ selected_time: one(value, element) ?? null }),
  datetimepicker: (element, value) => {
    const wanted = one(value, element);
    return { selected_date_time: wanted === undefined ? null : Number(wanted) };
  },
  file_input: (_element, value) => ({ files: many(value).map((id) => ({ id })) }),
};

function richText(value: string | undefined): Json | null {
  if (value === undefined) return null;
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: value }] }] };
}

/** `{type, …}` as it stands in `state.values`. */
export function readInput(element: Json, value: InputValue): Json {
  const reader = READERS[String(element.type)];
  if (!reader) throw refused(`a ${String(element.type)} takes no value`);
  return { type: element.type, ...reader(element, value) };
}

const INITIAL: Readonly<Record<string, string>> = {
  initial_value: 'value',
  initial_option: 'selected_option',
  initial_options: 'selected_options',
  initial_user: 'selected_user',
  initial_users: 'selected_users',
  initial_conversation: 'selected_conversation',
  initial_conversations: 'selected_conversations',
  initial_channel: 'selected_channel',
  initial_channels: 'selected_channels',
  initial_date: 'selected_date',
  initial_time: 'selected_time',
  initial_date_time: 'selected_date_time',
};

const STATELESS = new Set(['button', 'overflow', 'workflow_button', 'icon_button', 'feedback_buttons']);

/** What the inputs hold before anybody touched them. */
export function initialState(blocks: readonly Block[]): StateValues {
  const state: StateValues = {};
  for (const { block, element } of placedElements(blocks)) {
    if (STATELESS.has(String(element.type)) || READERS[String(element.type)] === undefined) continue;
    const value = readInput(element, null);
    for (const [from, to] of Object.entries(INITIAL)) {
      if (element[from] === undefined) continue;
      value[element.type === 'rich_text_input' ? 'rich_text_value' : to] = element[from];
    }
    const blockId = String(block.block_id);
    state[blockId] = { ...state[blockId], [String(element.action_id)]: value };
  }
  return state;
}

const isEmpty = (value: Json): boolean =>
  Object.entries(value).every(
    ([key, part]) => key === 'type' || part === null || part === '' || (Array.isArray(part) && part.length === 0),
  );

/** What the client itself refuses before anything is sent, by block_id. */
export function inputFaults(blocks: readonly Block[], state: StateValues): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const { block, element } of placedElements(blocks)) {
    if (block.type !== 'input') continue;
    const blockId = String(block.block_id);
    const value = state[blockId]?.[String(element.action_id)];
    if (value === undefined || isEmpty(value)) {
      if (block.optional !== true) faults[blockId] = 'Please complete this required field.';
      continue;
    }
    const fault = valueFault(element, value.value);
    if (fault !== undefined) faults[blockId] = fault;
  }
  return faults;
}

function valueFault(element: Json, value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const { min_length: min, max_length: max } = element;
  if (typeof min === 'number' && value.length < min) return `This entry needs at least ${min} characters.`;
  if (typeof max === 'number' && value.length > max) return `This entry may have at most ${max} characters.`;
  if (element.type === 'email_text_input' && !/^\S+@\S+\.\S+$/.test(value)) return 'This is not an email address.';
  if (element.type === 'url_text_input' && !/^https?:\/\/\S+$/i.test(value)) return 'This is not a URL.';
  if (element.type === 'number_input') return numberFault(element, value);
  return undefined;
}

function numberFault(element: Json, value: string): string | undefined {
  const number = Number(value);
  if (value.trim() === '' || Number.isNaN(number)) return 'This is not a number.';
  if (element.is_decimal_allowed !== true && !Number.isInteger(number)) return 'This needs a whole number.';
  if (element.min_value !== undefined && number < Number(element.min_value)) return `This needs at least ${String(element.min_value)}.`;
  if (element.max_value !== undefined && number > Number(element.max_value)) return `This may be at most ${String(element.max_value)}.`;
  return undefined;
}
