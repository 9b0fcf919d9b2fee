import type { z } from 'zod';
import type { Block, Json } from '../types.js';
import { blockSchemas } from './blocks.js';
import { plainText } from './composition.js';
import { BLOCK_SURFACES, ELEMENT_SURFACES, LIMITS, type Surface } from './limits.js';

type Path = readonly PropertyKey[];

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 6901, with Slack's habit of naming it at the end of the sentence. */
function pointed(message: string, path: Path): string {
  const pointer = path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return `${message} [json-pointer:${pointer}]`;
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

/** Says a zod issue in Slack's words, with the pointer to the fault. */
export function explainIssues(issues: readonly z.core.$ZodIssue[], root: unknown, base: Path): string[] {
  return issues.flatMap((issue): string[] => {
    const path = [...base, ...issue.path];
    const missing = issue.path.length > 0 && valueAt(root, issue.path) === undefined;
    if (missing && issue.code !== 'custom') return [pointed(`missing required field: ${String(path.at(-1))}`, path.slice(0, -1))];
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => pointed(`invalid additional property: ${key}`, path));
    if (issue.code === 'too_big') {
      const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' items' : '';
      const verb = issue.origin === 'array' ? 'no more than' : 'must be less than';
      return [
        pointed(issue.origin === 'array' ? `${verb} ${issue.maximum}${unit} allowed` : `${verb} ${Number(issue.maximum) + 1}${unit}`, path),
      ];
    }
    if (issue.code === 'too_small') {
      if (issue.origin === 'array') return [pointed(`no fewer than ${issue.minimum} items allowed`, path)];
      return [
        pointed(
          issue.origin === 'string' ? `must be more than ${Number(issue.minimum) - 1} characters` : `must be at least ${issue.minimum}`,
          path,
        ),
      ];
    }
    if (issue.code === 'invalid_union' && issue.path.at(-1) === 'type') {
      return [pointed(`unsupported type: ${String(valueAt(root, issue.path))}`, path)];
    }
    if (issue.code === 'invalid_type') return [pointed(`must be a ${issue.expected === 'object' ? 'valid object' : issue.expected}`, path)];
    if (issue.code === 'invalid_value') return [pointed(`must be a valid enum value, one of: ${issue.values.join(', ')}`, path)];
    return [pointed(issue.message, path)];
  });
}

/** Elements that are in the wrong place on this surface, at any depth below a block. */
function misplaced(value: unknown, surface: Surface, path: Path): string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => misplaced(item, surface, [...path, index]));
  if (!isObject(value)) return [];
  const surfaces = typeof value.type === 'string' && Object.hasOwn(ELEMENT_SURFACES, value.type) ? ELEMENT_SURFACES[value.type] : undefined;
  const own = surfaces && !surfaces.includes(surface) ? [pointed(`${String(value.type)} is not allowed in a ${surface}`, path)] : [];
  return [...own, ...Object.entries(value).flatMap(([key, part]) => misplaced(part, surface, [...path, key]))];
}

function checkBlock(block: unknown, surface: Surface, path: Path): string[] {
  if (!isObject(block)) return [pointed('must be a valid object', path)];
  if (block.type === undefined) return [pointed('missing required field: type', path)];
  if (typeof block.type !== 'string' || !Object.hasOwn(blockSchemas, block.type)) {
    return [pointed(`unsupported type: ${String(block.type)}`, [...path, 'type'])];
  }
  if (!BLOCK_SURFACES[block.type]?.includes(surface)) return [pointed(`unsupported type: ${block.type}`, [...path, 'type'])];
  const result = blockSchemas[block.type as keyof typeof blockSchemas].safeParse(block);
  if (!result.success) return explainIssues(result.error.issues, block, path);
  return misplaced(block, surface, path);
}

