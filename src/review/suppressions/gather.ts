import { InvalidSettings } from '../../errors.js';
import { policyFile, readRepositoryPolicy } from '../../repos/policy.js';
import { redact } from '../../security/redact.js';
import type { Finding } from '../finding.js';
import type { CommentHere } from './apply.js';
import { readComments } from './comments.js';
import type { Suppression } from './suppression.js';

const day = 86_400_000;

/** What the settings allow a suppression to last. */
export interface SuppressionLimits {
  expireAfter: number;
  atMost: number;
}

/** The entries of a repository's own file at its base commit. An entry that lasts longer than allowed does not count, and is said. */
export async function repositorySuppressions(
  readFile: (path: string) => Promise<string | null>,
  { atMost, now }: { atMost: number; now: Date },
): Promise<{ list: Suppression[]; problems: string[] }> {
  let entries: Awaited<ReturnType<typeof readRepositoryPolicy>>['suppress'];
  try {
    entries = (await readRepositoryPolicy(readFile)).suppress;
  } catch (error) {
    if (!(error instanceof InvalidSettings)) throw error;
    return { list: [], problems: [`${policyFile} cannot be read, so none of its suppressions counts: ${error.userMessage.slice(0, 300)}`] };
  }
  const list: Suppression[] = [];
  const problems: string[] = [];
  for (const [at, { rule, path, fingerprint, until, reason, by }] of entries.entries()) {
    const id = `${policyFile} ${at + 1}`;
    const ends = new Date(Date.parse(`${until}T00:00:00Z`) + day); // The last day still counts.
    if (ends.getTime() > now.getTime() + atMost + day) {
      problems.push(
        `suppression ${id} does not count: until ${until} is longer than the ${Math.round(atMost / day)} days that settings allow`,
      );
      continue;
    }
    list.push({
      id,
      source: 'repository',
      rule: rule ?? null,
      path: path ?? null,
      fingerprint: fingerprint ?? null,
      reason: redact(reason),
      by: redact(by),
      until: ends,
    });
  }
  return { list, problems };
}

/** Who wrote a line, and when. */
export type Blame = (file: string, line: number) => Promise<{ by: string; at: Date } | null>;

/** The comments of the files that have findings, from their texts. Who wrote one, and when it ends, comes from git where it does not say so itself. */
export async function commentsOf(
  findings: readonly Finding[],
  { texts, blame, limits, now }: { texts: ReadonlyMap<string, string>; blame: Blame; limits: SuppressionLimits; now: Date },
): Promise<{ comments: CommentHere[]; problems: string[] }> {
  const comments: CommentHere[] = [];
  const problems: string[] = [];
  for (const file of new Set(findings.map((finding) => finding.file))) {
    const { comments: read, broken } = readComments(texts.get(file) ?? '');
    for (const { line, why } of broken) problems.push(`mahavishnu-ignore at ${file}:${line} ${why}`);
    const lines = new Set(
      findings.filter((finding) => finding.file === file).flatMap(({ places }) => places.map(({ startLine }) => startLine)),
    );
    for (const comment of read) {
      if (!comment.covers.some((line) => lines.has(line))) continue;
      const written = await blame(file, comment.line);
      const since = written?.at ?? now;
      const named = comment.until === null ? null : Date.parse(`${comment.until}T00:00:00Z`) + day;
      const latest = Math.min(since.getTime(), now.getTime()) + limits.atMost + day;
      if (named !== null && named > latest) {
        const days = Math.round(limits.atMost / day);
        problems.push(
          `mahavishnu-ignore at ${file}:${comment.line} lasts until ${comment.until}, longer than the ${days} days that settings allow`,
        );
        continue;
      }
      comments.push({
        ...comment,
        reason: redact(comment.reason),
        file,
        by: written?.by ?? 'unknown',
        ends: new Date(named ?? since.getTime() + limits.expireAfter),
      });
    }
  }
  return { comments, problems };
}
