import type { Finding } from '../finding.js';
import { printOf } from '../fingerprint.js';
import type { IgnoreComment } from './comments.js';
import { hasExpired, matchesPath, namesRule, type Suppressed, type Suppression, toSuppressed } from './suppression.js';

export interface CommentHere extends IgnoreComment {
  file: string;
  by: string;
  until: string | null;
  /** When its effect ends; after that it does not count any more. */
  ends: Date | null;
}

export interface Applied {
  /** What counts. */
  findings: Finding[];
  suppressed: { finding: Finding; suppressed: Suppressed }[];
  /** Suppressions that would have held a finding back, had they not expired: one line each. */
  expired: string[];
}

/** Takes out of a review what people said does not count, with the reason (RV-9). What has expired counts again and is said. */
export function applySuppressions(
  found: readonly Finding[],
  {
    list,
    comments,
    classOf,
    now,
  }: { list: readonly Suppression[]; comments: readonly CommentHere[]; classOf: (finding: Finding) => string; now: Date },
): Applied {
  const findings: Finding[] = [];
  const suppressed: Applied['suppressed'] = [];
  const expired = new Map<string, string>();
  const byFile = new Map<string, CommentHere[]>();
  for (const comment of comments) byFile.set(comment.file, [...(byFile.get(comment.file) ?? []), comment]);

  for (const finding of found) {
    const rule = { id: finding.rule, class: classOf(finding) };
    const matching = list.filter((entry) => matches(entry, finding, rule));
    const holding = matching.find((entry) => !hasExpired(entry, now));
    if (holding) {
      suppressed.push({ finding, suppressed: toSuppressed(holding) });
      continue;
    }
    for (const entry of matching) expired.set(entry.id, expiredLine(entry.id, entry.by, entry.until));

    const said = (byFile.get(finding.file) ?? []).filter(({ rules }) => rules.some((name) => namesRule(name, rule)));
    for (const comment of said)
      if (comment.ends !== null && comment.ends <= now && finding.places.some((place) => covers(comment, place)))
        expired.set(idOf(comment), expiredLine(idOf(comment), comment.by, comment.ends));
    const valid = said.filter(({ ends }) => ends === null || ends > now);
    const left = finding.places.filter((place) => !valid.some((comment) => covers(comment, place)));
    if (left.length === finding.places.length) findings.push(finding);
    else if (left.length > 0) findings.push(withPlaces(finding, left));
    else {
      const comment = valid.find((each) => covers(each, finding.places[0]!))!;
      suppressed.push({
        finding,
        suppressed: {
          id: idOf(comment),
          source: 'comment',
          reason: comment.reason,
          by: comment.by,
          until: comment.ends?.toISOString() ?? null,
        },
      });
    }
  }
  return {
    findings: findings.map((finding, at) => ({ ...finding, id: `F-${at + 1}` })),
    suppressed: suppressed.map((entry, at) => ({ ...entry, finding: { ...entry.finding, id: `S-${at + 1}` } })),
    expired: [...expired.values()],
  };
}

function matches({ rule, path, fingerprint, moved }: Suppression, finding: Finding, names: { id: string; class: string }): boolean {
  if (rule === null && path === null && fingerprint === null) return false;
  return (
    (fingerprint === null || fingerprint === finding.fingerprint || (moved?.rule === finding.rule && moved.print === printOf(finding))) &&
    // A fingerprint says it all: which of two tools speaks for a defect may change.
    (rule === null || fingerprint !== null || namesRule(rule, names)) &&
    (path === null || finding.places.every(({ file }) => matchesPath(path, file)))
  );
}

const covers = ({ covers: lines }: IgnoreComment, { startLine }: { startLine: number }) => lines.includes(startLine);
const idOf = ({ file, line }: CommentHere) => `${file}:${line}`;
const expiredLine = (id: string, by: string, until: Date | null) =>
  `suppression ${id} by ${by} expired${until ? ` on ${until.toISOString().slice(0, 10)}` : ''}`;

function withPlaces(finding: Finding, places: Finding['places']): Finding {
  const [first] = places as [Finding['places'][number]];
  const description = finding.description.replace(
    /\b\d+ places in this file\. /,
    places.length > 1 ? `${places.length} places in this file. ` : '',
  );
  return { ...finding, description, places, startLine: first.startLine, endLine: first.endLine };
}
