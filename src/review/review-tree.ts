import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import pLimit from 'p-limit';
import { type AgentTeam, defaultTeam, fileFilter, mayWatch, watches } from './agents.js';
import type { OwnersTools } from './analyzers/found/owners-tools.js';
import { type EarlyTypes, guessTypes } from './analyzers/kept/early-types.js';
import type { KeptFolder } from './analyzers/kept/kept-results.js';
import { openSeenFiles } from './analyzers/kept/seen-files.js';
import type { AnalyzerRun, Programs } from './analyzers/outcome.js';
import { SourceTexts } from './analyzers/source-texts.js';
import type { EngineParts } from './engines/engine.js';
import { outcomeOf, runAgents } from './engines/run-agents.js';
import type { AgentOutcome, ReviewResult, Scope } from './finding.js';
import { assembleFindings } from './findings.js';
import { type Inventory, takeInventory } from './inventory.js';
import { languageOf } from './languages.js';
import type { LocatedHit } from './merge.js';
import { type Examiner, openExaminer } from './refute/examiner.js';
import { beginLook, refuteHits, type SecondLook } from './refute/refute.js';
import type { Stood } from './refute/standing.js';
import type { Rule } from './rules/rule.js';
import { inScope, type RuleTable, ruleTable } from './rules/table.js';
import { runAnalyzers } from './run-analyzers.js';

const DEFAULT_TIMEOUT_MS = 300_000;

/**
 * Whole trees that are analyzed at the same time, over all reviews of this process. More would end no sooner on these cores, the first
 * of them a great deal later, and each holds what it found and a gigabyte of analyzers.
 */
const wholeTrees = pLimit(Math.max(2, availableParallelism()));

export interface ReviewRequest {
  /** A checkout of the commit. Its content is hostile: read, never run. */
  folder: string;
  commit: string;
  scope: Scope;
  /** Read only these files. */
  files?: readonly string[];
  /** A folder outside of the checkout that the review may write to. */
  scratch: string;
  signal?: AbortSignal | undefined;
  log?: { warn(fields: object, message: string): void } | undefined;
  /** Of each analyzer. */
  timeoutMs?: number;
  /** Who looks; by default the five built-in agents. */
  team?: AgentTeam;
  /** What agents of other engines need. */
  engines?: EngineParts;
  /** Analyzers of the owner's own in place of those that come with us. */
  programs?: Programs;
  /** What the machine's owner says of programs that are used when they are found; by default what PATH has, and nothing is trusted. */
  owners?: OwnersTools;
  /** Results of earlier reviews of the same repository are taken from here and kept here. */
  kept?: KeptFolder | undefined;
  /** As the context of an analyzer has it. */
  compiled?: string | undefined;
  /** Files that may differ from the tree that was reviewed last: by what is kept of that, it is found out whether they do, and others. */
  changed?: readonly string[] | undefined;
  /** What of the tree has stood unchanged for long; null where nobody knows. Asked only when it matters. */
  stood?: (() => Promise<Stood | null>) | undefined;
  /** Is given what is left to do when the review is done, for the next one's sake; without it, it is done before. */
  afterwards?: ((work: () => Promise<void>) => void) | undefined;
}

const noEngines: EngineParts = {
  packages: null,
  claude: { executable: null, baseUrl: null, apiKey: undefined },
  codex: { executable: null, baseUrl: null, apiKey: undefined },
};

