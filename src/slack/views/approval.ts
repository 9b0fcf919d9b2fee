import type { KnownBlock } from '@slack/types';
import type { Approval, ApprovalOption } from '../../approvals/approval.js';
import { actionIds, joinValue } from '../action-ids.js';
import { actions, button, confirm, context, lines, type MessageView, menu, section } from '../blocks.js';
import { shown } from '../limits.js';
import { approver, code, count, deadline, duration, type GroupIds, oneLine, outside, person, shorten, signs, time } from '../text.js';
import { repositoryName } from './parts.js';

export interface ApprovalContext {
  /** Whether it expired and can be asked again. */
  canAskAgain: boolean;
  groups: GroupIds;
  /** False where approvers were told already. */
  ping?: boolean;
}

/** A question with its buttons; once it is answered, the same without them. */
export function approvalMessage(approval: Approval, { canAskAgain, groups, ping = true }: ApprovalContext): MessageView {
  const name = repositoryName(approval.repository);
  const head: KnownBlock[] = [
    section(`*${question(approval)}*${approval.status === 'pending' && ping ? `     ${mentions(approval, groups)}` : ''}`),
    context(
      `asked by ${person(approval.requestedBy)} · run ${code(approval.runId, 60)}${approval.status === 'pending' ? ` · expires ${deadline(approval)}` : ''}`,
    ),
    ...facts(approval),
  ];
  if (approval.status === 'pending')
    return {
      text: `${name}: approval wanted for ${subject(approval)}, expires ${deadline(approval)}`,
      blocks: [...head, buttons(approval), context(`may approve: ${rule(approval, groups)}`)],
    };
  const ending = decisionLine(approval);
  return {
    text: `${name}: ${subject(approval)}: ${ending}`,
    blocks: [
      ...head,
      section(ending),
      ...(canAskAgain ? [actions(button('Ask again', actionIds.askAgain, approval.id, { style: 'primary' }))] : []),
    ],
  };
}

function question({ repository, shown: what }: Approval): string {
  const name = repositoryName(repository);
  switch (what.type) {
    case 'version_bump':
      return `Next version of ${name}?`;
    case 'publish':
      return `Publish ${name} ${outside(what.version, 60)}?`;
    case 'high_risk_fix':
      return `Accept a high-risk fix in ${name}?`;
    case 'budget':
      return `Go on with ${name} beyond its budget?`;
    case 'self_improvement':
      return `Change Mahavishnu itself?`;
  }
}

/** What is asked for, for one line. */
export function subject({ shown: what }: Approval): string {
  switch (what.type) {
    case 'version_bump':
      return `version ${outside(what.suggested, 60)}`;
    case 'publish':
      return `the publication of ${outside(what.version, 60)}`;
    case 'high_risk_fix':
      return `a high-risk fix of ${outside(what.issueId, 30)}`;
    case 'budget':
      return 'more budget';
    case 'self_improvement':
      return `self-improvement: ${outside(what.description, 80)}`;
  }
}

function facts({ shown: what }: Approval): KnownBlock[] {
  switch (what.type) {
    case 'version_bump':
      return [
        section(`${outside(what.current, 60)} → *${outside(what.suggested, 60)}*   ${outside(what.reason, shown.reason)}`),
        context(
          `gates on ${code(what.commit.slice(0, 7))} (${code(what.branch, 60)}): ${outside(what.gates, 300) || `${signs.look} unknown`}`,
          `+${what.diff.added} −${what.diff.removed} in ${count(what.diff.files, 'file')}`,
        ),
      ];
    case 'publish':
      return [
        context(
          `commit ${code(what.commit.slice(0, 7))} on ${code(what.branch, 60)} · ${artefacts(what.artefacts)}`,
          `dry publication: ${outside(what.dryPublication, shown.reason) || `${signs.look} unknown`}`,
          ...what.registry.slice(0, 6).map((line) => outside(line, 200) || '—'),
        ),
      ];
    case 'high_risk_fix':
      return [
        ...lines([
          `${code(what.issueId, 30)} ${outside(what.title, shown.title)}`,
          `touches ${
            what.files
              .slice(0, 5)
              .map((file) => code(file, shown.path))
              .join(', ') || 'no file'
          }${what.files.length > 5 ? ` and ${what.files.length - 5} more` : ''}`,
        ]),
        context(`commit ${code(what.commit.slice(0, 7))}`),
      ];
    case 'budget':
      return [section(`used ${outside(what.used, 100)} of ${outside(what.limit, 100)}`)];
    case 'self_improvement':
      return [section(outside(what.description, 600) || '—')];
  }
}

