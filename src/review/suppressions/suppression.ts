import picomatch from 'picomatch';
import { z } from 'zod';

/** Where it was said: by the repository's own file, by the bot's owner, from a review by a person, in the source, by a tool's own log. */
export const suppressionSources = ['repository', 'owner', 'contest', 'comment', 'tool'] as const;

/** Why findings do not count (RV-9). At least one of rule, path and fingerprint is named; all that are named must match. */
export interface Suppression {
  /** `S-4` of the owner's store; a place such as `src/a.py:12` for a comment; `.mahavishnu.yaml 1` for an entry of that file. */
  id: string;
  source: (typeof suppressionSources)[number];
  /** `ruff/F821`, or a class of rules such as `undefined-name`, or `ruff/*`. */
  rule: string | null;
  /** A pattern of paths. */
  path: string | null;
  fingerprint: string | null;
  /** What of the fingerprint stays when the file is renamed, as the suppressed issue knows it. */
  moved?: { rule: string; print: string };
  reason: string;
  by: string;
  /** From then on its findings count again. */
  until: Date | null;
}

/** What of a suppression is kept with the finding it holds back. */
export const Suppressed = z.object({
  id: z.string(),
  source: z.enum(suppressionSources),
  reason: z.string(),
  by: z.string(),
  /** ISO; null: no end is named. */
  until: z.string().nullable(),
});
export type Suppressed = z.infer<typeof Suppressed>;

export function toSuppressed({ id, source, reason, by, until }: Suppression): Suppressed {
  return { id, source, reason, by, until: until?.toISOString() ?? null };
}

export const hasExpired = ({ until }: Pick<Suppression, 'until'>, now: Date): boolean => until !== null && until <= now;

/** Whether this rule is meant: by its id, by the part before a star, or by its class. */
export function namesRule(named: string, { id, class: kind }: { id: string; class: string }): boolean {
  if (named.endsWith('/*')) return id.startsWith(named.slice(0, -1));
  // `no-eval` is how people speak of `oxlint/no-eval`.
  return named === id || named === kind || (!named.includes('/') && id.slice(id.indexOf('/') + 1) === named);
}

const patterns = new Map<string, (path: string) => boolean>();

/** A name without a slash means that file or folder anywhere. */
export function matchesPath(pattern: string, path: string): boolean {
  let matches = patterns.get(pattern);
  if (!matches) {
    const whole = pattern.endsWith('/') ? `${pattern}**` : pattern;
    matches = picomatch(whole.includes('/') ? whole : [`**/${whole}`, `**/${whole}/**`], { dot: true });
    if (patterns.size > 1_000) patterns.clear();
    patterns.set(pattern, matches);
  }
  return matches(path);
}
