/** A `mahavishnu-ignore` comment: what it names, for which lines, and why. */
export interface IgnoreComment {
  line: number;
  rules: string[];
  reason: string;
  /** YYYY-MM-DD; null when the comment names no day. */
  until: string | null;
  /** The lines it speaks of: its own, or the next one when it stands alone. */
  covers: number[];
}

export interface BrokenComment {
  line: number;
  /** Why it does not count. */
  why: string;
}

const word = 'mahavishnu-ignore';
const marker = /(?:#|\/\/|\/\*|<!--|--|;|%|\*|\{\/\*)\s*mahavishnu-ignore\b(.*)$/;
const parts = /^\s*([^:]*?)(?:\s+until\s+(\S+))?\s*(?::\s*(.*?))?\s*(?:\*\/\}?|-->)?\s*$/;
const ruleName = /^[A-Za-z0-9@][\w@./-]{0,149}$/;
const MAX_LINE = 2_000;

export function mayHaveComments(text: string): boolean {
  return text.includes(word);
}

/** Reads `mahavishnu-ignore RULE[, RULE] [until YYYY-MM-DD]: reason`, on the line of a finding or on the line above it. */
export function readComments(text: string): { comments: IgnoreComment[]; broken: BrokenComment[] } {
  const comments: IgnoreComment[] = [];
  const broken: BrokenComment[] = [];
  if (!mayHaveComments(text)) return { comments, broken };
  for (const [index, whole] of text.split(/\r\n|\r|\n/).entries()) {
    if (!whole.includes(word)) continue;
    const line = index + 1;
    const raw = whole.slice(0, MAX_LINE);
    const match = marker.exec(raw);
    if (!match) continue; // In a text or a name: not a comment.
    const [, names = '', until, reason = ''] = parts.exec(match[1] ?? '') ?? [];
    const rules = names.split(/[\s,]+/).filter((name) => name !== '');
    const why = whyBroken(rules, until, reason);
    if (why !== null) {
      broken.push({ line, why });
      continue;
    }
    const alone = raw.slice(0, match.index).trim() === '';
    comments.push({ line, rules, reason: clean(reason), until: until ?? null, covers: alone ? [line, line + 1] : [line] });
  }
  return { comments, broken };
}

function whyBroken(rules: readonly string[], until: string | undefined, reason: string): string | null {
  if (rules.length === 0) return 'names no rule; write mahavishnu-ignore RULE: reason';
  if (rules.some((rule) => /^(?:all|any|\*|.*\*.*)$/i.test(rule))) return 'names every rule at once; name the rules it means';
  const odd = rules.find((rule) => !ruleName.test(rule));
  if (odd !== undefined) return 'names something that is no rule; write mahavishnu-ignore RULE: reason';
  if (clean(reason).length < 3) return 'gives no reason; write mahavishnu-ignore RULE: reason';
  if (until !== undefined && (!/^\d{4}-\d\d-\d\d$/.test(until) || Number.isNaN(Date.parse(until))))
    return 'has no date after "until"; write YYYY-MM-DD';
  return null;
}

function clean(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 300);
}
