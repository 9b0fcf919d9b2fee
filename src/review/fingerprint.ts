import { createHash } from 'node:crypto';
import type { NamedScope } from './hit.js';
import type { Language } from './languages.js';

/** What of a hit its fingerprint is made of. Never the message (versions change wording), never a line number. */
export interface FingerprintParts {
  class: string;
  file: string;
  /** Names of the enclosing classes and functions, outermost first. */
  scope: readonly string[];
  /** Normalised text of the hit's own range; empty for secrets, from which nothing may be derived. */
  text: string;
  /** The how-manieth hit of the file with all of the above equal. */
  ordinal: number;
}

export function fingerprint(parts: FingerprintParts): string {
  const key = JSON.stringify([parts.class, parts.file, parts.scope, parts.text, parts.ordinal]);
  return `v1:${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
}

/** What is left of a fingerprint when the file is renamed. */
export function placePrint(parts: FingerprintParts): string {
  return fingerprint({ ...parts, file: '' }).slice(0, 23);
}

/** The print of a finding with these places: of all, so that neither their order nor the repair of another one changes it. */
export function printOf({ places }: { places: readonly { print?: string | undefined }[] }): string | null {
  return places.flatMap(({ print }) => print ?? []).sort()[0] ?? null;
}

/** Names of what encloses a range, outermost first. A definition does not enclose what lies on its own first character. */
export function enclosingNames(scopes: readonly NamedScope[], start: number, end: number): string[] {
  return scopes
    .filter(([from, to]) => from <= start && to >= end && !(from === start && to === end))
    .sort((a, b) => a[0] - b[0] || b[1] - a[1])
    .map(([, , name]) => name);
}

const pythonTokens = /("""|''')[\s\S]*?(?:\1|$)|"(?:\\[\s\S]|[^"\\\n])*"?|'(?:\\[\s\S]|[^'\\\n])*'?|#[^\n]*|\s+/g;
const scriptTokens = /`(?:\\[\s\S]|[^`\\])*`?|"(?:\\[\s\S]|[^"\\\n])*"?|'(?:\\[\s\S]|[^'\\\n])*'?|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\s+/g;

/** What is left of code when a formatter's choices are taken out: blanks, comments, kinds of quotes, trailing commas, semicolons, line continuations. */
export function normaliseCode(text: string, language: Language | null): string {
  const tokens = language === 'python' ? pythonTokens : scriptTokens;
  return text
    .replace(tokens, (token) => {
      if (/^\s/.test(token) || token.startsWith('#') || token.startsWith('//') || token.startsWith('/*')) return '';
      const quote = /^("""|'''|["'`])/.exec(token)?.[0] ?? '';
      const inner = token.slice(quote.length, token.endsWith(quote) && token.length > quote.length ? -quote.length : undefined);
      // A template literal is code of its own kind; the other quotes are a matter of taste, and so are the escapes they need.
      return quote === '`' ? token : `"${inner.replace(/\\(["'])/g, '$1')}"`;
    })
    .replace(/\\$/gm, '')
    .replace(/,(?=[)\]}])/g, '')
    .replace(/;(?=\}|$)/g, '');
}
