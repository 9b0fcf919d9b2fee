import type { App } from '@slack/bolt';
import type { CommandRouter } from '../commands/router.js';
import { registerApprovals } from './approvals.js';
import { registerCommands } from './commands.js';
import { registerDetails } from './details.js';
import { registerHome } from './home.js';
import { registerIssues } from './issues.js';
import { registerMentions } from './mentions.js';
import type { Doors } from './parts.js';
import { registerReviewForm } from './review-form.js';
import { registerRunButtons } from './runs.js';

/** Everything the bot hears; `manifest.yml` is held against it. */
export function registerListeners(
  { commands, others: app }: { commands: Pick<CommandRouter, 'command'>; others: App },
  doors: Doors,
): void {
  registerCommands(commands, doors);
  registerHome(app, doors);
  registerReviewForm(app, doors);
  registerMentions(app, doors);
  registerRunButtons(app, doors);
  registerDetails(app, doors);
  registerApprovals(app, doors);
  registerIssues(app, doors);
}
