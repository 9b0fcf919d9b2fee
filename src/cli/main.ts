#!/usr/bin/env node
import { Command } from 'commander';
import { version } from '../about.js';
import { registerAgents } from './agents.js';
import { registerApprovals } from './approvals.js';
import { registerControl } from './control.js';
import { registerDemo } from './demo.js';
import { registerDoctor } from './doctor.js';
import { reportFailure } from './failure.js';
import { registerGates } from './gates.js';
import { registerReview } from './review.js';
import { registerRuns } from './runs.js';
import { registerSettings } from './settings.js';
import { registerStart } from './start.js';
import { registerSuppress } from './suppress.js';
import { registerWorkspace } from './workspace.js';

const args = process.argv.slice(2);
const program = createProgram(args);

// `mahavishnu runs | head` closes our output early; that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 2));

try {
  await program.parseAsync(args, { from: 'user' });
} catch (error) {
  process.exitCode = reportFailure(error, program, args);
}
// A handle that a library leaves open must not keep a command from ending.
process.exit();

function createProgram(words: readonly string[]): Command {
  const root = new Command('mahavishnu')
    .description('keeps code repositories healthy: review, fix, gate, approve, publish')
    .version(version)
    .option('--settings <dir>', 'folder of the settings')
    .option('--state <dir>', 'folder the bot keeps its state in')
    .option('--json', 'print JSON, and nothing else, on standard output')
    .option('--verbose', 'print the log on standard error')
    .exitOverride()
    .configureOutput({ outputError() {} }); // Said by reportFailure, with the repaired command.
  registerStart(root);
  registerReview(root, words);
  registerRuns(root);
  registerAgents(root, words);
  registerSuppress(root);
  registerApprovals(root);
  registerGates(root, words);
  registerControl(root);
  registerSettings(root);
  registerDoctor(root);
  registerDemo(root);
  registerWorkspace(root);
  return root;
}
