import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run, SuppressedFinding } from '../../bot.js';
import { isBotError } from '../../errors.js';
import type { Repo } from '../../repos/source.js';
import type { AgentTeam } from '../../review/agents.js';
import { readSource } from '../../review/analyzers/source-file.js';
import { engineParts } from '../../review/engines/parts.js';
import type { AgentOutcome, Finding, ReviewResult } from '../../review/finding.js';
import type { Stood } from '../../review/refute/standing.js';
import { reviewTree } from '../../review/review-tree.js';
import { ruleTable } from '../../review/rules/table.js';
import { importSarif } from '../../review/sarif/import.js';
import { classByRule, mergeImported } from '../../review/sarif/merge.js';
import { readSarif, type SarifRun } from '../../review/sarif/read.js';
import { introduced } from '../../review/since.js';
import { applySuppressions } from '../../review/suppressions/apply.js';
import { mayHaveComments } from '../../review/suppressions/comments.js';
import { commentsOf, repositorySuppressions } from '../../review/suppressions/gather.js';
import type { SuppressionSummary } from '../../runs/events.js';
import { loadArtefact } from '../artefacts.js';
import type { WorkflowParts } from '../parts.js';
import { teamAt, toolsFor } from '../review-team.js';
import { scratchFor } from '../scratch.js';
import { cancelSignal } from '../steps.js';

export interface LookedAt extends ReviewResult {
  suppressed: SuppressedFinding[];
  summary: SuppressionSummary;
}

/** Is given what can wait until the review is told. */
export type Afterwards = (work: () => Promise<void>) => void;

/** Everything that one run finds at its commit: our own agents, what was imported, what of it is new, what people hold back. */
export async function lookAt(parts: WorkflowParts, run: Run, repo: Repo, commit: string, afterwards: Afterwards): Promise<LookedAt> {
  const { since } = run.request;
  const base = since === null ? commit : await parts.clones.pinBase(repo, since, commit, { signal: cancelSignal() });
  // Who reviews, and what does not count, is said before the change, never by it.
  const said = Promise.all([teamAt(parts, repo, base), suppressionsAt(parts, repo, base)]);
  const asked = said.then(async ([team]) => ({ team, imports: await importsOf(parts, run) }));
  // With a second look, at the tree before the change, nothing can wait: that one goes by what is kept of this one.
  const after = await look(parts, run, repo, commit, {
    asked,
    ...(since === null ? { afterwards, stood: () => stoodAt(parts, repo, commit) } : {}),
  });
  const [team, repository] = await said;
  const result = since === null ? after : { ...after, ...(await onlyNew(parts, run, repo, { base, commit, team, after })) };
  return holdBack(parts, run, repo, { commit, result, repository });
}

interface WholeReview extends ReviewResult {
  /** Texts of those files with findings that may have a `mahavishnu-ignore` comment. */
  marked: ReadonlyMap<string, string>;
  byTools: { finding: Finding; reason: string }[];
  classes: ReadonlyMap<string, string>;
}

/** What the change introduced, in the files it touched and in those it did not: both trees are looked at whole (RV-5). */
async function onlyNew(
  parts: WorkflowParts,
  run: Run,
  repo: Repo,
  { base, commit, team, after }: { base: string; commit: string; team: AgentTeam; after: WholeReview },
): Promise<Pick<ReviewResult, 'findings' | 'coverage'>> {
  if (base === commit) return { findings: [], coverage: after.coverage };
  const before = await look(parts, run, repo, base, { asked: Promise.resolve({ team, imports: [] }) });
  const renames = await parts.clones.renamesBetween(repo, base, commit);
  // An agent that failed before the change knows nothing of what was there: all it says now would look new.
  const failedBefore = before.coverage.agents.filter(({ status }) => status === 'failed');
  const agents: AgentOutcome[] = after.coverage.agents.map((outcome) => {
    const failed = failedBefore.find(({ agent }) => agent === outcome.agent);
    return failed && outcome.status === 'done' ? { ...outcome, status: 'failed', reason: `before the change: ${failed.reason}` } : outcome;
  });
  // A log that was imported speaks of the tree after the change alone, so only what it says of changed files can be new.
  const changed = new Set((await parts.clones.diffStat(repo, base, commit)).files.map(({ path }) => path));
  const candidates = after.findings.filter(({ rule, file }) => !after.classes.has(rule) || changed.has(file));
  return { findings: introduced(candidates, before.findings, renames), coverage: { ...after.coverage, agents } };
}

/** The SARIF logs that came with the request. One that cannot be read is a failed agent of this run, and says so. */
async function importsOf(parts: WorkflowParts, { request }: Run): Promise<(SarifRun | AgentOutcome)[]> {
  const read: (SarifRun | AgentOutcome)[] = [];
  for (const { from, name, shown } of request.imports ?? []) {
    try {
      const content = await loadArtefact(parts, from, name);
      read.push(...readSarif(content.toString('utf8'), { shown, ...(request.path ? { root: request.path } : {}) }));
    } catch (error) {
      if (!isBotError(error)) throw error;
      read.push({ agent: shown, perspective: 'language', status: 'failed', findings: 0, durationMs: 0, reason: error.userMessage });
    }
  }
  return read;
}

interface LookRequest {
  asked: Promise<{ team: AgentTeam; imports: readonly (SarifRun | AgentOutcome)[] }>;
  afterwards?: Afterwards;
  /** Not for a review of a change: what that brings is new, wherever it shows. */
  stood?: () => Promise<Stood | null>;
}

