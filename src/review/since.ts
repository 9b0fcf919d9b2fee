import type { Finding } from './finding.js';
import { printOf } from './fingerprint.js';

/**
 * What `after` has and `before` had not (RV-5), place by place; `renames` leads from new names to old ones. A place whose print is
 * not known, such as a secret's, is compared by the fingerprint of its finding.
 */
export function introduced(after: readonly Finding[], before: readonly Finding[], renames: ReadonlyMap<string, string>): Finding[] {
  const known = new Set(before.map(({ fingerprint }) => fingerprint));
  const places = new Set(before.flatMap(({ rule, places: all }) => all.map(({ file, print }) => keyOf(rule, file, print))));
  const knownFiles = new Set(before.map(({ rule, file }) => `${rule}\0${file}`));
  const findings = after.flatMap((finding): Finding[] => {
    const old = renames.get(finding.file);
    if (printOf(finding) === null) {
      // Nothing may be derived from a secret, so a renamed file with a secret before and after is taken for the same one.
      const isKnown = known.has(finding.fingerprint) || (old !== undefined && knownFiles.has(`${finding.rule}\0${old}`));
      return isKnown ? [] : [finding];
    }
    const isOld = ({ file, print }: Finding['places'][number]) =>
      places.has(keyOf(finding.rule, file, print)) || (old !== undefined && places.has(keyOf(finding.rule, old, print)));
    const left = finding.places.filter((place) => !isOld(place));
    if (left.length === 0) return [];
    if (left.length === finding.places.length) return [finding];
    const { startLine, endLine } = left[0]!;
    return [{ ...finding, places: left, startLine, endLine }];
  });
  return findings.map((finding, at) => ({ ...finding, id: `F-${at + 1}` }));
}

const keyOf = (rule: string, file: string, print: string | undefined) => `${rule}\0${file}\0${print ?? ''}`;
