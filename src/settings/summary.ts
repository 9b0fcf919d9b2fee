import { formatDuration } from './duration.js';
import type { Settings } from './load.js';
import { approvalTypes } from './schema.js';

/** What `settings check` prints: where it was read, what it says in short, and which secrets are set (never their values). */
export function settingsSummary(settings: Settings): string {
  const { slack, limits, pools, approvals, schedules, release, repos, secrets } = settings;
  const rows: [string, string][] = [
    ['settings', `${settings.folder} (${settings.origin})`],
    ['slack', `${slack.mode} mode, home channel ${slack.homeChannel ?? 'not set'}`],
    ['limits', `${limits.maxConcurrentWorkflows} workflows at once; a run ${limits.run.minutes} min, ${limits.run.usd} USD`],
    ['pools', list(Object.entries(pools).map(([name, { workers }]) => `${name} ${workers}`))],
    ...approvalTypes.map((type): [string, string] => {
      const { approvers, quorum, fourEyes, expiresIn, onTimeout } = approvals[type];
      const eyes = fourEyes ? ', four eyes' : '';
      return [type, `${approvers.join(' ')}, ${quorum} needed${eyes}, expires in ${formatDuration(expiresIn)}, then ${onTimeout}`];
    }),
    ['schedules', list(Object.entries(schedules).map(([name, { cron, zone }]) => `${name} "${cron}" ${zone}`))],
    ['registries', list(Object.entries(release.registries).map(([name, { kind, url }]) => `${name} ${url ?? kind}`))],
    ['repositories', list(repos.map(({ name }) => name))],
    ['secrets set', list(secrets.names())],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

function list(items: string[]): string {
  const shown = items.slice(0, 12).join(', ');
  if (items.length === 0) return 'none';
  return items.length > 12 ? `${shown} and ${items.length - 12} more` : shown;
}
