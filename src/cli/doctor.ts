import type { Command } from 'commander';
import { openStateFolder } from '../state-folder/state-folder.js';
import { globalOptions, print, printJson } from './context.js';
import { checkAnalyzers } from './doctor/analyzers.js';
import { checkApprovers } from './doctor/approvers.js';
import { type Check, guarded, problem } from './doctor/check.js';
import { checkDatabase } from './doctor/database.js';
import { checkPrograms } from './doctor/programs.js';
import { checkSettings } from './doctor/settings.js';
import { checkSlack } from './doctor/slack.js';
import { checkState } from './doctor/state.js';
import { colourOf, coloursFor, lines, signs } from './text.js';

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check this machine and the settings, and say what to do')
    .action(async (_: object, command: Command) => {
      const { json = false, settings: folder, state: stateFolder } = globalOptions(command);
      const checks: Check[] = [];
      const { checks: said, settings } = checkSettings({ env: process.env, folder, cwd: process.cwd() });
      checks.push(...(await checkPrograms()), ...said);
      const state = guardedSync('state folder', checks, () =>
        openStateFolder({ env: process.env, folder: stateFolder, cwd: process.cwd() }),
      );
      if (state) checks.push(...(await guarded('state folder', () => checkState(state))));
      checks.push(...(await guarded('database', () => checkDatabase(settings, state))));
      if (settings) checks.push(...checkSlack(settings), ...checkApprovers(settings));
      checks.push(...(await guarded('analyzers', () => checkAnalyzers(settings))));

      if (json) printJson(checks.map(({ sign, ...check }) => ({ ...check, state: stateOf[sign] })));
      else print(checks.map(checkText).join('\n'));
      if (checks.some(({ sign }) => sign === signs.failed)) process.exitCode = 1;
    });
}

const stateOf = { [signs.done]: 'ok', [signs.look]: 'warning', [signs.failed]: 'failed' } as const;

function checkText({ sign, name, detail, advice }: Check): string {
  const colours = coloursFor(process.stdout);
  return `${colourOf(sign, colours)(sign)} ${name}: ${lines(detail)}${advice ? `\n    ${lines(advice)}` : ''}`;
}

function guardedSync<T>(name: string, checks: Check[], work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    checks.push(problem(name, error));
    return null;
  }
}
