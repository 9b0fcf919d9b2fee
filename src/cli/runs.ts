import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { and, eq, sql } from 'drizzle-orm';
import type { App } from '../app.js';
import type { Run } from '../bot.js';
import * as schema from '../database/schema.js';
import { InvalidRequest } from '../errors.js';
import { hasEnded } from '../runs/run.js';
import { loadArtefact } from '../workflows/artefacts.js';
import { localActor, prepare, print, printJson, tell, withApp } from './context.js';
import { findingDetail, suppressedDetail, wrap } from './report.js';
import { runResult } from './result.js';
import { sarifOf } from './sarif.js';
import { between, commandLine, count, oneLine, signs, table, time, widthOf } from './text.js';
import {
  answerCommand,
  coverageLine,
  eventLine,
  fixWords,
  mayApprove,
  outcomeLine,
  questionLine,
  stateWords,
  suppressionLines,
  titleLine,
  who,
} from './words.js';

export function registerRuns(program: Command): void {
  const runs = program
    .command('runs')
    .description('list runs, the newest first')
    .option('--active', 'only those that have not ended')
    .option('--limit <n>', 'at most this many', positive, 20)
    .action(async (filter: { active?: boolean; limit: number }, command: Command) => {
      const context = prepare(command);
      await withApp(context, 'client', async ({ bot }) => {
        const found = await bot.runs(filter);
        if (context.json) return printJson(found.map(runJson));
        if (found.length === 0)
          return print(filter.active ? 'No run is active.' : `No run yet. Start one:  ${commandLine(['review', '.'])}`);
        const rows = found.map((run) => [run.id, run.repository, run.request.scope, time(run.createdAt), stateLine(run)]);
        print(table(rows, { width: widthOf(process.stdout), flexible: 4 }).join('\n'));
      });
    });
  runs
    .command('show')
    .description('what a run found and did')
    .argument('<run>', 'id of the run')
    .action((id: string, _: object, command: Command) => withRun(command, id, 'client', show));
  runs
    .command('why')
    .description('what a run waits for')
    .argument('<run>', 'id of the run')
    .action((id: string, _: object, command: Command) => withRun(command, id, 'client', why));
  runs
    .command('cancel')
    .description('cancel a run and remove what it made')
    .argument('<run>', 'id of the run')
    .action((id: string, _: object, command: Command) => withRun(command, id, 'either', cancel));
  runs
    .command('sarif')
    .description('print what a run found as SARIF 2.1.0')
    .argument('<run>', 'id of the run')
    .action((id: string, _: object, command: Command) =>
      withRun(command, id, 'client', async (app, run) => void process.stdout.write(await sarifOf(app, run))),
    );
  runs
    .command('patch')
    .description('print the changes of a run as git apply takes them')
    .argument('<run>', 'id of the run')
    .action((id: string, _: object, command: Command) => withRun(command, id, 'client', patch));
}

type OnRun = (app: App, run: Run, json: boolean) => Promise<void>;

async function withRun(command: Command, id: string, mode: 'client' | 'either', work: OnRun): Promise<void> {
  const context = prepare(command);
  await withApp(context, mode, async (app) => {
    const run = await app.bot.run(id);
    if (!run) throw new InvalidRequest(`I don't know a run "${oneLine(id).slice(0, 60)}". See the last ones:`, commandLine(['runs']));
    await work(app, run, context.json);
  });
}

function stateLine(run: Run): string {
  if (!run.progress.end)
    return `${run.progress.waitingFor || run.status === 'recorded' ? signs.waiting : signs.running} ${stateWords(run)}`;
  const { sign, words } = outcomeLine(run);
  return `${sign} ${words}`;
}

function runJson({ id, repository, request, status, progress, createdAt, endedAt }: Run) {
  return {
    run_id: id,
    repository,
    scope: request.scope,
    dry_run: request.dryRun,
    auto_fix: request.autoFix,
    status,
    waiting_for: progress.waitingFor,
    outcome: progress.end?.line ?? null,
    created_at: createdAt.toISOString(),
    ended_at: endedAt?.toISOString() ?? null,
  };
}

async function show(app: App, run: Run, json: boolean): Promise<void> {
  if (json) return printJson(await runResult(app, run));
  const width = widthOf(process.stdout);
  const findings = await app.bot.findings(run.id);
  const events = await app.runs.events(run.id);
  const { sign, words } = outcomeLine(run);
  print(
    [
      ...wrap(titleLine(run), width),
      `asked by ${who(run.request.requestedBy)} at ${time(run.createdAt)}`,
      ...findings.flatMap(findingDetail),
      ...(run.progress.review ? wrap(coverageLine(run.progress.review.coverage), width) : []),
      ...suppressionLines(run.progress.review?.suppressed).flatMap((text) => wrap(text, width)),
      ...(await app.bot.suppressed(run.id)).flatMap(suppressedDetail).flatMap((text) => wrap(text, width)),
      ...events.flatMap(({ event, at }) => {
        const line = eventLine(event);
        return line ? wrap(`${time(at)} ${line.sign} ${line.words}`, width) : [];
      }),
      ...run.progress.fixes.flatMap((fix) => {
        const line = fixWords(fix);
        return wrap(`${line.sign} ${line.words}`, width);
      }),
      ...wrap(`${sign} ${words}`, width),
      ...((await hasPatch(app, run.id)) ? [`Next: ${commandLine(['runs', 'patch', run.id])} | git apply`] : []),
    ].join('\n'),
  );
}

