import { groupBy, type LocatedHit } from '../merge.js';
import { lowered, type Verdict } from './nodes.js';

/** A token that stands in many files is withdrawn once: it is told of the first of them by name, and listed for the others. */
export async function repeatedSecrets(
  hits: readonly LocatedHit[],
  textOf: (file: string) => Promise<string>,
): Promise<Map<LocatedHit, Verdict>> {
  const values = new Map<LocatedHit, string>();
  for (const hit of hits) {
    if (hit.rule.secret && hit.rule.priority !== 'P2') values.set(hit, (await textOf(hit.file)).slice(hit.start, hit.end));
  }
  const verdicts = new Map<LocatedHit, Verdict>();
  for (const same of groupBy([...values.keys()], (hit) => `${hit.rule.id} ${values.get(hit)}`).values()) {
    const [first = ''] = same.map(({ file }) => file).sort();
    for (const hit of same)
      if (hit.file !== first) verdicts.set(hit, lowered('told once', `the same secret stands in ${first}, where it is told`));
  }
  return verdicts;
}
