import { z } from 'zod';
import { Place } from './finding.js';

/** Those that come with us. */
export const ownTools = ['ruff', 'ast-grep', 'oxlint', 'pyright', 'secretlint', 'jscpd'] as const;
/** Programs of the machine's owner: used when they are found, and what would have looked is named when they are not (RV-2, RV-6). */
export const foundTools = ['bandit', 'shellcheck', 'zizmor', 'mypy', 'publint', 'knip', 'dependency-cruiser'] as const;
export const tools = [...ownTools, ...foundTools] as const;
export type FoundToolName = (typeof foundTools)[number];
export type Tool = (typeof tools)[number];

/** One report of one tool, before anything is known about it. Offsets count UTF-16 units of the file's text, the end is not included. */
export const RawHit = z.object({
  code: z.string().min(1).max(200),
  file: z.string().min(1),
  start: z.number().int().min(0),
  end: z.number().int().min(0),
  message: z.string(),
  /** Whether the tool knows how to repair this very hit. */
  fixable: z.boolean(),
  /** Other places, in other files too, that are a part of the same defect. */
  elsewhere: z.array(Place).optional(),
});
export type RawHit = z.infer<typeof RawHit>;

/** A class or function with the text range it covers; what fingerprints call the enclosing scope. */
export const NamedScope = z.tuple([z.number().int(), z.number().int(), z.string()]);
export type NamedScope = z.infer<typeof NamedScope>;

/** What a child of ours prints. */
export const AnalyzerAnswer = z.object({
  hits: z.array(RawHit),
  /** Pairs, not an object: a file may be called `__proto__`. */
  scopes: z.array(z.tuple([z.string(), z.array(NamedScope)])).optional(),
  /** Files the tool could not read to the end, with what it said. */
  unreadable: z.array(z.object({ file: z.string(), message: z.string() })),
});
export type AnalyzerAnswer = z.infer<typeof AnalyzerAnswer>;
