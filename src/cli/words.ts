import type { Approval } from '../approvals/approval.js';
import type { Run } from '../bot.js';
import { type ReviewCoverage, withoutTools } from '../review/finding.js';
import type { GateSummary, RunEvent, SuppressionSummary } from '../runs/events.js';
import { type FixProgress, type RunStage, runStages } from '../runs/progress.js';
import { type Actor, hasEnded } from '../runs/run.js';
import { between, commandLine, count, duration, oneLine, type Sign, shorten, signs, stageSigns, time } from './text.js';

/** `review and fix, critical` */
export function whatIsDone({ request: { autoFix, offersFixes, scope, dryRun, since } }: Run): string {
  const what = `${autoFix || offersFixes ? 'review and fix' : 'review'}, ${scope}`;
  return [what, since ? `since ${shorten(since, 40)}` : '', dryRun ? 'dry run' : ''].filter(Boolean).join(', ');
}

/** `shop-api · review, critical · run r-7f3k · commit 4c1d2e9 on main` */
export function titleLine(run: Run): string {
  const { commit, branch } = run.progress;
  const where = commit ? ` · commit ${commit.slice(0, 7)}${branch && branch !== 'HEAD' ? ` on ${shorten(branch, 40)}` : ''}` : '';
  return `${oneLine(run.repository)} · ${whatIsDone(run)} · run ${run.id}${where}`;
}

export interface StageWords {
  sign: Sign;
  words: string;
}

export function stageWords(run: Run, now: Date): StageWords[] {
  const { dryRun, autoFix, offersFixes } = run.request;
  const shown: readonly RunStage[] = dryRun || !(autoFix || offersFixes) ? ['review'] : runStages;
  return shown.map((stage) => {
    const { state, startedAt, endedAt } = run.progress.stages[stage];
    const { fixes } = run.progress;
    const through = fixes.filter(({ status }) => status !== 'waiting' && status !== 'working').length;
    const name = stage === 'fixing' && fixes.length > 0 ? `fixing ${through} of ${fixes.length}` : stage;
    const took = startedAt && state !== 'waiting' && state !== 'skipped' ? ` ${between(startedAt, endedAt ?? now)}` : '';
    return { sign: stageSigns[state], words: state === 'skipped' ? `${name}, not needed` : `${name}${stage === 'approval' ? '' : took}` };
  });
}

/** `✓ MHV-012 fixed · ruff, 1 file, +6 −2 · fast ✓ · tests 214 ✓` */
export function fixWords(fix: FixProgress): StageWords {
  const { issueId, status, fixer, files, added, removed, gates, reason, title } = fix;
  const change = fixer ? ` · ${fixer}, ${count(files, 'file')}, +${added} −${removed}` : '';
  const judged = gates.length > 0 ? ` · ${gateWords(gates)}` : '';
  const why = reason ? ` · ${shorten(reason, 120)}` : '';
  switch (status) {
    case 'waiting':
      return { sign: signs.waiting, words: `${issueId} ${oneLine(title)}` };
    case 'working':
      return { sign: signs.running, words: `${issueId} ${oneLine(title)}` };
    case 'fixed':
      return { sign: signs.done, words: `${issueId} fixed${change}${judged}` };
    case 'needs_approval':
      return { sign: signs.look, words: `${issueId} needs an approval${change}${judged}` };
    case 'taken_out':
      return { sign: signs.failed, words: `${issueId} taken out again${why}` };
    case 'not_fixed':
      return { sign: signs.failed, words: `${issueId} not fixed${why} · rolled back` };
  }
}

export function gateWords(gates: readonly GateSummary[]): string {
  const of = { passed: signs.done, failed: signs.failed, unknown: signs.look };
  return gates.map(({ stage, status, words }) => `${shorten(words, 80) || stage} ${of[status]}`).join(' · ');
}

