import type { ModalView } from '@slack/types';
import type { TrackedFinding } from '../../bot.js';
import { viewIds } from '../action-ids.js';
import { plainText, section } from '../blocks.js';
import { limits, shown } from '../limits.js';
import { code, outside } from '../text.js';
import { place } from '../views/summary.js';
import type { Carried } from './parts.js';

/** `Wrong…`: why a finding is none, and for how long it does not count (RV-9). `page`: where the details below stand. */
export function contestModal(runId: string, { finding, issueId }: TrackedFinding, page: number, daysAtMost: { day: string }): ModalView {
  const carried: Carried = { runId, findingId: finding.id, page };
  return {
    type: 'modal',
    callback_id: viewIds.contest,
    private_metadata: JSON.stringify(carried),
    title: plainText('Wrong finding', limits.viewTitle),
    submit: plainText('Contest', limits.viewTitle),
    close: plainText('Back', limits.viewTitle),
    blocks: [
      section(
        `*${finding.priority}* ${code(issueId ?? finding.id, 30)} ${outside(finding.title, shown.title)}\n${place(finding)} · ${code(finding.rule, 80)}`,
      ),
      {
        type: 'input',
        block_id: 'reason',
        label: plainText('Why is it wrong?', 200),
        hint: plainText('Shown to everybody in the thread, kept with the issue.', 200),
        element: { type: 'plain_text_input', action_id: 'value', multiline: true, min_length: 3, max_length: 500 },
      },
      {
        type: 'input',
        block_id: 'until',
        label: plainText('Until', 200),
        hint: plainText('After this day it counts again when it is still found.', 200),
        element: { type: 'datepicker', action_id: 'value', initial_date: daysAtMost.day },
      },
    ],
  };
}
