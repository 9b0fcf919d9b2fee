import type { Bot } from '../../bot.js';
import { InvalidRequest } from '../../errors.js';
import type { Actor, RunRequest } from '../../runs/run.js';
import { allowed, recorded } from '../bounded.js';
import type { ReviewCommand } from '../commands/review.js';
import { code, shorten } from '../text.js';
import type { Doors } from './parts.js';

interface Asking {
  review: ReviewCommand;
  channel: string;
  actor: Actor;
  /** What Slack calls the request: a redelivery has the same, so nothing is started twice. */
  trigger: string;
}

export interface Recorded {
  runIds: string[];
  /** For the person, when there is more to say than the thread will. mrkdwn. */
  note: string | null;
}

/** The first of three steps (SL-9): one row for each repository, all at once. Afterwards acknowledge, then `beginRuns`. */
export async function recordReview(bot: Bot, { review, channel, actor, trigger }: Asking): Promise<Recorded> {
  await allowed(bot.authorise(actor, 'review'));
  const repositories = repositoriesOf(bot, review);
  const request: Omit<RunRequest, 'repository'> = {
    scope: review.scope,
    autoFix: review.autoFix,
    dryRun: review.dryRun,
    since: review.since,
    channel,
    requestedBy: actor,
    offersFixes: !review.dryRun,
    quiet: false,
  };
  const single = repositories.length === 1;
  const all = await Promise.allSettled(
    repositories.map((repository) => recorded(bot.record({ ...request, repository }, single ? trigger : `${trigger}:${repository}`))),
  );
  const runIds = all.flatMap((each) => (each.status === 'fulfilled' ? [each.value.runId] : []));
  const failed = all.find((each) => each.status === 'rejected');
  if (failed && runIds.length === 0) throw failed.reason;
  if (failed) {
    const left = repositories.filter((_, at) => all[at]!.status === 'rejected');
    return { runIds, note: `${runIds.length} of ${repositories.length} started. Not started, try them again: ${named(left)}` };
  }
  return { runIds, note: single ? null : `${runIds.length} runs, each with a thread of its own: ${named(repositories)}` };
}

const named = (repositories: string[]) => code(shorten(repositories.join(', '), 1500), 1500);

function repositoriesOf(bot: Bot, { target }: ReviewCommand): string[] {
  if (target.kind === 'repository') {
    bot.checkRepository(target.name);
    return [target.name];
  }
  const names = target.kind === 'tag' ? bot.repositoriesWithTag(target.tag) : bot.repositoryNames();
  if (names.length === 0) throw new InvalidRequest('I know no repository yet. Name one in settings/repos.yaml.');
  return names;
}

/** The last step. What cannot begin now is begun at the next start, for it is recorded. */
export async function beginRuns({ bot, log }: Pick<Doors, 'bot' | 'log'>, runIds: string[]): Promise<void> {
  const begun = await Promise.allSettled(runIds.map((runId) => bot.begin(runId)));
  for (const [at, each] of begun.entries()) {
    if (each.status === 'rejected') log.error({ err: each.reason, run: runIds[at] }, 'a recorded run could not begin yet');
  }
}
