import { z } from 'zod';
import { perspectives } from '../review/finding.js';
import { PositiveDuration } from './duration.js';
import { section } from './section.js';

export const engineNames = ['built-in', 'claude', 'codex', 'command', 'sarif'] as const;
export type EngineName = (typeof engineNames)[number];

const nameForm = /^[a-z][a-z0-9-]{0,39}$/;
const nameProblem = 'an agent\'s name has small letters, digits and "-", begins with a letter, at most 40';
const AgentName = z.string().regex(nameForm, nameProblem);
/** Looked at before anything else: a record leaves `__proto__` out without a word. */
const Named = z.unknown().superRefine((value, context) => {
  for (const name of isObject(value) ? Object.keys(value) : []) {
    if (name === '__proto__') context.addIssue({ code: 'custom', path: [name], message: nameProblem });
  }
});
const Pattern = z
  .string()
  .regex(/^[\w@/*.-]{1,200}$/, 'write a rule such as ruff/F821, a class such as sql-injection, or the beginning of one such as ruff/S*');
const Glob = z
  .string()
  .min(1)
  .max(300)
  .refine(
    (glob) => !/^[!/~]|\\|\p{Cc}/u.test(glob) && !glob.split('/').includes('..'),
    'must be a pattern of paths inside the repository, with forward slashes',
  );
const list = <S extends z.ZodType>(item: S) => z.array(item).max(200).default([]);

const Agent = section({
  /** False: it does not run, and the coverage of the review says so. */
  enabled: z.boolean({ error: 'write true or false' }).default(true),
  /** False: it only takes second looks at what others found. */
  reviews: z.boolean({ error: 'write true or false' }).default(true),
  perspective: z.enum(perspectives, { error: `one of ${perspectives.join(', ')}` }),
  /** Null: looks at every language. */
  language: z.enum(['python', 'typescript'], { error: 'one of python, typescript' }).nullable().default(null),
  engine: z.enum(engineNames, { error: `one of ${engineNames.join(', ')}` }).default('built-in'),
  model: z
    .string()
    .regex(/^[\w.:/@[\]-]{1,100}$/, 'not the name of a model')
    .nullable()
    .default(null),
  /** For engines `command` and `sarif`: the command line, run by /bin/sh in a private copy of what was read. */
  run: z.string().trim().min(1).max(4_000).nullable().default(null),
  /** For `built-in`: of the rules of its perspective, only these, and not those. */
  rules: section({ allow: list(Pattern), deny: list(Pattern) }).prefault({}),
  files: section({ include: list(Glob), exclude: list(Glob) }).prefault({}),
  /** Null: as `review.agent_timeout`. */
  time_limit: PositiveDuration.nullable().default(null),
  budget: section({
    usd: z.number().positive().max(10_000).nullable().default(null),
    tokens: z.number().int().positive().max(1_000_000_000).nullable().default(null),
    turns: z.number().int().min(1).max(1_000).nullable().default(null),
  }).prefault({}),
  /** The agent that is told to disprove what this one finds (RV-7). */
  refute_by: AgentName.nullable().default(null),
});

export type AgentSettings = z.output<typeof Agent>;

const badName = { error: (issue: { code?: string }) => (issue.code === 'invalid_key' ? nameProblem : undefined) };

const AgentRecord = z.record(AgentName, Agent, badName).superRefine((agents, context) => report(agents, context));

/** `agents` of a repository: `NAME: off`, or an agent of its own. */
export const AgentEntries = Named.pipe(
  z.record(
    AgentName,
    z.preprocess(
      (entry) => (entry === false || (isObject(entry) && entry.enabled === false && Object.keys(entry).length === 1) ? 'off' : entry),
      z.union([z.literal('off'), Agent], { error: 'write off, or an agent with at least its perspective' }),
    ),
    badName,
  ),
).superRefine((agents, context) => report(agents, context));

const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value);

function report(agents: Record<string, AgentSettings | 'off'>, context: z.RefinementCtx): void {
  for (const [name, agent] of Object.entries(agents)) {
    if (agent === 'off') continue;
    for (const { path, message } of problemsOf(name, agent)) context.addIssue({ code: 'custom', path: [name, ...path], message });
  }
}

