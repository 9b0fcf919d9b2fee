import { z } from 'zod';
import { entryPoint } from '../../process/entry-point.js';
import { runProcess } from '../../process/runner.js';
import { engineFlags } from '../../review/analyzers/in-child.js';
import { parseJson, whyUnusable } from '../../review/analyzers/outcome.js';
import type { ApplyRequest } from './apply.js';
import { FixFailed } from './fixer.js';

const Answer = z.object({ text: z.string(), applied: z.number().int().min(0), problem: z.string().nullable() });

const TIMEOUT_MS = 60_000;

/** The new text of a file, worked out in a child. Throws `FixFailed` unless the defect is gone from it. */
export async function applyInChild(request: ApplyRequest, signal?: AbortSignal): Promise<{ text: string; applied: number }> {
  const result = await runProcess({
    command: process.execPath,
    args: [...engineFlags(request.fixer, 1), entryPoint('fix/fixers/apply')],
    cwd: process.cwd(),
    input: JSON.stringify(request),
    timeoutMs: TIMEOUT_MS,
    maxOutputBytes: 16 * 1024 * 1024,
    signal,
  });
  const reason = whyUnusable(`the ${request.fixer} fixer`, result, TIMEOUT_MS);
  if (reason !== null) throw new FixFailed(reason);
  const answer = Answer.safeParse(parseJson(result.stdout));
  if (!answer.success) throw new FixFailed(`the ${request.fixer} fixer printed something that cannot be read`);
  const { text, applied, problem } = answer.data;
  if (problem !== null) throw new FixFailed(problem);
  if (applied === 0 || text === request.text) throw new FixFailed(`the ${request.fixer} fixer found nothing to change in ${request.file}`);
  return { text, applied };
}
