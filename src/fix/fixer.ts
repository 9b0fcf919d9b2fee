import type { Finding } from '../review/finding.js';

export interface FixAttempt {
  fixer: string;
  reason: string;
}

/** Something that can repair a finding in a folder: an analyzer's own autofix, a rewrite rule, an agent (FX-3). */
export interface Fixer {
  name: string;
  canFix(finding: Finding): boolean;
  fix(request: {
    folder: string;
    finding: Finding;
    signal?: AbortSignal | undefined;
    /** Why the fixers before this one did not succeed. */
    failures: readonly FixAttempt[];
  }): Promise<{ changedFiles: string[]; summary: string }>;
}
