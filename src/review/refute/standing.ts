import type { LocatedHit } from '../merge.js';
import type { DefectClass } from '../rules/vocabulary.js';
import { lowered, type Verdict } from './nodes.js';

/** What did not change in a repository for long. */
export interface Stood {
  /** When the files were last seen to be as they are now. */
  since: Date;
  /** Files that have changed after that, or are new. */
  changed: ReadonlySet<string>;
}

/** Defects that nobody can overlook who runs the line: it raises, or the file cannot even be read. */
const failsWhenRun = new Set<DefectClass>([
  'syntax-error',
  'broken-control-flow',
  'undefined-name',
  'unbound-name',
  'python-error',
  'broken-call',
]);

/**
 * Time is a witness: a line that fails whenever it is run, in a file that nobody had to touch for months, is not run, or the report is
 * wrong. The whole file counts, not the line: what a name means is said elsewhere in it. Nothing follows on the path of an error, which
 * is for the syntax tree to tell.
 */
export function mayHaveStood({ rule, agent }: LocatedHit): boolean {
  return agent === undefined && rule.priority !== 'P2' && (failsWhenRun as ReadonlySet<string>).has(rule.class);
}

export function standing(hit: LocatedHit, stood: Stood | null): Verdict | null {
  if (!stood || !mayHaveStood(hit) || stood.changed.has(hit.file)) return null;
  const day = stood.since.toISOString().slice(0, 10);
  return lowered('time', `whoever runs the line would have met it, and its file is as it was on ${day}`);
}
