import { EMOJI, formatDate, parseMrkdwn } from './mrkdwn.js';

/** An element with properties and children; text is always text, never markup. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'class') node.className = value;
    else if (name === 'on') for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    else if (name === 'data') Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.flat(3).filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}

export const plain = (text) => (typeof text === 'string' ? text : (text?.text ?? ''));

/** Only addresses that lead to a page or a mail may be clicked. */
export function link(url, ...children) {
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return el('span', {}, ...children);
  return el('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, ...children);
}

const TAGS = { bold: 'strong', italic: 'em', strike: 's', quote: 'blockquote' };

export function mrkdwn(text, names) {
  return parseMrkdwn(text).map((node) => draw(node, names));
}

function draw(node, names) {
  switch (node.type) {
    case 'text':
      return node.text;
    case 'code':
      return el('code', {}, node.text);
    case 'pre':
      return el('pre', {}, node.text);
    case 'user':
      return el('span', { class: 'mention' }, `@${names.user(node.id) ?? node.label ?? node.id}`);
    case 'channel':
      return el('span', { class: 'mention' }, `#${names.channel(node.id) ?? node.label ?? node.id}`);
    case 'group':
      return el('span', { class: 'mention' }, `@${names.group(node.id) ?? node.label ?? node.id}`);
    case 'broadcast':
      return el('span', { class: 'mention' }, `@${node.range}`);
    case 'emoji':
      return EMOJI[node.name] ?? `:${node.name}:`;
    case 'date': {
      const shown = formatDate(node.timestamp, node.format) || node.fallback;
      const time = el('time', { title: node.fallback }, shown);
      return node.url ? link(node.url, time) : time;
    }
    case 'link':
      return link(node.url, ...node.children.map((child) => draw(child, names)));
    default:
      return el(TAGS[node.type], {}, ...node.children.map((child) => draw(child, names)));
  }
}

export function textObject(object, names) {
  if (!object) return [];
  return object.type === 'mrkdwn' ? mrkdwn(object.text, names) : [plain(object)];
}

/** Asks as Slack asks; resolves to whether the person said yes. */
export function askConfirm(dialog, names) {
  return new Promise((resolve) => {
    const done = (answer) => {
      box.close();
      box.remove();
      resolve(answer);
    };
    const yes = plain(dialog.confirm) || 'Yes';
    const box = el(
      'dialog',
      { class: 'confirm', 'aria-label': plain(dialog.title) || 'Are you sure?', on: { cancel: () => done(false) } },
      el('header', {}, el('h2', {}, plain(dialog.title) || 'Are you sure?')),
      el('div', { class: 'content body' }, textObject(dialog.text, names)),
      el(
        'footer',
        {},
        el('button', { type: 'button', on: { click: () => done(false) } }, plain(dialog.deny) || 'Cancel'),
        el('button', { type: 'button', class: dialog.style ?? 'primary', on: { click: () => done(true) } }, yes),
      ),
    );
    document.body.append(box);
    box.showModal();
  });
}
