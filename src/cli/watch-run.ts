import type { App } from '../app.js';
import type { Approval } from '../approvals/approval.js';
import { isSame } from '../approvals/authorise.js';
import { outcomeLine } from '../approvals/store.js';
import type { Run } from '../bot.js';
import type { Actor } from '../runs/run.js';
import { askAtTerminal } from './ask.js';
import { followRun } from './follow.js';
import { createInterrupts } from './interrupts.js';
import { createProgressView, type ProgressView } from './live-view.js';
import { commandLine, oneLine, time } from './text.js';
import { answerCommand, mayApprove, questionLine } from './words.js';

/** Shows a run while it goes on, asks here what it asks, and returns it as it is at the end or when the person leaves. */
export async function watchRun(app: App, runId: string, actor: Actor): Promise<Run> {
  const view = createProgressView(process.stderr);
  const interrupts = createInterrupts({
    runId,
    cancel: async () => view.say(oneLine((await app.bot.cancel(runId, actor)).why)),
    pause: view.pause,
    resume: view.resume,
    say: view.say,
  });
  const questions = createQuestions({ app, actor, view, onInterrupt: interrupts.interrupt });
  let leaveHeld: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    leaveHeld = resolve;
  });
  const leaving = AbortSignal.any([interrupts.leaving, abortWith(held)]);
  try {
    return await followRun({
      app,
      runId,
      leaving,
      onEvent(event, at) {
        view.onEvent(event, at);
        if (event.type === 'approval_requested') questions.open(event.approvalId);
        if (event.type === 'approval_ended') questions.closed(event.approvalId);
        if (event.type !== 'held') return;
        view.say(`Nobody answered in time. Ask again with  ${commandLine(['approvals', 'again', event.approvalId])}`);
        // Nobody is here to ask again, so waiting on would hang a script for good.
        if (!process.stdin.isTTY) leaveHeld();
      },
      onProgress: view.onProgress,
    });
  } finally {
    await questions.stop();
    interrupts.stop();
    view.end();
  }
}

function abortWith(promise: Promise<void>): AbortSignal {
  const controller = new AbortController();
  void promise.then(() => controller.abort());
  return controller.signal;
}

interface Questions {
  open(approvalId: string): void;
  closed(approvalId: string): void;
  stop(): Promise<void>;
}

/** One question at a time on the terminal; each ends by an answer here, a decision elsewhere, its deadline, or the person leaving. */
function createQuestions({
  app: { bot },
  actor,
  view,
  onInterrupt,
}: {
  app: App;
  actor: Actor;
  view: ProgressView;
  onInterrupt(): void;
}): Questions {
  const stopping = new AbortController();
  const asking = new Map<string, AbortController>();
  let last: Promise<void> = Promise.resolve();

  const say = async (approval: Approval) => {
    view.say(`${questionLine(approval)} Expires ${time(approval.deadline)}, may approve: ${mayApprove(approval)}.`);
    view.say(`Answer it with  ${answerCommand(approval)}`);
  };
  const ask = async (approvalId: string, signal: AbortSignal) => {
    const approval = await bot.approval(approvalId);
    if (approval?.status !== 'pending' || signal.aborted) return;
    const mayNot = approval.policy.fourEyes && isSame(actor, approval.requestedBy);
    if (!process.stdin.isTTY || !process.stderr.isTTY || mayNot) return say(approval);
    view.pause();
    try {
      view.say(await askAtTerminal({ bot, approval, actor, signal, onInterrupt }));
    } catch (error) {
      if (!signal.aborted) throw error;
      const now = await bot.approval(approvalId);
      if (now && now.status !== 'pending') view.say(`\n${oneLine(outcomeLine(now))}`);
    } finally {
      view.resume();
    }
  };
  return {
    open(approvalId) {
      const controller = new AbortController();
      asking.set(approvalId, controller);
      const signal = AbortSignal.any([controller.signal, stopping.signal]);
      last = last
        .then(() => ask(approvalId, signal))
        .catch((error: unknown) => {
          view.say(`The question could not be asked here (${oneLine(error instanceof Error ? error.message : String(error))}).`);
        });
    },
    closed(approvalId) {
      asking.get(approvalId)?.abort();
    },
    async stop() {
      stopping.abort();
      await last;
    },
  };
}
