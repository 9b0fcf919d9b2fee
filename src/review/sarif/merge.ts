import { type Finding, type Place, priorities, severities } from '../finding.js';
import { byRank } from '../findings.js';
import type { RuleTable } from '../rules/table.js';

/**
 * Imported findings beside our own: one whose class and place one of ours has is a second witness of that one; the others stand
 * for themselves. All are ranked and numbered anew.
 */
export function mergeImported(own: readonly Finding[], imported: readonly Finding[], classOf: (finding: Finding) => string): Finding[] {
  const merged = own.map((finding) => ({ ...finding }));
  for (const other of imported) {
    const same = merged.find(
      (finding) =>
        finding.fingerprint === other.fingerprint ||
        (finding.file === other.file && classOf(finding) === classOf(other) && overlap(finding.places, other.places)),
    );
    if (!same) merged.push({ ...other });
    else Object.assign(same, witnessed(same, other));
  }
  return merged.sort(byRank).map((finding, at) => ({ ...finding, id: `F-${at + 1}` }));
}

/** The class of a finding by its rule; a rule that no table knows is a class of its own. */
export function classByRule({ byId }: Pick<RuleTable, 'byId'>, imported: ReadonlyMap<string, string> = new Map()) {
  return ({ rule }: Finding): string => byId(rule)?.class ?? imported.get(rule) ?? rule;
}

function witnessed(finding: Finding, other: Finding): Partial<Finding> {
  const places = [...finding.places, ...other.places.filter((place) => !finding.places.some((known) => touch(known, place)))];
  return {
    places: places.sort((a, b) => a.startLine - b.startLine),
    severity: severities[Math.min(severities.indexOf(finding.severity), severities.indexOf(other.severity))]!,
    priority: priorities[Math.min(priorities.indexOf(finding.priority), priorities.indexOf(other.priority))]!,
    agents: [...new Set([...finding.agents, ...other.agents])],
    confidence: Math.round(Math.min(1 - (1 - finding.confidence) * (1 - other.confidence), 0.99) * 100) / 100,
    description: `${finding.description} Also reported by ${other.agents.join(' and ')} (${other.rule}).`,
    otherFingerprints: [...new Set([...(finding.otherFingerprints ?? []), ...(other.otherFingerprints ?? [])])],
  };
}

const touch = (a: Place, b: Place) => a.file === b.file && a.startLine <= b.endLine && b.startLine <= a.endLine;
const overlap = (a: readonly Place[], b: readonly Place[]) => a.some((one) => b.some((two) => touch(one, two)));
