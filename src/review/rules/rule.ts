import type { Perspective, PoolName, Priority, Severity } from '../finding.js';
import type { Tool } from '../hit.js';
import type { Language } from '../languages.js';

/** One line of the rule table: what a tool's report means to us. */
export interface Rule {
  /** Namespaced by the tool, `ruff/F821`; our own are `mahavishnu/…`. */
  id: string;
  /** `agent`: an agent of another engine reported it; the rule is made for the report. */
  tool: Tool | 'agent';
  /** The tool's own code, or the beginning of a family of codes when `family` is set. */
  code: string;
  family: boolean;
  /** The defect in the words all tools share: hits of one class that overlap are one finding. */
  class: string;
  language: Language | null;
  perspective: Perspective;
  severity: Severity;
  priority: Priority;
  pool: PoolName;
  confidence: number;
  title: string;
  description: string;
  suggestedFix: string | null;
  /** Name of the deterministic fixer that can repair a hit the tool calls fixable. */
  fixer: 'ruff' | 'oxlint' | 'ast-grep' | null;
  /** Why this rule is on. */
  why: string;
  /** In tests, docs and samples: reported as elsewhere, lowered to P2, or not at all. */
  inSupportFiles: 'same' | 'lower' | 'skip';
  /** The range of a hit holds a secret: masked wherever it is quoted. */
  secret: boolean;
}

/** The words of a class of defects, the same whichever tool reports it. */
export interface ClassText {
  title: string;
  description: string;
  suggestedFix: string;
}

/** Which pool a rule's fixes go to unless the table says otherwise. */
export function poolFor(perspective: Perspective, language: Language | null): PoolName {
  if (perspective === 'security' || perspective === 'performance') return perspective;
  return language ?? 'general';
}
