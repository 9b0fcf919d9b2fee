import { namedSecrets, redact } from '../security/redact.js';
import type { TextIndex } from './analyzers/text-index.js';
import type { LocatedHit } from './merge.js';

const MAX_LINES = 6;
const MAX_LINE = 200;
const MAX_MESSAGE = 300;

/** What `token="token"` gives is a word of the program, and its other uses are no secret. */
const words =
  /^(access|api|auth|client|private|secret|session|user)?[-_ ]?(credentials?|id|key|name|none|null|passphrase|passwd|password|pwd|secret|token|user)s?$/i;

/** Words that the languages themselves have: masked wherever they stand, they would leave nothing to read. */
const keywords =
  /^(and|assert|async|await|break|case|catch|class|const|continue|def|del|delete|elif|else|enum|except|export|extends|finally|for|from|function|global|import|lambda|let|new|nonlocal|not|pass|raise|return|static|super|switch|this|throw|try|type|typeof|var|void|while|with|yield|true|false)$/;

/** Short and of small letters only: inside of longer words it is another word. */
const plain = /^[a-z]{3,8}$/;

/** Masks what was found to be secret, in whatever quotes it (RV-10). */
export class Redactor {
  readonly #values = new Set<string>();

  /** Remembers the text under a secret hit; done for all hits before anything is quoted. */
  learn(index: TextIndex, { start, end }: Pick<LocatedHit, 'start' | 'end'>): void {
    const value = index.text.slice(start, end);
    // Of `password = "x"` the literal is the secret, not the words around it.
    const literals = [...value.matchAll(/(["'`])(.+?)\1/g)].map((match) => match[2]!);
    for (const secret of literals.length > 0 ? literals : [value])
      if (secret.trim().length >= 3 && !words.test(secret.trim())) this.#values.add(secret.trim());
  }

  /** What the search for secrets does not know as one, but its name does: `password = "…"` in any language. */
  learnNamed(text: string): void {
    for (const value of namedSecrets(text)) this.#values.add(value);
  }

  /** One line fit for a report: no secret, no control character, not too long. */
  message(text: string): string {
    const clean = this.mask(text)
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
      .trim();
    return clean.length > MAX_MESSAGE ? `${clean.slice(0, MAX_MESSAGE - 1)}…` : clean;
  }

  /** The lines of a place, shortened. Masked before shortening, so that no beginning of a secret is left. */
  evidence(index: TextIndex, startLine: number, endLine: number): string {
    const last = Math.min(endLine, startLine + MAX_LINES - 1);
    const lines = this.mask(index.lines(startLine, last)).split('\n');
    const shown = lines.map((line) => {
      const clean = line.replace(/[\p{Cc}\p{Cf}]/gu, (character) => (character === '\t' ? '  ' : '')).trimEnd();
      return clean.length > MAX_LINE ? `${clean.slice(0, MAX_LINE - 1)}…` : clean;
    });
    return [...shown, ...(last < endLine ? ['…'] : [])].join('\n');
  }

  /** All of a file, with its lines where they were: a key of many lines leaves as many. */
  maskFile(text: string): string {
    let masked = text;
    for (const value of this.#values) {
      if (masked.includes(value)) masked = hide(masked, value, `[redacted]${'\n'.repeat(value.split('\n').length - 1)}`);
    }
    return masked;
  }

  mask(text: string): string {
    let masked = text;
    for (const value of this.#values) if (masked.includes(value)) masked = hide(masked, value, '[redacted]');
    return redact(masked);
  }
}

function hide(text: string, value: string, by: string): string {
  if (!plain.test(value)) return text.replaceAll(value, by);
  // After a backslash a letter is no part of a word.
  const alone = `(?<!(?<!\\\\)[A-Za-z])${value}(?![A-Za-z])`;
  // As a literal, or as a part of an address or of a setting.
  const given = `(?<=["'\`=:@/])${alone}|${alone}(?=["'\`@/])`;
  return text.replaceAll(new RegExp(keywords.test(value) ? given : alone, 'g'), by);
}
