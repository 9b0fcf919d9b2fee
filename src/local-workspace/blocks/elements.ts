import { z } from 'zod';
import {
  colour,
  confirm,
  conversationFilter,
  hasOneImageSource,
  id,
  ONE_IMAGE_SOURCE,
  optionGroup,
  overflowOption,
  plainOption,
  plainText,
  richOption,
  slackFile,
  text,
  url,
} from './composition.js';
import { LIMITS } from './limits.js';
import { richTextBlock } from './rich-text.js';

const placeholder = plainText(LIMITS.placeholder).optional();
const focusable = { focus_on_load: z.boolean().optional() };
const action = { action_id: id.optional() };
const confirmable = { ...action, confirm: confirm.optional() };
const dispatchable = {
  dispatch_action_config: z
    .strictObject({ trigger_actions_on: z.array(z.enum(['on_enter_pressed', 'on_character_entered'])).optional() })
    .optional(),
};
const select = { ...confirmable, ...focusable, placeholder };
const multi = { ...select, max_selected_items: z.number().int().min(1).optional() };
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a date of the form YYYY-MM-DD');
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of the form HH:mm');
const label = z.string().max(LIMITS.accessibilityLabel).optional();

const staticOptions = {
  options: z.array(plainOption).min(1).max(LIMITS.options).optional(),
  option_groups: z.array(optionGroup).min(1).max(LIMITS.optionGroups).optional(),
};
const oneOptionSource = (value: { options?: unknown; option_groups?: unknown }): boolean =>
  (value.options === undefined) !== (value.option_groups === undefined);
const ONE_OPTION_SOURCE = 'must provide exactly one of options and option_groups';

const feedbackButton = z.strictObject({
  text: plainText(LIMITS.buttonText),
  value: text(LIMITS.buttonValue),
  accessibility_label: label,
});

