import type { App } from '@slack/bolt';
import { registerApprovals } from './approvals.js';
import { registerCommands } from './commands.js';
import { registerDetails } from './details.js';
import { registerMentions } from './mentions.js';
import type { Doors } from './parts.js';
import { registerReviewForm } from './review-form.js';
import { registerRunButtons } from './runs.js';

/** Everything the bot hears; `manifest.yml` is held against it. */
export function registerListeners({ commands, others: app }: { commands: App; others: App }, doors: Doors): void {
  registerCommands(commands, doors);
  registerReviewForm(app, doors);
  registerMentions(app, doors);
  registerRunButtons(app, doors);
  registerDetails(app, doors);
  registerApprovals(app, doors);
}
