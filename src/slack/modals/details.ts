import type { KnownBlock, ModalView } from '@slack/types';
import type { Run, SuppressedFinding, TrackedFinding } from '../../bot.js';
import type { RefutedSummary } from '../../runs/events.js';
import { actionIds, joinValue, viewIds } from '../action-ids.js';
import { actions, button, context, lines, menu, plainText, section } from '../blocks.js';
import { limits, shown } from '../limits.js';
import { code, codeBlock, count, outside, signs } from '../text.js';
import { agentsRan, filesRead, repositoryName, toolsLeftOut } from '../views/parts.js';
import { place } from '../views/summary.js';
import { type Carried, reading } from './parts.js';

/** `View details`: the findings twenty a page, each to be chosen or left out while the run offers fixes (SL-4). */
export function detailsModal(run: Run, findings: TrackedFinding[], wanted: number, held: readonly SuppressedFinding[] = []): ModalView {
  const pages = Math.max(1, Math.ceil(findings.length / shown.findingsOnPage));
  const page = Math.min(Math.max(0, wanted), pages - 1);
  const from = page * shown.findingsOnPage;
  const offered = run.progress.offeredUntil !== null && run.progress.end === null;
  const chosen = findings.filter((each) => each.chosen).length;
  const carried: Carried = { runId: run.id, page };
  const coverage = run.progress.review?.coverage;
  return {
    type: 'modal',
    callback_id: viewIds.details,
    private_metadata: JSON.stringify(carried),
    title: plainText(run.repository, limits.viewTitle),
    close: plainText('Close', limits.viewTitle),
    ...(offered && chosen > 0 ? { submit: plainText(`Fix ${chosen} chosen`, limits.viewTitle) } : {}),
    blocks: [
      section(
        `*${repositoryName(run.repository)}* · ${count(findings.length, 'finding')}${offered ? ` · ${chosen} chosen` : ''}${pages > 1 ? ` · page ${page + 1} of ${pages}` : ''}`,
      ),
      ...(offered ? [] : [context('This run offers nothing to choose (any more).')]),
      ...findings.slice(from, from + shown.findingsOnPage).map((each) => findingSection(run.id, each, offered)),
      ...refutedBlocks(run, page === pages - 1),
      ...(page === pages - 1 ? heldBack(held) : []),
      ...(coverage ? [context(`${filesRead(coverage)} · ${agentsRan(coverage)}${toolsLeftOut(coverage)}`)] : []),
      ...paging(run.id, page, pages),
    ],
  };
}

/** What a second look disproved or doubts, on the last page, so that a person can disagree. */
function refutedBlocks({ progress: { review } }: Run, last: boolean): KnownBlock[] {
  const all = last ? (review?.refuted ?? []) : [];
  return [
    ...listed(
      'Refuted by a second look',
      all.filter(({ belowScope }) => !belowScope),
    ),
    ...listed(
      'In doubt, and so below the scope of this review',
      all.filter(({ belowScope }) => belowScope),
    ),
  ];
}

function listed(title: string, refuted: readonly RefutedSummary[]): KnownBlock[] {
  const lines = refuted.slice(0, 8).map(({ title: what, file, startLine, reason, by }) => {
    return `${outside(what, shown.title)} ${place({ file, startLine })}: ${outside(reason, 160)} (${outside(by, 40)})`;
  });
  const more = refuted.length > lines.length ? [`and ${refuted.length - lines.length} more`] : [];
  return lines.length > 0 ? [context(`*${title}* · ${[...lines, ...more].join(' · ')}`.slice(0, 2_900))] : [];
}

function findingSection(runId: string, tracked: TrackedFinding, offered: boolean): KnownBlock {
  const { finding, issueId, chosen, change } = tracked;
  const marks = [
    change === 'reopened' ? 'back again' : change,
    finding.fixer ? `fixed by ${outside(finding.fixer, 40)}` : 'needs a person or an agent',
  ].filter(Boolean);
  const text = [
    `${chosen ? `${signs.done} chosen · ` : ''}*${finding.priority}* ${code(issueId ?? finding.id, 30)} ${outside(finding.title, shown.title)}`,
    `${place(finding)} · ${finding.perspective} · ${code(finding.rule, 80)} · ${marks.join(' · ')}`,
    outside(finding.description, shown.reason),
  ];
  const value = (what: string) => joinValue(runId, `${what} ${finding.id}`);
  return section(
    text.filter(Boolean).join('\n'),
    menu(actionIds.finding, [
      ...(offered ? [chosen ? { label: 'Leave out', value: value('leave') } : { label: 'Choose', value: value('choose') }] : []),
      { label: 'Wrong…', value: value('wrong') },
      { label: 'Show code', value: value('code') },
    ]),
  );
}

/** What does not count, by whom and why: nothing is held back in silence (RV-9). */
function heldBack(held: readonly SuppressedFinding[]): KnownBlock[] {
  if (held.length === 0) return [];
  const rows = held.slice(0, shown.suppressedInModal).map(({ finding, suppressed: { id, reason, by, until, source } }) => {
    const end = until ? `, until ${code(until.slice(0, 10))}` : '';
    return `${finding.priority} ${outside(finding.title, shown.title)} ${place(finding)}\n${source === 'contest' ? 'contested' : 'suppressed'} by ${outside(by, 60)} (${code(id, 80)})${end}: ${outside(reason, shown.reason)}`;
  });
  const left = held.length - rows.length;
  return [
    section(`*${count(held.length, 'finding')} not counted*`),
    ...lines(rows),
    ...(left > 0 ? [context(`… ${left} more, in the export`)] : []),
  ];
}

function paging(runId: string, page: number, pages: number): KnownBlock[] {
  const turns = [
    ...(page > 0 ? [button('Earlier', `${actionIds.page}.0`, joinValue(runId, String(page - 1)))] : []),
    ...(page < pages - 1 ? [button('Later', `${actionIds.page}.1`, joinValue(runId, String(page + 1)))] : []),
  ];
  return turns.length > 0 ? [actions(...turns)] : [];
}

/** `Show code`: the lines, what is wrong with them and what would help. */
export function findingModal({ finding, issueId }: TrackedFinding): ModalView {
  const places = finding.places.slice(0, 10).map((each) => place(each));
  return reading(issueId ?? finding.id, [
    section(`*${finding.priority}* ${outside(finding.title, shown.title)}`),
    section(`${places.join(' ')}${finding.places.length > 10 ? ` and ${finding.places.length - 10} more` : ''}`),
    section(codeBlock(finding.evidence, shown.evidence)),
    section(outside(finding.description, 1500) || '—'),
    ...(finding.suggestedFix ? [section(`What would help: ${outside(finding.suggestedFix, 1500)}`)] : []),
    context(
      `${finding.severity} · ${code(finding.rule, 80)} · found by ${outside(finding.agents.join(', '), 120)} · confidence ${Math.round(finding.confidence * 100)} %`,
    ),
  ]);
}
