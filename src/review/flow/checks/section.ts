import { z } from 'zod';

export const checkNames = [
  'allow-on-error',
  'swallowed-check',
  'blocking-call',
  'loop-reentry',
  'endless-task',
  'dropped-task',
  'floating-promise',
  'sequential-await',
  'n-plus-one',
  'no-timeout',
  'prototype-pollution',
  'similar-enums',
  'unbounded-growth',
  'weak-hash',
  'interval-never-cleared',
  'promise-in-condition',
  'callback-twice',
  'removed-call',
] as const;
export type CheckName = (typeof checkNames)[number];

/** The part of a rule that asks for one of our own checks: what a pattern cannot say and what has nothing to do with sources. */
export const CheckSection = z.strictObject({
  name: z.enum(checkNames),
  /** The calls the check is about, by qualified name. */
  calls: z.array(z.string().min(1)).optional(),
  /** Calls that look like these and are not meant. */
  except: z.array(z.string().min(1)).optional(),
});
export type CheckSection = z.infer<typeof CheckSection>;
