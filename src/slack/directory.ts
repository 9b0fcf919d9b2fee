import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import type { Directory } from '../bot.js';
import { bounded } from './bounded.js';
import type { GroupIds } from './text.js';

const Groups = z.object({ usergroups: z.array(z.object({ id: z.string(), handle: z.string() })) });
const Members = z.object({ users: z.array(z.string()) });
const UserInfo = z.object({
  user: z.object({
    deleted: z.boolean().default(false),
    is_admin: z.boolean().default(false),
    is_owner: z.boolean().default(false),
  }),
});

/** As long as a right may outlive its withdrawal. */
const freshForMs = 30_000;
/** A click waits for this, and Slack waits 3 s for the click. */
const answersWithinMs = 1500;

export interface WorkspaceDirectory extends Directory {
  /** Ids of groups by handle, `@` included; what is unknown is left out. */
  groupIds(handles: string[]): Promise<GroupIds>;
}

/** Who is who in the workspace. A lookup that fails or takes too long throws: then nobody gets a right by it (AP-4). */
export function createDirectory(client: WebClient, now: () => number = Date.now): WorkspaceDirectory {
  const cache = new Map<string, { at: number; answer: Promise<unknown> }>();
  const lookUp = <T>(key: string, ask: () => Promise<T>): Promise<T> => {
    const known = cache.get(key);
    if (known && now() - known.at < freshForMs) return known.answer as Promise<T>;
    const answer = bounded(ask(), { ms: answersWithinMs, service: 'Slack', advice: 'Try again in a minute.' });
    cache.set(key, { at: now(), answer });
    // A failure is not kept: the next question is asked anew.
    answer.catch(() => cache.delete(key));
    if (cache.size > 5000) for (const [old, { at }] of cache) if (now() - at >= freshForMs) cache.delete(old);
    return answer;
  };
  const groups = () => lookUp('groups', async () => Groups.parse(await client.usergroups.list({})).usergroups);

  let known: z.infer<typeof Groups>['usergroups'] = [];
  let failedAt = Number.NEGATIVE_INFINITY;

  return {
    async isMemberOf(group, userId) {
      const handle = group.replace(/^@/, '');
      const found = (await groups()).find((each) => each.id === handle || each.handle === handle);
      if (!found) throw new Error(`there is no user group "${handle}" in the workspace`);
      const members = await lookUp(
        `members:${found.id}`,
        async () => Members.parse(await client.usergroups.users.list({ usergroup: found.id })).users,
      );
      return members.includes(userId);
    },
    async isWorkspaceAdmin(userId) {
      const { user } = await lookUp(`user:${userId}`, async () => UserInfo.parse(await client.users.info({ user: userId })));
      return !user.deleted && (user.is_admin || user.is_owner);
    },
    async groupIds(handles) {
      // Only for display, so what was known last is good enough; a message must not wait, nor change, with every failure.
      if (now() - failedAt >= freshForMs) {
        try {
          known = await groups();
        } catch {
          failedAt = now();
        }
      }
      const all = known;
      return new Map(
        handles.flatMap((handle) => {
          const found = all.find((each) => each.handle === handle.replace(/^@/, ''));
          return found ? [[handle, found.id] as const] : [];
        }),
      );
    },
  };
}
