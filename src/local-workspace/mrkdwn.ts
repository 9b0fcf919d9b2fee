/** What a piece of mrkdwn means; drawn as elements by the page and as plain text by the renderer, never as HTML. */
export type MrkdwnNode =
  | { type: 'text'; text: string }
  | { type: 'code'; text: string }
  | { type: 'pre'; text: string }
  | { type: 'bold' | 'italic' | 'strike' | 'quote'; children: MrkdwnNode[] }
  | { type: 'user' | 'channel' | 'group'; id: string; label: string | undefined }
  | { type: 'broadcast'; range: string }
  | { type: 'date'; timestamp: number; format: string; url: string | undefined; fallback: string }
  | { type: 'emoji'; name: string }
  | { type: 'link'; url: string; children: MrkdwnNode[] };

/* Order matters: code first, then <…>, then emphasis at the edges of words, then the three entities. */

export const EMOJI: Readonly<Record<string, string>> = {
  '+1': '👍',
  '-1': '👎',
  bell: '🔔',
  bug: '🐛',
  eyes: '👀',
  fire: '🔥',
  gear: '⚙️',
  heavy_check_mark: '✔️',
  hourglass: '⌛',
  hourglass_flowing_sand: '⏳',
  information_source: 'ℹ️',
  lock: '🔒',
  mag: '🔍',
  memo: '📝',
  no_entry: '⛔',
  package: '📦',
  question: '❓',
  robot_face: '🤖',
  rocket: '🚀',
  rotating_light: '🚨',
  ship: '🚢',
  sparkles: '✨',
  tada: '🎉',
  test_tube: '🧪',
  thumbsup: '👍',
  thumbsdown: '👎',
  warning: '⚠️',
  wave: '👋',
  white_check_mark: '✅',
  wrench: '🔧',
  x: '❌',
  arrow_up: '⬆️',
  arrow_right: '➡️',
  calendar: '📅',
  chart_with_upwards_trend: '📈',
  clock3: '🕒',
  construction: '🚧',
  eyeglasses: '👓',
  file_folder: '📁',
  hammer: '🔨',
  heavy_exclamation_mark: '❗',
  key: '🔑',
  laughing: '😆',
  link: '🔗',
  pray: '🙏',
  red_circle: '🔴',
  large_green_circle: '🟢',
  large_yellow_circle: '🟡',
  raised_hands: '🙌',
  shield: '🛡️',
  snail: '🐌',
  speech_balloon: '💬',
  star: '⭐',
  stopwatch: '⏱️',
  thinking_face: '🤔',
  zap: '⚡',
  '100': '💯',
  heart: '❤️',
  smile: '😄',
};

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&' };

const decode = (text: string): string => text.replace(/&(lt|gt|amp);/g, (whole, name: string) => ENTITIES[name] ?? whole);

/** Splits at ``` fences, then lines at quotes, then everything inline. */
export function parseMrkdwn(text: string): MrkdwnNode[] {
  const nodes: MrkdwnNode[] = [];
  const parts = text.split(/```/);
  const closed = parts.length % 2 === 1;
  parts.forEach((part, index) => {
    const fenced = index % 2 === 1 && (closed || index < parts.length - 1);
    if (fenced)
      nodes.push({
        type: 'pre',
        text: decode(
          part
            .replace(/^\n/, '')
            .replace(/\n$/, '')
            .replace(/<([^>|]*)(\|([^>]*))?>/g, (_, target: string, __, label: string | undefined) => label ?? target),
        ),
      });
    else if (part !== '') nodes.push(...lines(index % 2 === 1 ? '```' + part : part));
  });
  return nodes;
}

function lines(text: string): MrkdwnNode[] {
  const nodes: MrkdwnNode[] = [];
  let quote: string[] = [];
  let plain: string[] = [];
  const flushPlain = () => {
    if (plain.length > 0) nodes.push(...inline(plain.join('\n')));
    plain = [];
  };
  const flushQuote = () => {
    if (quote.length > 0) nodes.push({ type: 'quote', children: inline(quote.join('\n')) });
    quote = [];
  };
  const all = text.split('\n');
  for (const line of all) {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quoted) {
      if (plain.length > 0) plain.push('');
      flushPlain();
      quote.push(quoted[1] ?? '');
    } else {
      flushQuote();
      plain.push(line);
    }
  }
  flushQuote();
  flushPlain();
  return nodes;
}