/** Reviews a tree: every agent of the team, side by side. An agent that fails is in the result, not thrown. */
export async function reviewTree(request: ReviewRequest): Promise<ReviewResult> {
  const { scope, scratch, signal, kept, team = defaultTeam, timeoutMs = DEFAULT_TIMEOUT_MS } = request;
  // Children work elsewhere.
  const folder = resolve(request.folder);
  const table = await ruleTable();
  // Not by `watches` alone: a family of codes is decided code by code.
  const builtIn = team.agents.filter((agent) => agent.engine === 'built-in' && agent.reviews);
  const rules = table.rules.filter((rule) => inScope(scope, rule) && builtIn.some((agent) => mayWatch(agent, rule)));
  const texts = new SourceTexts(folder);
  await mkdir(scratch, { recursive: true });
  const earlyTypes = mayGuess(request)
    ? guessTypes(
        request.changed ?? [],
        rules.filter(({ tool }) => tool === 'pyright'),
        texts,
        { folder, scratch, timeoutMs, signal, compiled: request.compiled },
      )
    : null;
  try {
    const seen = kept && !request.files ? await openSeenFiles(kept) : undefined;
    const inventory = await takeInventory(folder, { only: request.files, signal, seen });
    const examiner = openExaminer({ folder, scratch, timeoutMs, signal, kept, hashes: inventory.hashes });
    try {
      const reviewed = reviewFiles(request, { folder, inventory, examiner, table, rules, texts, earlyTypes });
      // While the analyzers are at work.
      await Promise.allSettled([reviewed, seen?.save()]).then(([, saved]) => {
        if (saved.status === 'rejected') request.log?.warn({ error: String(saved.reason) }, 'what was found in files cannot be kept');
      });
      return await reviewed;
    } finally {
      examiner.close();
    }
  } finally {
    earlyTypes?.end();
  }
}

/** Whether pyright's first answer can be of use, and would not be one more beside the trees that have their turn. */
function mayGuess({ kept, files, programs }: ReviewRequest): boolean {
  return kept !== undefined && !files && !programs?.pyright && wholeTrees.activeCount + wholeTrees.pendingCount < wholeTrees.concurrency;
}

interface ReviewParts {
  folder: string;
  inventory: Inventory;
  examiner: Examiner;
  table: RuleTable;
  rules: readonly Rule[];
  texts: SourceTexts;
  earlyTypes: EarlyTypes | null;
}

async function reviewFiles(
  request: ReviewRequest,
  { folder, inventory, examiner, table, rules, texts, earlyTypes }: ReviewParts,
): Promise<ReviewResult> {
  const { scope, signal, team = defaultTeam, engines = noEngines, timeoutMs = DEFAULT_TIMEOUT_MS } = request;

  const asked = runAgents({
    agents: team.agents,
    folder,
    files: inventory.files,
    scope,
    scratch: request.scratch,
    timeoutMs,
    texts,
    table,
    engines,
    signal,
  });
  const analyze = () => {
    const languages = new Set(inventory.files.map(languageOf));
    // Where there is Python, pyright's work leaves time enough for that when it is known whether there is a question.
    if (languages.has('typescript') && !languages.has('python')) examiner.start();
    return runAnalyzers({
      folder,
      inventory,
      table,
      rules,
      texts,
      earlyTypes,
      scratch: request.scratch,
      timeoutMs,
      signal,
      programs: request.programs,
      compiled: request.compiled,
      kept: request.kept,
      owners: request.owners,
      log: request.log,
      onRun: (run) => beginLook(run, examiner, { table, scope }),
    });
  };
  const analyzed = request.files ? analyze() : inTurn(analyze, signal);
  const [{ runs, optional, keep }, agentRuns] = await Promise.all([analyzed, asked]);
  signal?.throwIfAborted();
  for (const { tool, reason } of runs) if (reason !== null) request.log?.warn({ analyzer: tool, reason }, 'analyzer failed');
  for (const { agent, reason } of agentRuns) if (reason !== null) request.log?.warn({ agent: agent.name, reason }, 'agent failed');

  const spent: SecondLook['looks'] = [];
  // Nothing is written down before it is known what is secret (RV-10).
  const mayKeep = runs.every(({ tool, reason }) => tool !== 'secretlint' || reason === null);
  let problem: string | null = null;
  const { findings, refuted, hits } = await assembleFindings(runs, {
    team,
    table,
    texts,
    scope,
    reported: agentRuns.flatMap((run) => run.hits),
    refute: async (some, redactor) => {
      const judged = await refuteHits(some, {
        folder,
        files: inventory.files,
        scratch: request.scratch,
        timeoutMs,
        signal,
        texts,
        team,
        engines,
        quotes: new Map(agentRuns.flatMap((run) => [...run.quotes])),
        examiner,
        stood: request.stood,
      });
      for (const { run } of judged.looks) {
        if (run.reason !== null) request.log?.warn({ agent: run.agent.name, reason: run.reason }, 'second look failed');
      }
      spent.push(...judged.looks);
      problem = judged.problem;
      if (mayKeep) {
        await examiner
          .keep((text) => redactor.mask(text))
          .catch((error: unknown) => request.log?.warn({ error: String(error) }, 'verdicts of the second look cannot be kept'));
      }
      return judged;
    },
  });
  signal?.throwIfAborted();
  if (request.afterwards) request.afterwards(keep);
  else await keep();
  const defeated = new Set(runs.flatMap(({ unread }) => unread.map(({ file }) => file)));
  const read = inventory.files.filter((file) => !defeated.has(file));
  const unreadable = inventory.files.filter((file) => defeated.has(file));
  return {
    commit: request.commit,
    readFiles: read,
    findings,
    refuted,
    coverage: {
      files: inventory.total,
      read: read.length,
      skipped: [
        ...inventory.skipped,
        ...(unreadable.length > 0 ? [{ reason: 'unreadable' as const, count: unreadable.length, examples: unreadable.slice(0, 5) }] : []),
      ],
      agents: [...outcomes(team, inventory.files, rules, runs, hits), ...agentRuns.map(outcomeOf), ...secondLooks(spent, problem)],
      ...(team.off.length > 0 ? { off: [...team.off] } : {}),
      ...(optional.length > 0 ? { tools: optional } : {}),
    },
  };
}

