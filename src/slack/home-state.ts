import type { Approval } from '../approvals/approval.js';
import type { Bot, OpenIssue, Run, UpcomingSchedule } from '../bot.js';
import { isBotError } from '../errors.js';
import type { Actor } from '../runs/run.js';
import { shown } from './limits.js';
import type { GroupIds } from './text.js';
import type { HomeState } from './views/home.js';

/** What every Home tab shows, whoever looks. */
export interface HomeNews {
  pending: Approval[];
  runs: Run[];
  issues: OpenIssue[] | { problem: string };
  schedules: UpcomingSchedule[];
  groups: GroupIds;
}

/** More runs than this under way are counted as so many. */
const mostRunning = 200;

export async function loadNews(bot: Bot, groupIds: (handles: string[]) => Promise<GroupIds>): Promise<HomeNews> {
  const [pending, running, last, issues] = await Promise.all([
    bot.approvals({ status: 'pending' }),
    bot.runs({ active: true, limit: mostRunning }),
    bot.runs({ limit: 20 + shown.home.ended }),
    // A file that people edit may be broken for a while; the rest of the tab is still of use.
    bot.openIssues().catch((error: unknown) => {
      if (isBotError(error)) return { problem: error.message };
      throw error;
    }),
  ]);
  const handles = [...new Set(pending.flatMap(({ policy }) => policy.approvers).filter((who) => who.startsWith('@')))];
  return {
    pending: pending.toSorted((a, b) => a.deadline.getTime() - b.deadline.getTime()),
    // A run may have ended between the two questions: it stands here once, as it is in the later answer.
    runs: [...new Map([...last, ...running].map((run) => [run.id, run])).values()].sort(
      (a, b) => b.createdAt.getTime() - a.createdAt.getTime(),
    ),
    issues,
    schedules: bot.upcomingSchedules(),
    groups: handles.length > 0 ? await groupIds(handles).catch(() => new Map()) : new Map(),
  };
}

/** The same as one person sees it. */
export async function homeOf(user: Actor, { pending, runs, issues, schedules, groups }: HomeNews, bot: Bot): Promise<HomeState> {
  const [mayDecide, mayReview] = await Promise.all([
    Promise.all(pending.map((approval) => bot.mayDecide(approval, user))),
    bot.authorise(user, 'review').then(
      () => true,
      () => false,
    ),
  ]);
  return {
    mine: pending.filter((_, at) => mayDecide[at]),
    others: pending.filter((_, at) => !mayDecide[at]),
    running: runs.filter((run) => run.progress.end === null),
    ended: runs.filter((run) => run.progress.end !== null),
    issues,
    schedules,
    mayReview,
    groups,
  };
}
