import { hashOf, type Outbox, type Sent, type Step } from './outbox.js';
import type { DesiredMessage } from './views/run.js';

export type Shown = { kind: 'shown' } | { kind: 'later'; waitMs: number; error: string | null } | { kind: 'stuck'; error: string };

interface Sending {
  outbox: Outbox;
  key: string;
  channel: string;
  desired: DesiredMessage[];
  /** False when another process has taken the thread over. */
  keepLease(): Promise<boolean>;
  isStopping(): boolean;
}

/** A post may be looked up, sent, found without its parent: never more steps than these in one go. */
const mostSteps = 4;

/** Last words first, then everything in order: a post that has to wait holds back the posts behind it, an edit holds back nothing. */
export async function sendAll({ outbox, key, channel, desired, keepLease, isStopping }: Sending): Promise<Shown> {
  let sent = await outbox.messages(key);
  const waits: Extract<Step, { done: false; waitMs: number }>[] = [];
  let postsWait = false;
  const lastWords = desired.filter((message) => message.final && whatToDo(message, sent.get(message.key)) === 'edit');
  for (const message of [...lastWords, ...desired]) {
    for (let steps = 0; steps < mostSteps; steps += 1) {
      const before = sent.get(message.key) ?? null;
      const what = whatToDo(message, before);
      if (what === 'nothing' || (what === 'post' && postsWait)) break;
      if (isStopping() || !(await keepLease())) return { kind: 'later', waitMs: 2000, error: null };
      const thread = message.inThread ? parent(sent) : null;
      const step = what === 'edit' ? await outbox.edit(before!, message) : await outbox.post(key, channel, message, thread, before);
      if ('stuck' in step) return { kind: 'stuck', error: step.stuck };
      if (!step.done && step.waitMs > 0) {
        waits.push(step);
        if (what === 'post') postsWait = true;
        break;
      }
      sent = await outbox.messages(key);
      // The thread's parent turned out to be deleted: the next round begins with it.
      if (!step.done && message.inThread && wasDeleted(sent.get('root'))) waits.push({ done: false, waitMs: 50, error: null });
    }
  }
  if (waits.length === 0) return { kind: 'shown' };
  return { kind: 'later', waitMs: Math.min(...waits.map(({ waitMs }) => waitMs)), error: waits.find(({ error }) => error)?.error ?? null };
}

/** Replies to a parent that was deleted at the end, and so does not come back, stand in the channel itself. */
const parent = (sent: Map<string, Sent>) => (wasDeleted(sent.get('root')) ? null : (sent.get('root')?.ts ?? null));

const wasDeleted = (message: Sent | null | undefined) =>
  message?.state === 'gone' && (message.error === 'message_not_found' || message.error === 'thread_not_found');

/** A deleted message comes back only while something may still be done with it; one that cannot be edited says its last word anew. */
function whatToDo(message: DesiredMessage, before: Sent | null | undefined): 'nothing' | 'post' | 'edit' {
  if (!before || before.state === 'sending') return 'post';
  const differs = before.hash !== hashOf(message);
  if (before.state === 'sent') return differs ? 'edit' : 'nothing';
  const returns = message.key === 'root' || message.key.startsWith('approval:');
  return returns && (wasDeleted(before) ? !message.final : message.final && differs) ? 'post' : 'nothing';
}
