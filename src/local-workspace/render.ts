import { EMOJI, formatDate, type MrkdwnNode, parseMrkdwn } from './mrkdwn.js';
import type { Json, Message } from './types.js';

/** How ids are spelled out; an id nobody knows stays as it is. */
export interface Names {
  user(id: string): string | undefined;
  channel(id: string): string | undefined;
  group(id: string): string | undefined;
  timeZone?: string;
}

const NOBODY: Names = { user: () => undefined, channel: () => undefined, group: () => undefined };

const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});

function nodesText(nodes: readonly MrkdwnNode[], names: Names): string {
  return nodes.map((node) => nodeText(node, names)).join('');
}

function nodeText(node: MrkdwnNode, names: Names): string {
  switch (node.type) {
    case 'text':
      return node.text;
    case 'code':
      return `\`${node.text}\``;
    case 'pre':
      return `\n${indent(node.text, '  | ')}\n`;
    case 'quote':
      return `${indent(nodesText(node.children, names), '> ')}\n`;
    case 'bold':
      return `*${nodesText(node.children, names)}*`;
    case 'italic':
      return `_${nodesText(node.children, names)}_`;
    case 'strike':
      return `~${nodesText(node.children, names)}~`;
    case 'user':
      return `@${names.user(node.id) ?? node.label ?? node.id}`;
    case 'channel':
      return `#${names.channel(node.id) ?? node.label ?? node.id}`;
    case 'group':
      return `@${names.group(node.id) ?? node.label ?? node.id}`;
    case 'broadcast':
      return `@${node.range}`;
    case 'date':
      return formatDate(node.timestamp, node.format, { timeZone: names.timeZone ?? 'UTC' }) || node.fallback;
    case 'emoji':
      return EMOJI[node.name] ?? `:${node.name}:`;
    case 'link': {
      const label = nodesText(node.children, names);
      return label === node.url || `mailto:${label}` === node.url ? label : `${label} (${node.url})`;
    }
  }
}

const indent = (text: string, prefix: string): string =>
  text
    .split('\n')
    .map((line) => prefix + line)
    .join('\n');

function textOf(value: unknown, names: Names): string {
  if (typeof value === 'string') return value;
  const { type, text } = object(value);
  if (typeof text !== 'string') return '';
  return type === 'mrkdwn' ? nodesText(parseMrkdwn(text), names) : text;
}

function elementText(element: Json, names: Names): string {
  const label = textOf(element.text, names) || textOf(element.placeholder, names);
  const options = [...list(element.options), ...list(element.option_groups).flatMap((group) => list(group.options))];
  switch (element.type) {
    case 'button':
    case 'workflow_button':
    case 'icon_button':
      return `[${label}]`;
    case 'overflow':
      return `[⋯ ${options.map((option) => textOf(option.text, names)).join(' · ')}]`;
    case 'image':
      return `[image: ${String(element.alt_text)}]`;
    case 'mrkdwn':
    case 'plain_text':
      return textOf(element, names);
    case 'feedback_buttons':
      return `[${textOf(object(element.positive_button).text, names)}] [${textOf(object(element.negative_button).text, names)}]`;
    case 'checkboxes':
    case 'radio_buttons':
      return options.map((option) => `( ) ${textOf(option.text, names)}`).join('\n');
    default:
      return `[${label || String(element.type).replaceAll('_', ' ')} ▾]`;
  }
}

function richInline(element: Json, names: Names): string {
  const byType: Readonly<Record<string, () => string>> = {
    text: () => String(element.text),
    link: () => (element.text === undefined ? String(element.url) : `${String(element.text)} (${String(element.url)})`),
    user: () => `@${names.user(String(element.user_id)) ?? String(element.user_id)}`,
    usergroup: () => `@${names.group(String(element.usergroup_id)) ?? String(element.usergroup_id)}`,
    channel: () => `#${names.channel(String(element.channel_id)) ?? String(element.channel_id)}`,
    emoji: () => EMOJI[String(element.name)] ?? `:${String(element.name)}:`,
    broadcast: () => `@${String(element.range)}`,
    color: () => String(element.value),
    date: () => formatDate(Number(element.timestamp), String(element.format), { timeZone: names.timeZone ?? 'UTC' }),
  };
  const style = object(element.style);
  const text = (byType[String(element.type)] ?? (() => `[${String(element.type)}]`))();
  return style.code ? `\`${text}\`` : style.bold ? `*${text}*` : text;
}

