import picomatch from 'picomatch';
import { InvalidSettings } from '../errors.js';
import type { RepositoryAgents } from '../repos/policy.js';
import { type AgentSettings, Agents } from '../settings/agents.js';
import type { Rule } from './rules/rule.js';

export interface Agent extends AgentSettings {
  name: string;
}

/** An agent that does not run, and why: part of what a review says of itself (RV-6). */
export interface AgentOff {
  agent: string;
  reason: string;
}

/** Who looks at one repository. */
export interface AgentTeam {
  /** Those that run, and those that only take second looks. */
  agents: readonly Agent[];
  off: readonly AgentOff[];
}

const named = (agents: Readonly<Record<string, AgentSettings>>): Agent[] =>
  Object.entries(agents).map(([name, agent]) => ({ name, ...agent }));

/** The five built-in agents, for a review that nobody configured. */
export const defaultTeam: AgentTeam = { agents: named(Agents.parse({})), off: [] };

/**
 * The owner's agents, with what the repository says in its `.mahavishnu.yaml`: it may switch agents off and add built-in ones; agents
 * that run commands or spend money it may add only where the settings let it.
 */
export function agentTeam(
  owner: Readonly<Record<string, AgentSettings>>,
  repository: RepositoryAgents = {},
  may: { mayRun: boolean; maySpend: boolean } = { mayRun: false, maySpend: false },
): AgentTeam {
  const off: AgentOff[] = [];
  const agents: Agent[] = [];
  const problems: string[] = [];
  for (const agent of named(owner)) {
    const asked = Object.hasOwn(repository, agent.name) ? repository[agent.name] : undefined;
    if (asked && asked !== 'off')
      problems.push(`.mahavishnu.yaml agents.${agent.name}: belongs to the bot's settings; here it can only be switched off`);
    if (!agent.enabled) off.push({ agent: agent.name, reason: 'switched off in the settings' });
    else if (asked === 'off') off.push({ agent: agent.name, reason: "switched off by the repository's .mahavishnu.yaml" });
    else agents.push(agent);
  }
  for (const [name, asked] of Object.entries(repository)) {
    if (Object.hasOwn(owner, name)) continue;
    if (asked === 'off') {
      problems.push(`.mahavishnu.yaml agents.${name}: there is no such agent to switch off`);
      continue;
    }
    if (asked.refuteBy !== null) {
      const refuter = Object.hasOwn(owner, asked.refuteBy) ? owner[asked.refuteBy] : repository[asked.refuteBy];
      if (!refuter || refuter === 'off') problems.push(`.mahavishnu.yaml agents.${name}.refute_by: there is no agent "${asked.refuteBy}"`);
    }
    const needed = needs(asked, may);
    if (!asked.enabled) off.push({ agent: name, reason: "switched off by the repository's .mahavishnu.yaml" });
    else if (needed) off.push({ agent: name, reason: `asked for by the repository, but ${needed}` });
    else agents.push({ name, ...asked });
  }
  if (problems.length > 0) throw new InvalidSettings(problems);
  return { agents, off };
}

function needs({ engine }: AgentSettings, { mayRun, maySpend }: { mayRun: boolean; maySpend: boolean }): string | null {
  if ((engine === 'command' || engine === 'sarif') && !mayRun) {
    return 'the settings do not let its agents run commands (repos.yaml: agents: { may_run: true })';
  }
  if ((engine === 'claude' || engine === 'codex') && !maySpend) {
    return 'the settings do not let its agents spend money (repos.yaml: agents: { may_spend: true })';
  }
  return null;
}

/** Whether a built-in agent is one of those that know this rule. */
export function watches(agent: Agent, rule: Pick<Rule, 'id' | 'class' | 'perspective' | 'language'>): boolean {
  if (agent.engine !== 'built-in' || !agent.reviews || agent.perspective !== rule.perspective) return false;
  if (agent.language !== null && agent.language !== rule.language) return false;
  const { allow, deny } = agent.rules;
  return (allow.length === 0 || allow.some((pattern) => names(pattern, rule))) && !deny.some((pattern) => names(pattern, rule));
}

function names(pattern: string, { id, class: kind }: Pick<Rule, 'id' | 'class'>): boolean {
  if (!pattern.endsWith('*')) return pattern === id || pattern === kind;
  const beginning = pattern.slice(0, -1);
  return id.startsWith(beginning) || kind.startsWith(beginning);
}

/** As `watches`, for a line of the table that may stand for a family of codes: whether any of them could be watched. */
export function mayWatch(agent: Agent, rule: Rule): boolean {
  if (!rule.family) return watches(agent, rule);
  const { allow } = agent.rules;
  if (!watches({ ...agent, rules: { allow: [], deny: [] } }, rule)) return false;
  const family = `${rule.tool}/${rule.code}`;
  const touches = (pattern: string) => family.startsWith(pattern.replace(/\*$/, '')) || pattern.startsWith(family);
  return allow.length === 0 || allow.some((pattern) => names(pattern, rule) || touches(pattern));
}

/** Which files an agent looks at. */
export function fileFilter({ files: { include, exclude } }: Pick<AgentSettings, 'files'>): (file: string) => boolean {
  if (include.length + exclude.length === 0) return () => true;
  const options = { dot: true };
  const wanted = include.length === 0 ? () => true : picomatch(include, options);
  const unwanted = exclude.length === 0 ? () => false : picomatch(exclude, options);
  return (file) => wanted(file) && !unwanted(file);
}
