import type { Settings } from './load.js';
import type { ApprovalPolicy, ApprovalType } from './schema.js';

/** The policy of a type of approval in a repository: what the repository's entry says, else the settings of the type. */
export function approvalPolicy(settings: Pick<Settings, 'approvals' | 'repos'>, repo: string, type: ApprovalType): ApprovalPolicy {
  const own = settings.repos.find(({ name }) => name === repo)?.approvals[type];
  const given = Object.entries(own ?? {}).filter(([, value]) => value !== undefined);
  return { ...settings.approvals[type], ...Object.fromEntries(given) };
}
