import { isAbsolute } from 'node:path';
import { validate as isCron } from 'node-cron';
import { z } from 'zod';
import { type poolNames, scopes } from '../review/finding.js';
import { type FoundToolName, foundTools } from '../review/hit.js';
import { Agents, Engines } from './agents.js';
import { Duration, PositiveDuration } from './duration.js';
import { section } from './section.js';

const count = (least: number, most: number) => z.number().int().min(least).max(most);
const Name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i, 'use letters, digits, ".", "_" and "-", at most 64');
const Channel = z.string().regex(/^[CGD][A-Z0-9]{2,}$/, 'expected a channel id such as C0123ABCD (channel → View details → About)');

/** A user id, a user group by handle or id, or a role: `U0123`, `@release-team`, `S0123`, `admin`. */
const Principal = z
  .string()
  .regex(
    /^(?:[UW][A-Z0-9]{2,}|S[A-Z0-9]{2,}|@[\p{L}\p{N}._-]{1,80}|admin|operator|viewer)$/u,
    'expected a user id (U0123), a user group (@team or S0123) or a role (admin, operator, viewer)',
  );
const Principals = z.array(Principal).max(200);

const Slack = section({
  mode: z.enum(['socket', 'http']).default('socket'),
  /** Where runs without a channel report, and alerts go. */
  home_channel: Channel.nullable().default(null),
  /** Only for `mode: http`. */
  http: section({
    host: z.string().min(1).default('127.0.0.1'),
    port: count(0, 65_535).default(3000),
    path: z.string().startsWith('/', 'begins with "/"').default('/slack/events'),
  }).prefault({}),
  /** Calls a minute and method, for the whole workspace; Slack's published tiers are the defaults. */
  pace: z
    .record(z.string().regex(/^[a-z]+(?:\.[A-Za-z]+)+$/, 'expected a method such as chat.update'), count(1, 10_000))
    .default({})
    .transform((own) => ({ ...slackPace, ...own })),
});

/** Tiers 2, 3 and 4 are 20, 50 and 100 calls a minute; a post is about one a second. */
const slackPace: Record<string, number> = {
  'chat.postMessage': 60,
  'chat.postEphemeral': 100,
  'chat.update': 50,
  'chat.delete': 50,
  'views.open': 100,
  'views.push': 100,
  'views.update': 100,
  'views.publish': 100,
  'files.getUploadURLExternal': 100,
  'files.completeUploadExternal': 100,
  'reactions.add': 50,
  'users.info': 100,
  'users.list': 20,
  'usergroups.list': 20,
  'usergroups.users.list': 20,
  'conversations.info': 50,
  'conversations.history': 50,
  'conversations.replies': 50,
  'conversations.members': 100,
  'conversations.list': 20,
};

/** Without an admin named here, the workspace's own admins are admin (SE-2). */
const Roles = section({
  admin: Principals.default([]),
  operator: Principals.default([]),
  viewer: z.union([z.literal('everyone'), Principals], { error: 'expected "everyone" or a list of users and groups' }).default('everyone'),
});

const Limits = section({
  max_concurrent_workflows: count(1, 1_000).default(10),
  run: section({ minutes: z.number().positive().max(10_080).default(60), usd: z.number().min(0).max(100_000).default(5) }).prefault({}),
  organisation: section({
    pull_requests_per_hour: count(0, 100_000).default(20),
    messages_per_hour: count(1, 1_000_000).default(1_000),
  }).prefault({}),
});

const pool = (agent: string) => section({ workers: count(1, 64).default(3), agent: Name.default(agent) }).prefault({});
const Pools = z.strictObject({
  security: pool('security-auditor'),
  performance: pool('performance-engineer'),
  python: pool('python-pro'),
  typescript: pool('typescript-pro'),
  general: pool('refactoring-specialist'),
} satisfies Record<(typeof poolNames)[number], unknown>);

export const approvalTypes = ['version_bump', 'publish', 'high_risk_fix', 'budget', 'self_improvement'] as const;
export type ApprovalType = (typeof approvalTypes)[number];