async function look(
  parts: WorkflowParts,
  run: Run,
  repo: Repo,
  commit: string,
  { asked, afterwards, stood }: LookRequest,
): Promise<WholeReview> {
  const { clones, folders, log, settings } = parts;
  const { scope } = run.request;
  const scratch = scratchFor(parts, run.id, `review-${commit.slice(0, 12)}`);
  const checkedOut = clones.tree({ repo, commit, run: run.id, id: `review-${commit.slice(0, 12)}` });
  try {
    const [tree, { team, imports }] = await Promise.all([checkedOut, asked]);
    const { agentTimeout: timeoutMs } = settings().review;
    const signal = cancelSignal();
    const own = await reviewTree({
      folder: tree.folder,
      commit,
      scope,
      scratch,
      signal,
      log: log.child({ run: run.id }),
      timeoutMs,
      team,
      engines: engineParts(settings()),
      owners: toolsFor(parts, repo),
      kept: { folder: join(folders.cache, 'results'), repository: repo.name },
      compiled: join(folders.cache, 'compiled'),
      changed: tree.changed ?? undefined,
      afterwards,
      stood,
    });
    if (imports.length === 0) return { ...own, marked: markedFiles(tree.folder, own), byTools: [], classes: new Map() };
    const table = await ruleTable();
    const runs = imports.filter((each): each is SarifRun => 'hits' in each);
    const imported = await importSarif({ runs, folder: tree.folder, readable: own.readFiles, scope, table, scratch, timeoutMs, signal });
    const agents = [...own.coverage.agents, ...imports.filter((each): each is AgentOutcome => 'agent' in each), ...imported.agents];
    const findings = mergeImported(own.findings, imported.findings, classByRule(table, imported.classes));
    return {
      ...own,
      findings,
      marked: markedFiles(tree.folder, { ...own, findings }),
      coverage: { ...own.coverage, agents },
      byTools: imported.suppressed,
      classes: imported.classes,
    };
  } finally {
    const tree = await checkedOut.catch(() => null);
    await tree?.remove();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What did not change for as long as `review.stood_for` says (RV-7); null when that is never, or nobody can know. */
async function stoodAt({ clones, settings, suppressions }: WorkflowParts, repo: Repo, commit: string): Promise<Stood | null> {
  const { stoodFor } = settings().review;
  if (stoodFor === null) return null;
  return clones.unchangedSince(repo, commit, new Date((await suppressions.now()).getTime() - stoodFor));
}

/** Read while the tree lies there: out of the clone each file would take two processes. */
function markedFiles(folder: string, { findings, readFiles }: Pick<ReviewResult, 'findings' | 'readFiles'>): Map<string, string> {
  const read = new Set(readFiles);
  const marked = new Map<string, string>();
  for (const file of new Set(findings.map((finding) => finding.file))) {
    const text = read.has(file) ? readSource(join(folder, file)) : '';
    if (mayHaveComments(text)) marked.set(file, text);
  }
  return marked;
}

type RepositorySuppressions = Awaited<ReturnType<typeof repositorySuppressions>>;

async function suppressionsAt(
  { clones, settings, suppressions }: WorkflowParts,
  repo: Repo,
  base: string,
): Promise<RepositorySuppressions> {
  const { atMost } = settings().review.suppressions;
  return repositorySuppressions((path) => clones.readFileAt(repo, base, path), { atMost, now: await suppressions.now() });
}

/** What people said does not count is taken out, with the reason (RV-9): all they said until now. */
async function holdBack(
  { clones, ecosystem, settings, suppressions }: WorkflowParts,
  run: Run,
  repo: Repo,
  { commit, result, repository }: { commit: string; result: WholeReview; repository: RepositorySuppressions },
): Promise<LookedAt> {
  const { byTools, classes, marked, ...review } = result;
  const now = await suppressions.now();
  const limits = settings().review.suppressions;
  const { comments, problems } = await commentsOf(review.findings, {
    texts: marked,
    blame: (file, line) => clones.blame(repo, commit, file, line),
    limits,
    now,
  });
  const issues = new Map((await ecosystem.list({ repo: run.repository })).map((issue) => [issue.id, issue]));
  const stored = (await suppressions.list({ repository: run.repository })).map((entry) => {
    const { rule, print } = (entry.issueId ? issues.get(entry.issueId)?.metadata : undefined) ?? {};
    return typeof rule === 'string' && typeof print === 'string' ? { ...entry, moved: { rule, print } } : entry;
  });
  const list = [...stored, ...repository.list];
  const classOf = classByRule(await ruleTable(), classes);
  const applied = applySuppressions(review.findings, { list, comments, classOf, now });
  const suppressed: SuppressedFinding[] = [
    ...applied.suppressed,
    ...byTools.map(({ finding, reason }) => {
      const by = finding.agents.join(', ');
      return { finding, suppressed: { id: by, source: 'tool' as const, reason, by, until: null } };
    }),
  ].map((entry, at) => ({ ...entry, finding: { ...entry.finding, id: `S-${at + 1}` } }));
  return {
    ...review,
    findings: applied.findings,
    suppressed,
    summary: {
      count: suppressed.length,
      expired: applied.expired.slice(0, 20),
      problems: [...repository.problems, ...problems].slice(0, 20),
    },
  };
}
