import { describe, expect, it } from 'vitest';
import type { Surface } from '../../src/local-workspace/blocks/limits.js';
import { checkBlocks, checkView, shownLength } from '../../src/local-workspace/blocks/validate.js';

const text = (length: number) => ({ type: 'plain_text', text: 'x'.repeat(length) });
const md = (length: number) => ({ type: 'mrkdwn', text: 'x'.repeat(length) });
const option = (n: number, label = 4, value = 4) => ({ text: text(label), value: `${n}`.padEnd(value, 'v') });
const options = (count: number) => Array.from({ length: count }, (_, n) => option(n));
const button = (more: object = {}) => ({ type: 'button', text: text(5), ...more });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const input = (element: object, more: object = {}) => ({ type: 'input', label: text(5), element, ...more });
const rich = (...elements: object[]) => ({ type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] });
const cell = { type: 'raw_text', text: 'c' };
const card = { type: 'card', title: md(10) };
const task = { type: 'task_card', task_id: 't', title: 'Review', status: 'complete' };

const good: Array<[string, object, Surface]> = [
  ['section', { type: 'section', text: md(3000) }, 'message'],
  ['section with fields', { type: 'section', fields: Array.from({ length: 10 }, () => md(2000)), expand: true }, 'home'],
  [
    'section with a menu',
    { type: 'section', text: md(1), accessory: { type: 'overflow', action_id: 'm', options: options(5) } },
    'message',
  ],
  ['header', { type: 'header', text: text(150) }, 'modal'],
  ['divider', { type: 'divider', block_id: 'd' }, 'message'],
  [
    'context',
    {
      type: 'context',
      elements: [...Array.from({ length: 9 }, () => md(5)), { type: 'image', alt_text: 'a', image_url: 'https://e.com/a.png' }],
    },
    'message',
  ],
  ['25 buttons', actions(...Array.from({ length: 25 }, () => button())), 'message'],
  [
    'button with everything',
    actions(
      button({
        value: 'v'.repeat(2000),
        url: 'https://e.com',
        style: 'danger',
        confirm: { title: text(100), text: md(300), confirm: text(30), deny: text(30) },
      }),
    ),
    'message',
  ],
  ['100 options', actions({ type: 'static_select', options: options(100) }), 'message'],
  ['option groups', actions({ type: 'multi_static_select', option_groups: [{ label: text(75), options: options(3) }] }), 'modal'],
  ['plain input', input({ type: 'plain_text_input', multiline: true, max_length: 3000 }), 'modal'],
  ['number input', input({ type: 'number_input', is_decimal_allowed: false }), 'modal'],
  [
    'rich text',
    rich(
      { type: 'text', text: 'a', style: { bold: true } },
      { type: 'user', user_id: 'U1' },
      { type: 'date', timestamp: 1, format: '{time}' },
    ),
    'message',
  ],
  ['markdown', { type: 'markdown', text: 'x'.repeat(12_000) }, 'message'],
  ['image', { type: 'image', alt_text: 'a', slack_file: { id: 'F1' } }, 'message'],
  [
    'table',
    {
      type: 'table',
      rows: [
        [cell, { type: 'raw_number', value: 1, text: '1' }],
        [rich({ type: 'text', text: 'x' }), cell],
      ],
      column_settings: [{ align: 'right' }, null],
    },
    'message',
  ],
  ['data table', { type: 'data_table', caption: 'c', rows: [[cell], [cell]] }, 'home'],
  ['card', card, 'home'],
  ['carousel', { type: 'carousel', elements: [card] }, 'message'],
  ['container', { type: 'container', title: text(5), child_blocks: [{ type: 'divider' }] }, 'message'],
  ['task card', task, 'message'],
  ['plan', { type: 'plan', title: 'Plan', tasks: [task, { task_id: 'u', title: 'Fix', status: 'pending' }] }, 'message'],
  [
    'feedback',
    {
      type: 'context_actions',
      elements: [
        { type: 'feedback_buttons', positive_button: { text: text(2), value: 'y' }, negative_button: { text: text(2), value: 'n' } },
      ],
    },
    'message',
  ],
  ['alert', { type: 'alert', text: md(5), level: 'warning' }, 'modal'],
  ['file', { type: 'file', source: 'remote', external_id: 'x' }, 'message'],
  ['video', { type: 'video', video_url: 'https://e.com/v', thumbnail_url: 'https://e.com/t', alt_text: 'v', title: text(5) }, 'message'],
];

