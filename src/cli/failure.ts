import { randomBytes } from 'node:crypto';
import { type Command, CommanderError } from 'commander';
import { closest, distance } from 'fastest-levenshtein';
import { isBotError } from '../errors.js';
import { openStateFolder } from '../state-folder/state-folder.js';
import { cliLog, type GlobalOptions, logFile, tell } from './context.js';
import { commandLine, lines, oneLine } from './text.js';

/** The one place where an error becomes words on the terminal; returns the exit code. */
export function reportFailure(error: unknown, program: Command, args: readonly string[]): number {
  if (error instanceof CommanderError) return reportUsage(error, program, args);
  if (isBotError(error)) {
    tell(lines(error.userMessage));
    return 2;
  }
  const reference = randomBytes(4).toString('hex');
  const { state: folder } = program.opts<GlobalOptions>();
  let where = '';
  try {
    const state = openStateFolder({ env: process.env, folder, cwd: process.cwd() });
    cliLog(state, 'error').error({ err: error, reference }, 'command failed');
    where = ` The rest is in ${logFile(state)}.`;
  } catch {
    // Without a state folder there is nowhere to write it, so it is said here.
    where = ` ${oneLine(error instanceof Error ? error.message : String(error))}`;
  }
  tell(`Something broke on my side (reference ${reference}).${where}`);
  return 2;
}

function reportUsage(error: CommanderError, program: Command, args: readonly string[]): number {
  if (error.exitCode === 0) return 0; // `--help` and `--version` were answered.
  const unknown = unknownCommand(program, args);
  if (unknown) {
    const { word, at, names, parent } = unknown;
    const guess = nearest(word, names);
    tell(`There is no command "${oneLine(`${parent} ${word}`.trim()).slice(0, 100)}".${guess ? ` Did you mean ${guess}?` : ''}`);
    tell(guess ? `  ${commandLine(args.with(at, guess))}` : `  ${commandLine([...(parent ? [parent] : []), '--help'])}`);
    return 2;
  }
  if (error.code === 'commander.help') return 2; // A group without its command: the help was printed.
  const [message = '', hint = ''] = error.message.replace(/^error: /, '').split('\n');
  tell(oneLine(`${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.?]$/.test(message) ? '' : '.'} ${hint.replace(/^\(|\)$/g, '')}`));
  const [, wrong] = /unknown option '(-[^']*)'/.exec(message) ?? [];
  const [, right] = /Did you mean (?:one of )?(-[\w-]+)/.exec(hint) ?? [];
  const at = wrong === undefined ? -1 : args.findIndex((word) => word === wrong || word.startsWith(`${wrong}=`));
  if (right && wrong && at >= 0) tell(`  ${commandLine(args.with(at, args[at]!.replace(wrong, right)))}`);
  return 2;
}

/** The first word that should name a command and does not. */
function unknownCommand(program: Command, args: readonly string[]) {
  let command = program;
  const path: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at]!;
    if (command.commands.length === 0 || word === '--') return null;
    if (word.startsWith('-')) {
      const option = program.options.find(({ long, short }) => word === long || word === short);
      if (option?.required) at += 1;
      continue;
    }
    const next = command.commands.find((candidate) => candidate.name() === word || candidate.aliases().includes(word));
    if (!next && command.registeredArguments.length > 0) return null; // Such as `suppress RULE`, beside `suppress list`.
    if (!next) return { word, at, names: command.commands.map((candidate) => candidate.name()), parent: path.join(' ') };
    path.push(word);
    command = next;
  }
  return null;
}

export function nearest(word: string, names: readonly string[]): string | null {
  if (names.length === 0 || word.length > 100) return null;
  const found = closest(word.toLowerCase(), [...names]);
  return distance(word.toLowerCase(), found) <= Math.max(2, Math.ceil(found.length / 3)) ? found : null;
}
