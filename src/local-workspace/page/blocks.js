import { el, link, mrkdwn, plain, textObject } from './dom.js';
import { drawElement, image } from './elements.js';
import { EMOJI, formatDate } from './mrkdwn.js';

const elements = (block, ctx) => (block.elements ?? []).map((element) => drawElement(element, block, ctx));

function section(block, ctx) {
  const text = el('div', {}, textObject(block.text, ctx.names));
  if (block.fields)
    text.append(
      el(
        'div',
        { class: 'fields' },
        block.fields.map((field) => el('div', {}, textObject(field, ctx.names))),
      ),
    );
  return [text, block.accessory ? drawElement(block.accessory, block, ctx) : undefined];
}

function input(block, ctx) {
  const fault = ctx.errors?.[block.block_id];
  return el(
    'div',
    { class: 'field' },
    el('span', { class: 'label' }, plain(block.label), block.optional ? el('span', { class: 'hint' }, ' (optional)') : undefined),
    drawElement(block.element, block, ctx),
    block.hint ? el('div', { class: 'hint' }, plain(block.hint)) : undefined,
    fault ? el('div', { class: 'fault', role: 'alert' }, fault) : undefined,
  );
}

const LEAVES = {
  text: (leaf) => leaf.text,
  link: (leaf) => link(leaf.url, leaf.text ?? leaf.url),
  user: (leaf, names) => el('span', { class: 'mention' }, `@${names.user(leaf.user_id) ?? leaf.user_id}`),
  usergroup: (leaf, names) => el('span', { class: 'mention' }, `@${names.group(leaf.usergroup_id) ?? leaf.usergroup_id}`),
  channel: (leaf, names) => el('span', { class: 'mention' }, `#${names.channel(leaf.channel_id) ?? leaf.channel_id}`),
  broadcast: (leaf) => el('span', { class: 'mention' }, `@${leaf.range}`),
  emoji: (leaf) => EMOJI[leaf.name] ?? `:${leaf.name}:`,
  color: (leaf) => leaf.value,
  date: (leaf) => el('time', {}, formatDate(leaf.timestamp, leaf.format)),
};
const STYLES = { bold: 'strong', italic: 'em', strike: 's', code: 'code' };

function leaf(part, names) {
  const draw = Object.hasOwn(LEAVES, part.type) ? LEAVES[part.type] : () => `[${part.type}]`;
  return Object.entries(STYLES).reduce((node, [style, tag]) => (part.style?.[style] ? el(tag, {}, node) : node), draw(part, names));
}

function richText(block, ctx) {
  return (block.elements ?? []).map((part) => {
    if (part.type === 'rich_text_list') {
      return el(
        part.style === 'ordered' ? 'ol' : 'ul',
        {},
        part.elements.map((item) =>
          el(
            'li',
            {},
            item.elements.map((one) => leaf(one, ctx.names)),
          ),
        ),
      );
    }
    const tag = { rich_text_quote: 'blockquote', rich_text_preformatted: 'pre' }[part.type] ?? 'div';
    return el(
      tag,
      {},
      (part.elements ?? []).map((one) => leaf(one, ctx.names)),
    );
  });
}

/** Headings, lists, code and emphasis of standard Markdown, enough to read it; its HTML stays text. */
function markdown(block, ctx) {
  const parts = block.text.split(/```[^\n]*\n?/);
  return parts.map((part, index) => {
    if (index % 2 === 1) return el('pre', {}, part.replace(/\n$/, ''));
    return part.split('\n').map((line) => {
      const heading = /^#{1,6} (.*)$/.exec(line);
      const text = (heading?.[1] ?? line)
        .replace(/&/g, '&amp;')
        .replace(/</g, '&lt;')
        .replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, '<$2|$1>')
        .replace(/\*\*(.+?)\*\*/g, '*$1*')
        .replace(/^(\s*)[-*] /, '$1• ');
      return el(heading ? 'strong' : 'div', {}, mrkdwn(text, ctx.names), line === '' ? el('br') : undefined);
    });
  });
}

function table(block, ctx) {
  const cell = (one) => (one.type === 'rich_text' ? richText(one, ctx) : one.text);
  const rows = block.rows.map((row, index) =>
    el(
      'tr',
      {},
      row.map((one) => el(index === 0 ? 'th' : 'td', {}, cell(one))),
    ),
  );
  return el('table', {}, block.caption ? el('caption', {}, block.caption) : undefined, rows);
}

const task = (one) => el('div', {}, `${{ complete: '✓', in_progress: '●', error: '✗' }[one.status] ?? '○'} ${one.title}`);

const DRAW = {
  header: (block) => plain(block.text),
  divider: () => el('hr'),
  section,
  context: elements,
  actions: elements,
  context_actions: elements,
  image: (block) => [block.title ? el('div', {}, plain(block.title)) : undefined, image(block)],
  input,
  rich_text: richText,
  markdown,
  table,
  data_table: table,
  alert: (block, ctx) => textObject(block.text, ctx.names),
  task_card: (block) => task(block),
  plan: (block) => [el('strong', {}, block.title), (block.tasks ?? []).map(task)],
};

/** A block that is unknown, or that breaks while it is drawn, is a labelled box: never nothing, never a broken page. */
export function drawBlock(block, ctx) {
  const data = { blockId: block.block_id, blockType: block.type };
  try {
    if (Object.hasOwn(DRAW, block.type))
      return el('div', { class: `block ${block.type} ${block.level ?? ''}`, data }, DRAW[block.type](block, ctx));
  } catch (error) {
    return el('div', { class: 'block unknown', data }, `${block.type} could not be drawn: ${error.message}`);
  }
  return el('div', { class: 'block unknown', data }, `This page does not draw "${block.type}" blocks.`);
}
