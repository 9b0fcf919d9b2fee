import type { KnownBlock } from '@slack/types';
import type { Run, TrackedFinding } from '../../bot.js';
import { actionIds } from '../action-ids.js';
import { actions, button, context, lines, type MessageView, section } from '../blocks.js';
import { shown } from '../limits.js';
import { code, count, outside, signs, time } from '../text.js';
import { agentsRan, filesRead, hasFailedAgent, refutedWords, repositoryName, toolsMissed } from './parts.js';

/** What the review found, worst first, with the offer to fix while it stands. */
export function summaryMessage(run: Run, findings: TrackedFinding[]): MessageView | null {
  const { review, offeredUntil, end } = run.progress;
  if (!review) return null;
  const name = repositoryName(run.repository);
  const { P0, P1, P2 } = review.counts;
  const total = P0 + P1 + P2;
  const covered = `${filesRead(review.coverage)} · ${agentsRan(review.coverage)}${toolsMissed(review.coverage)}`;
  if (total === 0) return nothingFound(run, name, covered);

  const headline = `${count(total, 'finding')}: ${[P0 && `${P0} P0`, P1 && `${P1} P1`, P2 && `${P2} P2`].filter(Boolean).join(', ')}`;
  const first = findings.slice(0, shown.findingsInSummary);
  const more = total > first.length ? [`… ${total - first.length} more`] : [];
  const offered = offeredUntil !== null && !end;
  return {
    text: `${name}: ${headline}${changes(run)}${offered ? ', choose what to fix' : ''}${hasFailedAgent(review.coverage) ? ', an agent failed' : ''}`,
    blocks: [
      section(`*${name}* · ${headline}${changes(run, '     ')}`),
      ...lines([...first.map(findingLine), ...more]),
      context(`${covered}${refutedWords(run)}`),
      ...notCounted(run),
      ...(offered ? [context(`${signs.waiting} choose what to fix until ${time(offeredUntil)}; nothing chosen ends the run`)] : []),
      actions(
        ...(offered && P0 > 0 ? [button('Fix P0 issues', actionIds.fixP0, run.id, { style: 'primary' })] : []),
        button('View details', actionIds.details, run.id),
        ...(offered ? [button('Done', actionIds.done, run.id)] : []),
      ),
    ],
  };
}

/** `api · no critical finding in 420 files`; one line, unless something was not looked at, disproved or doubted. */
function nothingFound(run: Run, name: string, covered: string): MessageView {
  const { coverage, tracked } = run.progress.review!;
  const scope = run.request.scope === 'all' ? '' : `${run.request.scope} `;
  const gone = tracked && tracked.resolved > 0 ? `, ${tracked.resolved} gone` : '';
  const doubted = refutedWords(run);
  const line = `no ${scope}finding in ${count(coverage.read, 'file')}${gone}`;
  const whole = !hasFailedAgent(coverage) && coverage.read === coverage.files;
  const caution = hasFailedAgent(coverage)
    ? ', but an agent failed'
    : coverage.read < coverage.files
      ? ', but not every file was read'
      : '';
  const held = notCounted(run);
  const details = held.length > 0 || doubted !== '' ? [actions(button('View details', actionIds.details, run.id))] : [];
  return {
    text: `${name}: ${line}${caution}${doubted}`,
    blocks: [section(`*${name}* · ${line}${caution}${doubted}`), ...(whole ? [] : [context(covered)]), ...held, ...details],
  };
}

/** What people hold back, what of it has expired, what does not count; contests with who and why, for all in the thread (RV-9). */
function notCounted({ progress: { review, contested = [] } }: Run): KnownBlock[] {
  const { count: held = 0, expired = [], problems = [] } = review?.suppressed ?? {};
  const words = [
    held > 0 && `${count(held, 'finding')} suppressed`,
    expired.length > 0 && `${signs.look} counts again: ${outside(expired.join('; '), shown.reason)}`,
    problems.length > 0 && `${signs.look} ${outside(problems.join('; '), shown.reason)}`,
  ].filter((word) => word !== false);
  const said = contested.slice(-3).map(({ issueId, findingId, title, suppressed: { by, reason, until } }) => {
    const end = until ? `, until ${code(until.slice(0, 10))}` : '';
    return `${signs.look} ${code(issueId ?? findingId, 30)} ${outside(title, shown.title)}: contested by ${outside(by, 60)}${end}: ${outside(reason, shown.reason)}`;
  });
  const more = contested.length > said.length ? [`… ${contested.length - said.length} more contested`] : [];
  return [...(words.length > 0 ? [context(words.join(' · '))] : []), ...[...said, ...more].map((line) => context(line))];
}

function changes({ progress }: Run, before = ', '): string {
  const tracked = progress.review?.tracked;
  if (!tracked) return `${before}nothing was filed`;
  const words = [
    tracked.created > 0 && `${tracked.created} new`,
    tracked.known > 0 && `${tracked.known} known`,
    tracked.reopened > 0 && `${tracked.reopened} back again`,
    tracked.resolved > 0 && `${tracked.resolved} gone`,
  ].filter(Boolean);
  return words.length > 0 ? `${before}${words.join(' · ')}` : '';
}

/** `P0  MHV-012  URL from a request is fetched unchecked  src/http.ts:41  security` */
function findingLine({ finding, issueId }: TrackedFinding): string {
  const places = finding.places.length > 1 ? ` and ${finding.places.length - 1} more` : '';
  return `*${finding.priority}*  ${code(issueId ?? finding.id, 30)}  ${outside(finding.title, shown.title)}  ${place(finding)}${places}  ${finding.perspective}`;
}

/** A path keeps its end when it is too long: that is where the file's name is. */
export function place({ file, startLine }: { file: string; startLine: number }): string {
  const end = file.length > shown.path ? `…${file.slice(-shown.path)}` : file;
  return code(`${end}:${startLine}`, shown.path * 2);
}
