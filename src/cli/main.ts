#!/usr/bin/env node
import { Command } from 'commander';
import { isBotError } from '../errors.js';
import { registerDemo } from './demo.js';
import { registerStart } from './start.js';

const program = new Command('mahavishnu')
  .description('keeps code repositories healthy: review, fix, gate, approve, publish')
  .option('--settings <dir>', 'where the settings are')
  .option('--state <dir>', 'where the bot keeps its state')
  .option('--verbose', 'log in detail');
registerStart(program);
registerDemo(program);
program.parseAsync().catch((error: unknown) => {
  process.stderr.write(
    `${isBotError(error) ? error.userMessage : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 2;
});
