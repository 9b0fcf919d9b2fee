/** Ids of everything that can be pressed. Messages live longer than processes, so an id is never given a new meaning. */
export const actionIds = {
  fixP0: 'run.fix_p0',
  details: 'run.details',
  done: 'run.done',
  cancel: 'run.cancel',
  show: 'run.show',
  fixes: 'run.fixes',
  approve: 'approval.approve',
  reject: 'approval.reject',
  more: 'approval.more',
  diff: 'approval.diff',
  askAgain: 'approval.ask_again',
  finding: 'details.finding',
  page: 'details.page',
  startReview: 'home.review',
  issues: 'home.issues',
} as const;

/** `approval.approve.0`, `approval.approve.1`, …: ids are unique within a block. */
export const approveIds = /^approval\.approve\.\d+$/;
/** `details.page.0` (earlier) and `details.page.1` (later). */
export const pageIds = /^details\.page\.[01]$/;

export const viewIds = {
  review: 'review.form',
  details: 'details',
  contest: 'details.contest',
  reject: 'approval.reject',
  version: 'approval.version',
  issue: 'issue.form',
  reading: 'reading',
} as const;

export const shortcutIds = { makeIssue: 'issue.make' } as const;

/** A button's value: an opaque id, then what of it is meant. It names the question and proves no right. */
export const joinValue = (id: string, what: string) => `${id} ${what}`;

export function splitValue(value: string | undefined): { id: string; what: string } {
  const [id = '', ...rest] = (value ?? '').split(' ');
  return { id, what: rest.join(' ') };
}