const bad: Array<[string, object, Surface, string]> = [
  [
    'section too long',
    { type: 'section', text: md(3001) },
    'message',
    'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
  ],
  ['empty text', { type: 'section', text: md(0) }, 'message', 'must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
  ['empty section', { type: 'section' }, 'message', 'must provide either text or fields [json-pointer:/blocks/0]'],
  [
    'eleven fields',
    { type: 'section', fields: Array.from({ length: 11 }, () => md(1)) },
    'message',
    'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
  ],
  [
    'field too long',
    { type: 'section', fields: [md(2001)] },
    'message',
    'must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]',
  ],
  [
    'header too long',
    { type: 'header', text: text(151) },
    'message',
    'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'header in mrkdwn',
    { type: 'header', text: md(5) },
    'message',
    'must be a valid enum value, one of: plain_text [json-pointer:/blocks/0/text/type]',
  ],
  ['unknown block', { type: 'banner' }, 'message', 'unsupported type: banner [json-pointer:/blocks/0/type]'],
  ['inherited name', { type: 'constructor' }, 'message', 'unsupported type: constructor [json-pointer:/blocks/0/type]'],
  ['no type', { text: md(1) }, 'message', 'missing required field: type [json-pointer:/blocks/0]'],
  ['unknown element', actions({ type: 'dial' }), 'message', 'unsupported type: dial [json-pointer:/blocks/0/elements/0/type]'],
  [
    'input among actions',
    actions({ type: 'plain_text_input' }),
    'message',
    'unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]',
  ],
  ['button in an input', input(button()), 'modal', 'unsupported type: button [json-pointer:/blocks/0/element/type]'],
  ['extra property', { type: 'divider', colour: 'red' }, 'message', 'invalid additional property: colour [json-pointer:/blocks/0]'],
  [
    '26 buttons',
    actions(...Array.from({ length: 26 }, () => button())),
    'message',
    'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
  ],
  ['no buttons', actions(), 'message', 'no fewer than 1 items allowed [json-pointer:/blocks/0/elements]'],
  [
    'button text',
    actions(button({ text: text(76) })),
    'message',
    'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
  ],
  [
    'button value',
    actions(button({ value: 'v'.repeat(2001) })),
    'message',
    'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]',
  ],
  [
    'button style',
    actions(button({ style: 'loud' })),
    'message',
    'must be a valid enum value, one of: primary, danger [json-pointer:/blocks/0/elements/0/style]',
  ],
  ['button without text', actions({ type: 'button' }), 'message', 'missing required field: text [json-pointer:/blocks/0/elements/0]'],
  [
    'action_id',
    actions(button({ action_id: 'i'.repeat(256) })),
    'message',
    'must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]',
  ],
  [
    'same action_id twice',
    actions(button({ action_id: 'a' }), button({ action_id: 'a' })),
    'message',
    'duplicate action_id: a [json-pointer:/blocks/0/elements/1/action_id]',
  ],
  [
    'confirm',
    actions(button({ confirm: { title: text(101), text: md(5) } })),
    'message',
    'must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]',
  ],
  [
    '101 options',
    actions({ type: 'static_select', options: options(101) }),
    'message',
    'no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]',
  ],
  [
    'no options',
    actions({ type: 'static_select' }),
    'message',
    'must provide exactly one of options and option_groups [json-pointer:/blocks/0/elements/0]',
  ],
  [
    'option text',
    actions({ type: 'static_select', options: [option(1, 76)] }),
    'message',
    'must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]',
  ],
  [
    'six in a menu',
    actions({ type: 'overflow', options: options(6) }),
    'message',
    'no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]',
  ],
  [
    'context',
    { type: 'context', elements: Array.from({ length: 11 }, () => md(1)) },
    'message',
    'no more than 10 items allowed [json-pointer:/blocks/0/elements]',
  ],
  [
    'button in context',
    { type: 'context', elements: [button()] },
    'message',
    'unsupported type: button [json-pointer:/blocks/0/elements/0/type]',
  ],
  [
    'image without source',
    { type: 'image', alt_text: 'a' },
    'message',
    'must provide exactly one of image_url and slack_file [json-pointer:/blocks/0]',
  ],
  [
    'script address',
    actions(button({ url: 'javascript:alert(1)' })),
    'message',
    'must be a valid URL [json-pointer:/blocks/0/elements/0/url]',
  ],
  ['alert in a message', { type: 'alert', text: md(5) }, 'message', 'unsupported type: alert [json-pointer:/blocks/0/type]'],
  ['table in a modal', { type: 'table', rows: [[cell]] }, 'modal', 'unsupported type: table [json-pointer:/blocks/0/type]'],
  [
    'number input in a message',
    input({ type: 'number_input', is_decimal_allowed: true }),
    'message',
    'number_input is not allowed in a message [json-pointer:/blocks/0/element]',
  ],
  [
    '21 cells',
    { type: 'table', rows: [Array.from({ length: 21 }, () => cell)] },
    'message',
    'no more than 20 items allowed [json-pointer:/blocks/0/rows/0]',
  ],
  [
    'uneven data table',
    { type: 'data_table', caption: 'c', rows: [[cell], [cell, cell]] },
    'message',
    'must have the same number of cells in every row [json-pointer:/blocks/0]',
  ],
  [
    'markdown',
    { type: 'markdown', text: 'x'.repeat(12_001) },
    'message',
    'must be less than 12001 characters [json-pointer:/blocks/0/text]',
  ],
  [
    'task status',
    { ...task, status: 'done' },
    'message',
    'must be a valid enum value, one of: pending, in_progress, complete, error [json-pointer:/blocks/0/status]',
  ],
  [
    'nested container',
    { type: 'container', child_blocks: [{ type: 'container', child_blocks: [] }] },
    'message',
    'unsupported type: container [json-pointer:/blocks/0/child_blocks/0/type]',
  ],
];

describe('Block Kit', () => {
  it.each(good)('takes %s', (_name, block, surface) => {
    expect(checkBlocks([block], surface)).toEqual([]);
  });

  it.each(bad)('refuses %s with the pointer to the fault', (_name, block, surface, fault) => {
    expect(checkBlocks([block], surface)).toContain(fault);
  });

  it('counts blocks, markdown, tables and ids over the whole message', () => {
    const dividers = (count: number) => Array.from({ length: count }, () => ({ type: 'divider' }));
    expect(checkBlocks(dividers(50), 'message')).toEqual([]);
    expect(checkBlocks(dividers(51), 'message')).toEqual(['no more than 50 items allowed [json-pointer:/blocks]']);
    expect(checkBlocks(dividers(100), 'modal')).toEqual([]);
    expect(checkBlocks(dividers(101), 'home')).toEqual(['no more than 100 items allowed [json-pointer:/blocks]']);
    const twice = { type: 'divider', block_id: 'same' };
    expect(checkBlocks([twice, twice], 'message')).toEqual(['duplicate block_id: same [json-pointer:/blocks/1/block_id]']);
    const long = { type: 'markdown', text: 'x'.repeat(7000) };
    expect(checkBlocks([long, long], 'message')).toEqual([
      'markdown blocks must be less than 12001 characters together [json-pointer:/blocks]',
    ]);
    const table = { type: 'table', rows: [[cell]] };
    expect(checkBlocks([table, table], 'message')).toEqual(['no more than 1 table allowed [json-pointer:/blocks]']);
  });

  it('adds up what is shown and nothing else', () => {
    expect(shownLength([{ type: 'section', block_id: 'long-id', text: md(10), accessory: button({ value: 'unseen' }) }])).toBe(15);
  });

  it('checks modals and Home tabs', () => {
    const modal = { type: 'modal', title: text(24), blocks: [] };
    expect(checkView(modal, 'modal')).toEqual([]);
    expect(checkView({ ...modal, title: text(25) }, 'modal')).toEqual(['must be less than 25 characters [json-pointer:/view/title/text]']);
    expect(checkView({ type: 'modal', blocks: [] }, 'modal')).toEqual(['missing required field: title [json-pointer:/view]']);
    expect(checkView({ ...modal, blocks: [input({ type: 'plain_text_input' })] }, 'modal')).toEqual([
      'missing required field: submit [json-pointer:/view]',
    ]);
    expect(checkView({ ...modal, private_metadata: 'x'.repeat(3001) }, 'modal')).toEqual([
      'must be less than 3001 characters [json-pointer:/view/private_metadata]',
    ]);
    expect(checkView({ ...modal, id: 'V1' }, 'modal')).toEqual(['invalid additional property: id [json-pointer:/view]']);
    expect(checkView(modal, 'home')).toContain('unsupported type: modal [json-pointer:/view/type]');
  });
});
