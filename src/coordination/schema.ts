import { z } from 'zod';
import { type PoolName, type Priority, poolNames, priorities } from '../review/finding.js';
import { type CamelKeys, camelKeys } from '../settings/section.js';

export const issueStatuses = ['pending', 'in_progress', 'blocked', 'resolved', 'closed'] as const;
export type IssueStatus = (typeof issueStatuses)[number];

const Id = z.string().regex(/^[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)+$/, 'expected an id such as MHV-001');
const Text = z
  .string()
  .nullish()
  .transform((text) => text ?? '');
const Line = z.string().min(1, 'must not be empty');
const Strings = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);
const Maybe = z
  .string()
  .nullish()
  .transform((text) => text ?? null);
/** YAML reads `2026-11-21` as text, which is what we want: dates are kept as they were written. */
const When = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'expected a date such as 2026-11-21 or 2026-11-21T15:02:00Z');
const MaybeWhen = When.nullish().transform((text) => text ?? null);
const Hours = z
  .number()
  .min(0)
  .nullish()
  .transform((hours) => hours ?? null);
const Metadata = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((map) => map ?? {});

const priorityWords: Record<string, Priority> = { critical: 'P0', high: 'P1', medium: 'P2', low: 'P2' };
/** P0 to P2, or the words of the Python original. */
const PriorityField = z
  .string()
  .nullish()
  .transform((text, context): Priority => {
    if (text === null || text === undefined) return 'P2';
    const known = priorities.find((priority) => priority === text.toUpperCase()) ?? priorityWords[text.toLowerCase()];
    if (known) return known;
    context.addIssue({ code: 'custom', message: 'expected P0, P1 or P2 (or critical, high, medium, low)' });
    return z.NEVER;
  });

const Resolution = z
  .looseObject({
    fixed_by: Maybe,
    quality_gates: z.union([Strings, z.record(z.string(), z.unknown())]),
    timestamp: MaybeWhen,
    commit: Maybe,
  })
  .transform((value) => camelKeys(value));

const issueShape = {
  id: Id,
  title: Line,
  description: Text,
  status: z.enum(issueStatuses).default('pending'),
  priority: PriorityField,
  severity: Text,
  pool: z
    .enum(poolNames)
    .nullish()
    .transform((pool): PoolName => pool ?? 'general'),
  repos: Strings,
  affected_files: Strings,
  created: MaybeWhen,
  updated: MaybeWhen,
  target: Maybe,
  dependencies: Strings,
  blocking: Strings,
  assignee: Maybe,
  labels: Strings,
  fingerprint: Maybe,
  resolution: Resolution.nullish().transform((value) => value ?? null),
  metadata: Metadata,
};

/** Keys that people add are theirs: they stay in the file and are not part of the value. */
const known = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.preprocess(
    aliases,
    z.object(shape).transform((value) => camelKeys(value) as CamelKeys<z.output<z.ZodObject<Shape>>>),
  );

export const Issue = known(issueShape);
export type Issue = z.output<typeof Issue>;

const Milestone = known({ name: Text, title: Text, deliverables: Strings, completion_criteria: Strings, target: Maybe, status: Text });
const Plan = known({
  id: Id,
  title: Line,
  description: Text,
  status: z.enum(['draft', 'pending', 'in_progress', 'completed', 'cancelled']).default('draft'),
  issue_ids: Strings,
  depends_on: Strings,
  milestones: z
    .array(Milestone)
    .nullish()
    .transform((list) => list ?? []),
  target: Maybe,
});
const Todo = known({
  id: Id,
  issue_id: Maybe,
  task: Line,
  description: Text,
  repo: Maybe,
  status: z.enum(['pending', 'in_progress', 'blocked', 'completed', 'cancelled']).default('pending'),
  priority: PriorityField,
  estimated_hours: Hours,
  actual_hours: Hours,
  blocked_by: Strings,
  blocking: Strings,
  assignee: Maybe,
  labels: Strings,
  acceptance_criteria: Strings,
});
const Dependency = known({
  id: Id,
  consumer: Line,
  provider: Line,
  type: z.enum(['runtime', 'development', 'mcp', 'test', 'documentation']).default('runtime'),
  version_constraint: Maybe,
  status: z.enum(['satisfied', 'unsatisfied', 'unknown', 'deprecated']).default('unknown'),
  validation: known({ command: Maybe, expected_pattern: Maybe })
    .nullish()
    .transform((value) => value ?? null),
  notes: Text,
});

/** What surrounds the issues, which are read one by one. */
export const Coordination = z.object({
  next_id: z.number().int().min(1).optional(),
  plans: z
    .array(Plan)
    .nullish()
    .transform((list) => list ?? []),
  todos: z
    .array(Todo)
    .nullish()
    .transform((list) => list ?? []),
  dependencies: z
    .array(Dependency)
    .nullish()
    .transform((list) => list ?? []),
});
export type Coordination = z.output<typeof Coordination>;

function aliases(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const record = value as Record<string, unknown>;
  const result = { ...record };
  for (const name of ['created', 'updated']) {
    if (record[name] === undefined && record[`${name}_at`] !== undefined) result[name] = record[`${name}_at`];
  }
  return result;
}
