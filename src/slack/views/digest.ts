import type { Digest } from '../../schedules/digest.js';
import { context, type MessageView, section } from '../blocks.js';
import { count, dayAndTime, outside, plain } from '../text.js';

/** What changed in a group of repositories since the last digest; only made when something did (SC-3). */
export function digestView(target: string, digest: Digest): MessageView {
  const { open, fixed, created, reopened, waiting, next, since } = digest;
  const name = target === 'all' ? 'all repositories' : target.replace(/^tag:/, 'repositories tagged ');
  const total = open.P0 + open.P1 + open.P2;
  const numbers = `open ${total}: P0 ${open.P0} · P1 ${open.P1} · P2 ${open.P2}      fixed ${fixed} · new ${created} · reopened ${reopened}`;
  const blocks = [
    section(`*${outside(name, 200)}*${since ? ` · since ${dayAndTime(since)}` : ''}\n${numbers}`),
    ...(waiting.length > 0
      ? [
          section(
            waiting
              .slice(0, 10)
              .map(
                (one) =>
                  `○ waiting: ${one.type.replaceAll('_', ' ')} of ${outside(one.repository, 60)}, ${outside(one.approvers.join(', '), 120)}, since ${dayAndTime(one.since)}`,
              )
              .join('\n'),
          ),
        ]
      : []),
    ...(next.length > 0
      ? [
          context(
            `worth doing next: ${next.map((issue) => `${outside(issue.id, 20)} ${outside(issue.repository, 60)} ${outside(issue.title, 80)}`).join(' · ')}`,
          ),
        ]
      : []),
  ];
  const text = plain(
    `${name}: ${count(total, 'issue')} open (${open.P0} P0), ${fixed} fixed, ${created} new, ${waiting.length} waiting for approval`,
    1_000,
  );
  return { text, blocks };
}
