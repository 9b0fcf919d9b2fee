import type { Approvals } from '../approvals/store.js';
import type { Ecosystem } from '../coordination/ecosystem.js';
import type { Database } from '../database/open.js';
import type { Catalogue } from '../repos/catalogue.js';
import type { Clones } from '../repos/clones.js';
import type { Suppressions } from '../review/suppressions/store.js';
import type { Runs } from '../runs/store.js';
import type { Settings } from '../settings/load.js';
import type { Log } from '../telemetry/log.js';

/** What the workflows are made of; assembled once at the start of the process. */
export interface WorkflowParts {
  /** Read anew at each call: repositories, schedules and policies may change while the bot runs. */
  settings(): Settings;
  database: Database;
  runs: Runs;
  approvals: Approvals;
  catalogue(): Catalogue<Settings['repos'][number]>;
  clones: Clones;
  ecosystem: Ecosystem;
  suppressions: Suppressions;
  folders: { scratch: string; cache: string };
  log: Log;
}
