import type { Check } from './finding.js';
import type { RawHit } from './hit.js';
import type { Rule } from './rules/rule.js';

/** A hit with its line of the rule table, lowered where its file asks for it. */
export interface LocatedHit extends RawHit {
  rule: Rule;
  /** Name of the agent of another engine that reported it. */
  agent?: string;
  check?: Check;
}

/** One place of one defect, with everything that reported it; `hits[0]` speaks for it. */
export interface MergedHit {
  lead: LocatedHit;
  hits: LocatedHit[];
}

const preference: Record<Rule['tool'], number> = {
  'ast-grep': 0,
  ruff: 1,
  oxlint: 2,
  secretlint: 3,
  pyright: 4,
  jscpd: 5,
  bandit: 6,
  mypy: 7,
  shellcheck: 8,
  zizmor: 9,
  publint: 10,
  knip: 11,
  'dependency-cruiser': 12,
  agent: 13,
};

/** Hits of one class in one file whose ranges overlap are the same defect, whichever tool reports it. */
export function mergeHits(hits: readonly LocatedHit[]): MergedHit[] {
  const groups = groupBy(hits, (hit) => `${hit.rule.class}\0${hit.file}`);
  return [...groups.values()].flatMap((group) => {
    const sorted = group.sort((a, b) => a.start - b.start || b.end - a.end);
    const clusters: { end: number; hits: LocatedHit[] }[] = [];
    for (const hit of sorted) {
      const last = clusters.at(-1);
      const end = Math.max(hit.end, hit.start + 1);
      if (last && hit.start < last.end) {
        last.hits.push(hit);
        last.end = Math.max(last.end, end);
      } else clusters.push({ end, hits: [hit] });
    }
    return clusters.map((cluster) => toMerged(cluster.hits));
  });
}

function toMerged(hits: LocatedHit[]): MergedHit {
  const ordered = [...hits].sort(
    (a, b) =>
      Number(b.fixable) - Number(a.fixable) ||
      preference[a.rule.tool] - preference[b.rule.tool] ||
      a.start - b.start ||
      b.end - a.end ||
      (a.code < b.code ? -1 : 1),
  );
  return { lead: ordered[0]!, hits: ordered };
}

/** Several tools that say the same raise the confidence, each tool and agent counted once. */
export function agreedConfidence(hits: readonly LocatedHit[]): number {
  const best = new Map<string, number>();
  for (const { rule, agent } of hits) {
    const reporter = agent ?? rule.tool;
    best.set(reporter, Math.max(best.get(reporter) ?? 0, rule.confidence));
  }
  const doubt = [...best.values()].reduce((product, confidence) => product * (1 - confidence), 1);
  return Math.round(Math.min(1 - doubt, 0.99) * 100) / 100;
}

/** `Map.groupBy`, which Node 20 does not have. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
