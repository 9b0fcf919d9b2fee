import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { InvalidRequest } from '../errors.js';
import { policyFile, readRepositoryPolicy } from '../repos/policy.js';
import { type Agent, type AgentTeam, agentTeam } from '../review/agents.js';
import { type OwnersTools, ownersTools } from '../review/analyzers/found/owners-tools.js';
import { isInstalled } from '../review/engines/packages.js';
import { engineParts } from '../review/engines/parts.js';
import { type AgentOutcome, type Priority, priorities, type ReviewResult, withoutTools } from '../review/finding.js';
import { formatDuration } from '../settings/duration.js';
import type { Settings } from '../settings/load.js';
import type { RepoSettings } from '../settings/schema.js';
import { expandHome } from '../settings/sources.js';
import { globalOptions, print, printJson, settingsOf } from './context.js';
import { nearest } from './failure.js';
import { wrap } from './report.js';
import { commandLine, count, duration, oneLine, signs, table, widthOf } from './text.js';
import { toolStates, toolsText } from './tools.js';
import { usd } from './words.js';

export function registerAgents(program: Command, args: readonly string[]): void {
  const agents = program.command('agents').description('who reviews');
  agents
    .command('list')
    .description('the agents of the settings, whether they can run, and the programs that they use when they find them')
    .action(async (_: object, command: Command) => {
      const settings = settingsOf(command);
      const rows = Object.entries(settings.agents).map(([name, agent]) => ({ name, ...agent, ...stateOf({ name, ...agent }, settings) }));
      if (globalOptions(command).json) {
        printJson({
          agents: rows.map(({ timeLimit, refuteBy, ...rest }) => ({
            ...rest,
            time_limit_ms: timeLimit ?? settings.review.agentTimeout,
            refute_by: refuteBy,
          })),
          tools: (await toolStates(settings)).map(({ needsTrust, ...tool }) => ({ ...tool, needs_trust: needsTrust })),
          trusted: settings.repos.filter(({ trusted }) => trusted).map(({ name }) => name),
        });
      } else print([listText(rows, settings), '', ...toolsText(await toolStates(settings), settings)].join('\n'));
    });
  agents
    .command('test')
    .description('let one agent look at a folder, and see what it finds and what that costs; nothing is recorded')
    .argument('<name>', "an agent of the settings, or of the folder's .mahavishnu.yaml")
    .argument('<path>', 'a folder')
    .option('--fail-on <priority>', 'exit 1 from this priority on: P0, P1 or P2 (any finding)', priorityOf, 'P2')
    .action(async (name: string, path: string, { failOn }: { failOn: Priority }, command: Command) => {
      const settings = settingsOf(command);
      const folder = await folderAt(path);
      const listed = await listedAt(folder, settings);
      const team = alone(name, await teamOf(folder, settings, listed), args);
      const result = await look(folder, { team, settings, owners: ownersTools(settings, listed, folder) });
      if (globalOptions(command).json) printJson(toJson(name, result));
      else print(testText(name, result).join('\n'));
      process.exitCode = exitCodeOf(result, failOn);
    });
}

type Row = Agent & { state: 'ready' | 'off' | 'cannot run'; why: string | null };

/** Whether an agent can do its work on this machine. */
function stateOf(agent: Agent, { engines, secrets }: Settings): Pick<Row, 'state' | 'why'> {
  if (!agent.enabled) return { state: 'off', why: 'switched off in the settings' };
  const { engine } = agent;
  if (engine !== 'claude' && engine !== 'codex') return { state: 'ready', why: null };
  const key = engine === 'claude' ? 'ANTHROPIC_API_KEY' : 'OPENAI_API_KEY';
  if (!isInstalled(engine, engines.packages)) return { state: 'cannot run', why: 'its package is not installed; agents test says how to' };
  return secrets.has(key) ? { state: 'ready', why: null } : { state: 'cannot run', why: `${key} is not set` };
}

function listText(rows: readonly Row[], { review }: Settings): string {
  const cells = rows.map(({ name, perspective, language, engine, model, timeLimit, budget, refuteBy, reviews, state, why }) => {
    const limits = [
      formatDuration(timeLimit ?? review.agentTimeout),
      ...(budget.usd === null ? [] : [`${budget.usd} USD`]),
      ...(budget.tokens === null ? [] : [`${budget.tokens} tokens`]),
      ...(budget.turns === null ? [] : [`${budget.turns} turns`]),
    ];
    const notes = [
      ...(reviews ? [] : ['second looks only']),
      ...(refuteBy === null ? [] : [`refuted by ${refuteBy}`]),
      ...(why ? [why] : []),
    ];
    const sign = state === 'ready' ? signs.done : state === 'off' ? signs.waiting : signs.failed;
    return [
      `${sign} ${name}`,
      `${perspective}${language ? `, ${language}` : ''}`,
      model ? `${engine} ${model}` : engine,
      limits.join(', '),
      notes.join('; '),
    ];
  });
  return table(cells, { width: widthOf(process.stdout), flexible: 4 }).join('\n');
}

async function folderAt(path: string): Promise<string> {
  const asked = resolve(expandHome(path, process.env));
  const folder = await realpath(asked).catch(() => null);
  if (folder === null) throw new InvalidRequest(`There is no folder ${oneLine(asked)}.`);
  return folder;
}

