import type { Run } from '../../bot.js';
import type { FixProgress } from '../../runs/progress.js';
import { actionIds } from '../action-ids.js';
import { actions, button, context, lines, type MessageView, section } from '../blocks.js';
import { shown } from '../limits.js';
import { code, count, outside, signs } from '../text.js';
import { gateWords, repositoryName } from './parts.js';

/** One reply for all fixes of a run, a line each, edited as they end. */
export function fixesMessage(run: Run): MessageView | null {
  const { fixes, integration } = run.progress;
  if (fixes.length === 0) return null;
  const name = repositoryName(run.repository);
  const fixed = fixes.filter(({ status }) => status === 'fixed').length;
  const open = fixes.filter(({ status }) => status === 'waiting' || status === 'working').length;
  const failed = fixes.length - fixed - open;
  const headline = [`${fixed} of ${fixes.length} fixed`, open > 0 && `${open} to go`, failed > 0 && `${failed} not`]
    .filter(Boolean)
    .join(', ');
  const { first, rest } = mostTelling(fixes);
  const more = rest.length > 0 ? [`… ${rest.length} more: ${rest.filter(({ status }) => status === 'fixed').length} fixed`] : [];
  const together =
    integration && integration.gates.length > 0
      ? [
          context(
            `${integration.passed ? signs.done : signs.failed} together on ${code(integration.head.slice(0, 7))}: ${gateWords(integration.gates)}`,
          ),
        ]
      : [];
  return {
    text: `${name}: ${headline}`,
    blocks: [
      section(`*${name}* · ${headline}`),
      ...lines([...first.map((fix) => fixLine(fix)), ...more]),
      ...together,
      ...(failed > 0 || rest.length > 0 ? [actions(button(failed > 0 ? 'Show reasons' : 'Show all', actionIds.fixes, run.id))] : []),
    ],
  };
}

/** When there are too many to show, those that were not fixed come first. */
function mostTelling(fixes: FixProgress[]): { first: FixProgress[]; rest: FixProgress[] } {
  if (fixes.length <= shown.fixesInReply) return { first: fixes, rest: [] };
  const rank = ({ status }: FixProgress) => ['not_fixed', 'taken_out', 'needs_approval', 'working', 'fixed', 'waiting'].indexOf(status);
  const sorted = fixes.toSorted((a, b) => rank(a) - rank(b));
  return { first: sorted.slice(0, shown.fixesInReply), rest: sorted.slice(shown.fixesInReply) };
}

/** `✓ MHV-012 fixed · ruff, 1 file, +6 −2 · fast ✓ tests 214 ✓` */
export function fixLine(fix: FixProgress, reasonLength = 120): string {
  const id = code(fix.issueId, 30);
  const work = `${fix.fixer ? `${outside(fix.fixer, 40)}, ` : ''}${count(fix.files, 'file')}, +${fix.added} −${fix.removed}`;
  const gates = gateWords(fix.gates.slice(0, 4));
  const judged = gates ? ` · ${gates}` : '';
  const reason = outside(fix.reason ?? 'no reason given', reasonLength);
  switch (fix.status) {
    case 'waiting':
      return `${signs.waiting} ${id} waiting · ${outside(fix.title, 80)}`;
    case 'working':
      return `${signs.running} ${id} being fixed · ${outside(fix.title, 80)}`;
    case 'fixed':
      return `${signs.done} ${id} fixed · ${work}${judged}`;
    case 'needs_approval':
      return `${signs.look} ${id} needs approval · ${work} · ${fix.reason ? reason : 'high-risk files'}${judged}`;
    case 'not_fixed':
      return `${signs.failed} ${id} not fixed · ${reason} · rolled back${judged}`;
    case 'taken_out':
      return `${signs.failed} ${id} taken out · passed alone, broke the whole: ${reason}`;
  }
}