function checkTogether(blocks: readonly unknown[], surface: Surface, base: Path): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  let markdown = 0;
  let tables = 0;
  blocks.forEach((block, index) => {
    if (!isObject(block)) return;
    if (typeof block.block_id === 'string') {
      if (seen.has(block.block_id)) faults.push(pointed(`duplicate block_id: ${block.block_id}`, [...base, index, 'block_id']));
      seen.add(block.block_id);
    }
    if (block.type === 'markdown' && typeof block.text === 'string') markdown += block.text.length;
    if (block.type === 'table' || block.type === 'data_table') tables += 1;
    faults.push(...duplicateActions(block, [...base, index]));
  });
  const most = surface === 'message' ? LIMITS.blocksPerMessage : LIMITS.blocksPerView;
  if (blocks.length > most) faults.push(pointed(`no more than ${most} items allowed`, base));
  if (markdown > LIMITS.markdown)
    faults.push(pointed(`markdown blocks must be less than ${LIMITS.markdown + 1} characters together`, base));
  if (tables > LIMITS.tables) faults.push(pointed(`no more than ${LIMITS.tables} table allowed`, base));
  return faults;
}

function duplicateActions(block: Json, path: Path): string[] {
  if (!Array.isArray(block.elements)) return [];
  const ids = new Set<string>();
  return block.elements.flatMap((element: unknown, index) => {
    if (!isObject(element) || typeof element.action_id !== 'string') return [];
    if (ids.has(element.action_id))
      return [pointed(`duplicate action_id: ${element.action_id}`, [...path, 'elements', index, 'action_id'])];
    ids.add(element.action_id);
    return [];
  });
}

/** Every fault of the blocks in Slack's form; none means they may be shown. */
export function checkBlocks(blocks: readonly unknown[], surface: Surface, base: Path = ['blocks']): string[] {
  return [...blocks.flatMap((block, index) => checkBlock(block, surface, [...base, index])), ...checkTogether(blocks, surface, base)];
}

const SHOWN = new Set(['text', 'alt_text', 'title', 'caption', 'fallback']);

/** The size Slack adds up over a message (`msg_blocks_too_long`): what is shown, not the keys around it. */
export function shownLength(value: unknown, key = ''): number {
  if (typeof value === 'string') return SHOWN.has(key) ? value.length : 0;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + shownLength(item, key), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce((sum, [name, part]) => sum + shownLength(part, name), 0);
}

const viewTitle = plainText(LIMITS.viewTitle);

const VIEW_KEYS = new Set([
  'type',
  'blocks',
  'title',
  'submit',
  'close',
  'private_metadata',
  'callback_id',
  'external_id',
  'clear_on_close',
  'notify_on_close',
]);
const LONGEST: Readonly<Record<string, number>> = {
  private_metadata: LIMITS.privateMetadata,
  callback_id: LIMITS.id,
  external_id: LIMITS.id,
};

/** Every fault of a modal or Home view. */
export function checkView(view: Json, surface: 'modal' | 'home'): string[] {
  const base: Path = ['view'];
  const faults: string[] = [];
  if (view.type !== surface) faults.push(pointed(`unsupported type: ${String(view.type)}`, [...base, 'type']));
  for (const key of Object.keys(view)) if (!VIEW_KEYS.has(key)) faults.push(pointed(`invalid additional property: ${key}`, base));
  for (const [key, most] of Object.entries(LONGEST)) {
    const value = view[key];
    if (value === undefined) continue;
    if (typeof value !== 'string') faults.push(pointed('must be a string', [...base, key]));
    else if (value.length > most) faults.push(pointed(`must be less than ${most + 1} characters`, [...base, key]));
  }
  for (const key of ['clear_on_close', 'notify_on_close']) {
    if (view[key] !== undefined && typeof view[key] !== 'boolean') faults.push(pointed('must be a boolean', [...base, key]));
  }
  if (surface === 'modal' && view.title === undefined) faults.push(pointed('missing required field: title', base));
  for (const key of ['title', 'submit', 'close']) {
    if (view[key] === undefined) continue;
    const result = viewTitle.safeParse(view[key]);
    if (!result.success) faults.push(...explainIssues(result.error.issues, view[key], [...base, key]));
  }
  if (!Array.isArray(view.blocks)) return [...faults, pointed('missing required field: blocks', base)];
  faults.push(...checkBlocks(view.blocks, surface, [...base, 'blocks']));
  if (surface === 'modal' && view.submit === undefined && view.blocks.some((block) => isObject(block) && block.type === 'input')) {
    faults.push(pointed('missing required field: submit', base));
  }
  return faults;
}

export const asBlocks = (blocks: readonly unknown[]): Block[] => structuredClone(blocks) as Block[];
