import { askConfirm, el, plain, textObject } from './dom.js';

/*
 * One function per element: (element, block, ctx). `ctx.send(change)` tells the app at once, `ctx.collect` gathers what an
 * input block holds until the modal is submitted.
 */

const ids = (element, block) => ({ blockId: block.block_id, actionId: element.action_id });
const optionsOf = (element) => [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((group) => group.options)];

async function act(node, element, block, ctx, change) {
  if (element.confirm && !(await askConfirm(element.confirm, ctx.names))) return;
  node.disabled = true;
  try {
    await ctx.send({ ...change, what: element.action_id, blockId: block.block_id, confirm: Boolean(element.confirm) });
  } finally {
    node.disabled = false;
  }
}

function button(element, block, ctx) {
  const node = el(
    'button',
    { type: 'button', class: element.style, 'aria-label': element.accessibility_label, data: ids(element, block) },
    plain(element.text) || '🗑',
  );
  node.addEventListener('click', () => {
    if (element.url && /^https?:/i.test(element.url)) window.open(element.url, '_blank', 'noopener,noreferrer');
    act(node, element, block, ctx, { do: 'click' });
  });
  return node;
}

function overflow(element, block, ctx) {
  const menu = el('ul', { hidden: true, role: 'menu' });
  const toggle = el('button', { type: 'button', 'aria-label': 'More', 'aria-haspopup': 'menu', data: ids(element, block) }, '⋯');
  toggle.addEventListener('click', () => {
    menu.hidden = !menu.hidden;
  });
  for (const option of element.options) {
    const pick = el('button', { type: 'button', role: 'menuitem' }, plain(option.text));
    pick.addEventListener('click', () => {
      menu.hidden = true;
      act(toggle, element, block, ctx, { do: 'choose', value: option.value });
    });
    menu.append(el('li', {}, pick));
  }
  return el('div', { class: 'overflow' }, toggle, menu);
}

function feedback(element, block, ctx) {
  return ['positive', 'negative'].map((name) => {
    const node = el('button', { type: 'button', data: ids(element, block) }, plain(element[`${name}_button`].text));
    node.addEventListener('click', () => act(node, element, block, ctx, { do: 'choose', value: name }));
    return node;
  });
}

const choices = {
  users: (ctx) => ctx.people().map((user) => [user.id, user.realName]),
  conversations: (ctx) => ctx.channels().map((channel) => [channel.id, `#${channel.name}`]),
  channels: (ctx) => ctx.channels().map((channel) => [channel.id, `#${channel.name}`]),
};

function entries(element, ctx) {
  const kind = Object.keys(choices).find((name) => element.type.includes(name));
  return kind ? choices[kind](ctx) : optionsOf(element).map((option) => [option.value, plain(option.text)]);
}

function select(element, block, ctx, state) {
  const multiple = element.type.startsWith('multi_');
  const chosen = [state?.selected_option?.value, state?.selected_user, state?.selected_conversation, state?.selected_channel]
    .concat(
      (state?.selected_options ?? []).map((option) => option.value),
      state?.selected_users,
      state?.selected_conversations,
      state?.selected_channels,
    )
    .filter(Boolean);
  const node = el(
    'select',
    { multiple, 'aria-label': plain(block.label) || plain(element.placeholder) || 'Choose', data: ids(element, block) },
    multiple ? [] : el('option', { value: '' }, plain(element.placeholder) || 'Choose…'),
    entries(element, ctx).map(([value, label]) => el('option', { value, selected: chosen.includes(value) }, label)),
  );
  const read = () => (multiple ? [...node.selectedOptions].map((option) => option.value) : node.value || null);
  return live(node, element, block, ctx, read);
}

function live(node, element, block, ctx, read) {
  if (block.type === 'input') ctx.collect(block.block_id, read);
  if (block.type !== 'input' || block.dispatch_action) {
    node.addEventListener('change', () => act(node, element, block, ctx, { do: 'choose', value: read() }));
  }
  return node;
}

function group(element, block, ctx, state) {
  const type = element.type === 'checkboxes' ? 'checkbox' : 'radio';
  const chosen = [state?.selected_option?.value, ...(state?.selected_options ?? []).map((option) => option.value)];
  const name = `${block.block_id}.${element.action_id}`;
  const node = el('div', {
    role: type === 'radio' ? 'radiogroup' : 'group',
    'aria-label': plain(block.label) || 'Choices',
    data: ids(element, block),
  });
  for (const option of element.options) {
    const box = el('input', { type, name, value: option.value, checked: chosen.includes(option.value) });
    const label = el('label', { class: 'choice' }, box, ' ', textObject(option.text, ctx.names));
    if (option.description) label.append(el('span', { class: 'hint' }, ` ${plain(option.description)}`));
    node.append(label);
  }
  const read = () => {
    const values = [...node.querySelectorAll('input:checked')].map((box) => box.value);
    return type === 'radio' ? (values[0] ?? null) : values;
  };
  return live(node, element, block, ctx, read);
}

const INPUT_TYPES = {
  datepicker: 'date',
  timepicker: 'time',
  datetimepicker: 'datetime-local',
  email_text_input: 'email',
  url_text_input: 'url',
  number_input: 'number',
};

function field(element, block, ctx, state) {
  const long = element.multiline || element.type === 'rich_text_input';
  const node = el(long ? 'textarea' : 'input', {
    type: long ? undefined : (INPUT_TYPES[element.type] ?? 'text'),
    rows: long ? 5 : undefined,
    step: element.is_decimal_allowed ? 'any' : undefined,
    maxlength: element.max_length,
    placeholder: plain(element.placeholder) || undefined,
    'aria-label': plain(block.label) || plain(element.placeholder) || element.type,
    data: ids(element, block),
  });
  const known = state?.value ?? state?.selected_date ?? state?.selected_time;
  if (known) node.value = known;
  if (state?.selected_date_time) node.value = new Date(state.selected_date_time * 1000).toISOString().slice(0, 16);
  const read = () => {
    if (node.value === '') return null;
    return element.type === 'datetimepicker' ? Math.floor(new Date(node.value).getTime() / 1000) : node.value;
  };
  return live(node, element, block, ctx, read);
}

export function image(element) {
  return el('span', { class: 'picture', role: 'img', 'aria-label': element.alt_text }, `▣ ${element.alt_text}`);
}

const DRAW = {
  button,
  icon_button: button,
  workflow_button: button,
  overflow,
  feedback_buttons: feedback,
  checkboxes: group,
  radio_buttons: group,
  image: (element) => image(element),
  plain_text: (element, _block, ctx) => el('span', {}, textObject(element, ctx.names)),
  mrkdwn: (element, _block, ctx) => el('span', {}, textObject(element, ctx.names)),
};

export function drawElement(element, block, ctx) {
  const state = ctx.state?.[block.block_id]?.[element.action_id];
  if (Object.hasOwn(DRAW, element.type)) return DRAW[element.type](element, block, ctx, state);
  if (element.type.endsWith('_select')) return select(element, block, ctx, state);
  if (element.type.endsWith('_input') || Object.hasOwn(INPUT_TYPES, element.type)) return field(element, block, ctx, state);
  return el('span', { class: 'picture' }, `${element.type} is not drawn here`);
}
