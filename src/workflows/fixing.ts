import type { Run } from '../bot.js';
import { workflowIdOf } from '../bot-functions.js';
import { poolQueue } from '../engine/engine.js';
import type { FixTarget } from '../runs/events.js';
import { type AskRequest, goingOn, type registerAskApproval } from './ask-approval.js';
import type { WorkflowParts } from './parts.js';
import { type FixOutcome, registerFixIssue } from './stages/fix-issue.js';
import { type Integrated, registerIntegrateFixes } from './stages/integrate-fixes.js';
import { registerJudgeBase } from './stages/judge-base.js';
import { type ChildOptions, child, children, step } from './steps.js';

const rank = { P0: 1, P1: 2, P2: 3 } as const;

/** Fixes the chosen issues side by side, asks about the risky ones, and integrates what passed. */
export function registerFixing(parts: WorkflowParts, ask: ReturnType<typeof registerAskApproval>) {
  const { runs, ecosystem } = parts;
  const judgeBase = registerJudgeBase(parts);
  const fixIssue = registerFixIssue(parts);
  const integrateFixes = registerIntegrateFixes(parts);

  return async function fixing(
    run: Run,
    pinned: string,
    issues: readonly { findingId: string; issueId: string }[],
    askedBy: string,
  ): Promise<Integrated> {
    const { id: runId, repository } = run;
    const prefix = workflowIdOf(runId);
    const { targets, taken } = await step('claim', async () => {
      const findings = new Map((await runs.findings(runId)).map(({ finding }) => [finding.id, finding]));
      const wanted: FixTarget[] = issues.flatMap(({ findingId, issueId }) => {
        const finding = findings.get(findingId);
        return finding ? [{ issueId, findingId, title: finding.title, priority: finding.priority, pool: finding.pool }] : [];
      });
      // The same issue is never worked on by two runs (FX-6).
      const refused: string[] = [];
      for (const target of wanted) if (!(await ecosystem.claim(target.issueId, runId))) refused.push(target.issueId);
      await runs.append(runId, 'fixing-started', { type: 'fixing_started', targets: wanted, askedBy });
      for (const issueId of refused) {
        const reason = 'another run is working on it, or it is no longer open';
        await runs.append(runId, `fix-ended:${issueId}`, {
          type: 'fix_ended',
          issueId,
          status: 'not_fixed',
          fixer: null,
          files: 0,
          added: 0,
          removed: 0,
          gates: [],
          reason,
        });
      }
      return { targets: wanted.filter(({ issueId }) => !refused.includes(issueId)), taken: refused.length };
    });
    parts.log.info({ run: runId, fixes: targets.length, taken }, 'fixing');

    const base = await child(judgeBase, { id: `${prefix}:judge-base`, queue: 'busy' }, runId, pinned);
    const outcomes = await children(
      fixIssue,
      targets.map(({ issueId, findingId, pool, priority }) => ({
        options: { id: `${prefix}:fix:${issueId}`, queue: poolQueue(pool), priority: rank[priority] },
        args: [{ runId, issueId, findingId, pool, pinned, base }],
      })),
    );
    const accepted = await askAboutRisks(run, outcomes);
    const issueIds = targets.map(({ issueId }) => issueId).filter((issueId) => accepted.has(issueId));
    const whole = await child(integrateFixes, { id: `${prefix}:integrate`, queue: 'repo', repository }, { runId, pinned, base, issueIds });
    await step('settle-issues', async () => {
      for (const issueId of whole.issueIds) {
        const outcome = outcomes.find((candidate) => candidate.issueId === issueId);
        if (whole.pushed !== null) {
          await ecosystem.resolve(issueId, {
            commit: whole.head,
            fixedBy: outcome?.fixer ?? 'mahavishnu',
            gates: (outcome?.gates ?? []).map(({ stage, status }) => `${stage} ${status}`),
          });
        } else await ecosystem.giveBack(issueId, runId, `fixed in the patch of ${runId}, which nobody applied yet`);
      }
    });
    return whole;
  };

  /** A fix of high-risk files or weakened tests waits for a word; only the run waits, never a worker (FX-4). */
  async function askAboutRisks(run: Run, outcomes: readonly FixOutcome[]): Promise<Set<string>> {
    const accepted = new Set(outcomes.filter(({ status }) => status === 'fixed').map(({ issueId }) => issueId));
    const risky = outcomes.filter(({ status }) => status === 'needs_approval');
    const questions: { options: ChildOptions; args: [AskRequest] }[] = [];
    for (const outcome of risky) {
      const { issueId } = outcome;
      const shown = await step(`show:${issueId}`, async () => {
        const issue = await ecosystem.get(issueId);
        return {
          type: 'high_risk_fix' as const,
          repository: run.repository,
          issueId,
          title: issue?.title ?? issueId,
          commit: outcome.commit ?? '',
          files: outcome.risks,
          diff: `+${outcome.added} −${outcome.removed}`,
        };
      });
      const accept = {
        value: 'accept',
        label: `Accept ${issueId}`,
        description: 'The fix is integrated with the others.',
        recommended: false,
      };
      questions.push({
        options: { id: `${workflowIdOf(run.id)}:ask:${issueId}` },
        args: [
          {
            runId: run.id,
            repository: run.repository,
            type: 'high_risk_fix',
            subject: issueId,
            shown,
            options: [accept],
            requestedBy: run.request.requestedBy,
          },
        ],
      });
    }
    const answers = (await children(ask, questions)).map(goingOn);
    for (const [index, answer] of answers.entries()) {
      const outcome = risky[index];
      if (!outcome) continue;
      const { issueId } = outcome;
      if (answer.status === 'approved') accepted.add(issueId);
      const status = answer.status === 'approved' ? ('fixed' as const) : ('not_fixed' as const);
      const reason = status === 'fixed' ? null : `not accepted: ${answer.reason ?? answer.status}`;
      await step(`tell:${issueId}`, async () => {
        const { fixer, files, added, removed, gates } = outcome;
        await runs.append(run.id, `fix-decided:${issueId}`, {
          type: 'fix_ended',
          issueId,
          status,
          fixer,
          files: files.length,
          added,
          removed,
          gates,
          reason,
        });
        if (status === 'not_fixed') await ecosystem.giveBack(issueId, run.id, reason ?? '');
      });
    }
    return accepted;
  }
}
