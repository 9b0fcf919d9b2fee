import { drawBlock } from './blocks.js';
import { el, mrkdwn, plain } from './dom.js';
import { EMOJI } from './mrkdwn.js';

const key = new URLSearchParams(location.search).get('key') ?? '';
const $ = (id) => document.getElementById(id);

let me = sessionStorage.getItem('me') ?? '';
let workspace;
let place = sessionStorage.getItem('place') ?? '';
let threadTs = '';
let live;
const messages = new Map();
const unread = new Set();

const names = {
  user: (id) => (id === 'USLACKBOT' ? 'Slackbot' : workspace.users.find((user) => user.id === id)?.name),
  channel: (id) => workspace.channels.find((channel) => channel.id === id)?.name,
  group: (id) => workspace.groups.find((group) => group.id === id)?.handle,
};

function toast(text) {
  $('toast').textContent = text;
  $('toast').hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => {
    $('toast').hidden = true;
  }, 6000);
}

async function ask(body) {
  const response = await fetch('/control', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-workspace-key': key },
    body: JSON.stringify({ as: me, ...body }),
  });
  const answer = await response.json();
  if (!answer.ok) throw new Error(answer.error);
  return answer.result;
}

const attempt = (work) => work().catch((error) => toast(error.message));

const isHome = () => place === 'home';
const channelLabel = (channel) =>
  channel.kind === 'im' ? workspace.app.name : `${channel.kind === 'private' ? '🔒 ' : '# '}${channel.name}`;

function drawSide() {
  const go = (id) => () => attempt(() => open(id));
  const item = (id, label) =>
    el(
      'li',
      {},
      el(
        'button',
        { type: 'button', class: unread.has(id) ? 'unread' : '', 'aria-current': id === place ? 'true' : undefined, on: { click: go(id) } },
        label,
      ),
    );
  $('channels').replaceChildren(
    ...workspace.channels.map((channel) => item(channel.id, channelLabel(channel))),
    item('home', `⌂ ${workspace.app.name} Home`),
  );
  $('you').replaceChildren(
    ...workspace.users
      .filter((user) => !user.isBot)
      .map((user) =>
        el(
          'option',
          { value: user.id, selected: user.id === workspace.me },
          user.roles ? `${user.realName} (${user.roles})` : user.realName,
        ),
      ),
  );
  $('status').textContent =
    workspace.connections > 0 ? `${workspace.app.name} is connected` : `${workspace.app.name} is not connected over Socket Mode`;
}

const context = (where, extra = {}) => ({
  names,
  people: () => workspace.users.filter((user) => !user.isBot),
  channels: () => workspace.channels.filter((channel) => channel.kind !== 'im'),
  collect: () => undefined,
  send: (change) => attempt(() => ask({ ...change, where })),
  ...extra,
});

const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });

function drawMessage(message, inThread) {
  const user = workspace.users.find((one) => one.id === message.user);
  const replies = inThread ? [] : (messages.get(message.channel) ?? []).filter((one) => one.threadTs === message.ts);
  const ctx = context(message.ts);
  const body =
    message.blocks.length > 0
      ? message.blocks.map((block) => drawBlock(block, ctx))
      : el('div', { class: 'body' }, mrkdwn(message.text, names));
  return el(
    'article',
    { class: message.visibleTo ? 'message private' : 'message', data: { ts: message.ts } },
    el(
      'div',
      {},
      el('span', { class: 'who' }, user?.realName ?? names.user(message.user) ?? message.user),
      message.botId ? el('span', { class: 'badge' }, 'APP') : undefined,
      el('time', { class: 'meta' }, clock(Number(message.ts.split('.')[0]) * 1000)),
      message.visibleTo ? el('span', { class: 'meta' }, 'Only visible to you') : undefined,
      message.editedTs ? el('span', { class: 'edited' }, '(edited)') : undefined,
    ),
    body,
    message.files.map((file) => el('div', { class: 'file' }, `📄 ${file.title} · ${file.size} bytes`)),
    message.reactions.map((reaction) =>
      el('span', { class: 'badge' }, `${EMOJI[reaction.name] ?? `:${reaction.name}:`} ${reaction.users.length}`),
    ),
    inThread || message.visibleTo
      ? undefined
      : el(
          'button',
          { type: 'button', class: 'replies-link', on: { click: () => openThread(message.ts) } },
          replies.length > 0 ? `${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}` : 'Reply in thread',
        ),
  );
}

