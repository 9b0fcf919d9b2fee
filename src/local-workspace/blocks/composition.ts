import { z } from 'zod';
import { LIMITS } from './limits.js';

export const text = (max: number, min = 1) => z.string().min(min).max(max);
export const id = z.string().max(LIMITS.id);
export const url = z
  .string()
  .min(1)
  .max(LIMITS.url)
  .refine((value) => /^(https?:\/\/\S+|mailto:\S+|slack:\/\/\S+)$/i.test(value), 'must be a valid URL');

export const plainText = (max: number = LIMITS.text) =>
  z.strictObject({ type: z.literal('plain_text'), text: text(max), emoji: z.boolean().optional() });
export const mrkdwn = (max: number = LIMITS.text) =>
  z.strictObject({ type: z.literal('mrkdwn'), text: text(max), verbatim: z.boolean().optional() });
export const textObject = (max: number = LIMITS.text) => z.discriminatedUnion('type', [plainText(max), mrkdwn(max)]);

export const colour = z.enum(['primary', 'danger']);

export const confirm = z.strictObject({
  title: plainText(LIMITS.confirmTitle).optional(),
  text: textObject(LIMITS.confirmText),
  confirm: plainText(LIMITS.confirmButton).optional(),
  deny: plainText(LIMITS.confirmButton).optional(),
  style: colour.optional(),
});

const optionWith = <T extends z.ZodType>(label: T) =>
  z.strictObject({
    text: label,
    value: text(LIMITS.optionValue),
    description: textObject(LIMITS.optionDescription).optional(),
  });

export const plainOption = optionWith(plainText(LIMITS.optionText));
/** Radio buttons and checkboxes may use mrkdwn. */
export const richOption = optionWith(textObject(LIMITS.optionText));
export const overflowOption = plainOption.extend({ url: url.optional() });

export const optionGroup = z.strictObject({
  label: plainText(LIMITS.optionText),
  options: z.array(plainOption).min(1).max(LIMITS.options),
});

export const slackFile = z.union([z.strictObject({ id: z.string().min(1) }), z.strictObject({ url })]);

export const hasOneImageSource = (image: { image_url?: unknown; slack_file?: unknown }): boolean =>
  (image.image_url === undefined) !== (image.slack_file === undefined);

export const ONE_IMAGE_SOURCE = 'must provide exactly one of image_url and slack_file';

export const conversationFilter = z
  .strictObject({
    include: z
      .array(z.enum(['im', 'mpim', 'private', 'public']))
      .min(1)
      .optional(),
    exclude_external_shared_channels: z.boolean().optional(),
    exclude_bot_users: z.boolean().optional(),
  })
  .refine((filter) => Object.keys(filter).length > 0, 'must provide at least one filter');
