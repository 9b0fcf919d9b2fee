import type { IssueFields } from './issue-text.js';

/**
 * The text of an item as the YAML library writes it, for what nearly all items are made of: values on one line, lists of words, one
 * level of maps. Fifty times as fast, which is what three thousand issues of one review need. Null for anything else: the library
 * writes that. A property test holds the two against each other.
 */
export function writePlain(fields: IssueFields, itemIndent: number, eol: string): string | null {
  const outer = ' '.repeat(itemIndent);
  let text = '';
  for (const [key, value] of Object.entries(fields)) {
    const written = entry(key, value, `${outer}  `, eol);
    if (written === null) return null;
    text += (text === '' ? `${outer}- ` : `${outer}  `) + written;
  }
  return text === '' ? null : text;
}

function entry(key: string, value: unknown, indent: string, eol: string): string | null {
  const name = scalar(key, false);
  if (name === null || name !== key) return null;
  if (value === null || typeof value !== 'object') {
    const one = scalar(value, false);
    return one === null ? null : `${key}: ${one}${eol}`;
  }
  if (Array.isArray(value)) return list(key, value, indent, eol);
  const prototype: unknown = Object.getPrototypeOf(value);
  const entries = Object.entries(value);
  if ((prototype !== Object.prototype && prototype !== null) || entries.length === 0) return null;
  let text = `${key}:${eol}`;
  for (const [inner, each] of entries) {
    // A map in a map, or in a list, is rare enough for the library.
    if (each !== null && typeof each === 'object' && !Array.isArray(each)) return null;
    const written = entry(inner, each, `${indent}  `, eol);
    if (written === null) return null;
    text += `${indent}  ${written}`;
  }
  return text;
}

function list(key: string, items: unknown[], indent: string, eol: string): string | null {
  if (items.length === 0) return `${key}: []${eol}`;
  if (!items.every((item): item is string => typeof item === 'string')) return null;
  const short = items.every((item) => item.length <= 60) && items.join(', ').length <= 100;
  const written = items.map((item) => scalar(item, short));
  if (written.some((item) => item === null)) return null;
  if (short) return `${key}: [${written.join(', ')}]${eol}`;
  return `${key}:${eol}${written.map((item) => `${indent}  - ${item}${eol}`).join('')}`;
}

/** Printable characters that no escape is needed for. */
const printable = /^[\x20-\x7e\u00a1-\u02ff\u0370-\u03ff\u0400-\u04ff\u2010-\u2027\u2030-\u205e]*$/;
const otherTypes =
  /^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE|0o[0-7]+|[-+]?[0-9]+|0x[0-9a-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.nan|\.NaN|\.NAN|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)[eE][-+]?[0-9]+|[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*))$/;

function scalar(value: unknown, inFlow: boolean): string | null {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : null;
  if (typeof value !== 'string' || !printable.test(value)) return null;
  const special =
    value === '' || /^[\t ,[\]{}#&*!|>'"%@`]|^[?-]$|^[?-][ \t]|:[ \t]|[\t ]#|[ :]$/.test(value) || (inFlow && /[[\]{},]/.test(value));
  if (!special && !otherTypes.test(value)) return value;
  const hasDouble = value.includes('"');
  const hasSingle = value.includes("'");
  if (hasDouble && !hasSingle) return `'${value}'`;
  return `"${value.replace(/[\\"]/g, '\\$&')}"`;
}
