import type { Run } from '../../bot.js';
import { type ReviewCoverage, withoutTools } from '../../review/finding.js';
import type { GateSummary } from '../../runs/events.js';
import { shown } from '../limits.js';
import { code, count, outside, person, signs, time } from '../text.js';

const gateSigns = { passed: signs.done, failed: signs.failed, unknown: `${signs.look} unknown` } as const;

/** `fast ✓ tests 214 ✓ types ⚠ unknown`, outside parts escaped. */
export function gateWords(gates: GateSummary[]): string {
  return gates
    .slice(0, 8)
    .map(({ words, status }) => `${outside(words, 60)} ${gateSigns[status]}`)
    .join(' ');
}

export const repositoryName = (repository: string) => outside(repository, 80);

export function whatIsDone({ request }: Run): string {
  const since = request.since ? ` since ${code(request.since, 60)}` : '';
  const what = request.dryRun ? 'review, dry run' : request.autoFix ? 'review and fix' : 'review, then fix what is chosen';
  return `${what}, ${request.scope === 'all' ? 'all findings' : request.scope}${since}`;
}

/** `asked by @dana at 15:02 · run r-7f3k · commit 4c1d2e9 on main` */
export function origin(run: Run): string {
  const { commit, branch } = run.progress;
  const where = commit ? ` · commit ${code(commit.slice(0, 7))}${branch ? ` on ${code(branch, 60)}` : ''}` : '';
  return `asked by ${person(run.request.requestedBy)} at ${time(run.createdAt)} · run ${code(run.id, 60)}${where}`;
}

/** `412 of 420 files read (6 generated, 2 too large skipped, 1 read in part)` */
export function filesRead({ files, read, skipped }: ReviewCoverage): string {
  const words = (some: ReviewCoverage['skipped']) => some.map((skip) => `${skip.count} ${skip.reason}`).join(', ');
  const left = words(skipped.filter((skip) => skip.count > 0 && skip.reason !== 'read in part'));
  const part = words(skipped.filter((skip) => skip.count > 0 && skip.reason === 'read in part'));
  const why = [left && `${left} skipped`, part].filter(Boolean).join(', ');
  return `${read} of ${count(files, 'file')} read${why === '' ? '' : ` (${why})`}`;
}

/** ` · 2 optional tools not found`; which ones, and what is off or not trusted, stands in the details. */
export function toolsMissed({ tools = [] }: ReviewCoverage): string {
  const missed = tools.filter(({ status }) => status === 'not found').length;
  return missed > 0 ? ` · ${count(missed, 'optional tool')} not found` : '';
}

/** ` · without mypy (not found), knip (the repository is not trusted)` */
export function toolsLeftOut({ tools }: ReviewCoverage): string {
  const left = withoutTools(tools);
  return left === '' ? '' : ` · without ${left}`;
}

/** `4 agents, none failed`, or which failed and why. A failed agent never reads as "no findings". */
export function agentsRan({ agents, off = [] }: ReviewCoverage): string {
  const without =
    off.length > 0
      ? `, ${off.length} off (${off
          .slice(0, 5)
          .map(({ agent }) => outside(agent, 40))
          .join(', ')})`
      : '';
  const failed = agents.filter((agent) => agent.status === 'failed');
  if (agents.length === 0) return `${signs.look} no agent ran${without}`;
  if (failed.length === 0) return `${count(agents.length, 'agent')}, none failed${without}`;
  const named = failed
    .slice(0, 3)
    .map(({ agent, reason }) => `${outside(agent, 40)} (${outside(reason ?? 'no reason given', shown.reason)})`);
  const more = failed.length > named.length ? ` and ${failed.length - named.length} more` : '';
  return `${signs.look} ${count(agents.length, 'agent')}, ${failed.length} failed: ${named.join(', ')}${more}${without}`;
}

/** `2 refuted · 1 in doubt`: reported, and disproved by a second look, or in so much doubt that the scope leaves it out. */
export const refutedWords = (run: Run): string => {
  const all = run.progress.review?.refuted ?? [];
  const below = all.filter(({ belowScope }) => belowScope).length;
  const parts = [
    [all.length - below, 'refuted'],
    [below, 'in doubt'],
  ] as const;
  return parts.map(([n, word]) => (n > 0 ? ` · ${n} ${word}` : '')).join('');
};

export const hasFailedAgent = (coverage: ReviewCoverage) =>
  coverage.agents.length === 0 || coverage.agents.some((agent) => agent.status === 'failed');
