import type { Run } from '../bot.js';
import type { RunProgress } from '../runs/progress.js';

/** The one line of outcome that ends a run: facts first, what is left and why. */
export function endLine({ progress, request }: Pick<Run, 'progress' | 'request'>): string {
  const parts = [findings(progress, request.dryRun), ...fixes(progress), ...release(progress), ...left(progress)];
  return parts.filter((part) => part !== '').join(' · ');
}

/** How a cancelled run ends: why, and what of it stays. */
export function cancelledLine({ progress: { handover, release } }: Pick<Run, 'progress'>, why: string): string {
  const stays = [
    ...(handover?.how === 'push' ? [`what was pushed to ${handover.branch}`] : []),
    ...(release ? [`the tag ${release.tag}`] : []),
  ];
  return `${why}; ${stays.length > 0 ? `${stays.join(' and ')} stays` : 'nothing was changed'}`;
}

function findings({ review, fixes }: RunProgress, dryRun: boolean): string {
  if (!review) return '';
  const failed = review.coverage.agents.filter((agent) => agent.status === 'failed').length;
  const broken = failed > 0 ? `${failed} of ${review.coverage.agents.length} agents failed` : '';
  if (fixes.length > 0) return broken;
  const { P0, P1, P2 } = review.counts;
  const total = P0 + P1 + P2;
  const counted =
    total === 0 ? (failed > 0 ? 'nothing found by the others' : 'nothing found') : `${total} ${total === 1 ? 'finding' : 'findings'}`;
  return [counted, broken, dryRun ? 'dry run, nothing was written' : total > 0 ? 'nothing was fixed' : ''].filter(Boolean).join(' · ');
}

function fixes({ fixes: all, handover }: RunProgress): string[] {
  if (all.length === 0) return [];
  const fixed = all.filter((fix) => fix.status === 'fixed').length;
  const where =
    handover?.how === 'push'
      ? `pushed to ${handover.branch}`
      : handover?.how === 'patch'
        ? `kept as a patch${handover.why ? ` (${handover.why})` : ''}`
        : '';
  return [`${fixed} of ${all.length} fixed`, ...(where ? [where] : [])];
}

function release({ published, release: bumped, releaseSkipped }: RunProgress): string[] {
  if (published.length > 0) return [`${published[0]?.version} published to ${published.map(({ target }) => target).join(' and ')}`];
  if (bumped) return [`${bumped.version} tagged, not published${releaseSkipped ? ` (${releaseSkipped})` : ''}`];
  return releaseSkipped ? [`no release: ${releaseSkipped}`] : [];
}

function left({ fixes: all }: RunProgress): string[] {
  const open = all.filter((fix) => fix.status !== 'fixed');
  if (open.length === 0) return [];
  const shown = open.slice(0, 2).map((fix) => `${fix.issueId} (${shorten(fix.reason ?? 'not fixed')})`);
  return [`${open.length} left: ${shown.join(', ')}${open.length > 2 ? ` and ${open.length - 2} more` : ''}`];
}

function shorten(text: string): string {
  const first = text.split('\n')[0] ?? '';
  return first.length <= 60 ? first : `${first.slice(0, 59).replace(/\s+\S*$/, '')}…`;
}
