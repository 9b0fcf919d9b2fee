import type { App, MessageShortcut } from '@slack/bolt';
import { InvalidRequest } from '../../errors.js';
import { shortcutIds, viewIds } from '../action-ids.js';
import { respondTo } from '../answers.js';
import { section } from '../blocks.js';
import { allowed, stored } from '../bounded.js';
import { issueForm, readIssueForm } from '../modals/issue-form.js';
import { type Carried, readCarried, reading } from '../modals/parts.js';
import { said } from '../said.js';
import { code, signs } from '../text.js';
import { actorOf, type Doors, ephemeral } from './parts.js';

/** The message shortcut `Make an issue` (SL-7). What the message says is data: it fills in a form and goes no further by itself. */
export function registerIssues(app: App, { bot, client, homes, log }: Doors): void {
  app.shortcut<MessageShortcut>(shortcutIds.makeIssue, async ({ shortcut, ack }) => {
    await allowed(bot.authorise(actorOf(shortcut), 'review'));
    await ack();
    const repositories = bot.repositoryNames();
    if (repositories.length === 0) throw new InvalidRequest('I know no repository yet. Name one in settings/repos.yaml.');
    const words = said(shortcut.message);
    const carried: Carried = {
      message: { team: shortcut.team?.id ?? '', channel: shortcut.channel.id, ts: shortcut.message_ts },
      responseUrl: shortcut.response_url,
    };
    await client.views.open({
      trigger_id: shortcut.trigger_id,
      view: issueForm(words, { repositories, chosen: meant(words, repositories), carried }),
    });
  });

  app.view(viewIds.issue, async ({ view, body, ack }) => {
    const actor = actorOf(body);
    const { message, responseUrl } = readCarried(view.private_metadata);
    if (!message) throw new InvalidRequest('This form is of an older version of me. Use the shortcut on the message again.');
    const typed = readIssueForm(view.state.values);
    const repository = exact(typed.repository, bot.repositoryNames());
    if (!repository) return ack({ response_action: 'errors', errors: { repository: unknown(bot, typed.repository) } });
    if (!typed.title) return ack({ response_action: 'errors', errors: { title: 'Say in a line what is wrong.' } });
    await allowed(bot.authorise(actor, 'review'));
    const { team, channel, ts } = message;
    const made = await stored(
      bot.createIssue(
        {
          ...typed,
          repository,
          source: { key: `slack:${team}:${channel}:${ts}`, details: { slack_team: team, slack_channel: channel, slack_ts: ts } },
        },
        actor,
      ),
    );
    const words = made.isNew
      ? `${signs.done} ${code(made.repository, 80)} · ${code(made.id, 30)} filed, ${typed.priority}`
      : `${signs.waiting} ${code(made.repository, 80)} · ${code(made.id, 30)} was made from this message before, nothing was added`;
    homes.changed();
    if (!responseUrl) return ack({ response_action: 'update', view: reading('Make an issue', [section(words)]) });
    await ack();
    await respondTo(responseUrl, ephemeral(words)).catch((error: unknown) =>
      log.warn({ err: error, issue: made.id }, 'who made an issue could not be told its id'),
    );
  });
}

/** The one repository that the message names, or that there is. */
function meant(words: string, repositories: readonly string[]): string | undefined {
  if (repositories.length === 1) return repositories[0];
  const spoken = new Set(
    words
      .toLowerCase()
      .split(/[^\p{L}\p{N}._-]+/u)
      .map((word) => word.replace(/[.]+$/, '')),
  );
  const named = repositories.filter((name) => spoken.has(name.toLowerCase()));
  return named.length === 1 ? named[0] : undefined;
}

const exact = (typed: string, repositories: readonly string[]) =>
  repositories.find((name) => name === typed) ?? repositories.find((name) => name.toLowerCase() === typed.toLowerCase());

function unknown(bot: Doors['bot'], typed: string): string {
  try {
    bot.checkRepository(typed);
  } catch (error) {
    if (error instanceof InvalidRequest) return error.message.slice(0, 300);
    throw error;
  }
  return 'I know no repository of this name.';
}
