import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { InvalidSettings } from '../errors.js';
import { type GateStage, gateStages } from '../gates/gate.js';
import { AgentEntries, type AgentSettings } from '../settings/agents.js';

export const policyFile = '.mahavishnu.yaml';

const units = { s: 1_000, m: 60_000, h: 3_600_000 } as const;
const Duration = z
  .string()
  .regex(/^[1-9]\d{0,5}[smh]$/, 'write a number and a unit, such as 90s, 10m or 1h')
  .transform((text) => Number(text.slice(0, -1)) * units[text.at(-1) as keyof typeof units])
  .refine((ms) => ms <= 6 * units.h, 'at most 6h');
const Line = z.string().trim().min(1, 'write the command to run').max(4_000);
const InsidePath = z
  .string()
  .min(1)
  .max(500)
  .refine(isInside, 'must be a path inside the repository, with forward slashes and without ".."');
const Glob = z
  .string()
  .min(1)
  .max(500)
  .refine((glob) => isInside(glob.replace(/^!/, '')), 'must be a pattern of paths inside the repository');
const Branch = z
  .string()
  .max(200)
  .regex(/^(?!-|\/)(?!.*(?:\.\.|\/\/|@\{|\.lock$|\/$|\.$))[^\s~^:?*[\]\\\p{Cc}]+$/u, 'is not a valid branch name');

const onlyTheOwner = 'trusted: a repository cannot say so of itself; who runs the bot does, in its repos.yaml';

const Command = z.strictObject({
  run: Line,
  fix: Line.optional(),
  name: z.string().trim().min(1).max(60).optional(),
  report: InsidePath.optional(),
  coverage: InsidePath.optional(),
  timeout: Duration.optional(),
});
const Commands = z.array(Command).max(30);

const Policy = z.strictObject(
  {
    setup: z
      .strictObject({ run: Line, key: InsidePath.nullable().default(null), keep: z.array(InsidePath).max(20).default([]) })
      .optional(),
    gates: z
      .strictObject({
        fast: Commands.optional(),
        tests: Commands.optional(),
        comprehensive: Commands.optional(),
        /** Comprehensive checks report only, unless the repository says that they block (GT-2). */
        comprehensive_blocks: z.boolean().default(false),
      })
      .optional(),
    coverage: z.strictObject({ may_fall_by: z.number().min(0).max(100) }).optional(),
    high_risk: z.array(Glob).max(200).default([]),
    /** Files a fix may change besides those of its finding (FX-4). */
    may_change: z.array(Glob).max(200).default([]),
    handover: z
      .union(
        [z.literal('patch'), z.strictObject({ push: Branch }), z.strictObject({ pull_request: Branch })],
        'write patch, { push: BRANCH } or { pull_request: BRANCH }',
      )
      .optional(),
    release: z
      .strictObject({
        bump: z.array(InsidePath).max(50).default([]),
        publish: z
          .array(z.enum(['npm', 'pypi', 'github']))
          .max(3)
          .default([]),
      })
      .optional(),
    agents: AgentEntries.default({}),
    suppress: z
      .array(
        z
          .strictObject({
            rule: z.string().min(1).max(200).optional(),
            path: Glob.optional(),
            fingerprint: z.string().min(1).max(200).optional(),
            until: z.iso.date('write a date such as 2027-01-31'),
            reason: z.string().trim().min(1).max(500),
            by: z.string().trim().min(1).max(100),
          })
          .refine(({ rule, path, fingerprint }) => rule ?? path ?? fingerprint, 'name a rule, a path or a fingerprint'),
      )
      .max(500)
      .default([]),
  },
  { error: (issue) => (issue.code === 'unrecognized_keys' && issue.keys.includes('trusted') ? onlyTheOwner : undefined) },
);

export interface PolicyCommand {
  run: string;
  fix?: string;
  name?: string;
  report?: string;
  coverage?: string;
  timeoutMs?: number;
}

export type Handover = { kind: 'push' | 'pull_request'; branch: string } | { kind: 'patch' };

export interface Suppression {
  rule?: string;
  path?: string;
  fingerprint?: string;
  /** Last day it holds, as YYYY-MM-DD. */
  until: string;
  reason: string;
  by: string;
}

/** Agents it adds, and those of the settings that it switches off (RV-1). */
export type RepositoryAgents = Readonly<Record<string, AgentSettings | 'off'>>;

/** What a repository asks for in its own `.mahavishnu.yaml`. Always read from the base commit, never from the change it judges (FX-4). */
export interface RepositoryPolicy {
  /** False when the repository has no such file: everything is then the default. */
  present: boolean;
  setup: { run: string; key: string | null; keep: string[] } | null;
  /** Stages the file names; the others are detected. */
  gates: Partial<Record<GateStage, PolicyCommand[]>>;
  comprehensiveBlocks: boolean;
  /** Null: the repository does not say, so the bot's settings hold. */
  coverageMayFallBy: number | null;
  highRisk: string[];
  mayChange: string[];
  /** Null: the repository does not say, so the bot's own default holds. */
  handover: Handover | null;
  release: { bump: string[]; publish: ('npm' | 'pypi' | 'github')[] } | null;
  agents: RepositoryAgents;
  suppress: Suppression[];
}

export const defaultPolicy: RepositoryPolicy = {
  present: false,
  setup: null,
  gates: {},
  comprehensiveBlocks: false,
  coverageMayFallBy: null,
  highRisk: [],
  mayChange: [],
  handover: null,
  release: null,
  agents: {},
  suppress: [],
};

/** Reads the policy with a reader of the base commit's files; throws `InvalidSettings` with every problem, by line and path. */
export async function readRepositoryPolicy(readFile: (path: string) => Promise<string | null>): Promise<RepositoryPolicy> {
  const text = await readFile(policyFile);
  return text === null ? defaultPolicy : parseRepositoryPolicy(text);
}

export function parseRepositoryPolicy(text: string): RepositoryPolicy {
  if (text.length > 256 * 1024) throw new InvalidSettings([`${policyFile}: is larger than 256 KB`]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw new InvalidSettings(
      document.errors.map((error) => `${policyFile}:${lines.linePos(error.pos[0]).line}: ${error.message.split('\n')[0]}`),
    );
  }
  let raw: unknown;
  try {
    raw = document.toJS({ maxAliasCount: 50 });
  } catch (error) {
    throw new InvalidSettings([`${policyFile}: ${error instanceof Error ? error.message : 'cannot be read'}`]);
  }
  const parsed = Policy.safeParse(raw ?? {});
  if (parsed.success) return toPolicy(parsed.data);
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined;
      if (node?.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  throw new InvalidSettings(
    parsed.error.issues.map(
      ({ path, message }) => `${policyFile}:${lineOf(path)}: ${path.length > 0 ? `${path.map(String).join('.')}: ` : ''}${message}`,
    ),
  );
}

function toPolicy(file: z.infer<typeof Policy>): RepositoryPolicy {
  const gates: RepositoryPolicy['gates'] = {};
  for (const stage of gateStages) {
    const commands = file.gates?.[stage];
    if (commands) gates[stage] = commands.map(({ timeout, ...rest }) => withoutUndefined({ ...rest, timeoutMs: timeout }) as PolicyCommand);
  }
  return {
    present: true,
    setup: file.setup ?? null,
    gates,
    comprehensiveBlocks: file.gates?.comprehensive_blocks ?? false,
    coverageMayFallBy: file.coverage?.may_fall_by ?? null,
    highRisk: file.high_risk,
    mayChange: file.may_change,
    handover: toHandover(file.handover),
    release: file.release ?? null,
    agents: file.agents,
    suppress: file.suppress.map((entry) => withoutUndefined(entry) as Suppression),
  };
}

function toHandover(handover: z.infer<typeof Policy>['handover']): Handover | null {
  if (handover === undefined) return null;
  if (handover === 'patch') return { kind: 'patch' };
  return 'push' in handover ? { kind: 'push', branch: handover.push } : { kind: 'pull_request', branch: handover.pull_request };
}

function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined));
}

function isInside(path: string): boolean {
  return !/^[/~]|^[A-Za-z]:|\\|\p{Cc}/u.test(path) && !path.split('/').includes('..') && path.split('/')[0] !== '.git';
}
