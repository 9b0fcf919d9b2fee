import { refused } from './errors.js';
import { type Placed, placedElements } from './inputs.js';
import type { Block, Json } from './types.js';

/** The words of a text object. */
export const plain = (text: unknown): string => (typeof text === 'object' && text !== null ? String((text as Json).text ?? '') : '');

/** What stands on an element or beside it. */
function namesOf({ block, element }: Placed): string[] {
  return [String(element.action_id), plain(element.text), String(element.accessibility_label ?? ''), plain(block.label)].filter(
    (name) => name !== '',
  );
}

/** One element by its action_id, what stands on it or beside it, or its block. */
export function findElement(blocks: readonly Block[], what: string, blockId: string | undefined): Placed {
  const placed = placedElements(blocks).filter(({ block }) => blockId === undefined || block.block_id === blockId);
  const exact = placed.filter(({ element }) => element.action_id === what);
  const found = exact.length > 0 ? exact : placed.filter((one) => namesOf(one).includes(what) || one.block.block_id === what);
  const [first] = found;
  if (first && found.length === 1) return first;
  const offered =
    placed.map((one) => `"${namesOf(one).at(1) ?? namesOf(one)[0]}" (${String(one.element.action_id)})`).join(', ') || 'nothing';
  if (!first) throw refused(`there is no "${what}" here; there is ${offered}`);
  throw refused(`"${what}" stands here ${found.length} times; say which block with blockId`);
}
