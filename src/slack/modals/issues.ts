import type { ModalView } from '@slack/types';
import type { OpenIssue } from '../../bot.js';
import { actionIds, joinValue } from '../action-ids.js';
import { actions, button, context, lines, section } from '../blocks.js';
import { shown } from '../limits.js';
import { count, outside } from '../text.js';
import { counts, issueLine } from '../views/issues.js';
import { repositoryName } from '../views/parts.js';
import { reading } from './parts.js';

/** The open issues of one repository; `canReview`: it is one that can be reviewed, by this person. */
export function issuesModal(repository: string, issues: readonly OpenIssue[], canReview: boolean): ModalView {
  const left = issues.length - shown.issuesInModal;
  const name = repositoryName(repository) || 'no repository';
  return reading('Open issues', [
    section(`*${name}* · ${issues.length > 0 ? `${count(issues.length, 'open issue')}: ${counts(issues)}` : 'no open issue (any more)'}`),
    ...(canReview ? [actions(button('Review and fix…', actionIds.startReview, joinValue('all', repository)))] : []),
    ...lines(
      issues.slice(0, shown.issuesInModal).map((issue) => {
        const description = outside(issue.description, shown.reason);
        return `${issueLine(issue)}${description ? `\n${description}\n` : ''}`;
      }),
    ),
    ...(left > 0 ? [context(`… ${left} more, in the file of issues`)] : []),
  ]);
}