async function why(app: App, run: Run, json: boolean): Promise<void> {
  const approvals = await app.bot.approvals({ runId: run.id, status: 'pending' });
  const { rows } = await app.database.db.execute<{ paused: boolean }>(sql`select paused_at is not null as paused from mahavishnu.control`);
  const paused = rows[0]?.paused === true && run.status === 'recorded';
  if (json) {
    return printJson({
      run_id: run.id,
      status: run.status,
      waiting_for: paused ? 'runs to be resumed' : run.progress.waitingFor,
      held_approval: run.progress.held,
      approvals: approvals.map(({ id, type, deadline }) => ({ id, type, deadline: deadline.toISOString() })),
    });
  }
  const name = `${oneLine(run.repository)} · ${run.id}`;
  if (hasEnded(run.status)) return print(`${name} waits for nothing: it ended at ${time(run.endedAt ?? run.createdAt)}.`);
  if (paused) return print(`${name} waits for runs to be resumed:  ${commandLine(['resume'])}`);
  if (approvals.length > 0) {
    for (const approval of approvals) {
      print(`${name} waits for ${mayApprove(approval)} until ${time(approval.deadline)}: ${questionLine(approval)}`);
      print(`  ${answerCommand(approval)}`);
    }
    return;
  }
  if (run.progress.held) {
    return print(`${name} waits for someone to ask again:  ${commandLine(['approvals', 'again', run.progress.held])}`);
  }
  const active = Object.entries(run.progress.stages).find(([, { state }]) => state === 'running');
  const since = active?.[1].startedAt ? `, for ${between(active[1].startedAt, new Date())}` : '';
  if (run.progress.waitingFor) print(`${name} waits for ${oneLine(run.progress.waitingFor)}.`);
  else if (run.status === 'recorded') print(`${name} is recorded and begins when the bot runs:  ${commandLine(['start'])}`);
  else print(`${name} waits for nobody: ${active?.[0] ?? 'it'} is under way${since}.`);
}

const cancelLimitMs = 30_000;

/** Until it has ended: a process that only wrote the wish down would leave worktrees and issues behind on a machine without a bot. */
async function cancel(app: App, run: Run, json: boolean): Promise<void> {
  const actor = localActor();
  await app.bot.authorise(actor, 'review');
  const { cancelled, why: words } = await app.bot.cancel(run.id, actor);
  const deadline = Date.now() + cancelLimitMs;
  let now = run;
  while (cancelled && !hasEnded(now.status) && Date.now() < deadline) {
    await sleep(100);
    now = (await app.bot.run(run.id)) ?? now;
  }
  if (json) printJson({ run_id: run.id, cancelled, status: now.status, why: words });
  else if (!cancelled) tell(words);
  else if (now.progress.end) print(`${oneLine(run.repository)} · ${run.id} ${oneLine(now.progress.end.line)}`);
  else print(words);
  if (!cancelled) process.exitCode = 1;
}

async function patch(app: App, run: Run, json: boolean): Promise<void> {
  if (!(await hasPatch(app, run.id))) {
    const because = hasEnded(run.status)
      ? run.progress.handover?.how === 'push'
        ? `its fixes were pushed to ${oneLine(run.progress.handover.branch ?? 'a branch')}`
        : `${count(run.progress.fixes.filter(({ status }) => status === 'fixed').length, 'fix', 'fixes')} came through`
      : 'it has not ended yet';
    throw new InvalidRequest(`Run ${run.id} has no patch: ${because}.`);
  }
  const content = await loadArtefact(app, run.id, 'patch');
  if (json) printJson({ run_id: run.id, patch: content.toString('utf8') });
  else process.stdout.write(content);
}

async function hasPatch({ database }: App, runId: string): Promise<boolean> {
  const { artefacts } = schema;
  const rows = await database.db
    .select({ name: artefacts.name })
    .from(artefacts)
    .where(and(eq(artefacts.runId, runId), eq(artefacts.name, 'patch')));
  return rows.length > 0;
}

function positive(text: string): number {
  const value = Number(text);
  if (!/^\d{1,4}$/.test(text) || value < 1) throw new InvalidArgumentError('Write a whole number from 1 to 9999.');
  return value;
}
