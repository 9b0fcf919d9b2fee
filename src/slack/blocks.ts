import type { ActionsBlock, Button, ConfirmationDialog, ContextBlock, HeaderBlock, KnownBlock, Overflow, SectionBlock } from '@slack/types';
import { limits } from './limits.js';
import { plain, shorten } from './text.js';

/** What a message is: `text` alone has the whole meaning, `blocks` are what the channel shows. */
export interface MessageView {
  text: string;
  blocks: KnownBlock[];
}

// `verbatim` keeps Slack from making links of addresses that stand in text from outside.
const mrkdwn = (text: string) => ({ type: 'mrkdwn' as const, text: shorten(text, limits.sectionText), verbatim: true });
export const plainText = (text: string, max: number) => ({ type: 'plain_text' as const, text: plain(text, max), emoji: false });

/** `text` is mrkdwn whose outside parts are escaped already. */
export function section(text: string, accessory?: Button | Overflow): SectionBlock {
  return { type: 'section', text: mrkdwn(text), ...(accessory ? { accessory } : {}) };
}

export function header(text: string): HeaderBlock {
  return { type: 'header', text: plainText(text, limits.headerText) };
}

export function context(...texts: string[]): ContextBlock {
  return { type: 'context', elements: texts.slice(0, limits.contextElements).map(mrkdwn) };
}

export function actions(...elements: (Button | Overflow)[]): ActionsBlock {
  return { type: 'actions', elements: elements.slice(0, limits.actionElements) };
}

export function button(
  label: string,
  action: string,
  value: string,
  more: { style?: 'primary' | 'danger'; confirm?: ConfirmationDialog } = {},
): Button {
  return { type: 'button', text: plainText(label, limits.buttonText), action_id: action, value, ...more };
}

export function menu(action: string, entries: { label: string; value: string }[]): Overflow {
  const options = entries.slice(0, 5).map(({ label, value }) => ({ text: plainText(label, limits.optionText), value }));
  return { type: 'overflow', action_id: action, options };
}

/** `text` may come from outside. */
export function confirm(title: string, text: string, yes: string, style: 'primary' | 'danger' = 'primary'): ConfirmationDialog {
  return {
    title: plainText(title, limits.confirmTitle),
    text: plainText(text, limits.confirmText),
    confirm: plainText(yes, limits.confirmButton),
    deny: plainText('Back', limits.confirmButton),
    style,
  };
}

/** Lines as sections of allowed length; a line never breaks over two. */
export function lines(all: string[]): SectionBlock[] {
  const blocks: SectionBlock[] = [];
  let text = '';
  for (const line of all.map((each) => shorten(each, limits.sectionText))) {
    if (text && text.length + 1 + line.length > limits.sectionText) {
      blocks.push(section(text));
      text = '';
    }
    text = text ? `${text}\n${line}` : line;
  }
  if (text) blocks.push(section(text));
  return blocks;
}
