import type { Driver, LogEntry } from '../local-workspace/index.js';

/** Prints a workspace's log as a person would see it: each message with its author, edits as they come, what was typed and pressed. */
export function printTranscript(driver: Driver, write: (text: string) => void): () => void {
  const last = new Map<string, string>();
  const names = new Map(driver.users().map((user) => [user.id, user.realName || user.name]));
  const who = (id: string | undefined) => (id ? (names.get(id) ?? driver.app.name) : driver.app.name);

  const print = (entry: LogEntry) => {
    const { kind, message, user, note } = entry;
    const seconds = new Date(entry.at).toISOString().slice(11, 19);
    if (kind === 'typed') return write(`\n${seconds}  ${who(user)} types  ${note ?? ''}\n`);
    if (kind === 'pressed') return write(`\n${seconds}  ${who(user)} presses  ${note ?? ''}\n`);
    if (kind === 'failure') return write(`\n${seconds}  failure  ${note ?? ''}\n`);
    if (!message) return;
    const text = driver.render(message);
    const key = `${entry.channel}:${entry.ts}`;
    if (kind === 'edit' && last.get(key) === text) return; // Only something unseen changed, such as a button's id.
    last.set(key, text);
    const place = message.threadTs && message.threadTs !== message.ts ? 'in the thread' : 'in the channel';
    const how = {
      post: place,
      edit: `${place}, edited`,
      ephemeral: `only visible to ${who(message.visibleTo)}`,
      delete: `${place}, deleted`,
    }[kind as string];
    if (!how) return;
    write(`\n${seconds}  ${who(kind === 'ephemeral' ? undefined : message.user)} · ${how}\n${indent(text)}\n`);
  };
  return driver.onChange(print);
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
