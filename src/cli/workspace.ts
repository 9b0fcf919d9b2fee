import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { z } from 'zod';
import { InvalidRequest } from '../errors.js';
import type { Workspace, WorkspaceSeed } from '../local-workspace/index.js';
import { untilAskedToStop } from './until-stopped.js';

interface WorkspaceFlags {
  manifest?: string;
  seed?: string;
  stateFile?: string;
  http?: string;
  port: string;
}

/** A workspace without a bot: any Bolt app can be developed and tested against it (LW-1). */
export function registerWorkspace(program: Command): void {
  program
    .command('workspace')
    .description('serve a local workspace that a Bolt app cannot tell from Slack; no account, no network')
    .option('--manifest <file>', 'manifest.yml of the app: its commands, shortcuts, scopes, events')
    .option('--seed <file>', 'YAML with users, groups and channels')
    .option('--state-file <file>', 'keep messages, files and tokens from one start to the next')
    .option('--http <url>', 'deliver signed requests to this URL; without it, Socket Mode')
    .option('--port <port>', 'of the page', '0')
    .action(async (flags: WorkspaceFlags) => {
      const workspace = await open(flags);
      process.stdout.write(`${words(workspace, flags)}\n`);
      await untilAskedToStop();
      await workspace.stop();
    });
}

async function open({ manifest, seed: seedFile, stateFile, http, port }: WorkspaceFlags): Promise<Workspace> {
  const { startWorkspace, WorkspaceError } = await import('../local-workspace/index.js');
  const seed = seedFile === undefined ? {} : readSeed(seedFile);
  try {
    return await startWorkspace({
      port: z.coerce.number().int().min(0).max(65_535).parse(port),
      seed: { ...seed, app: { ...seed.app, ...(manifest !== undefined && { manifest }) } },
      ...(http !== undefined && { delivery: { http } }),
      ...(stateFile !== undefined && { stateFile }),
    });
  } catch (error) {
    if (error instanceof WorkspaceError) throw new InvalidRequest(error.message);
    if (error instanceof z.ZodError) throw new InvalidRequest(`"${port}" is no port`, 'mahavishnu workspace --port 8065');
    throw error;
  }
}

/** Its content is checked by the workspace, which names what is wrong by its path. */
function readSeed(file: string): WorkspaceSeed {
  try {
    return z.record(z.string(), z.unknown()).parse(parse(readFileSync(file, 'utf8'))) as WorkspaceSeed;
  } catch (error) {
    throw new InvalidRequest(`The seed ${file} cannot be read: ${(error as Error).message}`);
  }
}

/** What the app needs, ready to be copied into its environment. */
function words({ pageUrl, apiUrl, botToken, appToken, signingSecret }: Workspace, { http }: WorkspaceFlags): string {
  return [
    `Open   ${pageUrl}`,
    'Give the app these, and `slackApiUrl` in its clientOptions:',
    `  SLACK_BOT_TOKEN=${botToken}`,
    http === undefined ? `  SLACK_APP_TOKEN=${appToken}` : `  SLACK_SIGNING_SECRET=${signingSecret}`,
    `  SLACK_API_URL=${apiUrl}`,
    'End with Ctrl-C.',
  ].join('\n');
}