/** `412 of 420 files read (6 generated, 2 too large skipped) · 4 agents, none failed · without mypy (not found)` */
export function coverageLine({ files, read, skipped, agents, off = [], tools }: ReviewCoverage): string {
  const failed = agents.filter(({ status }) => status === 'failed');
  const names = failed.map(({ agent, reason }) => `${agent}${reason ? ` (${shorten(reason, 160)})` : ''}`).join(', ');
  const ran = `${count(agents.length, 'agent')}, ${failed.length === 0 ? 'none failed' : `${failed.length} failed: ${names}`}`;
  const spent = agents.reduce((all, { usage }) => all + (usage?.usd ?? 0), 0);
  const without =
    off.length > 0 ? `, ${off.length} off: ${off.map(({ agent, reason }) => `${agent} (${shorten(reason, 160)})`).join(', ')}` : '';
  return `${read} of ${count(files, 'file')} read${skippedWords(skipped)} · ${ran}${without}${toolWords(tools)}${spent > 0 ? ` · ${usd(spent)}` : ''}`;
}

function toolWords(tools: ReviewCoverage['tools']): string {
  const left = withoutTools(tools);
  return left === '' ? '' : ` · without ${left}`;
}

/** Cents matter little, but a run that cost something never reads as free. */
export const usd = (amount: number): string => `${amount < 0.01 ? 'under 0.01' : amount.toFixed(2)} USD`;
/** What does not count and why it might: nothing when nobody suppressed anything. */
export function suppressionLines(suppressed: SuppressionSummary | undefined): string[] {
  if (!suppressed) return [];
  const said = [...suppressed.expired.map((text) => `${text}: it counts again`), ...suppressed.problems];
  return [
    ...(suppressed.count > 0 ? [`${count(suppressed.count, 'finding')} suppressed, with the reasons in --json`] : []),
    ...said.map((text) => `${signs.look} ${oneLine(text)}`),
  ];
}

/** ` (6 generated, 2 too large skipped, 1 read in part)` */
function skippedWords(skipped: ReviewCoverage['skipped']): string {
  const list = (some: ReviewCoverage['skipped']) => some.map(({ reason, count: n }) => `${n} ${reason}`).join(', ');
  const left = list(skipped.filter(({ count: n, reason }) => n > 0 && reason !== 'read in part'));
  const parts = list(skipped.filter(({ count: n, reason }) => n > 0 && reason === 'read in part'));
  const words = [left && `${left} skipped`, parts].filter(Boolean).join(', ');
  return words && ` (${words})`;
}

export function countsLine(counts: Record<'P0' | 'P1' | 'P2', number>): string {
  const total = counts.P0 + counts.P1 + counts.P2;
  if (total === 0) return 'nothing found';
  const split = (['P0', 'P1', 'P2'] as const)
    .filter((priority) => counts[priority] > 0)
    .map((priority) => `${counts[priority]} ${priority}`);
  return `${count(total, 'finding')}: ${split.join(', ')}`;
}

