import { z } from 'zod';

/** Where a value comes from that nobody here chose. */
const origins = ['request', 'param', 'entry'] as const;
export type Origin = (typeof origins)[number];

/** The kinds of places where text from outside does harm; checks and cleaning functions belong to one of them. */
export const kinds = [
  'path',
  'url',
  'redirect',
  'sql',
  'html',
  'shell',
  'code',
  'data',
  'entry',
  'key',
  'template',
  'header',
  'regex',
  'log',
  'xml',
] as const;
export type Kind = (typeof kinds)[number];
export const bitOf = (kind: Kind): number => 1 << kinds.indexOf(kind);
export const ALL_KINDS = (1 << kinds.length) - 1;

const Names = z.array(z.string().min(1)).min(1);
const isRegex = (text: string): boolean => {
  try {
    return new RegExp(text, 'is').source !== '';
  } catch {
    return false;
  }
};
const Regex = z.string().min(1).refine(isRegex, 'not a regular expression');

const Sink = z
  .strictObject({
    /** Calls of these names are sinks. */
    call: Names.optional(),
    /** Assignments to these names are sinks. */
    assign: Names.optional(),
    /** What handlers of these frameworks return is a sink. */
    returns: z.array(z.enum(['flask', 'koa'])).optional(),
    /**
     * Places or keywords of the arguments that must not come from outside; `0.url` is a member of the first, `<receiver>` what the
     * method is called on.
     */
    args: z.array(z.string()).default(['0']),
    /** Arguments that must be these constants. */
    when: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    /** Arguments whose text must match, such as the name of a shell. */
    when_text: z.record(z.string(), Regex).optional(),
    /** Arguments that make the call harmless. */
    unless: z.array(z.string()).optional(),
    /** A fact about the way that makes it harmless, such as a content type that is not HTML. */
    unless_fact: z.string().optional(),
    /** A fact about the way without which it is harmless, such as a content type of HTML. */
    only_fact: z.string().optional(),
    /** The text must match this; \u0000 stands for an unknown part and \u0001 for one from outside. */
    shape: Regex.optional(),
    /** The text must not match this. */
    unless_shape: Regex.optional(),
    /** Sources whose name matches are no danger here. */
    unless_label: Regex.optional(),
    only_label: Regex.optional(),
  })
  .refine(({ call, assign, returns }) => call ?? assign ?? returns, 'a sink needs call, assign or returns');
export type Sink = z.infer<typeof Sink>;

/** The part of a rule that follows data. */
export const FlowSection = z.strictObject({
  kind: z.enum(kinds),
  origins: z.array(z.enum(origins)).min(1).default(['request']),
  sinks: z.array(Sink).min(1),
  /** Calls whose result is harmless for this kind. */
  sanitizers: Names.optional(),
  /** Calls that are true, or that return at all, only for harmless values. */
  allows: Names.optional(),
  /** Calls that are true for harmful values. */
  denies: Names.optional(),
});
export type FlowSection = z.infer<typeof FlowSection>;

/** A rule as the child that runs it gets it. */
export interface FlowRule {
  id: string;
  language: 'python' | 'typescript';
  requires: string;
  flow: FlowSection;
}
