import { z } from 'zod';
import type { FoundToolName } from './hit.js';

export const severities = ['critical', 'high', 'medium', 'low'] as const;
export const priorities = ['P0', 'P1', 'P2'] as const;
export const perspectives = ['architect', 'security', 'language', 'performance'] as const;
export const poolNames = ['security', 'performance', 'python', 'typescript', 'general'] as const;
export const scopes = ['critical', 'security', 'performance', 'quality', 'all'] as const;

export type Severity = (typeof severities)[number];
export type Priority = (typeof priorities)[number];
export type Perspective = (typeof perspectives)[number];
export type PoolName = (typeof poolNames)[number];
export type Scope = (typeof scopes)[number];

/** Lines count from 1 and include both ends; `file` is relative to the repository's root, with forward slashes. */
export const Place = z.object({
  file: z.string(),
  startLine: z.number().int().min(1),
  endLine: z.number().int().min(1),
  /** Its fingerprint without the path, by which it is known again after its file was renamed; none for secrets. */
  print: z.string().optional(),
});
export type Place = z.infer<typeof Place>;

/** What a second look said of a finding (RV-7). */
export const Check = z.object({
  verdict: z.enum(['kept', 'lowered', 'not checked']),
  /** An agent's name, or the rule that decided. */
  by: z.string(),
  reason: z.string(),
});
export type Check = z.infer<typeof Check>;

/** A defect in one commit of one repository (RV-3). Secrets in its texts are already redacted. */
export const Finding = z.object({
  /** Unique within a run: `F-1`, `F-2`, … in order of rank. */
  id: z.string(),
  /** Namespaced by the tool that knows it, such as `ruff/F821`, `oxlint/no-eval`, `mahavishnu/swallowed-error`. */
  rule: z.string(),
  title: z.string(),
  description: z.string(),
  severity: z.enum(severities),
  priority: z.enum(priorities),
  perspective: z.enum(perspectives),
  pool: z.enum(poolNames),
  file: z.string(),
  startLine: z.number().int().min(1),
  endLine: z.number().int().min(1),
  /** All places when one rule hits several times in a file; the first one is `file`/`startLine`/`endLine`. */
  places: z.array(Place).min(1),
  /** The text of the finding's lines, shortened and redacted. */
  evidence: z.string(),
  suggestedFix: z.string().nullable(),
  /** Whether a deterministic fixer exists: its name (`ruff`, `oxlint`, `ast-grep`, `format`), else null (a person or an LLM is needed). */
  fixer: z.string().nullable(),
  /** 0 to 1. */
  confidence: z.number().min(0).max(1),
  /** Names of the agents that reported it. */
  agents: z.array(z.string()).min(1),
  /** Survives line moves and reformatting (RV-4); begins with `v1:`. */
  fingerprint: z.string(),
  /** Rules of other tools that report the same defect: to suppress one of them is to suppress the defect. */
  otherRules: z.array(z.string()).optional(),
  /** Absent when nothing had to be checked. */
  check: Check.optional(),
  /** Fingerprints that other tools gave the same defect: second keys, by which a known issue is found too (RV-8). */
  otherFingerprints: z.array(z.string()).optional(),
  /** GitHub's hash of the first line, of the text with secrets masked; for SARIF. */
  lineHash: z.string().optional(),
});
export type Finding = z.infer<typeof Finding>;

/** What an agent cost; null where its engine does not say. */
export interface Usage {
  turns: number | null;
  tokens: number | null;
  usd: number | null;
}

/** What an agent reported and a second look disproved, or lowered so far that this review does not ask for it (RV-7). */
export interface Refuted {
  finding: Finding;
  reason: string;
  by: string;
  /** It stands there still: nobody said that it is wrong. */
  belowScope: boolean;
}

export interface AgentOutcome {
  agent: string;
  perspective: Perspective;
  /** Absent for the built-in one. */
  engine?: string;
  usage?: Usage;
  /** Parts of its answer that were no findings: of files that do not exist, lines that are not there, … */
  rejected?: { count: number; reasons: string[] };
  status: 'done' | 'failed';
  /** Findings before merging. */
  findings: number;
  durationMs: number;
  /** Why it failed, in words for a person. */
  reason: string | null;
}

export interface OptionalTool {
  tool: FoundToolName;
  /** `not trusted`: it runs code of the repository, which nobody has said may be run. */
  status: 'used' | 'not found' | 'off' | 'not trusted';
  /** Of the program that was found. */
  version?: string;
}

/** `mypy, zizmor (not found), knip (the repository is not trusted)`; empty when all that would have looked did. */
export function withoutTools(tools: readonly OptionalTool[] = []): string {
  const of = (status: OptionalTool['status']) => tools.filter((each) => each.status === status).map(({ tool }) => tool);
  const words = { 'not found': 'not found', 'not trusted': 'the repository is not trusted', off: 'off' } as const;
  return (['not found', 'not trusted', 'off'] as const)
    .filter((status) => of(status).length > 0)
    .map((status) => `${of(status).join(', ')} (${words[status]})`)
    .join(', ');
}

/** What was read and what was not (RV-6). */
export interface ReviewCoverage {
  files: number;
  read: number;
  skipped: {
    reason: 'too large' | 'binary' | 'generated' | 'not text' | 'over budget' | 'symbolic link' | 'read in part' | 'unreadable';
    count: number;
    examples: string[];
  }[];
  agents: AgentOutcome[];
  /** Agents that were switched off or may not run here. */
  off?: { agent: string; reason: string }[];
  /** Programs of the owner's that had something to look at here, whether they were there or not; a failure of one is its agents'. */
  tools?: OptionalTool[];
}

export interface ReviewResult {
  commit: string;
  /** The files that were read, relative to the root. */
  readFiles: string[];
  findings: Finding[];
  /** Reported, and disproved by a second look. */
  refuted: Refuted[];
  coverage: ReviewCoverage;
}
