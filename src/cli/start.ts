import type { Command } from 'commander';
import { claimDatabase } from '../database/claim.js';
import { loadSettings } from '../settings/load.js';
import { openStateFolder } from '../state-folder/state-folder.js';
import { createLog } from '../telemetry/log.js';
import { untilAskedToStop } from './until-stopped.js';

export function registerStart(program: Command): void {
  program
    .command('start')
    .description('run the bot: in your Slack when its tokens are set, else in a local workspace')
    .option('--port <port>', 'of the local workspace', '0')
    .action(async ({ port }: { port: string }, command: Command) => {
      const { settings: folder, state, verbose } = command.optsWithGlobals<{ settings?: string; state?: string; verbose?: boolean }>();
      const settings = loadSettings({ env: process.env, folder, cwd: process.cwd() });
      const stateFolder = openStateFolder({ env: process.env, folder: state, cwd: process.cwd() });
      const log = createLog({ level: verbose ? 'debug' : settings.log.level });
      const options = { settings, state: stateFolder, log, mode: 'engine' } as const;
      // The database starts in its own process while this one loads the rest of the program: each takes about a second.
      const database = claimDatabase(options);
      database.catch(() => {}); // Told by whoever opens it.
      const [{ startBot }, { openApp }] = await Promise.all([import('./start-bot.js'), import('../app.js')]);
      const started = await startBot({
        open: () => openApp({ ...options, database, onFatal: (error) => fatal(error) }),
        settings,
        apiUrl: process.env.MAHAVISHNU_SLACK_API_URL,
        port: Number(port),
      }).catch(async (error: unknown) => {
        // A port that is taken is found before the database is opened.
        await database.then(({ release }) => release()).catch(() => {});
        throw error;
      });
      const fatal = (error: Error) => {
        log.fatal({ err: error }, 'the database connection of this process is lost; ending, so that it can be started again');
        process.exit(1);
      };
      process.stdout.write(`${started.words}\n`);
      await untilAskedToStop();
      await started.stop();
    });
}
