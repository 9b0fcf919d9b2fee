import type { Bot } from './bot.js';
import type { Ecosystem } from './coordination/ecosystem.js';
import { InvalidRequest } from './errors.js';
import type { Suppressions } from './review/suppressions/store.js';
import { toSuppressed } from './review/suppressions/suppression.js';
import type { Runs } from './runs/store.js';

interface Parts {
  runs: Runs;
  ecosystem: Ecosystem;
  suppressions: Suppressions;
}

/**
 * Contesting a finding (RV-9): kept with who, why and until when, in the audit log too; its issue waits with the reason, and
 * everybody in the thread sees it. Repeating it renews it.
 */
export function contestFunction({ runs, ecosystem, suppressions }: Parts): Bot['contest'] {
  return async (runId, findingId, { reason, until }, actor) => {
    const run = await runs.get(runId);
    const tracked = (await runs.findings(runId)).find(({ finding }) => finding.id === findingId);
    if (!run || !tracked) {
      const before = (await runs.suppressed(runId)).find(({ finding }) => finding.id === findingId);
      if (!before)
        throw new InvalidRequest(`Run ${runId} has no finding ${findingId.slice(0, 40)} (any more).`, `/mahavishnu show ${runId}`);
      throw new InvalidRequest(`${before.suppressed.by} said so already: ${before.suppressed.reason}`);
    }
    const { finding, issueId } = tracked;
    const stored = await suppressions.add(
      {
        kind: 'contest',
        repository: run.repository,
        rule: finding.rule,
        path: null,
        fingerprint: finding.fingerprint,
        issueId,
        runId,
        reason,
        until,
      },
      actor,
    );
    const suppressed = toSuppressed(stored);
    await runs.suppress(runId, finding.fingerprint, suppressed);
    if (issueId !== null) await ecosystem.hold(issueId, suppressed);
    await runs.append(runId, `contested:${stored.id}:${stored.createdAt.toISOString()}`, {
      type: 'contested',
      findingId,
      issueId,
      priority: finding.priority,
      title: finding.title,
      suppressed,
    });
    return `${issueId ?? findingId} is contested until ${suppressed.until?.slice(0, 10)}: ${stored.reason}`;
  };
}