function artefacts(all: { name: string; bytes: number; sha256: string }[]): string {
  if (all.length === 0) return 'no package';
  const named = all
    .slice(0, 3)
    .map(({ name, bytes, sha256 }) => `${outside(name, 80)} ${size(bytes)}, sha256 ${code(`${sha256.slice(0, 8)}…`)}`);
  return named.join(', ') + (all.length > 3 ? ` and ${all.length - 3} more` : '');
}

const size = (n: number) => (n < 1000 ? `${n} B` : n < 1_000_000 ? `${Math.round(n / 1000)} kB` : `${(n / 1_000_000).toFixed(1)} MB`);

function buttons(approval: Approval) {
  const options = approval.options.slice(0, shown.options);
  let primary = false;
  const approve = options.map((option, at) => {
    const marked = option.recommended && !primary;
    primary ||= marked;
    return button(option.label, `${actionIds.approve}.${at}`, joinValue(approval.id, option.value), {
      ...(marked ? { style: 'primary' as const } : {}),
      confirm: confirm(`${option.label}?`, consequence(approval, option), option.label),
    });
  });
  const more = [
    ...(approval.type === 'version_bump' ? [{ label: 'Edit version…', value: joinValue(approval.id, 'version') }] : []),
    ...(approval.extensions < approval.policy.extendable.times
      ? [{ label: `Extend ${duration(approval.policy.extendable.byMs)}`, value: joinValue(approval.id, 'extend') }]
      : []),
  ];
  return actions(
    ...(approval.shown.type === 'high_risk_fix' ? [button('View diff', actionIds.diff, approval.id)] : []),
    ...approve,
    button('Reject…', actionIds.reject, approval.id, { style: 'danger' }),
    ...(more.length > 0
      ? [
          menu(
            actionIds.more,
            more.map(({ label, value }) => ({ label, value })),
          ),
        ]
      : []),
  );
}

function consequence({ repository, shown: what }: Approval, { description, value }: ApprovalOption): string {
  const version = what.type === 'version_bump' ? what.versions[value] : undefined;
  return shorten(oneLine(`${repository}${version ? `, version ${version}` : ''}: ${description || value}`), 200);
}

/** Approvers are mentioned here once; the rule below repeats them without a ping. */
function mentions({ policy }: Approval, groups: GroupIds): string {
  return policy.approvers
    .slice(0, 10)
    .map((who) => approver(who, groups))
    .join(' ');
}

function rule({ policy, requestedBy }: Approval, groups: GroupIds): string {
  const named = policy.approvers.slice(0, 10).map((who) => (groups.has(who) ? outside(who, 60) : approver(who, groups)));
  const who = named.join(', ') || `${signs.look} nobody`;
  const but = policy.fourEyes ? ` (not ${person(requestedBy)})` : '';
  return `${who}${but} · ${policy.quorum === 1 ? '0 of 1' : `${policy.quorum} approvals needed`}`;
}

/** `✓ 2.4.1 approved by @ravi at 15:20`; also the answer to a late click. */
export function decisionLine(approval: Approval): string {
  const who = approval.decidedBy ? person(approval.decidedBy) : 'Mahavishnu';
  const when = time(approval.decidedAt ?? approval.deadline);
  switch (approval.status) {
    case 'pending':
      return `${signs.waiting} open until ${deadline(approval)}`;
    case 'approved':
      return approval.choice === 'skip'
        ? `${signs.waiting} skipped by ${who} at ${when}, nothing is released`
        : `${signs.done} ${chosen(approval)} approved by ${who} at ${when}${approval.reason ? `: “${outside(approval.reason, shown.reason)}”` : ''}`;
    case 'rejected':
      return `${signs.failed} rejected by ${who} at ${when}${approval.reason ? `: “${outside(approval.reason, shown.reason)}”` : ''}`;
    case 'expired':
      return `${signs.look} expired at ${deadline(approval)}, ${afterExpiry(approval)}`;
    case 'void':
      return `${signs.look} void since ${when}: ${outside(approval.reason ?? 'what it showed has changed, or the run was cancelled', shown.reason)}`;
  }
}

function chosen({ shown: what, options, choice, type }: Approval): string {
  const named = outside(options.find(({ value }) => value === choice)?.label ?? choice ?? type.replaceAll('_', ' '), 80);
  if (what.type === 'version_bump') return outside((choice && what.versions[choice]) ?? choice ?? what.suggested, 80);
  if (what.type === 'publish') return `${outside(what.version, 60)}, ${named},`;
  return named;
}

function afterExpiry({ onTimeout, type }: Approval): string {
  const nothing = type === 'version_bump' || type === 'publish' ? 'nothing was released' : 'nothing was changed';
  return onTimeout === 'halt' ? `${nothing}, the run is cancelled` : onTimeout === 'deny' ? `${nothing}, which counts as a no` : nothing;
}