/** `agents` of the owner's layer: the five built-in ones always exist, so that a file need only say what is different. */
export const Agents = Named.pipe(z.record(z.string(), z.unknown(), { error: 'expected agents by name' }))
  .transform((own) => ({ ...builtInAgents, ...own, ...mergedDefaults(own) }))
  .pipe(AgentRecord)
  .superRefine((agents, context) => {
    for (const [name, { refuteBy, engine }] of Object.entries(agents)) {
      if (refuteBy === null) continue;
      const refuter = agents[refuteBy];
      const message = !refuter
        ? `there is no agent "${refuteBy}"`
        : refuteBy === name
          ? 'an agent cannot be its own second look'
          : engine === 'built-in'
            ? 'built-in findings are checked by rules; only what a model or a command reports is given to another agent'
            : !isAsked(refuter.engine)
              ? `"${refuteBy}" is ${refuter.engine}; only claude, codex and command agents can be asked to disprove something`
              : null;
      if (message) context.addIssue({ code: 'custom', path: [name, 'refute_by'], message });
    }
  });

/** One per perspective, the language one split because its tools and its fixers' pools differ (RV-1). */
const builtInAgents: Readonly<Record<string, { perspective: string; language?: string }>> = {
  architect: { perspective: 'architect' },
  security: { perspective: 'security' },
  'language-python': { perspective: 'language', language: 'python' },
  'language-typescript': { perspective: 'language', language: 'typescript' },
  performance: { perspective: 'performance' },
};

function mergedDefaults(own: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(builtInAgents).flatMap(([name, defaults]) => {
      const given = Object.hasOwn(own, name) ? own[name] : undefined;
      return isObject(given) ? [[name, { ...defaults, ...given }]] : [];
    }),
  );
}

/** Engines that take a question in words and answer it in a schema. */
export function isAsked(engine: EngineName): engine is 'claude' | 'codex' | 'command' {
  return engine === 'claude' || engine === 'codex' || engine === 'command';
}

/** Prefixes of rules that name a maker of their own. */
const reserved = ['claude', 'codex', 'mahavishnu'];

function problemsOf(name: string, agent: AgentSettings): { path: string[]; message: string }[] {
  const { engine, run, model, budget, rules } = agent;
  const runs = engine === 'command' || engine === 'sarif';
  const asksModel = engine === 'claude' || engine === 'codex';
  const filtered = rules.allow.length + rules.deny.length > 0;
  return [
    ...(runs && run === null ? [{ path: ['run'], message: `engine "${engine}" needs the command to run` }] : []),
    ...(!runs && run !== null ? [{ path: ['run'], message: `engine "${engine}" runs no command` }] : []),
    ...(!asksModel && model !== null ? [{ path: ['model'], message: `engine "${engine}" has no model` }] : []),
    ...(isAsked(engine) && filtered
      ? [{ path: ['rules'], message: `engine "${engine}" has no list of rules; limit it by perspective and files` }]
      : []),
    ...(engine === 'codex' && budget.usd !== null
      ? [{ path: ['budget', 'usd'], message: 'Codex does not say what it costs; limit it by tokens' }]
      : []),
    ...(!asksModel && (budget.usd ?? budget.tokens ?? budget.turns) !== null
      ? [{ path: ['budget'], message: `engine "${engine}" reports no costs; limit it by time_limit` }]
      : []),
    ...(engine !== 'built-in' && engine !== name && reserved.includes(name)
      ? [{ path: [], message: `"${name}" is the beginning of other rules; choose another name` }]
      : []),
  ];
}

const Address = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'expected an http(s) address')
  .nullable()
  .default(null);
const Program = z.string().min(1).max(4_096).nullable().default(null);
const engine = () => section({ executable: Program, base_url: Address }).prefault({});

/** Where the optional packages of the LLM engines are, when not beside this one, and what they talk to. */
export const Engines = section({
  /** A folder whose node_modules holds the packages. */
  packages: z.string().min(1).max(4_096).nullable().default(null),
  claude: engine(),
  codex: engine(),
});
