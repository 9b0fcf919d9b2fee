import type { Command } from 'commander';
import { InvalidSettings } from '../errors.js';
import { settingsSummary } from '../settings/summary.js';
import { globalOptions, print, printJson, settingsOf } from './context.js';

export function registerSettings(program: Command): void {
  program
    .command('settings')
    .description('the settings of the bot')
    .command('check')
    .description('what the settings say, or every problem with file and line')
    .action((_: object, command: Command) => {
      const { json } = globalOptions(command);
      try {
        const settings = settingsOf(command);
        if (json) printJson({ valid: true, folder: settings.folder, origin: settings.origin, problems: [], settings });
        else print(settingsSummary(settings));
      } catch (error) {
        if (!json || !(error instanceof InvalidSettings)) throw error;
        printJson({ valid: false, problems: error.problems });
        process.exitCode = 2;
      }
    });
}
