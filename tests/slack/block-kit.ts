/** Slack's limits, written down a second time from its documentation, so that a wrong figure in our table is seen. */
const maxOf: Record<string, number> = { section: 3000, mrkdwn: 3000, header: 150, button: 75, option: 75 };

type Json = Record<string, unknown>;

/** What Slack would refuse of a message's or modal's blocks; empty when it takes them. */
export function refusals(blocks: unknown[], surface: 'message' | 'modal' | 'home' = 'message'): string[] {
  const wrong: string[] = [];
  const say = (where: string, what: string) => wrong.push(`${where}: ${what}`);
  const most = surface === 'message' ? 50 : 100;
  if (blocks.length === 0 || blocks.length > most) say('blocks', `${blocks.length} of ${most}`);
  let sum = 0;
  const seen = new Set<string>();
  const text = (value: unknown, where: string, max: number, kind?: string) => {
    const object = value as Json | undefined;
    const words = object?.text;
    if (typeof words !== 'string' || words.length < 1 || words.length > max)
      say(where, `text of ${String(words).length}, 1 to ${max} allowed`);
    else sum += words.length;
    if (kind && object?.type !== kind) say(where, `wants ${kind}`);
    if (object?.type === 'mrkdwn' && typeof words === 'string' && /<(?!@[UW]|!date\^\d+\^|!subteam\^S)/.test(words))
      say(where, `unescaped: ${words.slice(0, 80)}`);
  };
  const element = (value: unknown, where: string) => {
    const it = value as Json;
    if (typeof it.action_id !== 'string' || it.action_id.length > 255) say(where, 'action_id');
    if (it.type === 'button') {
      text(it.text, where, maxOf.button!, 'plain_text');
      if (typeof it.value !== 'string' || it.value.length > 2000) say(where, 'value');
    } else if (it.type === 'overflow') {
      const options = it.options as Json[];
      if (options.length < 1 || options.length > 5) say(where, `${options.length} options`);
      for (const option of options) {
        text(option.text, where, maxOf.option!, 'plain_text');
        if (String(option.value).length > 75) say(where, 'option value');
      }
    } else if (surface !== 'modal') say(where, `element ${it.type}`);
    const dialog = it.confirm as Json | undefined;
    if (dialog) {
      text(dialog.title, where, 100, 'plain_text');
      text(dialog.text, where, 300);
      text(dialog.confirm, where, 30, 'plain_text');
      text(dialog.deny, where, 30, 'plain_text');
    }
  };
  blocks.forEach((value, at) => {
    const block = value as Json;
    const where = `blocks/${at} ${block.type}`;
    if (block.type === 'section') {
      text(block.text, where, maxOf.section!);
      if (block.accessory) element(block.accessory, where);
    } else if (block.type === 'context') {
      const elements = block.elements as unknown[];
      if (elements.length < 1 || elements.length > 10) say(where, `${elements.length} elements`);
      for (const each of elements) text(each, where, maxOf.mrkdwn!);
    } else if (block.type === 'actions') {
      const elements = block.elements as Json[];
      if (elements.length < 1 || elements.length > 25) say(where, `${elements.length} elements`);
      for (const each of elements) element(each, where);
      const ids = elements.map((each) => each.action_id);
      if (new Set(ids).size !== ids.length) say(where, 'action_id twice');
    } else if (block.type === 'input' && surface === 'modal') {
      text(block.label, where, 2000, 'plain_text');
      if (seen.has(String(block.block_id))) say(where, 'block_id twice');
      seen.add(String(block.block_id));
      const options = (block.element as Json).options as unknown[] | undefined;
      if (options && (options.length < 1 || options.length > 100)) say(where, `${options.length} options`);
    } else if (block.type === 'header' && surface === 'home') {
      text(block.text, where, maxOf.header!, 'plain_text');
    } else if (block.type !== 'divider' || surface !== 'home') say(where, 'unknown here');
    if (typeof block.block_id === 'string' && block.type !== 'input') {
      if (block.block_id.length > 255 || seen.has(block.block_id)) say(where, `block_id ${block.block_id.slice(0, 40)}`);
      seen.add(block.block_id);
    }
  });
  if (surface === 'message' && sum > 12_000) say('blocks', `${sum} characters in sum`);
  return wrong;
}

export function refusalsOfModal(view: object): string[] {
  const it = view as Json & { blocks: unknown[] };
  const wrong = refusals(it.blocks, 'modal');
  for (const part of ['title', 'submit', 'close'] as const) {
    const words = (it[part] as Json | undefined)?.text;
    if (words !== undefined && (String(words).length < 1 || String(words).length > 24)) wrong.push(`${part} of ${String(words).length}`);
  }
  if (String(it.private_metadata ?? '').length > 3000) wrong.push('private_metadata');
  if (it.blocks.some((block) => (block as Json).type === 'input') && !it.submit) wrong.push('submit missing');
  if (JSON.stringify(view).length > 250_000) wrong.push('view_too_large');
  return wrong;
}

export function refusalsOfHome(view: { blocks: unknown[] }): string[] {
  const wrong = refusals(view.blocks, 'home');
  if (Buffer.byteLength(JSON.stringify(view)) > 250_000) wrong.push('view_too_large');
  return wrong;
}

/** The message as lines, as a person reads it; buttons in brackets. */
export function read(blocks: readonly unknown[]): string {
  const words = (value: unknown) => ((value as Json).text as string) ?? '';
  const label = (value: Json): string =>
    value.type === 'overflow' ? `⋯ ${(value.options as Json[]).map((option) => words(option.text)).join(' · ')}` : `[${words(value.text)}]`;
  return blocks
    .map((value) => {
      const block = value as Json;
      if (block.type === 'section') return `${words(block.text)}${block.accessory ? ` ${label(block.accessory as Json)}` : ''}`;
      if (block.type === 'context') return (block.elements as unknown[]).map((each) => `  ${words(each)}`).join('\n');
      if (block.type === 'actions') return (block.elements as Json[]).map(label).join(' ');
      if (block.type === 'header') return `\n${words(block.text)}`;
      return block.type === 'divider' ? '---' : String(block.type);
    })
    .join('\n');
}
