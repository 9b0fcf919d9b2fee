/* Order matters: code first, then <…>, then emphasis at the edges of words, then the three entities. */

export const EMOJI = {
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
  heart: '❤️',
  smile: '😄',
};

const decode = (text) => text.replace(/&(lt|gt|amp);/g, (_, name) => ({ lt: '<', gt: '>', amp: '&' })[name]);

/** Splits at ``` fences, then lines at quotes, then everything inline. */
export function parseMrkdwn(text) {
  const nodes = [];
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
            .replace(/<([^>|]*)(\|([^>]*))?>/g, (_, target, __, label) => label ?? target),
        ),
      });
    else if (part !== '') nodes.push(...lines(index % 2 === 1 ? '```' + part : part));
  });
  return nodes;
}

function lines(text) {
  const nodes = [];
  let quote = [];
  let plain = [];
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
      quote.push(quoted[1]);
    } else {
      flushQuote();
      plain.push(line);
    }
  }
  flushQuote();
  flushPlain();
  return nodes;
}

function inline(text) {
  const nodes = [];
  const token = /`([^`\n]+)`|<([^<>\n]+)>/g;
  const pieces = [];
  let last = 0;
  for (const match of text.matchAll(token)) {
    pieces.push(text.slice(last, match.index));
    pieces.push(
      match[1] !== undefined
        ? { type: 'code', text: decode(match[1].replace(/<([^>|]*)(\|([^>]*))?>/g, (_, a, __, b) => b ?? a)) }
        : control(match[2]),
    );
    last = match.index + match[0].length;
  }
  pieces.push(text.slice(last));
  // Nodes stand as one private-use character in the text, so that emphasis can span them.
  const held = [];
  const flat = pieces
    .map((piece) =>
      typeof piece === 'string' ? piece.replace(/[\uE000-\uF8FF]/g, '\uFFFD') : String.fromCharCode(0xe000 + held.push(piece) - 1),
    )
    .join('');
  if (held.length > 6000) return [{ type: 'text', text: decode(text) }];
  nodes.push(...emphasis(flat, held));
  return nodes;
}

const KINDS = { '*': 'bold', _: 'italic', '~': 'strike' };
const EMPHASIS = /(^|[\s([{"'.,;:!?*_~/|-])([*_~])(?=\S)([^\n]*?[^\s])\2(?=$|[\s)\]}"'.,;:!?*_~/|-])/;

function emphasis(text, held, depth = 0) {
  const found = depth > 8 ? null : EMPHASIS.exec(text);
  if (!found) return leaves(text, held);
  const start = found.index + found[1].length;
  const end = found.index + found[0].length;
  return [
    ...leaves(text.slice(0, start), held),
    { type: KINDS[found[2]], children: emphasis(found[3], held, depth + 1) },
    ...rest(text.slice(end), held, depth),
  ];
}

function rest(text, held, depth) {
  return text === '' ? [] : emphasis(text, held, depth);
}

function leaves(text, held) {
  const nodes = [];
  for (const part of text.split(/([\uE000-\uF8FF]|:[a-z0-9_+-]+:)/)) {
    if (part === '') continue;
    const code = part.charCodeAt(0);
    if (code >= 0xe000 && code <= 0xf8ff) nodes.push(held[code - 0xe000]);
    else if (/^:[a-z0-9_+-]+:$/.test(part) && Object.hasOwn(EMOJI, part.slice(1, -1)))
      nodes.push({ type: 'emoji', name: part.slice(1, -1) });
    else nodes.push({ type: 'text', text: decode(part) });
  }
  return nodes;
}

function control(inner) {
  const bar = inner.indexOf('|');
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? undefined : decode(inner.slice(bar + 1));
  if (target.startsWith('@')) return { type: 'user', id: target.slice(1), label };
  if (target.startsWith('#')) return { type: 'channel', id: target.slice(1), label };
  if (target.startsWith('!subteam^')) return { type: 'group', id: target.slice(9), label };
  if (target.startsWith('!date^')) {
    const [, seconds, format = '', url] = target.split('^');
    return { type: 'date', timestamp: Number(seconds), format, url, fallback: label ?? '' };
  }
  if (target.startsWith('!')) return { type: 'broadcast', range: target.slice(1) };
  const url = decode(target);
  if (/^(https?:\/\/|mailto:)/i.test(url))
    return { type: 'link', url, children: [{ type: 'text', text: label ?? url.replace(/^mailto:/i, '') }] };
  return { type: 'text', text: label ?? decode(`<${inner}>`) };
}

/** Slack's date tokens in the reader's zone. */
export function formatDate(timestamp, format, { timeZone, locale = 'en-GB', now = Date.now() } = {}) {
  const date = new Date(timestamp * 1000);
  if (Number.isNaN(date.getTime())) return '';
  const show = (options) => new Intl.DateTimeFormat(locale, { timeZone, ...options }).format(date);
  const day = (at) => new Intl.DateTimeFormat('en-CA', { timeZone }).format(at);
  const near = { [day(now)]: 'today', [day(now - 86_400_000)]: 'yesterday', [day(now + 86_400_000)]: 'tomorrow' }[day(date)];
  const long = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' };
  const tokens = {
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
  return format.replace(/\{([a-z_]+)\}/g, (whole, name) => (Object.hasOwn(tokens, name) ? tokens[name]() : whole));
}

function ago(ms) {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const amount = minutes < 60 ? `${minutes} min` : minutes < 1440 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} d`;
  return ms < 0 ? `in ${amount}` : `${amount} ago`;
}