const approvalShape = {
  approvers: Principals.min(1, 'name at least one approver'),
  expires_in: PositiveDuration,
  four_eyes: z.boolean(),
  on_timeout: z.enum(['hold', 'deny', 'halt']),
  /** One person decides. More is refused rather than taken for one. */
  quorum: z.literal(1, 'this version takes the word of one approver only; write 1'),
  remind_before: Duration.nullable(),
  escalate_to: Principals,
  extendable: section({ times: count(0, 20).default(2), by: PositiveDuration.prefault('30m') }),
};
const Approval = section({
  approvers: approvalShape.approvers.default(['admin']),
  expires_in: approvalShape.expires_in.prefault('30m'),
  four_eyes: approvalShape.four_eyes.default(true),
  on_timeout: approvalShape.on_timeout.default('hold'),
  quorum: approvalShape.quorum.default(1),
  remind_before: approvalShape.remind_before.prefault('10m'),
  escalate_to: approvalShape.escalate_to.default([]),
  extendable: approvalShape.extendable.prefault({}),
});
export type ApprovalPolicy = z.output<typeof Approval>;
const ApprovalOverride = section(z.strictObject(approvalShape).partial().shape);
const forEachType = <S extends z.ZodType>(schema: S) =>
  ({ version_bump: schema, publish: schema, high_risk_fix: schema, budget: schema, self_improvement: schema }) satisfies Record<
    ApprovalType,
    S
  >;

const Schedule = section({
  cron: z.string().refine((text) => isCron(text), 'not a cron expression; write five fields such as "0 3 * * 1-5"'),
  zone: z.string().refine(isZone, 'not a time zone; write one such as Europe/Berlin').default('UTC'),
  /** A repository's name, `tag:TAG` or `all`. */
  target: z.string().min(1).max(200).default('all'),
  scope: z.enum(scopes).default('critical'),
  auto_fix: z.boolean().default(false),
  channel: Channel.nullable().default(null),
  /** Says nothing when nothing changed. */
  quiet: z.boolean().default(false),
  /** What happens to ticks that passed while the bot was down: the last one is made up for, or none. */
  missed: z.enum(['once', 'skip']).default('once'),
  digest: z.enum(['daily', 'weekly']).nullable().default(null),
});

const whereOrOff = 'write an absolute path, or off';
const FoundProgram = z.preprocess(
  (value) => (value === false ? 'off' : value),
  z
    .string({ error: whereOrOff })
    .refine((value) => value === 'off' || isAbsolute(value), whereOrOff)
    .optional(),
);
const FoundPrograms = section(
  Object.fromEntries(foundTools.map((tool) => [tool, FoundProgram])) as Record<FoundToolName, typeof FoundProgram>,
);

const Review = section({
  default_scope: z.enum(scopes).default('critical'),
  agent_timeout: PositiveDuration.prefault('10m'),
  /** How long a file stands unchanged before what would fail whenever it is run is not believed any more (RV-7); null: never. */
  stood_for: z.preprocess((value) => (value === false || value === 'off' ? null : value), PositiveDuration.nullable().prefault('90d')),
  /** How long a suppression holds when it does not say so, and how long at most (RV-9). */
  suppressions: section({
    expire_after: PositiveDuration.prefault('90d'),
    at_most: PositiveDuration.prefault('366d'),
  }).prefault({}),
  /** Programs that are used when they are found: where one is that is not on PATH, or `off`. */
  tools: FoundPrograms.prefault({}),
});

const Glob = z.string().min(1).max(300);
const Fix = section({
  /** Changed files that need a person's word before a fix is accepted (FX-4), in place of the built-in list; a repository may add to them. */
  high_risk: z.array(Glob).nullable().default(null),
  fixers_off: z.array(Name).default([]),
});

const Gates = section({
  /** Percent points by which coverage may be lower than the base commit's, where the repository does not say. */
  coverage_may_fall_by: z.number().min(0).max(100).default(0.1),
});