/** One line for each event, for a log; null for those that another line says already. */
export function eventLine(event: RunEvent): StageWords | null {
  const line = (sign: Sign, words: string): StageWords => ({ sign, words });
  switch (event.type) {
    case 'started':
      return line(signs.running, 'started');
    case 'pinned':
      return line(signs.done, `commit ${event.commit.slice(0, 7)}${event.branch === 'HEAD' ? '' : ` on ${shorten(event.branch, 60)}`}`);
    case 'review_started':
      return line(signs.running, `review, ${event.scope}`);
    case 'agent_completed': {
      const { agent, status, findings, durationMs, reason } = event.outcome;
      return status === 'done'
        ? line(signs.done, `agent ${agent}: ${count(findings, 'finding')} in ${duration(durationMs)}`)
        : line(signs.failed, `agent ${agent} failed: ${shorten(reason ?? 'no reason given', 200)}`);
    }
    case 'reviewed': {
      const { tracked } = event;
      const known = tracked
        ? ` · ${tracked.created} new · ${tracked.known} known · ${tracked.reopened} back · ${tracked.resolved} gone`
        : '';
      return line(
        signs.done,
        `review: ${countsLine(event.counts)}${known}${event.suppressed?.count ? ` · ${event.suppressed.count} suppressed` : ''}`,
      );
    }
    case 'contested':
      return line(
        signs.look,
        `${event.issueId ?? event.findingId} contested by ${shorten(event.suppressed.by, 60)}: ${shorten(event.suppressed.reason, 160)}`,
      );
    case 'fixes_offered':
      return line(signs.waiting, `someone may choose what to fix until ${time(event.until)}`);
    case 'fixing_started':
      return line(signs.running, `fixing ${count(event.targets.length, 'issue')}`);
    case 'base_judged':
      return event.passed
        ? line(signs.done, `gates before any change: ${gateWords(event.gates)}`)
        : line(signs.look, `gates do not pass before any change: ${shorten(event.blockers.join('; ') || gateWords(event.gates), 300)}`);
    case 'fix_started':
      return line(signs.running, `${event.issueId} in pool ${event.pool}`);
    case 'fix_gated':
      return null;
    case 'fix_ended':
      return fixWords({ ...event, findingId: '', title: '', priority: 'P2', pool: 'general' });
    case 'integrating':
      return line(signs.running, `putting ${count(event.fixes, 'fix', 'fixes')} together, gates on the whole`);
    case 'integrated':
      return event.passed
        ? line(
            signs.done,
            `${count(event.issueIds.length, 'fix', 'fixes')} together on ${event.head.slice(0, 7)}: ${gateWords(event.gates)}`,
          )
        : line(signs.failed, `all fixes together: ${shorten(event.blockers.join('; ') || 'gates did not pass', 300)}`);
    case 'handed_over':
      return handoverLine(event);
    case 'approval_requested':
      return line(signs.waiting, `waits for approval ${event.approvalId} (${event.approvalType.replaceAll('_', ' ')})`);
    case 'approval_ended':
      return line(
        event.status === 'approved' ? signs.done : signs.look,
        `approval ${event.approvalId} ${event.status}${event.choice ? `: ${shorten(event.choice, 60)}` : ''}`,
      );
    case 'held':
      return line(signs.look, `approval ${event.approvalId} expired, nothing was released`);
    case 'bumped':
      return line(signs.done, `version ${event.version} tagged ${event.tag} at ${event.commit.slice(0, 7)}`);
    case 'published':
      return line(
        signs.done,
        `${shorten(event.name, 80)} ${event.version} ${event.already ? 'was already on' : 'published to'} ${shorten(event.target, 40)} (${shorten(event.where, 120)})`,
      );
    case 'release_skipped':
      return line(signs.waiting, `no release: ${shorten(event.why, 200)}`);
    case 'waiting':
      return line(signs.waiting, `waits for ${shorten(event.for, 200)}`);
    case 'waited':
      return null;
    case 'cancel_requested':
      return line(signs.look, `being cancelled, asked by ${shorten(event.by, 80)}`);
    case 'ended':
      return null;
  }
}

function handoverLine({ how, branch, commit, why }: Extract<RunEvent, { type: 'handed_over' }>): StageWords {
  const because = why ? ` (${shorten(why, 200)})` : '';
  if (how === 'push') return { sign: signs.done, words: `pushed to ${shorten(branch ?? '?', 80)} as ${commit?.slice(0, 7) ?? '?'}` };
  if (how === 'patch') return { sign: signs.done, words: `kept as a patch${because}` };
  return { sign: signs.look, words: `nothing handed over${because}` };
}

