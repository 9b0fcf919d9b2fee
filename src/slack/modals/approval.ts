import type { ModalView } from '@slack/types';
import type { Approval } from '../../approvals/approval.js';
import { viewIds } from '../action-ids.js';
import { plainText, section } from '../blocks.js';
import { limits } from '../limits.js';
import { outside } from '../text.js';
import { subject } from '../views/approval.js';
import { repositoryName } from '../views/parts.js';
import { type Carried, reading, readingText } from './parts.js';

/** Rejecting asks for a reason (AP-7). */
export function rejectModal(approval: Approval): ModalView {
  const carried: Carried = { approvalId: approval.id };
  return {
    type: 'modal',
    callback_id: viewIds.reject,
    private_metadata: JSON.stringify(carried),
    title: plainText('Reject', limits.viewTitle),
    submit: plainText('Reject', limits.viewTitle),
    close: plainText('Back', limits.viewTitle),
    blocks: [
      section(`*${repositoryName(approval.repository)}* · ${subject(approval)}`),
      {
        type: 'input',
        block_id: 'reason',
        label: plainText('Why?', 200),
        hint: plainText('Shown in the thread, to who asked for it.', 200),
        element: { type: 'plain_text_input', action_id: 'value', multiline: true, min_length: 2, max_length: 500 },
      },
    ],
  };
}

/** `Edit version…`: an exact version in place of the options. */
export function versionModal(approval: Approval): ModalView {
  const carried: Carried = { approvalId: approval.id };
  const { shown } = approval;
  const [current, suggested] = shown.type === 'version_bump' ? [shown.current, shown.suggested] : ['?', '?'];
  return {
    type: 'modal',
    callback_id: viewIds.version,
    private_metadata: JSON.stringify(carried),
    title: plainText('Edit version', limits.viewTitle),
    submit: plainText('Approve', limits.viewTitle),
    close: plainText('Back', limits.viewTitle),
    blocks: [
      section(`*${repositoryName(approval.repository)}* is at ${outside(current, 60)}; the commits suggest ${outside(suggested, 60)}.`),
      {
        type: 'input',
        block_id: 'version',
        label: plainText('Next version', 200),
        hint: plainText('Such as 2.5.0 or 2.5.0-rc.1. Approves the bump to exactly this version.', 200),
        element: { type: 'plain_text_input', action_id: 'value', min_length: 1, max_length: 100, initial_value: suggested.slice(0, 100) },
      },
    ],
  };
}

export function diffModal(approval: Approval): ModalView {
  const diff = approval.shown.type === 'high_risk_fix' ? approval.shown.diff : '';
  return reading('Diff', /\S/.test(diff) ? readingText(diff) : [section('There is no diff to show.')]);
}
