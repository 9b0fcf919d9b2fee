import { groupBy, type LocatedHit } from '../merge.js';
import { lowered, type Verdict } from './nodes.js';

/** What is wrong in so many files of a tree that runs is most likely not wrong. */
const MANY_FILES = 4;

/** Classes of stock tools that say a construct fails, or does nothing, whatever it is used for. */
const constructs = new Set([
  'undefined-name',
  'unbound-name',
  'syntax-error',
  'python-error',
  'js-error',
  'redefinition',
  'duplicate-entry',
  'wrong-comparison',
  'useless-expression',
  'misleading-test',
  'broken-control-flow',
  'accidental-assignment',
  'lost-error',
  'import-cycle',
]);

/** Constructs that the authors of a tree use again and again, with something that makes them work and that is not seen here. */
export function commonHabits(hits: readonly LocatedHit[]): Map<LocatedHit, Verdict> {
  const verdicts = new Map<LocatedHit, Verdict>();
  const loud = hits.filter(({ rule, agent }) => agent === undefined && rule.priority !== 'P2' && constructs.has(rule.class));
  for (const alike of groupBy(loud, ({ rule }) =>
    rule.class === 'undefined-name' ? `${rule.language} ${rule.class}` : rule.id,
  ).values()) {
    const files = new Set(alike.map(({ file }) => file)).size;
    if (files < MANY_FILES) continue;
    const verdict = lowered('habit of the tree', `${files} files do the same: something not seen here may make it work`);
    for (const hit of alike) verdicts.set(hit, verdict);
  }
  return verdicts;
}