/** `✓ 3 findings · nothing was fixed · 38 s` */
export function outcomeLine(run: Run, now = new Date()): StageWords {
  const { end, review } = run.progress;
  const took = between(run.createdAt, end?.at ?? now);
  if (!end)
    return {
      sign: signs.running,
      words: `${run.progress.waitingFor ? `waits for ${run.progress.waitingFor}` : 'still running'} · ${took}`,
    };
  const incomplete =
    review?.coverage.agents.some(({ status }) => status === 'failed') || run.progress.fixes.some(({ status }) => status !== 'fixed');
  const sign = end.status === 'failed' ? signs.failed : end.status === 'cancelled' || incomplete ? signs.look : signs.done;
  return {
    sign,
    words: [shorten(end.line, 600) || end.status, end.reference ? `reference ${end.reference}` : '', took].filter(Boolean).join(' · '),
  };
}

export function who(actor: Actor): string {
  if (actor.kind === 'schedule') return `the schedule ${oneLine(actor.id)}`;
  if (actor.kind === 'system') return 'Mahavishnu';
  return `${oneLine(actor.name ?? actor.id)}${actor.kind === 'local' ? ' at the terminal' : ''}`;
}

/** `admin (not dana)` */
export function mayApprove({ policy, requestedBy }: Approval): string {
  const except = policy.fourEyes && requestedBy.kind !== 'schedule' ? ` (not ${who(requestedBy)})` : '';
  return `${policy.approvers.map(oneLine).join(', ')}${except}${policy.quorum > 1 ? `, ${policy.quorum} of them` : ''}`;
}

/** What is asked, in one line. */
export function questionLine({ shown, repository }: Approval): string {
  const name = oneLine(repository);
  switch (shown.type) {
    case 'version_bump':
      return `Next version of ${name}? ${shown.current} → ${shown.suggested}, ${shorten(shown.reason, 160)}.`;
    case 'publish':
      return `Publish ${name} ${shown.version}?`;
    case 'high_risk_fix':
      return `Accept the fix of ${shown.issueId} in ${name}, which changes ${shorten(shown.files.join(', '), 160)}?`;
    case 'budget':
      return `Go on with ${name}? ${shorten(shown.used, 80)} of ${shorten(shown.limit, 80)} are used.`;
    case 'self_improvement':
      return `Improve the bot itself: ${shorten(shown.description, 200)}?`;
  }
}

/** What the person decides on, below the question. */
export function shownLines({ shown }: Approval): string[] {
  switch (shown.type) {
    case 'version_bump':
      return [
        `commit ${shown.commit.slice(0, 7)} on ${shorten(shown.branch, 60)} · +${shown.diff.added} −${shown.diff.removed} in ${count(shown.diff.files, 'file')}`,
        `gates ${shorten(shown.gates, 400)}`,
      ];
    case 'publish':
      return [
        `commit ${shown.commit.slice(0, 7)} on ${shorten(shown.branch, 60)}`,
        ...shown.artefacts.map(({ name, bytes, sha256 }) => `${shorten(name, 100)} ${Math.ceil(bytes / 1000)} kB, sha256 ${sha256}`),
        ...shown.registry.map((entry) => shorten(entry, 200)),
        shorten(shown.dryPublication, 200),
      ].filter(Boolean);
    case 'high_risk_fix':
      return [shorten(shown.title, 200), `commit ${shown.commit.slice(0, 7)} · ${shorten(shown.diff, 100)}`];
    case 'budget':
    case 'self_improvement':
      return [];
  }
}

/** The command that answers this approval from a terminal. */
export function answerCommand({ id, options }: Pick<Approval, 'id' | 'options'>): string {
  const choice = (options.find(({ recommended }) => recommended) ?? options[0])?.value;
  return commandLine(['approvals', 'approve', id, ...(choice ? ['--choice', choice] : [])]);
}

/** `running`, or what it waits for. */
export function stateWords(run: Run): string {
  if (hasEnded(run.status)) return run.status;
  if (run.status === 'recorded') return 'not begun';
  return run.progress.waitingFor ? `waits for ${oneLine(run.progress.waitingFor)}` : run.status;
}
