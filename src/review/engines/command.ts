import { mkdir } from 'node:fs/promises';
import { runProcess, shell } from '../../process/runner.js';
import { parseJson, whyUnusable } from '../analyzers/outcome.js';
import { type Answer, failed, noUsage, type Question } from './engine.js';

const MAX_OUTPUT = 16 * 1024 * 1024;

/**
 * Asks a command of the owner's: the question as JSON on its standard input, the answer as JSON on its standard output. It runs in the
 * private copy, with nothing of the bot's environment but what programs need.
 */
export async function askCommand(question: Question, line: string): Promise<Answer> {
  const { task, system, prompt, schema, files, folder, home, limits, signal } = question;
  await mkdir(home, { recursive: true });
  const result = await runProcess({
    ...shell(line),
    cwd: folder,
    env: { TMPDIR: home },
    input: JSON.stringify({ task, instructions: system, prompt, schema, files }),
    timeoutMs: limits.timeoutMs,
    maxOutputBytes: MAX_OUTPUT,
    signal,
  });
  const reason = whyUnusable('the command', result, limits.timeoutMs);
  if (reason !== null) return failed(reason, result.durationMs);
  const value = parseJson(result.stdout);
  if (value === undefined) return failed('the command printed something that is not JSON', result.durationMs);
  return { value, usage: noUsage, reason: null, durationMs: result.durationMs, refused: [] };
}
