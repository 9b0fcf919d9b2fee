import { randomUUID } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import { sql } from 'drizzle-orm';
import type { App } from '../app.js';
import type { Run } from '../bot.js';
import { InvalidRequest } from '../errors.js';
import { type Priority, priorities, type Scope, scopes } from '../review/finding.js';
import { hasEnded, type RunRequest } from '../runs/run.js';
import { type Context, localActor, prepare, print, printJson, tell, withApp } from './context.js';
import { nearest } from './failure.js';
import { endReport } from './report.js';
import { exitCodeOf, runResult } from './result.js';
import { checkSarifTarget, readImports, type SarifFile, sarifOf, storeImports, writeSarif } from './sarif.js';
import { distinctName, findTarget, type Target } from './target.js';
import { commandLine } from './text.js';
import { watchRun } from './watch-run.js';

interface ReviewOptions {
  scope?: string;
  since?: string;
  autoFix?: boolean;
  dryRun?: boolean;
  sarif?: string;
  import?: string[];
  failOn: Priority;
}

export function registerReview(program: Command, args: readonly string[]): void {
  program
    .command('review')
    .description('review a repository, and with --auto-fix repair it')
    .argument('<path|repo>', 'folder of a git repository, or a name from settings/repos.yaml')
    .option('--scope <scope>', `${scopes.join(', ')} (default: as in the settings, critical)`)
    .option('--since <ref>', 'report only what came after this branch, tag or commit')
    .option('--auto-fix', 'fix what can be fixed, then ask for the release')
    .option('--dry-run', 'write nothing but the report')
    .option('--sarif <file>', 'also write what was found as SARIF 2.1.0')
    .option('--import <file...>', 'take in what other tools found, as SARIF 2.1.0')
    .option('--fail-on <priority>', 'exit 1 from this priority on: P0, P1 or P2 (any finding)', priorityOf, 'P2')
    .action(async (asked: string, options: ReviewOptions, command: Command) => {
      const context = prepare(command);
      const scope = scopeOf(options.scope ?? context.settings.review.defaultScope, args);
      if (options.sarif !== undefined) checkSarifTarget(options.sarif);
      const imports = readImports(options.import ?? []);
      const target = await findTarget(asked, { settings: context.settings, args });
      process.exitCode = await withApp(context, 'either', (app) => review(app, context, { target, scope, options, imports, args }));
    });
}

async function review(
  app: App,
  { json }: Context,
  {
    target,
    scope,
    options,
    imports,
    args,
  }: { target: Target; scope: Scope; options: ReviewOptions; imports: readonly SarifFile[]; args: readonly string[] },
): Promise<number> {
  const actor = localActor();
  await app.bot.authorise(actor, 'review');
  // A dry run does not touch the file, so it need not be sound; anything else is refused before a run is recorded.
  if (!options.dryRun) await app.ecosystem.list();
  const request: RunRequest = {
    repository: await nameIn(app, target),
    path: target.path,
    scope,
    autoFix: options.autoFix === true && !options.dryRun,
    dryRun: options.dryRun === true,
    since: options.since ?? null,
    channel: null,
    requestedBy: actor,
    offersFixes: false,
    quiet: false,
  };
  const trigger = `cli:${randomUUID()}`;
  if (imports.length > 0) request.imports = await storeImports(app, trigger, imports);
  const { runId } = await app.bot.record(request, trigger);
  await app.bot.begin(runId);
  if (await isPaused(app)) tell(`Runs are paused. ${runId} begins after:  ${commandLine(['resume'])}`);
  const run = await watchRun(app, runId, actor);
  if (options.sarif !== undefined) writeSarif(options.sarif, await sarifOf(app, run));
  return finish(app, run, {
    json,
    failOn: options.failOn,
    again: commandLine([...args.filter((word) => word !== '--dry-run'), '--auto-fix']),
  });
}

async function finish(app: App, run: Run, { json, failOn, again }: { json: boolean; failOn: Priority; again: string }): Promise<number> {
  if (json) printJson(await runResult(app, run));
  else print(endReport(run, await app.bot.findings(run.id), { again }));
  if (json && run.status === 'failed' && run.progress.end) tell(run.progress.end.line);
  if (!hasEnded(run.status))
    tell(`The run is kept and goes on with the bot (mahavishnu start). End it with  ${commandLine(['runs', 'cancel', run.id])}`);
  return exitCodeOf(app, run, failOn);
}

/** A folder that is called as another one was before must not share its clone and its issues. */
async function nameIn({ database }: App, { repo, path }: Target): Promise<string> {
  if (path === null) return repo.name;
  const { rows } = await database.db.execute(
    sql`select 1 from mahavishnu.runs where repository = ${repo.name} and coalesce(request->>'path', '') <> ${path} limit 1`,
  );
  return rows.length > 0 ? distinctName(repo.name, path) : repo.name;
}

async function isPaused({ database }: App): Promise<boolean> {
  const { rows } = await database.db.execute<{ paused: boolean }>(sql`select paused_at is not null as paused from mahavishnu.control`);
  return rows[0]?.paused === true;
}

function scopeOf(asked: string, args: readonly string[]): Scope {
  const scope = scopes.find((known) => known === asked.toLowerCase());
  if (scope) return scope;
  const guess = nearest(asked, scopes);
  const at = args.findIndex((word) => word === asked || word === `--scope=${asked}`);
  const repaired = guess && at >= 0 ? commandLine(args.with(at, args[at]!.replace(asked, guess))) : undefined;
  const shown = asked.replace(/\p{Cc}/gu, ' ').slice(0, 60);
  throw new InvalidRequest(`There is no scope "${shown}". Choose one of ${scopes.join(', ')}.`, repaired);
}

function priorityOf(text: string): Priority {
  const priority = priorities.find((known) => known === text.toUpperCase());
  if (!priority) throw new InvalidArgumentError(`Choose one of ${priorities.join(', ')}.`);
  return priority;
}
