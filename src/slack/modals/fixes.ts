import type { ModalView } from '@slack/types';
import type { Run } from '../../bot.js';
import { lines, section } from '../blocks.js';
import { fixLine } from '../views/fixes.js';
import { repositoryName } from '../views/parts.js';
import { reading } from './parts.js';

const rank = { not_fixed: 0, taken_out: 1, needs_approval: 2, working: 3, waiting: 4, fixed: 5 } as const;
const most = 200;

/** All fixes of a run with the whole reasons of those that failed. */
export function fixesModal(run: Run): ModalView {
  const { fixes } = run.progress;
  const sorted = fixes.toSorted((a, b) => rank[a.status] - rank[b.status]);
  const more = sorted.length > most ? [`… ${sorted.length - most} more`] : [];
  return reading('Fixes', [
    section(`*${repositoryName(run.repository)}* · ${fixes.length} in this run`),
    ...lines([...sorted.slice(0, most).map((fix) => fixLine(fix, 600)), ...more]),
  ]);
}
