import semver from 'semver';
import { InvalidRequest } from '../errors.js';
import { type Bump, bumps, parseCommit } from './commits.js';

export interface Suggestion {
  version: string;
  bump: Bump;
  /** `6 fixes, no feature, no breaking change` */
  reason: string;
  options: Record<Bump, string>;
}

/** The next version that the commits since the last one ask for, and the fixes made in this run (RL-1). */
export function suggestVersion({ current, commits, fixes }: { current: string; commits: readonly string[]; fixes: number }): Suggestion {
  const version = readVersion(current);
  const parsed = commits.map(parseCommit);
  const breaking = parsed.filter((commit) => commit.breaking).length;
  const features = parsed.filter((commit) => commit.type === 'feat').length;
  // The run's own fixes are commits by the time the version is asked for, when they were handed over as such.
  const repaired = Math.max(parsed.filter((commit) => commit.bump === 'patch').length, fixes);
  const wanted: Bump = breaking > 0 ? 'major' : features > 0 ? 'minor' : 'patch';
  // Below 1.0.0 the second number is the one that may break.
  const young = version.major === 0 && version.prerelease.length === 0;
  const bump = young && wanted === 'major' ? 'minor' : wanted;
  const options = Object.fromEntries(bumps.map((kind) => [kind, next(version, kind)])) as Record<Bump, string>;
  const reason = [
    count(repaired, 'fix', 'fixes'),
    count(features, 'feature', 'features'),
    count(breaking, 'breaking change', 'breaking changes'),
  ].join(', ');
  return {
    version: options[bump],
    bump,
    reason: young && wanted === 'major' ? `${reason}; below 1.0.0 a minor version may break` : reason,
    options,
  };
}

/** Why a chosen version deserves a second look; null when it does not. */
export function versionWarning(chosen: string, suggestion: Suggestion): string | null {
  const version = semver.parse(chosen);
  if (!version || semver.gte(version, suggestion.version)) return null;
  return `${chosen} is lower than the commits imply: ${suggestion.version} (${suggestion.reason})`;
}

/** Python writes `2.4` and `2.4.0rc1` where others write `2.4.0` and `2.4.0-rc.1`. */
export function readVersion(text: string): semver.SemVer {
  const exact = semver.parse(text.trim());
  if (exact) return exact;
  const python = /^v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:\.?(a|b|rc|dev)(\d{1,9}))?$/.exec(text.trim());
  const [, major, minor, patch = '0', stage, number] = python ?? [];
  const version = python && semver.parse(`${Number(major)}.${Number(minor)}.${Number(patch)}${stage ? `-${stage}.${Number(number)}` : ''}`);
  if (!version) throw new InvalidRequest(`"${text.slice(0, 60)}" is not a version that can be raised. Write one such as 1.4.2 first.`);
  return version;
}

function next(version: semver.SemVer, kind: Bump): string {
  return new semver.SemVer(version.version).inc(kind).version;
}

const count = (n: number, one: string, many: string) => (n === 0 ? `no ${one}` : `${n} ${n === 1 ? one : many}`);
