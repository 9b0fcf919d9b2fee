import type { KnownBlock } from '@slack/types';
import type { Approval } from '../../approvals/approval.js';
import type { Run, TrackedFinding } from '../../bot.js';
import { type MessageView, section } from '../blocks.js';
import { limits } from '../limits.js';
import { type GroupIds, shorten } from '../text.js';
import { approvalMessage } from './approval.js';
import { fixesMessage } from './fixes.js';
import { hasFailedAgent, repositoryName } from './parts.js';
import { asker, outcome, rootMessage } from './root.js';
import { summaryMessage } from './summary.js';

/** A message that a thread should show now. */
export interface DesiredMessage {
  /** Unique in its thread: `root`, `summary`, `fixes`, `approval:ID`, `end`. */
  key: string;
  text: string;
  blocks: KnownBlock[];
  inThread: boolean;
  /** It says its last word: sent ahead of others and without waiting for the pace of live edits. */
  final: boolean;
}

const nobody: GroupIds = new Map();

/** All messages of a run's thread, in order. Pure: the same state is always drawn the same. */
export function viewOfRun(run: Run, findings: TrackedFinding[], approvals: Approval[], groups: GroupIds = nobody): DesiredMessage[] {
  if (run.request.quiet && nothingToTell(run)) return [];
  const { end, held } = run.progress;
  const messages: DesiredMessage[] = [];
  const add = (key: string, view: MessageView | null, final: boolean, inThread = true) => {
    if (view) messages.push({ key, ...within(view), inThread, final });
  };
  add('root', rootMessage(run), end !== null, false);
  add('summary', summaryMessage(run, findings), end !== null);
  add('fixes', fixesMessage(run), end !== null);
  for (const approval of approvals) {
    const canAskAgain = approval.status === 'expired' && held === approval.id && end === null;
    add(`approval:${approval.id}`, approvalMessage(approval, { canAskAgain, groups }), approval.status !== 'pending');
  }
  // When the review was all there was, its summary has said it.
  if (end && (end.status !== 'done' || run.progress.fixes.length > 0 || approvals.length > 0)) add('end', endMessage(run), true);
  return messages;
}

/** New, so that it notifies: edits do not. One line that names who asked; the root has the remarks. */
function endMessage(run: Run): MessageView {
  const name = repositoryName(run.repository);
  return { text: `${name}: ${outcome(run)}`, blocks: [section(`*${name}* · ${outcome(run)} · ${asker(run)}`)] };
}

/** A quiet run speaks when something changed, needs a person or went wrong (SC-1). */
function nothingToTell({ progress: { review, fixes, approvals, end }, status }: Run): boolean {
  if (status === 'failed' || end?.status === 'failed' || approvals.length > 0 || fixes.length > 0) return false;
  if (!review) return true;
  if (hasFailedAgent(review.coverage)) return false;
  const { tracked, counts } = review;
  return tracked ? tracked.created + tracked.reopened + tracked.resolved === 0 : counts.P0 + counts.P1 + counts.P2 === 0;
}

/** The last guard: whatever the input was, Slack takes it. Buttons stay: a question is told in fewer words rather than without its answers. */
export function within({ text, blocks }: MessageView): MessageView {
  const isText = (block: KnownBlock) => block.type === 'section' || block.type === 'context';
  let room = limits.messageBlocksInSum - textLength(blocks.filter((block) => !isText(block)));
  let places = limits.messageBlocks - blocks.filter((block) => !isText(block)).length;
  const kept = blocks.filter((block) => {
    if (!isText(block)) return true;
    const length = textLength(block);
    if (places === 0 || length > room) return false;
    room -= length;
    places -= 1;
    return true;
  });
  return { text: shorten(text, limits.messageText), blocks: kept };
}

/** The characters of all texts in a block, as the undocumented limit seems to count them. */
function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + textLength(each), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [key, each]) => sum + (key === 'text' && typeof each === 'string' ? each.length : textLength(each)),
    0,
  );
}
