import type { Approval } from '../../src/approvals/approval.js';
import type { Bot, OpenIssue, Run, TrackedFinding, UpcomingSchedule, Vote } from '../../src/bot.js';
import { InvalidRequest, NotAllowed } from '../../src/errors.js';
import type { RunRequest } from '../../src/runs/run.js';

/** What the listeners hand over to, and nothing behind it: keeps what it was asked, in order. */
export function botAtTheBorder() {
  const asked: [string, ...unknown[]][] = [];
  const runs = new Map<string, Run>();
  const approvals = new Map<string, Approval>();
  const findings: TrackedFinding[] = [];
  const issues: OpenIssue[] = [];
  const schedules: UpcomingSchedule[] = [];
  const made = new Map<string, { id: string; repository: string }>();
  const recorded = new Map<string, string>();
  const behaviour = { recordTakesMs: 0, forbidden: false, mayNotDecide: '' };
  const note = (what: string, ...details: unknown[]) => void asked.push([what, ...details]);

  const bot: Bot = {
    async record(request: RunRequest, trigger: string) {
      if (behaviour.recordTakesMs > 0) await new Promise((resolve) => setTimeout(resolve, behaviour.recordTakesMs).unref());
      const known = recorded.get(trigger);
      note('record', request, trigger);
      const runId = known ?? `r-${recorded.size + 1}`;
      recorded.set(trigger, runId);
      return { runId, isNew: known === undefined };
    },
    begin: async (runId) => note('begin', runId),
    checkRepository(name) {
      if (!bot.repositoryNames().includes(name)) throw new InvalidRequest(`I don't know a repository "${name}".`);
    },
    repositoryNames: () => ['api', 'web'],
    repositoriesWithTag(tag) {
      if (tag !== 'backend') throw new InvalidRequest(`No repository has the tag "${tag}".`);
      return ['api', 'web'];
    },
    run: async (id) => runs.get(id) ?? null,
    runs: async ({ active } = {}) => [...runs.values()].filter((run) => !active || run.endedAt === null),
    findings: async () => findings,
    suppressed: async () => [],
    contestUntil: () => new Date('2027-02-19T00:00:00Z'),
    async contest(...args) {
      note('contest', ...args);
      return 'MHV-012 is contested until 2027-02-19: tests only';
    },
    async choose(runId, findingIds, chosen) {
      note('choose', runId, findingIds, chosen);
      for (const each of findings) if (findingIds.includes(each.finding.id)) each.chosen = chosen;
    },
    fix: async (...args) => note('fix', ...args),
    finishOffer: async (...args) => note('finishOffer', ...args),
    async cancel(runId, actor) {
      note('cancel', runId, actor);
      return { cancelled: true, why: `api · ${runId} is being cancelled.` };
    },
    approval: async (id) => approvals.get(id) ?? null,
    approvals: async () => [...approvals.values()].filter(({ status }) => status === 'pending'),
    async decide(id, vote: Vote) {
      note('decide', id, vote);
      const approval = approvals.get(id);
      if (!approval) return { accepted: false, why: `There is no approval ${id} (any more).`, approval: null };
      if (approval.status !== 'pending') return { accepted: false, why: 'It is over.', approval };
      if (vote.actor.name === 'mei')
        return { accepted: false, why: 'Only @release-team may approve this, and not who asked for it.', approval };
      if (vote.choice === 'nonsense') return { accepted: false, why: '"nonsense" is not a version.', approval };
      const decided: Approval = {
        ...approval,
        status: vote.vote === 'approve' ? 'approved' : 'rejected',
        choice: vote.choice,
        reason: vote.reason,
        decidedBy: vote.actor,
        decidedAt: new Date('2026-11-21T15:20:00Z'),
      };
      approvals.set(id, decided);
      return { accepted: true, approval: decided };
    },
    mayDecide: async (_, actor) => actor.id !== behaviour.mayNotDecide,
    openIssues: async () => issues,
    async createIssue(request, actor) {
      note('createIssue', request, actor);
      const before = made.get(request.source.key);
      if (before) return { ...before, isNew: false };
      const issue = { id: `MHV-${String(made.size + 31).padStart(3, '0')}`, repository: request.repository };
      made.set(request.source.key, issue);
      return { ...issue, isNew: true };
    },
    upcomingSchedules: () => schedules,
    async askAgain(id, actor) {
      note('askAgain', id, actor);
      return { asked: false, why: 'It was asked again already, see below.' };
    },
    async extend(id, actor) {
      note('extend', id, actor);
      return { extended: true, why: 'Extended to 16:12.' };
    },
    async authorise(_, what) {
      if (behaviour.forbidden) throw new NotAllowed(`Only ${what === 'admin' ? 'admins' : 'operators and admins'} may do this.`);
    },
    pause: async (actor) => note('pause', actor),
    resume: async (actor) => note('resume', actor),
    health: async () => [{ name: 'database', state: 'healthy', detail: '3 ms' }],
  };
  return { bot, asked, runs, approvals, findings, issues, schedules, behaviour, names: () => asked.map(([what]) => what) };
}

/** No budget of calls. */
export const unlimited = { take: async () => 0, block: async () => {} };
