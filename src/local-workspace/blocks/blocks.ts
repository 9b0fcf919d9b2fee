import type { KnownBlock } from '@slack/types';
import { z } from 'zod';
import { hasOneImageSource, id, mrkdwn, ONE_IMAGE_SOURCE, plainText, slackFile, text, textObject, url } from './composition.js';
import { elements, multiSelects, selects } from './elements.js';
import { LIMITS } from './limits.js';
import { richTextBlock } from './rich-text.js';

const block = { block_id: id.optional() };

const actions = z.strictObject({
  type: z.literal('actions'),
  ...block,
  elements: z
    .array(
      z.discriminatedUnion('type', [
        elements.button,
        elements.checkboxes,
        elements.datepicker,
        elements.datetimepicker,
        elements.overflow,
        elements.radio_buttons,
        elements.timepicker,
        elements.workflow_button,
        elements.rich_text_input,
        ...selects,
        ...multiSelects,
      ]),
    )
    .min(1)
    .max(LIMITS.actionsElements),
});

const context = z.strictObject({
  type: z.literal('context'),
  ...block,
  elements: z
    .array(z.discriminatedUnion('type', [elements.image, plainText(), mrkdwn()]))
    .min(1)
    .max(LIMITS.contextElements),
});

const divider = z.strictObject({ type: z.literal('divider'), ...block });
const file = z.strictObject({ type: z.literal('file'), ...block, source: z.literal('remote'), external_id: text(LIMITS.id) });
const header = z.strictObject({ type: z.literal('header'), ...block, text: plainText(LIMITS.header) });

const image = z
  .strictObject({
    type: z.literal('image'),
    ...block,
    alt_text: text(LIMITS.alt),
    title: plainText(LIMITS.imageTitle).optional(),
    image_url: url.optional(),
    slack_file: slackFile.optional(),
  })
  .refine(hasOneImageSource, ONE_IMAGE_SOURCE);

const input = z.strictObject({
  type: z.literal('input'),
  ...block,
  label: plainText(LIMITS.label),
  hint: plainText(LIMITS.hint).optional(),
  optional: z.boolean().optional(),
  dispatch_action: z.boolean().optional(),
  element: z.discriminatedUnion('type', [
    elements.checkboxes,
    elements.datepicker,
    elements.datetimepicker,
    elements.email_text_input,
    elements.file_input,
    elements.number_input,
    elements.plain_text_input,
    elements.radio_buttons,
    elements.rich_text_input,
    elements.timepicker,
    elements.url_text_input,
    ...selects,
    ...multiSelects,
  ]),
});

const section = z
  .strictObject({
    type: z.literal('section'),
    ...block,
    text: textObject().optional(),
    fields: z.array(textObject(LIMITS.field)).min(1).max(LIMITS.fields).optional(),
    expand: z.boolean().optional(),
    accessory: z
      .discriminatedUnion('type', [
        elements.button,
        elements.checkboxes,
        elements.datepicker,
        elements.image,
        elements.overflow,
        elements.radio_buttons,
        elements.timepicker,
        elements.workflow_button,
        ...selects,
        ...multiSelects,
      ])
      .optional(),
  })
  .refine((value) => value.text !== undefined || value.fields !== undefined, 'must provide either text or fields');

const rawText = z.strictObject({ type: z.literal('raw_text'), text: text(LIMITS.text) });
const rawNumber = z.strictObject({ type: z.literal('raw_number'), value: z.number(), text: text(LIMITS.text) });
const cell = z.discriminatedUnion('type', [rawText, rawNumber, richTextBlock]);
const row = z.array(cell).min(1).max(LIMITS.tableCells);

const table = z.strictObject({
  type: z.literal('table'),
  ...block,
  rows: z.array(row).min(1).max(LIMITS.tableRows),
  column_settings: z
    .array(z.strictObject({ align: z.enum(['left', 'center', 'right']).optional(), is_wrapped: z.boolean().optional() }).nullable())
    .max(LIMITS.tableCells)
    .optional(),
});