/** Follows the end unless the reader scrolled up. */
function fill(pane, nodes) {
  const atEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < 80;
  pane.replaceChildren(...nodes);
  if (atEnd) pane.scrollTop = pane.scrollHeight;
}

function drawMain() {
  const pane = $('messages');
  $('composer').hidden = isHome();
  if (isHome()) {
    $('title').textContent = `${workspace.app.name} · Home`;
    $('topic').textContent = '';
    const { home } = workspace;
    const ctx = home && context(home.id, { state: home.state });
    const blocks = home
      ? home.blocks.map((block) => drawBlock(block, ctx))
      : [el('p', {}, 'The app has not published a Home tab for you.')];
    pane.replaceChildren(el('div', { class: 'home' }, blocks));
    return;
  }
  const channel = workspace.channels.find((one) => one.id === place);
  $('title').textContent = channel ? channelLabel(channel) : '';
  $('topic').textContent = channel?.isArchived ? 'archived' : (channel?.topic ?? '');
  const all = messages.get(place) ?? [];
  fill(
    pane,
    all
      .filter((message) => !message.threadTs)
      .sort(byTs)
      .map((message) => drawMessage(message, false)),
  );
}

const byTs = (a, b) => Number(a.ts) - Number(b.ts);

function drawThread() {
  $('thread').hidden = threadTs === '' || isHome();
  if ($('thread').hidden) return;
  const all = (messages.get(place) ?? []).filter((message) => message.ts === threadTs || message.threadTs === threadTs);
  fill(
    $('replies'),
    all.sort(byTs).map((message) => drawMessage(message, true)),
  );
}

function openThread(ts) {
  threadTs = ts;
  drawThread();
  $('reply').querySelector('textarea').focus();
}

function drawModals() {
  $('dialogs').replaceChildren();
  const view = workspace.views.at(-1);
  if (view) drawModal(view);
}

function drawModal(view) {
  const readers = new Map();
  const values = () => Object.fromEntries([...readers].map(([blockId, read]) => [blockId, read()]));
  // What was typed must not be lost when a click elsewhere in the modal redraws it.
  const send = async (change) => {
    await attempt(() => ask({ do: 'fill', where: view.id, values: values() }));
    await attempt(() => ask({ ...change, where: view.id }));
  };
  const ctx = context(view.id, { state: view.state, errors: view.errors, collect: (blockId, read) => readers.set(blockId, read), send });
  const close = (all) => attempt(() => ask({ do: 'closeView', viewId: view.id, all }));
  const general = el('p', { class: 'fault', role: 'alert' });
  const form = el(
    'form',
    { method: 'dialog', novalidate: true },
    el(
      'header',
      {},
      el('h2', {}, plain(view.title)),
      el('button', { type: 'button', 'aria-label': 'Close', on: { click: () => close(true) } }, '✕'),
    ),
    el(
      'div',
      { class: 'content' },
      view.blocks.map((block) => drawBlock(block, ctx)),
      general,
    ),
    el(
      'footer',
      {},
      el('button', { type: 'button', on: { click: () => close(false) } }, plain(view.close) || 'Cancel'),
      view.submit ? el('button', { type: 'submit', class: 'primary' }, plain(view.submit)) : undefined,
    ),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const submit = form.querySelector('button[type=submit]');
    submit.disabled = true;
    try {
      const { outcome } = await ask({ do: 'submit', viewId: view.id, values: values() });
      if (outcome !== 'acked') general.textContent = `We had some trouble connecting. Try again? (${outcome})`;
    } catch (error) {
      general.textContent = error.message;
    }
    submit.disabled = false;
  });
  const box = el('dialog', { 'aria-label': plain(view.title), data: { viewId: view.id } }, form);
  box.addEventListener('cancel', (event) => {
    event.preventDefault();
    close(false);
  });
  $('dialogs').append(box);
  box.showModal();
}

function drawAll() {
  drawSide();
  drawMain();
  drawThread();
  drawModals();
}

