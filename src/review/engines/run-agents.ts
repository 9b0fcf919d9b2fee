import { constants, copyFile, mkdir, mkdtemp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { type Agent, fileFilter } from '../agents.js';
import type { SourceTexts } from '../analyzers/source-texts.js';
import type { AgentOutcome, Scope, Usage } from '../finding.js';
import { languageOf } from '../languages.js';
import type { LocatedHit } from '../merge.js';
import type { RuleTable } from '../rules/table.js';
import { acceptFindings, findingsSchema } from './answer.js';
import { askClaude } from './claude.js';
import { askCodex } from './codex.js';
import { askCommand } from './command.js';
import { type Answer, type Ask, type EngineParts, failed, noUsage, oneLine, type Question } from './engine.js';
import { reviewWords } from './prompt.js';
import { runSarifCommand } from './sarif-command.js';

/** How an agent of another engine ended. `reason` is set when it did not do its work; what it found until then counts all the same. */
export interface AgentRun {
  agent: Agent;
  hits: LocatedHit[];
  /** What it quoted for each hit. */
  quotes: ReadonlyMap<LocatedHit, string>;
  usage: Usage;
  rejected: { count: number; reasons: string[] };
  durationMs: number;
  reason: string | null;
}

export interface AgentsRequest {
  agents: readonly Agent[];
  /** The checkout; agents get copies of what was read of it. */
  folder: string;
  files: readonly string[];
  scope: Scope;
  scratch: string;
  /** Of agents without a limit of their own. */
  timeoutMs: number;
  texts: SourceTexts;
  table: RuleTable;
  engines: EngineParts;
  signal?: AbortSignal | undefined;
}

/** Over all reviews of this process: each is a program of some hundred megabytes, or a bill. */
const slots = pLimit(4);

/** Runs the agents of other engines, side by side. One without a file to look at is left out. */
export async function runAgents(request: AgentsRequest): Promise<AgentRun[]> {
  const runs = request.agents
    .filter((agent) => agent.engine !== 'built-in' && agent.reviews)
    .flatMap((agent) => {
      const own = filesOf(agent, request.files);
      return own.length === 0 ? [] : [slots(() => runAgent(agent, own, request)).catch((error: unknown) => broken(agent, error))];
    });
  return Promise.all(runs);
}

async function runAgent(agent: Agent, own: readonly string[], request: AgentsRequest): Promise<AgentRun> {
  const { scope, texts, table, engines, signal } = request;
  const { folder, home } = await privateCopy(agent.name, request);
  const files = new Set(own);
  if (agent.engine === 'sarif') {
    const timeoutMs = agent.timeLimit ?? request.timeoutMs;
    return {
      agent,
      usage: noUsage,
      quotes: new Map(),
      ...(await runSarifCommand({ agent, folder, home, files, timeoutMs, texts, table, signal })),
    };
  }
  const words = reviewWords(agent, scope, own);
  const answer = await askOf(
    agent,
    engines,
  )({
    task: 'review',
    ...words,
    schema: findingsSchema,
    folder,
    files: request.files,
    home,
    model: agent.model,
    limits: limitsOf(agent, request.timeoutMs),
    signal,
  });
  const { usage, durationMs } = answer;
  const empty = { hits: [], quotes: new Map<LocatedHit, string>(), rejected: { count: 0, reasons: [] } };
  if (answer.reason !== null) return { agent, usage, durationMs, reason: answer.reason, ...empty };
  const known = [engines.claude.apiKey, engines.codex.apiKey].filter((key) => key !== undefined);
  const accepted = await acceptFindings(answer.value, { agent, files, texts, table, known });
  if (!accepted) return { agent, usage, durationMs, reason: `${agent.name} did not answer in the form it was asked for`, ...empty };
  // An agent that tries to leave its folder may have been talked into it; that it was stopped is worth a word.
  const reasons = answer.refused.length > 0 ? [`tried what it may not: ${answer.refused.slice(0, 2).join(', ')}`] : [];
  const rejected = { count: accepted.rejected.count, reasons: [...accepted.rejected.reasons, ...reasons] };
  return { agent, usage, durationMs, reason: null, ...accepted, rejected };
}

/** How an agent is asked. */
export function askOf(agent: Agent, engines: EngineParts): Ask {
  const ask = async (question: Question): Promise<Answer> => {
    if (agent.engine === 'claude') return askClaude(question, engines);
    if (agent.engine === 'codex') return askCodex(question, engines);
    if (agent.engine === 'command' && agent.run !== null) return askCommand(question, agent.run);
    return failed(`${agent.name} is ${agent.engine}; it cannot be asked`);
  };
  return (question) => ask(question).catch((error: unknown) => failed(oneLine(error instanceof Error ? error.message : String(error))));
}

export function limitsOf({ timeLimit, budget }: Agent, timeoutMs: number): Question['limits'] {
  return { timeoutMs: timeLimit ?? timeoutMs, ...budget };
}

export function filesOf(agent: Agent, files: readonly string[]): string[] {
  const looksAt = fileFilter(agent);
  return files.filter((file) => looksAt(file) && (agent.language === null || languageOf(file) === agent.language));
}

/** What was read, as plain files: no link leads out of it, and what a command does to it harms nobody. */
export async function privateCopy(
  name: string,
  { folder, files, scratch, signal }: Pick<AgentsRequest, 'folder' | 'files' | 'scratch' | 'signal'>,
): Promise<{ folder: string; home: string }> {
  await mkdir(scratch, { recursive: true });
  const root = await mkdtemp(join(scratch, `agent-${name}-`));
  const copy = join(root, 'tree');
  const home = join(root, 'home');
  await mkdir(home);
  for (const parent of new Set(files.map((file) => dirname(file)))) await mkdir(join(copy, parent), { recursive: true });
  await mkdir(copy, { recursive: true });
  for (let at = 0; at < files.length; at += 32) {
    signal?.throwIfAborted();
    const batch = files.slice(at, at + 32);
    await Promise.all(batch.map((file) => copyFile(join(folder, file), join(copy, file), constants.COPYFILE_FICLONE)));
  }
  return { folder: copy, home };
}

function broken(agent: Agent, error: unknown): AgentRun {
  const reason = `${agent.name} could not be run: ${oneLine(error instanceof Error ? error.message : String(error))}`;
  return { agent, hits: [], quotes: new Map(), usage: noUsage, rejected: { count: 0, reasons: [] }, durationMs: 0, reason };
}

export function outcomeOf({ agent, hits, usage, rejected, durationMs, reason }: AgentRun): AgentOutcome {
  return {
    agent: agent.name,
    perspective: agent.perspective,
    engine: agent.engine,
    status: reason === null ? 'done' : 'failed',
    findings: hits.length,
    durationMs,
    reason,
    ...(usage.turns !== null || usage.tokens !== null || usage.usd !== null ? { usage } : {}),
    ...(rejected.count > 0 || rejected.reasons.length > 0 ? { rejected } : {}),
  };
}