const dataTable = z
  .strictObject({
    type: z.literal('data_table'),
    ...block,
    caption: text(LIMITS.text),
    rows: z.array(row).min(2).max(LIMITS.dataTableRows),
    page_size: z.number().int().min(1).max(100).optional(),
    row_header_column_index: z.number().int().min(0).optional(),
  })
  .refine((value) => value.rows.every((cells) => cells.length === value.rows[0]?.length), 'must have the same number of cells in every row')
  .refine((value) => value.rows[0]?.every((head) => head.type !== 'rich_text'), 'must not have rich_text in the header row');

const card = z
  .strictObject({
    type: z.literal('card'),
    ...block,
    hero_image: elements.image.optional(),
    icon: elements.image.optional(),
    title: mrkdwn(LIMITS.cardTitle).optional(),
    subtitle: mrkdwn(LIMITS.cardTitle).optional(),
    body: mrkdwn(LIMITS.cardBody).optional(),
    actions: z.array(elements.button).min(1).max(LIMITS.contextActionsElements).optional(),
  })
  .refine(
    (value) => [value.hero_image, value.title, value.body, value.actions].some((part) => part !== undefined),
    'must provide one of hero_image, title, body and actions',
  );

const video = z.strictObject({
  type: z.literal('video'),
  ...block,
  video_url: url,
  thumbnail_url: url,
  alt_text: text(LIMITS.alt),
  title: plainText(LIMITS.videoTitle),
  title_url: url.optional(),
  author_name: z.string().max(LIMITS.videoAuthor).optional(),
  provider_name: z.string().optional(),
  provider_icon_url: url.optional(),
  description: plainText(LIMITS.videoTitle).optional(),
});

const taskCard = z.strictObject({
  type: z.literal('task_card'),
  ...block,
  task_id: text(LIMITS.id),
  title: text(LIMITS.text),
  status: z.enum(['pending', 'in_progress', 'complete', 'error']),
  details: richTextBlock.optional(),
  output: richTextBlock.optional(),
  sources: z.array(elements.url).optional(),
});

// Slack's own example leaves out the `type` of a plan's tasks.
const planTask = taskCard.extend({ type: z.literal('task_card').optional() });

/** One schema per block of @slack/types: a block that a new version brings fails the type check here, not a post at run time. */
export const blockSchemas = {
  actions,
  alert: z.strictObject({
    type: z.literal('alert'),
    ...block,
    text: textObject(),
    level: z.enum(['default', 'info', 'warning', 'error', 'success']).optional(),
  }),
  card,
  carousel: z.strictObject({ type: z.literal('carousel'), ...block, elements: z.array(card).min(1).max(LIMITS.carousel) }),
  container: z.strictObject({
    type: z.literal('container'),
    ...block,
    title: plainText(LIMITS.cardTitle).optional(),
    rich_text_title: richTextBlock.optional(),
    subtitle: textObject(LIMITS.cardTitle).optional(),
    child_blocks: z
      .array(z.discriminatedUnion('type', [actions, context, divider, file, header, image, input, richTextBlock, section, table, video]))
      .min(1)
      .max(LIMITS.containerChildren),
    width: z.enum(['narrow', 'standard', 'wide', 'full']).optional(),
    icon: elements.image.optional(),
    is_collapsible: z.boolean().optional(),
    default_collapsed: z.boolean().optional(),
    has_header_divider: z.boolean().optional(),
  }),
  context,
  context_actions: z.strictObject({
    type: z.literal('context_actions'),
    ...block,
    elements: z
      .array(z.discriminatedUnion('type', [elements.feedback_buttons, elements.icon_button]))
      .min(1)
      .max(LIMITS.contextActionsElements),
  }),
  data_table: dataTable,
  divider,
  file,
  header,
  image,
  input,
  markdown: z.strictObject({ type: z.literal('markdown'), ...block, text: text(LIMITS.markdown) }),
  plan: z.strictObject({ type: z.literal('plan'), ...block, title: text(LIMITS.text), tasks: z.array(planTask).optional() }),
  rich_text: richTextBlock,
  section,
  table,
  task_card: taskCard,
  video,
} satisfies Record<KnownBlock['type'], z.ZodType>;