async function open(id) {
  place = id;
  threadTs = '';
  unread.delete(id);
  sessionStorage.setItem('place', id);
  if (isHome()) {
    await ask({ do: 'openHome' });
    workspace = await ask({ do: 'workspace' });
  } else messages.set(id, await ask({ do: 'messages', channel: id }));
  drawAll();
  $('messages').scrollTop = isHome() ? 0 : $('messages').scrollHeight;
}

function upsert(message) {
  const list = (messages.get(message.channel) ?? []).filter((one) => one.ts !== message.ts);
  if (!message.deletedAt) list.push(message);
  messages.set(message.channel, list);
}

async function hear(entry) {
  if (entry.message && messages.has(entry.message.channel)) upsert(entry.message);
  if (entry.message) {
    if (entry.message.channel !== place && entry.kind === 'post') unread.add(entry.message.channel);
    drawSide();
    if (entry.message.channel !== place) return;
    drawMain();
    drawThread();
    return;
  }
  if (entry.kind.startsWith('view_') || entry.kind === 'home_published' || entry.kind === 'channel') {
    workspace = await ask({ do: 'workspace' });
    if (entry.kind === 'channel' || entry.kind === 'home_published') {
      drawSide();
      drawMain();
    } else drawModals();
  }
}

function connect() {
  live?.close();
  const socket = new WebSocket(`ws://${location.host}/control/live?as=${encodeURIComponent(me)}&key=${encodeURIComponent(key)}`);
  live = socket;
  socket.addEventListener('message', (event) => {
    const frame = JSON.parse(event.data);
    if (frame.type === 'change') attempt(() => hear(frame.entry));
  });
  socket.addEventListener('close', () => {
    if (live !== socket) return;
    $('status').textContent = 'The workspace is gone. Trying again…';
    setTimeout(() => attempt(() => become(me)), 2000);
  });
}

async function become(id) {
  me = id;
  workspace = await ask({ do: 'workspace' });
  me = workspace.me;
  sessionStorage.setItem('me', me);
  messages.clear();
  $('team').textContent = document.title;
  const known = place === 'home' || workspace.channels.some((channel) => channel.id === place);
  const first = workspace.channels.find((channel) => channel.kind !== 'im')?.id ?? 'home';
  connect();
  for (const channel of workspace.channels) messages.set(channel.id, []);
  await open(known ? place : first);
}

async function write(box, thread) {
  const text = box.value.trim();
  if (text === '') return;
  box.value = '';
  $('commands').hidden = true;
  const [word = ''] = text.split(/\s+/);
  const extra = thread ? { threadTs: thread } : {};
  try {
    if (word.startsWith('/')) await ask({ do: 'command', channel: place, command: word, text: text.slice(word.length), ...extra });
    else await ask({ do: 'say', channel: place, text: withIds(text), ...extra });
  } catch (error) {
    box.value = text;
    toast(error.message);
  }
}

/** Names a person types become ids, and what they type is never markup. */
function withIds(text) {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/@([a-z0-9._-]+)/g, (whole, name) => {
      const user = workspace.users.find((one) => one.name === name);
      const group = workspace.groups.find((one) => one.handle === name);
      return user ? `<@${user.id}>` : group ? `<!subteam^${group.id}>` : whole;
    });
}

function complete() {
  const typed = $('draft').value;
  const found = typed.startsWith('/') && !typed.includes(' ') ? workspace.app.commands.filter((one) => one.command.startsWith(typed)) : [];
  $('commands').hidden = found.length === 0;
  $('commands').replaceChildren(
    ...found.map((one) => {
      const take = () => {
        $('draft').value = `${one.command} `;
        $('commands').hidden = true;
        $('draft').focus();
      };
      const label = el('span', { class: 'hint' }, ` ${one.usageHint} · ${one.description}`);
      return el('li', {}, el('button', { type: 'button', on: { click: take } }, one.command, label));
    }),
  );
}

function onEnter(form) {
  form.querySelector('textarea').addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
}

$('you').addEventListener('change', () => attempt(() => become($('you').value)));
$('draft').addEventListener('input', complete);
$('close-thread').addEventListener('click', () => {
  threadTs = '';
  drawThread();
});
for (const id of ['composer', 'reply']) {
  onEnter($(id));
  $(id).addEventListener('submit', (event) => {
    event.preventDefault();
    write($(id).querySelector('textarea'), id === 'reply' ? threadTs : '');
  });
}
attempt(() => become(me));
