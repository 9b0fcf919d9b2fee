import type { Settings } from '../../settings/load.js';
import { type Check, failed, fine } from './check.js';

/** Only whether they are there: a token is proved by starting, and is never shown. */
export function checkSlack({ slack, secrets }: Pick<Settings, 'slack' | 'secrets'>): Check[] {
  const needed = ['SLACK_BOT_TOKEN', slack.mode === 'socket' ? 'SLACK_APP_TOKEN' : 'SLACK_SIGNING_SECRET'] as const;
  const missing = needed.filter((name) => !secrets.has(name));
  if (missing.length === 0) return [fine('slack', `${needed.join(' and ')} are set, ${slack.mode} mode`)];
  if (missing.length === needed.length) return [fine('slack', 'no tokens are set, so mahavishnu start opens the local workspace')];
  return [failed('slack', `${missing.join(' and ')} is not set, needed in ${slack.mode} mode`, 'Set it, or a file with it as NAME_FILE.')];
}