const Registry = section({
  kind: z.enum(['npm', 'command']).default('npm'),
  /** Null for `kind: npm`: the registry that npm itself comes with. */
  url: z
    .string()
    .refine((text) => isHttp(text), 'expected an http(s) address without user or password')
    .nullable()
    .default(null),
  /** For `kind: command`: run in the released commit's clean checkout; the token is in its environment, under its own name. */
  publish_command: z.string().min(1).max(2_000).nullable().default(null),
  /** Exit code 0 says that this version is already there, so that a publication that died half way is not made twice. */
  check_command: z.string().min(1).max(2_000).nullable().default(null),
  /** Name of the secret that this registry may be given. */
  token_from: z.enum(['NPM_TOKEN', 'PYPI_TOKEN', 'GITHUB_TOKEN']).nullable().default(null),
  timeout: PositiveDuration.prefault('5m'),
}).superRefine((registry, context) => {
  if (registry.kind === 'command' && !registry.publishCommand) {
    context.addIssue({
      code: 'custom',
      path: ['publish_command'],
      message: 'a registry of kind "command" needs the command that publishes',
    });
  }
});
const npmRegistry = Registry.parse({ token_from: 'NPM_TOKEN' });
const Release = section({
  /** By name. A token goes only to the addresses named here, never to one that a repository names. */
  registries: z
    .record(Name, Registry)
    .default({})
    .transform((own) => ({ npm: npmRegistry, ...own })),
  changelog: z.string().min(1).max(200).nullable().default('CHANGELOG.md'),
  tag_prefix: z
    .string()
    .max(40)
    .regex(/^[\w.@/-]*$/, 'letters, digits and . _ - / @ only')
    .default('v'),
});

const Coordination = section({
  /** Relative to the settings folder; by default `ecosystem.yaml` in it. */
  file: z.string().min(1).max(1_000).nullable().default(null),
  id_prefix: z
    .string()
    .regex(/^[A-Z][A-Z0-9]{0,15}$/, 'use capital letters and digits, such as MHV')
    .default('MHV'),
});

/** `agents.yaml`, `mahavishnu.yaml`, `local.yaml` and the environment, merged. */
export const MainFile = section({
  slack: Slack.prefault({}),
  roles: Roles.prefault({}),
  limits: Limits.prefault({}),
  pools: Pools.prefault({}),
  approvals: z.strictObject(forEachType(Approval.prefault({}))).prefault({}),
  schedules: z.record(Name, Schedule).default({}),
  review: Review.prefault({}),
  agents: Agents.prefault({}),
  engines: Engines.prefault({}),
  fix: Fix.prefault({}),
  gates: Gates.prefault({}),
  release: Release.prefault({}),
  coordination: Coordination.prefault({}),
  database: section({ pool_size: count(2, 200).default(20) }).prefault({}),
  log: section({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info') }).prefault({}),
});
export type MainSettings = z.output<typeof MainFile>;
export type Schedule = z.output<typeof Schedule>;
export type Registry = z.output<typeof Registry>;

const Tag = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,39}$/, 'a tag has small letters, digits, ".", "_" and "-", at most 40');
const Repo = section({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i, 'a name has letters, digits, ".", "_" and "-", at most 64'),
  path: z.string().min(1).max(4_096).nullable().default(null),
  url: z.string().min(1).max(2_048).nullable().default(null),
  package: z.string().min(1).max(214).nullable().default(null),
  tags: z.array(Tag).max(50).default([]),
  description: z.string().max(2_000).default(''),
  mcp: z.enum(['native', 'integration']).nullable().default(null),
  role: Name.nullable().default(null),
  approvals: z.strictObject(forEachType(ApprovalOverride.optional())).prefault({}),
  /** What agents of the repository's own `.mahavishnu.yaml` may do here: run commands, spend money. */
  agents: section({ may_run: z.boolean().default(false), may_spend: z.boolean().default(false) }).prefault({}),
  /** Tools that run the repository's own code (knip and dependency-cruiser with their configuration files) may do so, at every commit that is reviewed. */
  trusted: z.boolean({ error: 'write true or false' }).default(false),
});
export type RepoSettings = z.output<typeof Repo>;

export const ReposFile = section({
  allowed_folders: z.array(z.string().min(1).max(4_096)).default([]),
  repos: z.array(Repo).default([]),
});

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function isHttp(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}
