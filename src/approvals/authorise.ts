import type { Directory } from '../bot.js';
import type { Actor } from '../runs/run.js';
import type { Approval } from './approval.js';

/** Members of a role as settings name them: users (`U123`, `local:dana`) and groups (`@platform`). */
export type Roles = Readonly<Record<'admin' | 'operator' | 'viewer', readonly string[]>>;

/**
 * Whether this person may decide, and if not, the line they are told (AP-4). Never throws: a membership lookup that
 * fails denies, and says so.
 */
export async function mayDecide(
  approval: Pick<Approval, 'policy' | 'requestedBy'>,
  actor: Actor,
  { roles, directory }: { roles: Roles; directory: Directory },
): Promise<{ allowed: true } | { allowed: false; why: string }> {
  const { approvers, fourEyes } = approval.policy;
  const only = `Only ${approvers.join(', ')} may approve this${fourEyes ? ', and not who asked for it' : ''}.`;
  if (fourEyes && isSame(actor, approval.requestedBy)) return { allowed: false, why: only };
  let failure: unknown = null;
  for (const approver of approvers) {
    try {
      if (await isNamedBy(approver, actor, { roles, directory })) return { allowed: true };
    } catch (error) {
      failure = error;
    }
  }
  if (failure) return { allowed: false, why: `I could not look up who may approve this, so nothing was decided. Try again in a minute.` };
  return { allowed: false, why: only };
}

/** `name`: a role, a group (`@release-team`), a Slack user (`U123`) or a local account (`local:dana`). */
export async function isNamedBy(
  name: string,
  actor: Actor,
  { roles, directory }: { roles: Roles; directory: Directory },
): Promise<boolean> {
  if (name === 'everyone') return actor.kind === 'slack' || actor.kind === 'local';
  if (name === 'admin' || name === 'operator' || name === 'viewer') return hasRole(name, actor, { roles, directory });
  if (name.startsWith('local:')) return actor.kind === 'local' && actor.id === name.slice('local:'.length);
  if (actor.kind !== 'slack') return false;
  if (name.startsWith('@')) return directory.isMemberOf(name.slice(1), actor.id);
  return name === actor.id;
}

/** Each role includes the ones below. A workspace's own admins, and the account at the terminal of the state folder, are admins. */
export async function hasRole(
  role: keyof Roles,
  actor: Actor,
  { roles, directory }: { roles: Roles; directory: Directory },
): Promise<boolean> {
  const sufficient = { admin: ['admin'], operator: ['admin', 'operator'], viewer: ['admin', 'operator', 'viewer'] } as const;
  for (const name of sufficient[role].flatMap((each) => roles[each])) {
    if (name !== role && (await isNamedBy(name, actor, { roles, directory }))) return true;
  }
  if (actor.kind === 'local') return true;
  return actor.kind === 'slack' && roles.admin.length === 0 && (await directory.isWorkspaceAdmin(actor.id));
}

export function isSame(a: Actor, b: Actor): boolean {
  return a.kind === b.kind && a.id === b.id;
}
