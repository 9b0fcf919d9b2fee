import { z } from 'zod';
import { scopes } from '../review/finding.js';

/** Who did or asked something. `slack` ids are Slack's user ids; `local` is the operating system's account at a terminal. */
export const Actor = z.object({ kind: z.enum(['slack', 'local', 'schedule', 'system']), id: z.string(), name: z.string().optional() });
export type Actor = z.infer<typeof Actor>;

export const RunRequest = z.object({
  repository: z.string(),
  /** A folder given at a terminal that settings do not list; null or absent for a repository of the settings. */
  path: z.string().nullable().optional(),
  scope: z.enum(scopes),
  autoFix: z.boolean(),
  dryRun: z.boolean(),
  /** Report only what came since this git reference. */
  since: z.string().nullable(),
  /** Where its thread is; null for a run that only a terminal watches. */
  channel: z.string().nullable(),
  /** SARIF of other tools that becomes part of the review: the artefact `name` stored under `from`. */
  imports: z.array(z.object({ name: z.string(), from: z.string(), shown: z.string() })).optional(),
  requestedBy: Actor,
  /** Whether people can still choose fixes after the review (Slack), or the run ends with its report (terminal). */
  offersFixes: z.boolean(),
  /** Post only when something was found or changed (SC-1). */
  quiet: z.boolean(),
});
export type RunRequest = z.infer<typeof RunRequest>;

/** `waiting`: for a person. `done` says nothing about how many findings are left. */
export type RunStatus = 'recorded' | 'running' | 'waiting' | 'done' | 'failed' | 'cancelled';
export const endedStatuses = ['done', 'failed', 'cancelled'] as const satisfies readonly RunStatus[];

export function hasEnded(status: RunStatus): boolean {
  return (endedStatuses as readonly RunStatus[]).includes(status);
}
