import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { redact as redactSecrets } from '../security/redact.js';
import { changedBetween, treeState } from './autofix.js';
import type { GateCommand, GatePlan, GateResult, GateRun } from './gate.js';
import { gateStages } from './gate.js';
import { runFix, runGate } from './run-gate.js';
import { prepare } from './setup.js';
import { tailOf } from './tail.js';

export interface RunGatesParts {
  /** A clean checkout of exactly the commit to judge, which the gates may write to. */
  folder: string;
  plan: GatePlan;
  /** For reports; outside of `folder`, so that the repository cannot put one there itself. */
  scratch: string;
  /** What was installed for a lock file, kept for this repository's next trees (GT-7). */
  cacheFolder: string;
  signal?: AbortSignal | undefined;
  onResult?: ((result: GateResult) => void) | undefined;
  redact?: (text: string) => string;
}

/**
 * Runs all stages in their order (GT-1). A failed gate does not stop the later ones: whoever repairs it, a person or the
 * next fixer, is told everything at once instead of one failure a round. Only a failed set-up does, because nothing that
 * runs after it would mean anything; everything is `unknown` then.
 */
export async function runGates(parts: RunGatesParts): Promise<GateRun> {
  const { folder, plan, cacheFolder, signal, redact = redactSecrets } = parts;
  await mkdir(parts.scratch, { recursive: true });
  const scratch = await mkdtemp(join(parts.scratch, 'gates-'));
  const results: GateResult[] = [];
  const tell = (result: GateResult) => {
    results.push(result);
    parts.onResult?.(result);
  };

  const prepared =
    plan.setup && plan.commands.some(({ unavailable }) => !unavailable)
      ? await prepare({ folder, setup: plan.setup, cacheFolder, signal })
      : null;
  const broken = prepared && !prepared.ok ? prepared : null;
  const ignored = plan.setup?.keep ?? [];
  const before = await treeState(folder, ignored);
  let autofixed: string[] = [];

  for (const stage of gateStages) {
    for (const { why } of plan.missing.filter((entry) => entry.stage === stage && plan.blocking.includes(stage))) {
      tell({ ...notRun({ stage, name: stage, run: '' }), reason: why });
    }
    for (const [index, command] of of(plan, stage).entries()) {
      const gate = { command, folder, scratch: join(scratch, `${stage}-${index}`), signal, redact };
      if (broken) tell({ ...notRun(command), reason: `the set-up failed: ${redact(broken.reason)}`, tail: tailOf(redact(broken.output)) });
      else if (signal?.aborted) tell({ ...notRun(command), reason: 'it was cancelled' });
      else tell(await withRetry(gate));
    }
    // Read here, because tests may write files too, and those are not what a formatter put right.
    if (stage === 'fast' && !broken) autofixed = changedBetween(before, await treeState(folder, ignored));
  }
  const blockers = blockersOf(plan, results);
  return { passed: blockers.length === 0, results, blockers, autofixed };
}

/** A fast gate that failed gets its `fix` and one more try (GT-2). */
async function withRetry(gate: Parameters<typeof runGate>[0]): Promise<GateResult> {
  const first = await runGate(gate);
  if (first.status !== 'failed' || gate.command.stage !== 'fast' || gate.command.fix === undefined || gate.signal?.aborted) return first;
  const fixed = await runFix(gate);
  const second = await runGate(gate);
  const durationMs = first.durationMs + fixed.durationMs + second.durationMs;
  const reason = second.status === 'failed' ? `${second.reason}, also after "${gate.command.fix}"` : second.reason;
  return { ...second, durationMs, reason };
}

/** Why a plan's results do not pass; empty only when every blocking stage has a result and all of them passed (GT-3). */
function blockersOf(plan: GatePlan, results: readonly GateResult[]): string[] {
  return plan.blocking.flatMap((stage) => {
    const own = results.filter((result) => result.stage === stage);
    if (own.length === 0) return [`${stage}: unknown: nothing was run`];
    return own
      .filter(({ status }) => status !== 'passed')
      .map(({ name, status, reason }) => `${name === stage ? stage : `${stage}/${name}`}: ${status}: ${reason ?? 'no reason was given'}`);
  });
}

const of = (plan: GatePlan, stage: GateCommand['stage']) => plan.commands.filter((command) => command.stage === stage);

function notRun({ stage, name, run }: Pick<GateCommand, 'stage' | 'name' | 'run'>): GateResult {
  return {
    stage,
    name,
    command: run,
    status: 'unknown',
    reason: null,
    exitCode: null,
    durationMs: 0,
    counts: null,
    coverage: null,
    tail: '',
  };
}