/** A review that is given up while it waits for its turn ends at once. */
function inTurn<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal?.reason);
    signal?.addEventListener('abort', giveUp, { once: true });
    const begin = async () => {
      if (signal?.aborted) return giveUp();
      signal?.removeEventListener('abort', giveUp);
      resolve(await work());
    };
    wholeTrees(begin).catch(reject);
  });
}

/** An agent has failed when anything it relies on did not look at everything (RV-6). */
function outcomes(
  team: AgentTeam,
  files: readonly string[],
  rules: readonly Rule[],
  runs: readonly AnalyzerRun[],
  hits: readonly LocatedHit[],
): AgentOutcome[] {
  const languages = new Set(files.map(languageOf));
  return team.agents.flatMap((agent): AgentOutcome[] => {
    if (agent.engine !== 'built-in' || !agent.reviews) return [];
    const looksAt = fileFilter(agent);
    const own = rules.filter((rule) => mayWatch(agent, rule));
    const looked = files.filter(looksAt);
    if (own.length === 0 || looked.length === 0 || (agent.language !== null && !looked.some((file) => languageOf(file) === agent.language)))
      return [];
    const relied = runs.filter((run) =>
      own.some((rule) => rule.tool === run.tool && (rule.language === null || languages.has(rule.language))),
    );
    const reasons = relied.flatMap(({ reason }) => reason ?? []);
    return [
      {
        agent: agent.name,
        perspective: agent.perspective,
        status: reasons.length === 0 ? 'done' : 'failed',
        findings: hits.filter((hit) => hit.agent === undefined && watches(agent, hit.rule) && looksAt(hit.file)).length,
        durationMs: Math.max(0, ...relied.map(({ durationMs }) => durationMs)),
        reason: reasons.length === 0 ? null : reasons.join('; '),
      },
    ];
  });
}

/** A second look that could not be taken is a failed agent of its own; what it cost is shown either way. */
function secondLooks(looks: SecondLook['looks'], problem: string | null): AgentOutcome[] {
  const asked = looks.map((look) => ({ ...outcomeOf(look.run), agent: `${look.run.agent.name} (second look at ${look.of})` }));
  if (problem === null) return asked;
  return [...asked, { agent: 'second look', perspective: 'language', status: 'failed', findings: 0, durationMs: 0, reason: problem }];
}
