import { z } from 'zod';
import { id } from './composition.js';

const style = z
  .strictObject({
    bold: z.boolean().optional(),
    code: z.boolean().optional(),
    italic: z.boolean().optional(),
    strike: z.boolean().optional(),
    underline: z.boolean().optional(),
    highlight: z.boolean().optional(),
    client_highlight: z.boolean().optional(),
    unlink: z.boolean().optional(),
  })
  .optional();

const leaf = {
  text: z.strictObject({ type: z.literal('text'), text: z.string().min(1), style }),
  link: z.strictObject({
    type: z.literal('link'),
    url: z.string().min(1),
    text: z.string().optional(),
    unsafe: z.boolean().optional(),
    style,
  }),
  user: z.strictObject({ type: z.literal('user'), user_id: z.string().min(1), style }),
  usergroup: z.strictObject({ type: z.literal('usergroup'), usergroup_id: z.string().min(1), style }),
  team: z.strictObject({ type: z.literal('team'), team_id: z.string().min(1), style }),
  channel: z.strictObject({ type: z.literal('channel'), channel_id: z.string().min(1), style }),
  emoji: z.strictObject({
    type: z.literal('emoji'),
    name: z.string().min(1),
    unicode: z.string().optional(),
    url: z.string().optional(),
    style,
  }),
  broadcast: z.strictObject({ type: z.literal('broadcast'), range: z.enum(['here', 'channel', 'everyone']), style }),
  color: z.strictObject({ type: z.literal('color'), value: z.string().min(1), style }),
  date: z.strictObject({
    type: z.literal('date'),
    timestamp: z.number().int(),
    format: z.string().min(1),
    url: z.string().optional(),
    fallback: z.string().optional(),
    style,
  }),
};

const inline = z.discriminatedUnion('type', [
  leaf.text,
  leaf.link,
  leaf.user,
  leaf.usergroup,
  leaf.team,
  leaf.channel,
  leaf.emoji,
  leaf.broadcast,
  leaf.color,
  leaf.date,
]);
const border = z.union([z.literal(0), z.literal(1)]).optional();

const section = z.strictObject({ type: z.literal('rich_text_section'), elements: z.array(inline) });
const list = z.strictObject({
  type: z.literal('rich_text_list'),
  style: z.enum(['bullet', 'ordered']),
  elements: z.array(section),
  indent: z.number().int().min(0).max(8).optional(),
  offset: z.number().int().min(0).optional(),
  border,
});
const quote = z.strictObject({ type: z.literal('rich_text_quote'), elements: z.array(inline), border });
const preformatted = z.strictObject({
  type: z.literal('rich_text_preformatted'),
  elements: z.array(z.discriminatedUnion('type', [leaf.text, leaf.link])),
  border,
  language: z.string().optional(),
});

export const richTextBlock = z.strictObject({
  type: z.literal('rich_text'),
  block_id: id.optional(),
  elements: z.array(z.discriminatedUnion('type', [section, list, quote, preformatted])),
});
