import { join } from 'node:path';
import type { Command } from 'commander';
import { createLog } from '../telemetry/log.js';
import { untilAskedToStop } from './until-stopped.js';

interface DemoFlags {
  script?: boolean;
  reset?: boolean;
  port: string;
}

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('try everything in a local workspace with sample repositories; no account, no key, no network')
    .option('--script', 'play the whole job by itself and print the thread')
    .option('--reset', 'start afresh')
    .option('--port <port>', 'of the page', '0')
    .action(async (flags: DemoFlags, command: Command) => {
      process.exitCode = await demo(flags, command.optsWithGlobals<{ state?: string; verbose?: boolean }>());
    });
}

async function demo(flags: DemoFlags, { state: folder, verbose }: { state?: string; verbose?: boolean }): Promise<number> {
  const started = performance.now();
  const where = { env: process.env, folder, cwd: process.cwd() };
  const write = (text: string) => void process.stdout.write(text);
  // Loaded here: no other command needs them.
  const [{ openApp }, { prepareDemo, resetDemo }, { playScript }, { printTranscript }, { startBot }] = await Promise.all([
    import('../app.js'),
    import('../demo/demo.js'),
    import('../demo/script.js'),
    import('../demo/transcript.js'),
    import('./start-bot.js'),
  ]);
  // The script tells the whole story, so it always begins at the beginning.
  if (flags.reset || flags.script) await resetDemo(where);
  const { settings, state, registry, ignored } = await prepareDemo(where);
  const log = createLog({ level: verbose ? 'debug' : 'info', destination: join(state.logs, 'demo.log') });
  try {
    if (ignored.length > 0) write(`The demo uses none of the real secrets in the environment (${ignored.join(', ')}).\n`);
    const bot = await startBot({
      open: () =>
        openApp({ settings, state, log, mode: 'engine', onFatal: (error) => log.fatal({ err: error }, 'database connection lost') }),
      settings,
      port: Number(flags.port),
    });
    try {
      if (!flags.script || !bot.workspace) {
        write(`${bot.words}\nEverything of the demo is in ${state.root}; the log is logs/demo.log there. Start afresh with --reset.\n`);
        await untilAskedToStop();
        return 0;
      }
      const stop = printTranscript(bot.workspace.driver, write);
      const { ok, checks } = await playScript(bot.app, bot.workspace.driver, registry.url);
      stop();
      write('\n');
      for (const check of checks) write(`${check.ok ? '✓' : '✗'} ${check.words}\n`);
      write(`${ok ? '✓' : '✗'} the whole job in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
      return ok ? 0 : 1;
    } finally {
      await bot.stop();
    }
  } finally {
    await registry.stop();
  }
}
