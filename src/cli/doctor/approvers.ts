import type { Settings } from '../../settings/load.js';
import type { ApprovalPolicy, ApprovalType } from '../../settings/schema.js';
import { type Check, fine, warning } from './check.js';

/** The types this version asks for. */
const asked = ['version_bump', 'publish', 'high_risk_fix'] as const satisfies ApprovalType[];

/** Who could approve, as far as the settings tell (SE-2); says when nobody could. */
export function checkApprovers(settings: Settings): Check[] {
  return asked.map((type) => {
    const name = `approvals of ${type.replaceAll('_', ' ')}`;
    const policy = settings.approvals[type];
    const { words, most, local } = whoOf(policy, settings);
    const advice = `Name more people under approvals.${type}.approvers or roles.admin, or ask for fewer with quorum.`;
    if (most < policy.quorum) return warning(name, `nobody could: ${words}`, advice);
    if (policy.fourEyes && local && most === 1) {
      return warning(
        name,
        `only who sits at this machine's terminal, and not for a run asked for there (four eyes)`,
        `Connect Slack, or set approvals.${type}.four_eyes to false where one person works alone.`,
      );
    }
    return fine(name, `${words}${policy.fourEyes ? ', not who asked for it' : ''}${policy.quorum > 1 ? `, ${policy.quorum} of them` : ''}`);
  });
}

/** `most`: how many people it could be at most; a group and the workspace's own admins are taken for any number. */
function whoOf({ approvers }: ApprovalPolicy, { roles, secrets }: Settings): { words: string; most: number; local: boolean } {
  const slack = secrets.has('SLACK_BOT_TOKEN');
  const seen = new Set<string>();
  const expand = (principal: string): string[] => {
    if (principal !== 'admin' && principal !== 'operator' && principal !== 'viewer') return [principal];
    if (seen.has(principal)) return [];
    seen.add(principal);
    const above = { admin: [], operator: ['admin'], viewer: ['admin', 'operator'] }[principal];
    const own = principal === 'viewer' ? (roles.viewer === 'everyone' ? ['everyone'] : roles.viewer) : roles[principal];
    return [...own, ...above].flatMap(expand);
  };
  const people = new Set(approvers.flatMap(expand));
  const byRole = seen.size > 0;
  if (byRole && roles.admin.length === 0 && slack) people.add("the workspace's admins");
  const named = [...people];
  const reachable = slack ? named : named.filter((who) => who === 'everyone');
  const many = reachable.some((who) => who === 'everyone' || who.startsWith('@') || /^S[A-Z0-9]{2,}$/.test(who) || who.includes(' '));
  const terminal = byRole ? 1 : 0; // The account at the terminal of the state folder is an admin.
  const words = [...(reachable.length > 0 ? reachable : []), ...(terminal ? ["this machine's terminal"] : [])];
  const unreachable = named.filter((who) => !reachable.includes(who));
  return {
    words: words.length > 0 ? words.join(', ') : `${unreachable.join(', ')} can only be asked in Slack, and no SLACK_BOT_TOKEN is set`,
    most: many ? Number.POSITIVE_INFINITY : reachable.length + terminal,
    local: terminal === 1 && reachable.length === 0,
  };
}
