import type { App } from './app.js';
import { createScheduler } from './schedules/scheduler.js';
import { createSlackApp } from './slack/app.js';
import { listen } from './slack/listen.js';
import { createPace } from './slack/pace.js';
import { postDigest } from './slack/post-digest.js';
import { createProjector } from './slack/projector.js';

export interface SlackAccess {
  botToken: string;
  appToken?: string | undefined;
  signingSecret?: string | undefined;
  /** Another server than Slack's own: the local workspace. */
  apiUrl?: string | undefined;
  mode: 'socket' | 'http';
}

/** Connects an assembled bot to a workspace: hears it, draws its threads, fires its schedules. Stops in the reverse order. */
export async function serve(app: App, access: SlackAccess): Promise<{ stop(): Promise<void> }> {
  const { bot, log, settings, database, runs, approvals, engine } = app;
  if (!engine) throw new Error('only the process with the engine serves a workspace');
  const slack = createSlackApp({
    bot,
    settings: { mode: access.mode, http: settings.slack.http },
    tokens: access,
    log,
    slackApiUrl: access.apiUrl,
    pace: createPace({ db: database.db, limits: settings.slack.pace }),
  });
  app.useDirectory(slack.directory);
  const projector = createProjector({
    database,
    async load(runId) {
      const run = await runs.get(runId);
      return run && { run, findings: await runs.findings(runId), approvals: await approvals.list({ runId }) };
    },
    client: slack.client,
    owner: engine.owner,
    log,
    perMinute: settings.slack.pace,
    groupIds: (handles) => slack.directory.groupIds(handles),
    onNotInvited: (threadKey) => void slack.askForInvitation(threadKey),
  });
  const scheduler = createScheduler({
    settings,
    database,
    bot,
    log,
    postDigest: (name, schedule, tick, since) => postDigest(app, name, schedule, tick, since),
  });
  await projector.start();
  // Whoever types now is answered now: a hundred runs that go on are no reason to wait.
  await Promise.all([slack.start(), app.begin()]);
  // Whatever a thread shows, Home tabs show too.
  const stopListening = await listen(database.pool, 'mahavishnu_threads', () => slack.homesChanged(), log);
  await scheduler.start();
  return {
    async stop() {
      await scheduler.stop();
      await stopListening();
      await slack.stop();
      await projector.stop();
    },
  };
}