/** As in a review of this folder, but with its `.mahavishnu.yaml` as it stands there. */
async function teamOf(folder: string, settings: Settings, listed: RepoSettings | undefined): Promise<AgentTeam> {
  const { agents } = await readRepositoryPolicy(async (file) => {
    if (file !== policyFile) return null;
    return readFile(join(folder, file), 'utf8').catch(() => null);
  });
  return agentTeam(settings.agents, agents, listed?.agents);
}

/** What the settings say of this folder, when it is a repository of theirs. */
async function listedAt(folder: string, settings: Settings): Promise<RepoSettings | undefined> {
  const paths = await Promise.all(settings.repos.map(async ({ path }) => path && (await realpath(path).catch(() => null))));
  return settings.repos[paths.indexOf(folder)];
}

/** This agent and whoever it asks for a second look. */
function alone(name: string, team: AgentTeam, args: readonly string[]): AgentTeam {
  const agent = team.agents.find((each) => each.name === name);
  if (!agent) {
    const off = team.off.find((each) => each.agent === name);
    if (off) throw new InvalidRequest(`Agent ${name} does not run: ${off.reason}.`);
    const names = team.agents.map((each) => each.name);
    const guess = nearest(name, names);
    const shown = oneLine(name).slice(0, 60);
    const at = args.indexOf(name);
    throw new InvalidRequest(
      `There is no agent "${shown}". ${guess ? `Did you mean ${guess}?` : `Known: ${names.slice(0, 12).join(', ')}.`}`,
      guess && at >= 0 ? commandLine(args.with(at, guess)) : undefined,
    );
  }
  const second = team.agents.filter((each) => each.name === agent.refuteBy).map((each) => ({ ...each, reviews: false }));
  return { agents: [{ ...agent, reviews: true }, ...second], off: [] };
}

async function look(
  folder: string,
  { team, settings, owners }: { team: AgentTeam; settings: Settings; owners: OwnersTools },
): Promise<ReviewResult> {
  // Loaded here, because other commands should not wait for it.
  const { reviewTree } = await import('../review/review-tree.js');
  const scratch = await mkdtemp(join(tmpdir(), 'mahavishnu-agent-'));
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  process.once('SIGINT', stop);
  try {
    const timeoutMs = settings.review.agentTimeout;
    return await reviewTree({
      folder,
      commit: 'none',
      scope: 'all',
      scratch,
      team,
      engines: engineParts(settings),
      owners,
      timeoutMs,
      signal: interrupt.signal,
    });
  } finally {
    process.removeListener('SIGINT', stop);
    await rm(scratch, { recursive: true, force: true });
  }
}

function testText(name: string, { findings, refuted, coverage }: ReviewResult): string[] {
  const width = widthOf(process.stdout);
  const rows = findings.map((finding) => [
    finding.priority,
    finding.rule,
    finding.title,
    oneLine(`${finding.file}:${finding.startLine}`),
    finding.check ? finding.check.verdict : '',
  ]);
  return [
    `${name} · ${findings.length === 0 ? 'nothing found' : count(findings.length, 'finding')} in ${count(coverage.read, 'file')}`,
    ...(rows.length > 0 ? table(rows, { width, flexible: 2 }) : []),
    ...refuted.flatMap(({ finding, reason, by }) =>
      wrap(`${signs.failed} refuted: ${oneLine(finding.title)} (${oneLine(reason)}, ${by})`, width),
    ),
    ...coverage.agents.flatMap((outcome) => wrap(outcomeText(outcome), width)),
    ...(coverage.agents.length === 0 ? [`${signs.look} it had no file to look at`] : []),
    ...(withoutTools(coverage.tools) === '' ? [] : [`without ${withoutTools(coverage.tools)}`]),
  ];
}

function outcomeText({ agent, status, reason, durationMs, usage, rejected }: AgentOutcome): string {
  const spent = [
    ...(usage?.turns == null ? [] : [count(usage.turns, 'turn')]),
    ...(usage?.tokens == null ? [] : [`${usage.tokens} tokens`]),
    ...(usage?.usd == null ? [] : [usd(usage.usd)]),
  ];
  const parts = [duration(durationMs), ...spent];
  const left = rejected && rejected.count > 0 ? `; ${rejected.count} of its answers did not count` : '';
  const why = rejected && rejected.reasons.length > 0 ? ` (${rejected.reasons.map((each) => oneLine(each)).join(', ')})` : '';
  const ended = status === 'done' ? 'done' : `failed: ${oneLine(reason ?? 'no reason given')}`;
  return `${status === 'done' ? signs.done : signs.failed} ${agent} ${ended} · ${parts.join(' · ')}${left}${why}`;
}

function toJson(name: string, { findings, refuted, coverage }: ReviewResult) {
  return {
    agent: name,
    findings,
    refuted,
    files: coverage.files,
    read: coverage.read,
    tools: coverage.tools ?? [],
    agents: coverage.agents.map(({ durationMs, ...outcome }) => ({ ...outcome, duration_ms: durationMs })),
  };
}

/** As `review`: 0 nothing at or above, 1 something is, 2 the agent failed or had nothing to look at. */
function exitCodeOf({ findings, coverage }: ReviewResult, failOn: Priority): 0 | 1 | 2 {
  if (coverage.agents.length === 0 || coverage.agents.some(({ status }) => status === 'failed')) return 2;
  const counted = priorities.slice(0, priorities.indexOf(failOn) + 1);
  return findings.some(({ priority }) => counted.includes(priority)) ? 1 : 0;
}

function priorityOf(text: string): Priority {
  const priority = priorities.find((known) => known === text.toUpperCase());
  if (!priority) throw new InvalidArgumentError(`Choose one of ${priorities.join(', ')}.`);
  return priority;
}