function inline(text: string): MrkdwnNode[] {
  const token = /`([^`\n]+)`|<([^<>\n]+)>/g;
  const pieces: (string | MrkdwnNode)[] = [];
  let last = 0;
  for (const match of text.matchAll(token)) {
    pieces.push(text.slice(last, match.index));
    pieces.push(
      match[1] !== undefined
        ? { type: 'code', text: decode(match[1].replace(/<([^>|]*)(\|([^>]*))?>/g, (_, a: string, __, b: string | undefined) => b ?? a)) }
        : control(match[2] ?? ''),
    );
    last = match.index + match[0].length;
  }
  pieces.push(text.slice(last));
  // Nodes stand as one private-use character in the text, so that emphasis can span them.
  const held: MrkdwnNode[] = [];
  const flat = pieces
    .map((piece) =>
      typeof piece === 'string' ? piece.replace(/[\uE000-\uF8FF]/g, '\uFFFD') : String.fromCharCode(0xe000 + held.push(piece) - 1),
    )
    .join('');
  if (held.length > 6000) return [{ type: 'text', text: decode(text) }];
  return emphasis(flat, held);
}

const KINDS: Readonly<Record<string, 'bold' | 'italic' | 'strike'>> = { '*': 'bold', _: 'italic', '~': 'strike' };
const EMPHASIS = /(^|[\s([{"'.,;:!?*_~/|-])([*_~])(?=\S)([^\n]*?[^\s])\2(?=$|[\s)\]}"'.,;:!?*_~/|-])/;

function emphasis(text: string, held: readonly MrkdwnNode[], depth = 0): MrkdwnNode[] {
  const found = depth > 8 ? null : EMPHASIS.exec(text);
  if (!found) return leaves(text, held);
  const [whole, before = '', mark = '', inner = ''] = found;
  const start = found.index + before.length;
  const end = found.index + whole.length;
  return [
    ...leaves(text.slice(0, start), held),
    { type: KINDS[mark] ?? 'bold', children: emphasis(inner, held, depth + 1) },
    ...rest(text.slice(end), held, depth),
  ];
}

function rest(text: string, held: readonly MrkdwnNode[], depth: number): MrkdwnNode[] {
  return text === '' ? [] : emphasis(text, held, depth);
}

function leaves(text: string, held: readonly MrkdwnNode[]): MrkdwnNode[] {
  const nodes: MrkdwnNode[] = [];
  for (const part of text.split(/([\uE000-\uF8FF]|:[a-z0-9_+-]+:)/)) {
    if (part === '') continue;
    const code = part.charCodeAt(0);
    const kept = code >= 0xe000 && code <= 0xf8ff ? held[code - 0xe000] : undefined;
    if (kept) nodes.push(kept);
    else if (/^:[a-z0-9_+-]+:$/.test(part) && Object.hasOwn(EMOJI, part.slice(1, -1)))
      nodes.push({ type: 'emoji', name: part.slice(1, -1) });
    else nodes.push({ type: 'text', text: decode(part) });
  }
  return nodes;
}

function control(inner: string): MrkdwnNode {
  const bar = inner.indexOf('|');
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? undefined : decode(inner.slice(bar + 1));
  if (target.startsWith('@')) return { type: 'user', id: target.slice(1), label };
  if (target.startsWith('#')) return { type: 'channel', id: target.slice(1), label };
  if (target.startsWith('!subteam^')) return { type: 'group', id: target.slice(9), label };
  if (target.startsWith('!date^')) {
    const [, seconds = '', format = '', url] = target.split('^');
    return { type: 'date', timestamp: Number(seconds), format, url, fallback: label ?? '' };
  }
  if (target.startsWith('!')) return { type: 'broadcast', range: target.slice(1) };
  const url = decode(target);
  if (/^(https?:\/\/|mailto:)/i.test(url))
    return { type: 'link', url, children: [{ type: 'text', text: label ?? url.replace(/^mailto:/i, '') }] };
  return { type: 'text', text: label ?? decode(`<${inner}>`) };
}

/** Slack's date tokens in the reader's zone. */
export interface DateOptions {
  timeZone?: string | undefined;
  locale?: string;
  now?: number;
}

export function formatDate(timestamp: number, format: string, { timeZone, locale = 'en-GB', now = Date.now() }: DateOptions = {}): string {
  const date = new Date(timestamp * 1000);
  if (Number.isNaN(date.getTime())) return '';
  const show = (options: Intl.DateTimeFormatOptions): string => new Intl.DateTimeFormat(locale, { timeZone, ...options }).format(date);
  const day = (at: Date | number): string => new Intl.DateTimeFormat('en-CA', { timeZone }).format(at);
  const near = (
    { [day(now)]: 'today', [day(now - 86_400_000)]: 'yesterday', [day(now + 86_400_000)]: 'tomorrow' } as Record<string, string>
  )[day(date)];
  const long = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } as const;
  const tokens: Readonly<Record<string, () => string>> = {
    date_num: () => day(date),
    date_slash: () => day(date).replaceAll('-', '/'),
    date: () => show({ day: 'numeric', month: 'long', year: 'numeric' }),
    date_short: () => show({ day: 'numeric', month: 'short', year: 'numeric' }),
    date_long: () => show(long),
    date_pretty: () => near ?? show({ day: 'numeric', month: 'long', year: 'numeric' }),
    date_short_pretty: () => near ?? show({ day: 'numeric', month: 'short', year: 'numeric' }),
    date_long_pretty: () => near ?? show(long),
    time: () => show({ hour: '2-digit', minute: '2-digit' }),
    time_secs: () => show({ hour: '2-digit', minute: '2-digit', second: '2-digit' }),
    ago: () => ago(now - date.getTime()),
  };
  return format.replace(/\{([a-z_]+)\}/g, (whole, name: string) => (Object.hasOwn(tokens, name) ? tokens[name]?.() : undefined) ?? whole);
}

function ago(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const amount = minutes < 60 ? `${minutes} min` : minutes < 1440 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} d`;
  return ms < 0 ? `in ${amount}` : `${amount} ago`;
}
