import { git } from '../git/git.js';
import type { RepositoryPolicy } from '../repos/policy.js';
import type { Finding } from '../review/finding.js';
import { commitMessage } from './commit-message.js';
import type { FixAttempt, Fixer } from './fixer.js';
import { checkScope } from './scope-check.js';
import { type Weakening, weakenedTests } from './weakened-tests.js';
import { changedTexts, resetWorktree, stageChanges, type WorktreeAt } from './worktree-changes.js';

export interface Proof {
  /** Whether what found it does not find it any more. */
  gone: boolean;
  /** Findings in the changed files that were not there before. */
  added: Finding[];
}

export interface Fixed {
  status: 'fixed';
  commit: string;
  changedFiles: string[];
  added: number;
  removed: number;
  fixer: string;
  summary: string;
  /** Files that a person has to approve first (FX-4); empty when none. */
  highRisk: string[];
  /** How the change weakened tests, which a person has to approve too (FX-5). */
  weakened: Weakening[];
  tried: FixAttempt[];
}

export interface NotFixed {
  status: 'not_fixed';
  reason: string;
  tried: FixAttempt[];
}

export interface MakeFixParts {
  /** Belongs to this fix alone. */
  worktree: WorktreeAt;
  issueId: string;
  finding: Finding;
  /** In the order they are to be tried. */
  fixers: readonly Fixer[];
  /** Runs again what found it, over the changed files. */
  recheck: (request: {
    folder: string;
    finding: Finding;
    changedFiles: readonly string[];
    signal?: AbortSignal | undefined;
  }) => Promise<Proof>;
  /** Of the base commit. */
  policy: RepositoryPolicy;
  /** In place of the built-in list of high-risk files. */
  highRisk?: readonly string[] | undefined;
  signal?: AbortSignal | undefined;
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

/**
 * Tries the fixers until one repairs the finding within its scope and it is proved, and commits that (FX-3 to FX-5).
 * Safe to repeat: it starts from the base, and the same change gives the same commit.
 */
export async function makeFix(parts: MakeFixParts): Promise<Fixed | NotFixed> {
  const { worktree, issueId, finding, fixers, signal, log } = parts;
  const tried: FixAttempt[] = [];
  await resetWorktree(worktree);
  for (const fixer of fixers.filter((candidate) => candidate.canFix(finding))) {
    signal?.throwIfAborted();
    const outcome = await attempt(parts, fixer, tried);
    if ('commit' in outcome) {
      log.info({ issue: issueId, fixer: fixer.name, commit: outcome.commit }, 'finding fixed');
      return { ...outcome, tried };
    }
    log.info({ issue: issueId, fixer: fixer.name, reason: outcome.reason }, 'fixer did not succeed');
    tried.push({ fixer: fixer.name, reason: outcome.reason });
    await resetWorktree(worktree); // Nothing of a failed try may reach the next one (FX-7).
  }
  if (tried.length === 0) return { status: 'not_fixed', reason: 'no fixer knows how to repair this; a person has to', tried };
  return { status: 'not_fixed', reason: tried.map((entry) => `${entry.fixer}: ${entry.reason}`).join('; '), tried };
}

async function attempt(
  parts: MakeFixParts,
  fixer: Fixer,
  tried: readonly FixAttempt[],
): Promise<Omit<Fixed, 'tried'> | { reason: string }> {
  const { worktree, issueId, finding, recheck, policy, signal, log } = parts;
  const { folder, base } = worktree;
  let summary: string;
  try {
    ({ summary } = await fixer.fix({ folder, finding, signal, failures: [...tried] }));
  } catch (error) {
    signal?.throwIfAborted();
    log.warn({ issue: issueId, fixer: fixer.name, err: error }, 'fixer failed');
    return { reason: `it failed: ${wordsOf(error)}` };
  }
  signal?.throwIfAborted();

  const changes = await stageChanges(worktree);
  if (changes.files.length === 0) return { reason: 'it changed nothing' };
  if (changes.odd.length > 0) return { reason: `it changed what kind of file ${changes.odd.slice(0, 3).join(', ')} is` };
  const scope = checkScope({ changedFiles: changes.files, finding, policy, highRisk: parts.highRisk });
  if (scope.status === 'rejected') return { reason: scope.reason };

  let proof: Proof;
  try {
    proof = await recheck({ folder, finding, changedFiles: changes.files, signal });
  } catch (error) {
    signal?.throwIfAborted();
    log.warn({ issue: issueId, fixer: fixer.name, err: error }, 'fix could not be checked');
    return { reason: `what found it could not be run again: ${wordsOf(error)}` };
  }
  if (!proof.gone) return { reason: 'the finding is still there' };
  const first = proof.added[0];
  if (first)
    return {
      reason: `it brought ${proof.added.length} new ${proof.added.length === 1 ? 'finding' : 'findings'}: ${first.title} (${first.file}:${first.startLine})`,
    };

  const weakened = weakenedTests(await changedTexts(worktree, changes.files));
  const again = await stageChanges(worktree);
  // The check only reads; if something did write meanwhile, what was proved is not what would be committed.
  if (again.files.join('\0') !== changes.files.join('\0')) return { reason: 'files changed while the fix was being checked' };
  const commit = await commitFix({ worktree, message: commitMessage({ finding, issueId, fixer: fixer.name, summary }) });
  const lines = (await git(['diff', '--numstat', '-z', '--no-renames', base, commit], { cwd: folder })).split('\0');
  const count = (column: number) => lines.reduce((sum, line) => sum + (Number(line.split('\t')[column]) || 0), 0);
  return {
    status: 'fixed',
    commit,
    changedFiles: changes.files,
    added: count(0),
    removed: count(1),
    fixer: fixer.name,
    summary,
    highRisk: scope.status === 'needs_approval' ? scope.files : [],
    weakened,
  };
}

/** Dated as the base, so that a step that is repeated after a crash makes the same commit again. */
async function commitFix({ worktree: { folder, base }, message }: { worktree: WorktreeAt; message: string }): Promise<string> {
  const date = (await git(['show', '--no-patch', '--format=%cI', base], { cwd: folder })).trim();
  const env = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  await git(['commit', '--quiet', '--no-verify', '--cleanup=verbatim', '-m', message], { cwd: folder, env });
  return (await git(['rev-parse', 'HEAD'], { cwd: folder })).trim();
}

function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : 'unknown reason').split('\n')[0]?.slice(0, 300) ?? 'unknown reason';
}
