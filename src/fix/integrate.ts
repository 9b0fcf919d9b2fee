import type { GateReport } from '../gates/gate.js';
import { GitError, git } from '../git/git.js';
import type { Clones } from '../repos/clones.js';
import type { Repo } from '../repos/source.js';

export interface IntegrateParts {
  clones: Clones;
  repo: Repo;
  base: string;
  run: string;
  /** Commits that lie in the clone, each made on `base`; in the order they are to be put together. */
  fixes: readonly { issueId: string; commit: string }[];
  /** Runs the gates on a clean checkout of the commit. */
  gate: (commit: string) => Promise<GateReport>;
  signal?: AbortSignal | undefined;
}

export interface Integration {
  /** The base when nothing could be integrated. */
  head: string;
  /** Holds `head` in the clone until the run is over and reaped; null when nothing was integrated. */
  branch: string | null;
  integrated: { issueId: string; commit: string }[];
  left: { issueId: string; reason: string }[];
  /** Of `head`; null when there was nothing to gate. */
  report: GateReport | null;
}

/**
 * Puts the fixes one by one on the run branch and gates the whole; the one that breaks it is found by halving, taken out
 * and reported (FX-6). The same fixes give the same commits, so it is safe to repeat.
 */
export async function integrate({ clones, repo, base, run, fixes, gate, signal }: IntegrateParts): Promise<Integration> {
  const tree = await clones.worktree({ repo, commit: base, run, id: 'integration' });
  const left: Integration['left'] = [];
  const reports = new Map<string, GateReport>();
  const gated = async (commit: string): Promise<GateReport> => {
    signal?.throwIfAborted();
    const known = reports.get(commit) ?? (await gate(commit));
    reports.set(commit, known);
    return known;
  };

  let keepBranch = false;
  try {
    let picked = await pickAll({ folder: tree.folder, from: base, fixes, left, signal });
    while (picked.length > 0) {
      const head = picked.at(-1)?.commit ?? base;
      const report = await gated(head);
      if (report.passed) {
        keepBranch = true;
        return { head, branch: tree.branch, integrated: picked, left, report };
      }
      const breaking = await firstBreaking({ base, picked, gated });
      if (breaking === null) {
        const reason = `the gates fail without any fix too: ${blockersOf(await gated(base))}`;
        left.push(...picked.map(({ issueId }) => ({ issueId, reason })));
        break;
      }
      const culprit = picked[breaking];
      if (!culprit) break;
      left.push({ issueId: culprit.issueId, reason: `with it the whole fails: ${blockersOf(await gated(culprit.commit))}` });
      const good = picked.slice(0, breaking);
      const rest = picked.slice(breaking + 1).flatMap(({ issueId }) => fixes.filter((fix) => fix.issueId === issueId));
      picked = [...good, ...(await pickAll({ folder: tree.folder, from: good.at(-1)?.commit ?? base, fixes: rest, left, signal }))];
    }
    return { head: base, branch: null, integrated: [], left, report: null };
  } finally {
    await tree.remove({ keepBranch });
  }
}

/** Index of the first fix with which the gates fail; null when they fail on the base already. All of `picked` together is known to fail. */
async function firstBreaking({
  base,
  picked,
  gated,
}: {
  base: string;
  picked: readonly { commit: string }[];
  gated: (commit: string) => Promise<GateReport>;
}): Promise<number | null> {
  if (!(await gated(base)).passed) return null;
  let good = -1;
  let bad = picked.length - 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if ((await gated(picked[middle]?.commit ?? base)).passed) good = middle;
    else bad = middle;
  }
  return bad;
}

async function pickAll({
  folder,
  from,
  fixes,
  left,
  signal,
}: {
  folder: string;
  from: string;
  fixes: IntegrateParts['fixes'];
  left: Integration['left'];
  signal: AbortSignal | undefined;
}): Promise<Integration['integrated']> {
  await git(['reset', '--quiet', '--hard', from], { cwd: folder });
  const picked: Integration['integrated'] = [];
  for (const { issueId, commit } of fixes) {
    signal?.throwIfAborted();
    const outcome = await pick(folder, commit);
    if ('reason' in outcome) left.push({ issueId, reason: outcome.reason });
    else picked.push({ issueId, commit: outcome.commit });
  }
  return picked;
}

async function pick(folder: string, commit: string): Promise<{ commit: string } | { reason: string }> {
  // The committer's date is the fix's own, so that a repeat gives the same commit.
  const date = (await git(['show', '--no-patch', '--format=%aI', commit], { cwd: folder })).trim();
  try {
    await git(['cherry-pick', '--strategy=ort', commit], { cwd: folder, env: { GIT_COMMITTER_DATE: date } });
    return { commit: (await git(['rev-parse', 'HEAD'], { cwd: folder })).trim() };
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const conflicts = (await git(['diff', '--name-only', '-z', '--diff-filter=U'], { cwd: folder })).split('\0').filter(Boolean);
    const clean = (await git(['status', '--porcelain', '-z', '--untracked-files=no'], { cwd: folder })) === '';
    await git(['reset', '--quiet', '--hard', 'HEAD'], { cwd: folder }); // Also ends the cherry-pick.
    if (conflicts.length > 0) return { reason: `it conflicts with another fix in ${conflicts.slice(0, 3).join(', ')}` };
    if (clean) return { reason: 'another fix of this run has made the same change' };
    throw error;
  }
}

const blockersOf = (report: GateReport) => report.blockers.slice(0, 3).join('; ') || 'no reason was given';
