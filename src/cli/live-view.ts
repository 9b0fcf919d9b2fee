import { createLogUpdate } from 'log-update';
import type { Run } from '../bot.js';
import type { RunEvent } from '../runs/events.js';
import { colourOf, coloursFor, type Sign, shorten, signs, time, widthOf } from './text.js';
import { eventLine, fixWords, stageWords, titleLine } from './words.js';

export interface ProgressView {
  onEvent(event: RunEvent, at: Date): void;
  onProgress(run: Run): void;
  /** A line that stays, such as which command answers an approval. */
  say(text: string): void;
  /** While a question is on the screen. */
  pause(): void;
  resume(): void;
  end(): void;
}

/** On a terminal the list of stages and fixes, redrawn in place; else one line per event (CL-2). Both on standard error. */
export function createProgressView(stream: NodeJS.WriteStream): ProgressView {
  return stream.isTTY ? liveView(stream) : eventLog(stream);
}

const mostFixesShown = 12;

function liveView(stream: NodeJS.WriteStream): ProgressView {
  const screen = createLogUpdate(stream);
  const colours = coloursFor(stream);
  const signed = (sign: Sign, words: string) => `${colourOf(sign, colours)(sign)} ${words}`;
  let paused = false;
  let last: Run | null = null;

  const draw = (run: Run): string => {
    const width = widthOf(stream) - 1;
    const { fixes, waitingFor, cancelledBy } = run.progress;
    const stages = stageWords(run, new Date()).map(({ sign, words }) => signed(sign, words));
    // Those that are worked on first: a long list must not push them off the screen.
    const order = [...fixes].sort((a, b) => Number(b.status === 'working') - Number(a.status === 'working'));
    const shown = order.slice(0, mostFixesShown).map((fix) => {
      const { sign, words } = fixWords(fix);
      return `  ${signed(sign, shorten(words, width - 4))}`;
    });
    return [
      shorten(titleLine(run), width),
      stages.join('   '),
      ...shown,
      ...(order.length > mostFixesShown ? [`  … ${order.length - mostFixesShown} more`] : []),
      ...(waitingFor ? [signed(signs.waiting, shorten(`waits for ${waitingFor}`, width - 2))] : []),
      ...(cancelledBy ? [signed(signs.look, 'being cancelled')] : []),
    ].join('\n');
  };
  return {
    onEvent() {},
    onProgress(run) {
      last = run;
      if (!paused) screen(draw(run));
    },
    say(text) {
      screen.clear();
      stream.write(`${text}\n`);
      if (last && !paused) screen(draw(last));
    },
    pause() {
      paused = true;
      screen.clear();
    },
    resume() {
      paused = false;
    },
    end() {
      screen.done();
    },
  };
}

function eventLog(stream: NodeJS.WriteStream): ProgressView {
  let titled = false;
  const waiting: string[] = [];
  return {
    onEvent(event, at) {
      const line = eventLine(event);
      if (line) waiting.push(`${time(at)} ${line.sign} ${line.words}`);
    },
    onProgress(run) {
      if (!titled && (run.progress.commit || run.progress.end)) {
        stream.write(`${titleLine(run)}\n`);
        titled = true;
      }
      if (!titled) return;
      for (const line of waiting.splice(0)) stream.write(`${line}\n`);
    },
    say(text) {
      stream.write(`${text}\n`);
    },
    pause() {},
    resume() {},
    end() {},
  };
}
