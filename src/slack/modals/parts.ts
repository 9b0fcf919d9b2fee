import type { InputBlock, KnownBlock, ModalView, PlainTextOption } from '@slack/types';
import { z } from 'zod';
import { viewIds } from '../action-ids.js';
import { plainText, section } from '../blocks.js';
import { limits } from '../limits.js';
import { codeBlock } from '../text.js';

/** A modal that only shows something. `blocks` hold escaped text. */
export function reading(title: string, blocks: KnownBlock[]): ModalView {
  return {
    type: 'modal',
    callback_id: viewIds.reading,
    title: plainText(title, limits.viewTitle),
    close: plainText('Close', limits.viewTitle),
    blocks: blocks.slice(0, limits.viewBlocks),
  };
}

export const option = (text: string, value: string) => ({ text: plainText(text, limits.optionText), value });

/** A list to pick from, or a field to type in when there are more than a list may have. `chosen` is what stands there at first. */
export function pick(
  id: string,
  label: string,
  choices: { text: string; value: string }[],
  { chosen, hint }: { chosen?: string | undefined; hint: string },
): InputBlock {
  const common = { type: 'input' as const, block_id: id, label: plainText(label, 200) };
  const fits =
    choices.length <= limits.selectOptions && choices.every(({ value }) => value.length > 0 && value.length <= limits.optionValue);
  if (!fits || choices.length === 0) {
    const initial = chosen && chosen.length <= 200 ? { initial_value: chosen } : {};
    return {
      ...common,
      element: { type: 'plain_text_input', action_id: 'value', max_length: 200, placeholder: plainText(hint, 150), ...initial },
    };
  }
  const options: PlainTextOption[] = choices.map(({ text, value }) => option(text, value));
  const initial = options.find(({ value }) => value === chosen);
  return { ...common, element: { type: 'static_select', action_id: 'value', options, ...(initial ? { initial_option: initial } : {}) } };
}

/** Long text with its line breaks, in as many blocks as it needs, up to `max`. */
export function readingText(text: string, max = 20): KnownBlock[] {
  const room = limits.sectionText - 200;
  const parts: string[] = [];
  let part = '';
  for (const line of text.slice(0, room * max).split('\n')) {
    for (let at = 0; at === 0 || at < line.length; at += room / 2) {
      const piece = line.slice(at, at + room / 2);
      if (part && part.length + piece.length > room / 2) {
        parts.push(part);
        part = '';
      }
      part = part ? `${part}\n${piece}` : piece;
    }
  }
  if (part) parts.push(part);
  const cut = parts.length > max || text.length > room * max;
  return [
    ...parts.slice(0, max).map((each) => section(codeBlock(each, limits.sectionText))),
    ...(cut ? [section('… cut here, it goes on')] : []),
  ];
}

/** What a modal carries along: ids, never rights. A modal of another version is read as null. */
export const Carried = z.object({
  runId: z.string().max(200).optional(),
  approvalId: z.string().max(200).optional(),
  findingId: z.string().max(40).optional(),
  channel: z.string().max(40).optional(),
  page: z.number().int().min(0).max(100_000).optional(),
  /** The message an issue is made from, and where its author of the moment is answered. */
  message: z.object({ team: z.string().max(40), channel: z.string().max(40), ts: z.string().max(40) }).optional(),
  responseUrl: z.url().max(1000).optional(),
});
export type Carried = z.infer<typeof Carried>;

export function readCarried(metadata: string): Carried {
  try {
    return Carried.parse(JSON.parse(metadata));
  } catch {
    return {};
  }
}
