import type { Finding } from '../../review/finding.js';

interface FixRequest {
  /** The worktree. */
  folder: string;
  finding: Finding;
  signal?: AbortSignal | undefined;
}

export interface Fixer {
  name: string;
  canFix(finding: Finding): boolean;
  /** Changes the finding's file in the worktree; throws `FixFailed` when it could not, and has then changed nothing. */
  fix(request: FixRequest): Promise<{ changedFiles: string[]; summary: string }>;
}

/** A fixer did not get there. The message is for people, and for the fixer that is tried next. */
export class FixFailed extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FixFailed';
  }
}
