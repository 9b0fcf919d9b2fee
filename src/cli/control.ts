import type { Command } from 'commander';
import { localActor, prepare, print, printJson, withApp } from './context.js';
import { colourOf, coloursFor, oneLine, signs } from './text.js';

const healthSigns = { healthy: signs.done, degraded: signs.look, unhealthy: signs.failed } as const;

export function registerControl(program: Command): void {
  program
    .command('pause')
    .description('begin no further run; those under way go on')
    .action((_: object, command: Command) => setPaused(command, true));
  program
    .command('resume')
    .description('begin the runs that were recorded meanwhile')
    .action((_: object, command: Command) => setPaused(command, false));
  program
    .command('health')
    .description('whether what the bot depends on answers')
    .action(async (_: object, command: Command) => {
      const context = prepare(command);
      const checks = await withApp(context, 'client', ({ bot }) => bot.health());
      const colours = coloursFor(process.stdout);
      if (context.json) printJson(checks);
      else {
        for (const { name, state, detail } of checks) {
          const sign = healthSigns[state];
          print(`${colourOf(sign, colours)(sign)} ${name}: ${oneLine(detail)}`);
        }
      }
      if (checks.some(({ state }) => state === 'unhealthy')) process.exitCode = 1;
    });
}

async function setPaused(command: Command, paused: boolean): Promise<void> {
  const context = prepare(command);
  const actor = localActor();
  await withApp(context, 'client', async ({ bot }) => {
    await bot.authorise(actor, 'admin');
    await (paused ? bot.pause(actor) : bot.resume(actor));
  });
  if (context.json) printJson({ paused });
  else print(paused ? 'Paused: no further run begins. Go on with  mahavishnu resume' : 'Resumed.');
}
