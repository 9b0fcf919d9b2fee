import type { Approval } from '../approvals/approval.js';
import type { Actor } from '../runs/run.js';

/** The five signs, the same everywhere. Words carry the meaning, signs only help. */
export const signs = { done: '✓', running: '●', waiting: '○', look: '⚠', failed: '✗' } as const;

/** Control characters, and those that reorder or hide text (bidi marks, zero-width, tags, soft hyphen, line separators). */
const unseen =
  /(?:[\p{Cc}\p{Cs}\u00ad\u061c\u115f\u1160\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\u034f|\u17b4|\u17b5|[\u180b-\u180e]|[\u{e0000}-\u{e0fff}])+/gu;

/** Exactly the three characters that Slack gives a meaning to; nothing else may be encoded. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** One line of visible characters. */
export function oneLine(text: string): string {
  return text.replace(unseen, ' ').replace(/\s+/gu, ' ').trim();
}

/** The same with its line breaks. */
export function manyLines(text: string): string {
  const all = text.split(/\r\n|\r|\n|\u2028|\u2029/).map((line) => line.replaceAll('\t', '  ').replace(unseen, ' ').trimEnd());
  return all
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** At most `max` characters, cut at a word where there is one, never inside a character. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  if (max < 1) return '';
  let cut = text.slice(0, max - 1);
  // A word that goes on behind the cut goes as a whole, unless it is most of what there is.
  const space = cut.lastIndexOf(' ');
  if (!/\s/u.test(text[max - 1] ?? ' ') && space > cut.length / 2) cut = cut.slice(0, space);
  return `${cut.replace(/[\ud800-\udbff]$/u, '').trimEnd()}…`;
}

/** Text from outside as mrkdwn: one line, escaped, at most `max` characters after escaping, and without code marks of its own. */
export function outside(text: string, max: number): string {
  return escapeWithin(oneLine(text.slice(0, max * 4)).replaceAll('`', 'ʼ'), max);
}

/** Text from outside for `plain_text` objects, which know no control sequences. */
export function plain(text: string, max: number): string {
  return shorten(oneLine(text.slice(0, max * 4)), max) || '—';
}

/** Text from outside in code marks, in which Slack formats nothing. */
export function code(text: string, max = 120): string {
  return `\`${outside(text, max) || ' '}\``;
}

/** A block of code with its line breaks, at most `max` characters. */
export function codeBlock(text: string, max: number): string {
  const lines = text
    .slice(0, max * 4)
    .replaceAll('\t', '  ')
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(unseen, ' ').trimEnd());
  const room = max - 8;
  return `\`\`\`\n${escapeWithin(lines.join('\n').replaceAll('```', 'ʼʼʼ'), room) || ' '}\n\`\`\``;
}

function escapeWithin(text: string, max: number): string {
  let room = max;
  let escaped = escapeText(shorten(text, room));
  while (escaped.length > max) {
    room = Math.max(0, room - Math.max(1, Math.ceil((escaped.length - max) / 5)));
    escaped = escapeText(shorten(text, room));
  }
  return escaped;
}

/** In the reader's zone; whoever cannot render it sees UTC. */
export function time(at: Date | string): string {
  const date = new Date(at);
  return `<!date^${Math.floor(date.getTime() / 1000)}^{time}|${date.toISOString().slice(11, 16)} UTC>`;
}

export function dayAndTime(at: Date | string): string {
  const date = new Date(at);
  return `<!date^${Math.floor(date.getTime() / 1000)}^{date_short_pretty} at {time}|${date.toISOString().slice(0, 16).replace('T', ' ')} UTC>`;
}

/** When an approval ends: the time alone when it is within the day. */
export function deadline({ createdAt, deadline: at }: Approval): string {
  return at.getTime() - createdAt.getTime() < 12 * 3_600_000 ? time(at) : dayAndTime(at);
}

/** `38 s`, `4 min`, `2 h 5 min`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

export function between(from: Date | string, to: Date | string): string {
  return duration(new Date(to).getTime() - new Date(from).getTime());
}

/** `1 file`, `2 files`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** Who did or asked something, as mrkdwn. */
export function person({ kind, id, name }: Actor): string {
  if (kind === 'slack' && /^[UW][A-Z0-9]+$/.test(id)) return `<@${id}>`;
  if (kind === 'schedule') return `the schedule ${code(id, 60)}`;
  if (kind === 'system') return 'Mahavishnu';
  return `${outside(name ?? id, 60)}${kind === 'local' ? ' at the terminal' : ''}`;
}

/** Ids of user groups by handle (`@release-team` → `S123`), so that those who may decide are told; empty when unknown. */
export type GroupIds = ReadonlyMap<string, string>;

/** One of `ApprovalPolicy.approvers` as mrkdwn. */
export function approver(who: string, groups: GroupIds): string {
  if (/^[UW][A-Z0-9]{2,}$/.test(who)) return `<@${who}>`;
  const group = /^S[A-Z0-9]{2,}$/.test(who) ? who : groups.get(who);
  if (group && /^S[A-Z0-9]+$/.test(group)) return `<!subteam^${group}>`;
  if (who === 'everyone') return 'everyone';
  if (/^(admin|operator|viewer)$/.test(who)) return `${who}s`;
  return outside(who.replace(/^local:/, 'at the terminal: '), 60);
}
