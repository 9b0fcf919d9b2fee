import type { OpenIssue } from '../../bot.js';
import { shown } from '../limits.js';
import { code, outside } from '../text.js';

const priorities = ['P0', 'P1', 'P2'] as const;

/** `2 P0 · 4 P1` */
export function counts(issues: readonly OpenIssue[]): string {
  const of = (priority: string) => issues.filter((issue) => issue.priority === priority).length;
  return priorities
    .filter((priority) => of(priority) > 0)
    .map((priority) => `${of(priority)} ${priority}`)
    .join(' · ');
}

/** `P0 MHV-012 URL from a request is fetched unchecked` */
export function issueLine({ id, title, priority, status }: OpenIssue): string {
  const state = status === 'in_progress' ? ' · being fixed' : status === 'blocked' ? ' · blocked' : '';
  return `${priority} ${code(id, 30)} ${outside(title, shown.title)}${state}`;
}

/** The repository with the most urgent issues first; an issue of two repositories stands under both. */
export function byRepository(issues: readonly OpenIssue[]): { repository: string; issues: OpenIssue[] }[] {
  const groups = new Map<string, OpenIssue[]>();
  for (const issue of issues) {
    for (const repository of issue.repositories.length > 0 ? new Set(issue.repositories) : ['']) {
      const group = groups.get(repository);
      if (group) group.push(issue);
      else groups.set(repository, [issue]);
    }
  }
  const urgency = (all: OpenIssue[]) => priorities.map((wanted) => all.filter(({ priority }) => priority === wanted).length);
  return [...groups]
    .map(([repository, its]) => ({ repository, issues: its, urgency: urgency(its) }))
    .sort((a, b) => {
      const at = a.urgency.findIndex((n, index) => n !== b.urgency[index]);
      return at < 0 ? a.repository.localeCompare(b.repository) : b.urgency[at]! - a.urgency[at]!;
    })
    .map(({ repository, issues: its }) => ({ repository, issues: its }));
}
