import type { Command } from 'commander';
import type { App } from '../app.js';
import { InvalidRequest } from '../errors.js';
import { ruleTable } from '../review/rules/table.js';
import type { StoredSuppression } from '../review/suppressions/store.js';
import { toSuppressed } from '../review/suppressions/suppression.js';
import { localActor, prepare, print, printJson, withApp } from './context.js';
import { commandLine, count, oneLine, signs, table, widthOf } from './text.js';

interface SuppressOptions {
  path?: string;
  repo?: string;
  /** Asked for by us: as a required option of commander it would be required of `suppress list` too. */
  reason?: string;
  until?: string;
}

export function registerSuppress(program: Command): void {
  const suppress = program
    .command('suppress')
    .description('say that findings do not count, why, and until when')
    .argument('<rule|fingerprint|issue>', 'such as ruff/F821 or oxlint/*, v1:…, or MHV-012')
    .option('--path <pattern>', 'only in these files, such as "scripts/**"')
    .option('--repo <name>', 'only in this repository (default: in all; for an issue: in its own)')
    .option('--reason <words>', 'why; others read it (required)')
    .option('--until <date>', 'last day it holds, as YYYY-MM-DD (default: as in the settings, 90 days)')
    .action(async (what: string, options: SuppressOptions, command: Command) => {
      const context = prepare(command);
      await withApp(context, 'client', async (app) => {
        const stored = await add(app, what, options);
        if (context.json) return printJson(toJson(stored));
        print(`${signs.done} ${line(stored)}`);
        print(`Next: ${commandLine(['suppress', 'remove', stored.id])}   (to let it count again)`);
      });
    });
  suppress
    .command('list')
    .description('what does not count, by whom and until when')
    .option('--repo <name>', 'what holds in this repository')
    .action(async (_: object, command: Command) => {
      const context = prepare(command);
      const { repo } = command.optsWithGlobals<{ repo?: string }>();
      await withApp(context, 'client', async ({ suppressions }) => {
        const found = await suppressions.list(repo === undefined ? {} : { repository: repo });
        if (context.json) return printJson(found.map(toJson));
        if (found.length === 0) return print('Nothing is suppressed.');
        const rows = found.map((each) => [each.id, each.repository ?? 'all', whatOf(each), each.by, untilOf(each), each.reason]);
        print(table(rows, { width: widthOf(process.stdout), flexible: 5 }).join('\n'));
        const expired = found.filter((each) => each.expired).length;
        if (expired > 0) print(`${signs.look} ${count(expired, 'suppression')} expired: what they held back counts again`);
      });
    });
  suppress
    .command('remove')
    .description('let the findings count again')
    .argument('<id>', 'such as S-4')
    .action(async (id: string, _: object, command: Command) => {
      const context = prepare(command);
      await withApp(context, 'client', async (app) => {
        await app.bot.authorise(localActor(), 'review');
        const removed = await app.suppressions.remove(id, localActor());
        if (context.json) return printJson(toJson(removed));
        print(`${signs.done} ${removed.id} is removed: from the next review on, ${whatOf(removed)} counts again.`);
      });
    });
  program
    .command('contest')
    .description('say that a finding of a run is wrong, and why')
    .argument('<run>', 'id of the run')
    .argument('<finding>', 'such as F-3')
    .requiredOption('--reason <words>', 'why; others read it')
    .option('--until <date>', 'last day it holds, as YYYY-MM-DD (default: as in the settings, 90 days)')
    .action(async (runId: string, findingId: string, { reason, until }: { reason: string; until?: string }, command: Command) => {
      const context = prepare(command);
      await withApp(context, 'client', async ({ bot }) => {
        await bot.authorise(localActor(), 'review');
        const said = await bot.contest(runId, findingId, { reason, until: dayOf(until) }, localActor());
        if (context.json) return printJson({ run_id: runId, finding: findingId, contested: said });
        print(`${signs.done} ${oneLine(said)}`);
      });
    });
}

async function add(
  { bot, suppressions, ecosystem }: App,
  what: string,
  { path, repo, reason, until }: SuppressOptions,
): Promise<StoredSuppression> {
  const actor = localActor();
  await bot.authorise(actor, 'review');
  if (reason === undefined) throw new InvalidRequest('Say why with --reason: others read it, and judge by it.');
  if (repo !== undefined) bot.checkRepository(repo);
  const common = { kind: 'owner' as const, path: path ?? null, reason, until: dayOf(until), runId: null };
  if (/^v1:[0-9a-f]{32}$/.test(what))
    return suppressions.add({ ...common, repository: repo ?? null, rule: null, fingerprint: what, issueId: null }, actor);
  const issue = /^[A-Za-z][A-Za-z0-9]*-\d+$/.test(what) ? await ecosystem.get(what) : null;
  if (issue) {
    const [repository] = issue.repos;
    if (!issue.fingerprint || !repository)
      throw new InvalidRequest(`Issue ${issue.id} was not found by a review, so there is nothing to suppress. Close it instead.`);
    const stored = await suppressions.add({ ...common, repository, rule: null, fingerprint: issue.fingerprint, issueId: issue.id }, actor);
    await ecosystem.hold(issue.id, toSuppressed(stored));
    return stored;
  }
  await checkRule(what);
  return suppressions.add({ ...common, repository: repo ?? null, rule: what, fingerprint: null, issueId: null }, actor);
}

/** A typing mistake would suppress nothing and look as if it did; rules of foreign tools cannot be known. */
async function checkRule(named: string): Promise<void> {
  if (!/^[\w@][\w@./-]{0,149}(?:\/\*)?$/.test(named))
    throw new InvalidRequest(`"${oneLine(named).slice(0, 60)}" is no rule, fingerprint or issue.`);
  if (named.includes('/')) return;
  const { rules } = await ruleTable();
  if (rules.some(({ id, class: kind }) => kind === named || id.endsWith(`/${named}`))) return;
  throw new InvalidRequest(`There is no rule, class of rules or issue "${named}". Write a rule as a review shows it, such as ruff/F821.`);
}

/** The last day still counts. */
function dayOf(until: string | undefined): Date | null {
  if (until === undefined) return null;
  const at = /^\d{4}-\d\d-\d\d$/.test(until) ? Date.parse(`${until}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidRequest(`"${oneLine(until).slice(0, 40)}" is no date. Write it as YYYY-MM-DD.`);
  return new Date(at + 86_400_000);
}

const whatOf = ({ rule, path, fingerprint, issueId }: StoredSuppression) =>
  oneLine([issueId ?? fingerprint ?? rule ?? '', path ? `in ${path}` : ''].filter(Boolean).join(' ') || 'everything');
const untilOf = ({ until, expired }: StoredSuppression) =>
  until === null ? '' : `${expired ? 'expired ' : ''}${new Date(until.getTime() - 1).toISOString().slice(0, 10)}`;
const line = (stored: StoredSuppression) =>
  `${stored.id}: ${whatOf(stored)} does not count ${stored.repository ? `in ${oneLine(stored.repository)} ` : ''}until ${untilOf(stored)}: ${oneLine(stored.reason)}`;

function toJson({ id, source, repository, rule, path, fingerprint, issueId, reason, by, createdAt, until, expired }: StoredSuppression) {
  return {
    id,
    kind: source,
    repository,
    rule,
    path,
    fingerprint,
    issue_id: issueId,
    reason,
    by,
    created_at: createdAt.toISOString(),
    until: until?.toISOString() ?? null,
    expired,
  };
}
