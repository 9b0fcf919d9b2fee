import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { InvalidSettings } from '../../errors.js';
import { packageRoot } from '../../process/entry-point.js';
import type { AstGrepRule } from '../analyze.js';
import { perspectives, poolNames, priorities, severities } from '../finding.js';
import { CheckSection } from '../flow/checks/section.js';
import { FlowSection } from '../flow/engine/rule.js';
import { poolFor, type Rule } from './rule.js';

const Matcher = z.record(z.string(), z.unknown());

/** A repair: the named part of the match (or all of it) is replaced by the text, in which `$NAME` stands for what was matched. */
const PackFix = z.strictObject({ at: z.string().optional(), replace: z.string() });
export type PackFix = z.infer<typeof PackFix>;

/** One file of `settings/rules/`. */
const PackRule = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9-]*$/),
    class: z.string().regex(/^[a-z][a-z0-9-]*$/),
    language: z.enum(['python', 'typescript']),
    perspective: z.enum(perspectives),
    severity: z.enum(severities),
    priority: z.enum(priorities),
    pool: z.enum(poolNames).optional(),
    confidence: z.number().min(0).max(1),
    title: z.string().min(1),
    description: z.string().min(1),
    suggested_fix: z.string().min(1),
    why: z.string().min(1),
    in_support_files: z.enum(['same', 'lower', 'skip']).default('lower'),
    /** A quick look before the thorough one: files whose text this pattern (of any case) does not match are not searched. */
    requires: z.string().min(1).refine(isPattern, 'not a regular expression'),
    /** How it is found: a pattern of ast-grep, the way of data from a source to a sink, or one of the checks of src/review/flow. */
    rule: Matcher.optional(),
    flow: FlowSection.optional(),
    check: CheckSection.optional(),
    constraints: z.record(z.string(), Matcher).optional(),
    utils: z.record(z.string(), Matcher).optional(),
    fix: z.array(PackFix).min(1).optional(),
    examples: z.strictObject({
      bad: z.array(z.string()).min(1),
      good: z.array(z.string()).min(1),
      /** What the fix makes of each bad example. */
      fixed: z.array(z.string()).optional(),
    }),
  })
  .refine((rule) => [rule.rule, rule.flow, rule.check].filter(Boolean).length === 1, 'a rule has one of rule, flow and check')
  .refine((rule) => !rule.fix || rule.rule, 'only a rule with a pattern can have a fix')
  .refine((rule) => !rule.fix === !rule.examples.fixed, 'a rule with a fix shows in examples.fixed what it makes of each bad example');
export type PackRule = z.infer<typeof PackRule>;

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'i').source !== '';
  } catch {
    return false;
  }
}

/** Reads the rule pack; every problem of every file is reported at once. */
export async function loadRulePack(folder = join(packageRoot, 'settings', 'rules')): Promise<PackRule[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
  const problems: string[] = [];
  const rules: PackRule[] = [];
  for (const name of names) {
    const read = await readRule(join(folder, name));
    if (read.rule) rules.push(read.rule);
    problems.push(...read.problems.map((problem) => `${name}: ${problem}`));
    if (read.rule && `${read.rule.id}.yaml` !== name) problems.push(`${name}: the file is named after its rule, so ${read.rule.id}.yaml`);
  }
  if (problems.length > 0) throw new InvalidSettings(problems.map((problem) => `settings/rules/${problem}`));
  return rules;
}

async function readRule(path: string): Promise<{ rule?: PackRule; problems: string[] }> {
  let raw: unknown;
  try {
    raw = parse(await readFile(path, 'utf8'));
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] };
  }
  const result = PackRule.safeParse(raw);
  if (result.success) return { rule: result.data, problems: [] };
  return { problems: result.error.issues.map(({ path: at, message }) => `${at.join('.') || 'rule'}: ${message}`) };
}

/** The line of the rule table for a rule of the pack. */
export function packTableRule(rule: PackRule): Rule {
  return {
    id: `mahavishnu/${rule.id}`,
    tool: 'ast-grep',
    code: rule.id,
    family: false,
    class: rule.class,
    language: rule.language,
    perspective: rule.perspective,
    severity: rule.severity,
    priority: rule.priority,
    pool: rule.pool ?? poolFor(rule.perspective, rule.language),
    confidence: rule.confidence,
    title: rule.title,
    description: rule.description,
    suggestedFix: rule.suggested_fix,
    fixer: rule.fix ? 'ast-grep' : null,
    why: rule.why,
    inSupportFiles: rule.in_support_files,
    secret: false,
  };
}

/** A rule as the child that runs it gets it. */
export function childRule({ id, language, requires, rule, constraints, utils, fix, flow, check }: PackRule): AstGrepRule {
  return {
    id,
    language,
    requires,
    matcher: rule ? { rule, ...(constraints ? { constraints } : {}), ...(utils ? { utils } : {}) } : null,
    ...(flow ? { flow } : {}),
    ...(check ? { check } : {}),
    fixable: fix !== undefined,
  };
}

/** Whether what it finds in a file depends on other files: then it is looked for in the tree as a whole. */
export function comparesFiles({ check }: Pick<PackRule, 'check'>): boolean {
  return check?.name === 'similar-enums';
}