function richText(block: Json, names: Names): string {
  return list(block.elements)
    .map((part, _index) => {
      const inline = list(part.elements)
        .map((element) => richInline(element, names))
        .join('');
      if (part.type === 'rich_text_quote') return indent(inline, '> ');
      if (part.type === 'rich_text_preformatted') return indent(inline, '  | ');
      if (part.type !== 'rich_text_list') return inline;
      return list(part.elements)
        .map(
          (item, index) =>
            `${'  '.repeat(Number(part.indent ?? 0))}${part.style === 'ordered' ? `${index + 1}.` : '-'} ${richText({ elements: [item] }, names)}`,
        )
        .join('\n');
    })
    .join('\n');
}

function cellText(cell: Json, names: Names): string {
  return cell.type === 'rich_text' ? richText(cell, names) : String(cell.text ?? '');
}

const DRAWN: Readonly<Record<string, (block: Json, names: Names) => string>> = {
  header: (block, names) => `## ${textOf(block.text, names)}`,
  divider: () => '———',
  section(block, names) {
    const parts = [textOf(block.text, names).trimEnd(), ...list(block.fields).map((field) => textOf(field, names).trimEnd())].filter(
      (part) => part !== '',
    );
    if (block.accessory !== undefined) parts[0] = `${parts[0] ?? ''}   ${elementText(object(block.accessory), names)}`;
    return parts.join('\n');
  },
  context: (block, names) =>
    list(block.elements)
      .map((element) => elementText(element, names).trim())
      .join('  '),
  actions: (block, names) =>
    list(block.elements)
      .map((element) => elementText(element, names))
      .join(' '),
  context_actions: (block, names) =>
    list(block.elements)
      .map((element) => elementText(element, names))
      .join(' '),
  image: (block, names) => `[image: ${textOf(block.title, names) || String(block.alt_text)}]`,
  input: (block, names) => `${textOf(block.label, names)}: ${elementText(object(block.element), names)}`,
  markdown: (block) => String(block.text),
  rich_text: (block, names) => richText(block, names),
  alert: (block, names) => `(${String(block.level ?? 'default')}) ${textOf(block.text, names)}`,
  table: (block, names) => tableText(block, names),
  data_table: (block, names) => `${String(block.caption)}\n${tableText(block, names)}`,
  task_card: (block) => `${String(block.title)} (${String(block.status).replaceAll('_', ' ')})`,
  plan: (block) => [String(block.title), ...list(block.tasks).map((task) => `- ${String(task.title)} (${String(task.status)})`)].join('\n'),
};

function tableText(block: Json, names: Names): string {
  const rows = (Array.isArray(block.rows) ? block.rows : []) as Json[][];
  return rows.map((row) => row.map((cell) => cellText(cell, names)).join(' | ')).join('\n');
}

function renderBlocks(blocks: readonly Json[], names: Names = NOBODY): string {
  return blocks.map((block) => (DRAWN[String(block.type)] ?? (() => `[${String(block.type)}]`))(block, names)).join('\n');
}

/** A message as a person reads it: blocks where it has them, else its text; buttons as `[Label]`, names in place of ids. */
export function renderMessage(message: Pick<Message, 'text' | 'blocks'> & Partial<Pick<Message, 'files'>>, names: Names = NOBODY): string {
  const body = message.blocks.length > 0 ? renderBlocks(message.blocks, names) : nodesText(parseMrkdwn(message.text), names);
  const files = (message.files ?? []).map((file) => `[file: ${file.title}, ${file.size} bytes]`);
  return [body.trimEnd(), ...files].filter((part) => part !== '').join('\n');
}