/** One schema per element of @slack/types. */
export const elements = {
  button: z.strictObject({
    type: z.literal('button'),
    ...confirmable,
    text: plainText(LIMITS.buttonText),
    value: z.string().max(LIMITS.buttonValue).optional(),
    url: url.optional(),
    style: colour.optional(),
    accessibility_label: label,
  }),
  checkboxes: z.strictObject({
    type: z.literal('checkboxes'),
    ...confirmable,
    ...focusable,
    options: z.array(richOption).min(1).max(LIMITS.checkboxOptions),
    initial_options: z.array(richOption).min(1).optional(),
  }),
  radio_buttons: z.strictObject({
    type: z.literal('radio_buttons'),
    ...confirmable,
    ...focusable,
    options: z.array(richOption).min(1).max(LIMITS.radioOptions),
    initial_option: richOption.optional(),
  }),
  datepicker: z.strictObject({ type: z.literal('datepicker'), ...select, initial_date: date.optional() }),
  timepicker: z.strictObject({
    type: z.literal('timepicker'),
    ...select,
    initial_time: time.optional(),
    timezone: z.string().optional(),
  }),
  datetimepicker: z.strictObject({
    type: z.literal('datetimepicker'),
    ...confirmable,
    ...focusable,
    initial_date_time: z.number().int().min(1_000_000_000).max(9_999_999_999).optional(),
  }),
  email_text_input: z.strictObject({
    type: z.literal('email_text_input'),
    ...action,
    ...focusable,
    ...dispatchable,
    placeholder,
    initial_value: z.string().optional(),
  }),
  url_text_input: z.strictObject({
    type: z.literal('url_text_input'),
    ...action,
    ...focusable,
    ...dispatchable,
    placeholder,
    initial_value: z.string().optional(),
  }),
  number_input: z.strictObject({
    type: z.literal('number_input'),
    ...action,
    ...focusable,
    ...dispatchable,
    placeholder,
    is_decimal_allowed: z.boolean(),
    initial_value: z.string().optional(),
    min_value: z.string().optional(),
    max_value: z.string().optional(),
  }),
  plain_text_input: z.strictObject({
    type: z.literal('plain_text_input'),
    ...action,
    ...focusable,
    ...dispatchable,
    placeholder,
    initial_value: z.string().max(LIMITS.inputLength).optional(),
    multiline: z.boolean().optional(),
    min_length: z.number().int().min(0).max(LIMITS.inputLength).optional(),
    max_length: z.number().int().min(1).max(LIMITS.inputLength).optional(),
  }),
  rich_text_input: z.strictObject({
    type: z.literal('rich_text_input'),
    ...action,
    ...focusable,
    ...dispatchable,
    placeholder,
    initial_value: richTextBlock.optional(),
    min_lines: z.number().int().min(1).optional(),
    max_lines: z.number().int().min(1).optional(),
  }),
  file_input: z.strictObject({
    type: z.literal('file_input'),
    ...action,
    filetypes: z.array(z.string()).optional(),
    max_files: z.number().int().min(1).max(10).optional(),
  }),
  overflow: z.strictObject({
    type: z.literal('overflow'),
    ...confirmable,
    options: z.array(overflowOption).min(1).max(LIMITS.overflowOptions),
  }),
  static_select: z
    .strictObject({ type: z.literal('static_select'), ...select, ...staticOptions, initial_option: plainOption.optional() })
    .refine(oneOptionSource, ONE_OPTION_SOURCE),
  multi_static_select: z
    .strictObject({ type: z.literal('multi_static_select'), ...multi, ...staticOptions, initial_options: z.array(plainOption).optional() })
    .refine(oneOptionSource, ONE_OPTION_SOURCE),
  external_select: z.strictObject({
    type: z.literal('external_select'),
    ...select,
    initial_option: plainOption.optional(),
    min_query_length: z.number().int().min(0).optional(),
  }),
  multi_external_select: z.strictObject({
    type: z.literal('multi_external_select'),
    ...multi,
    initial_options: z.array(plainOption).optional(),
    min_query_length: z.number().int().min(0).optional(),
  }),
  users_select: z.strictObject({ type: z.literal('users_select'), ...select, initial_user: z.string().optional() }),
  multi_users_select: z.strictObject({
    type: z.literal('multi_users_select'),
    ...multi,
    initial_users: z.array(z.string()).optional(),
  }),
  conversations_select: z.strictObject({
    type: z.literal('conversations_select'),
    ...select,
    initial_conversation: z.string().optional(),
    default_to_current_conversation: z.boolean().optional(),
    response_url_enabled: z.boolean().optional(),
    filter: conversationFilter.optional(),
  }),
  multi_conversations_select: z.strictObject({
    type: z.literal('multi_conversations_select'),
    ...multi,
    initial_conversations: z.array(z.string()).optional(),
    default_to_current_conversation: z.boolean().optional(),
    filter: conversationFilter.optional(),
  }),
  channels_select: z.strictObject({
    type: z.literal('channels_select'),
    ...select,
    initial_channel: z.string().optional(),
    response_url_enabled: z.boolean().optional(),
  }),
  multi_channels_select: z.strictObject({
    type: z.literal('multi_channels_select'),
    ...multi,
    initial_channels: z.array(z.string()).optional(),
  }),
  image: z
    .strictObject({
      type: z.literal('image'),
      alt_text: text(LIMITS.alt),
      image_url: url.optional(),
      slack_file: slackFile.optional(),
    })
    .refine(hasOneImageSource, ONE_IMAGE_SOURCE),
  feedback_buttons: z.strictObject({
    type: z.literal('feedback_buttons'),
    ...action,
    positive_button: feedbackButton,
    negative_button: feedbackButton,
  }),
  icon_button: z.strictObject({
    type: z.literal('icon_button'),
    ...confirmable,
    icon: z.enum(['trash']),
    text: plainText(LIMITS.buttonText),
    accessibility_label: label,
    value: z.string().max(LIMITS.buttonValue).optional(),
    visible_to_user_ids: z.array(z.string()).optional(),
  }),
  workflow_button: z.strictObject({
    type: z.literal('workflow_button'),
    ...confirmable,
    text: plainText(LIMITS.buttonText),
    style: colour.optional(),
    accessibility_label: label,
    workflow: z.strictObject({
      trigger: z.strictObject({
        url,
        customizable_input_parameters: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
      }),
    }),
  }),
  url: z.strictObject({ type: z.literal('url'), url, text: text(LIMITS.text) }),
};

export const selects = [
  elements.static_select,
  elements.external_select,
  elements.users_select,
  elements.conversations_select,
  elements.channels_select,
] as const;
export const multiSelects = [
  elements.multi_static_select,
  elements.multi_external_select,
  elements.multi_users_select,
  elements.multi_conversations_select,
  elements.multi_channels_select,
] as const;
