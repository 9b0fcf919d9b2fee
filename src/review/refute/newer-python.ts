import { join } from 'node:path';
import { oldestPython } from '../analyzers/ruff-settings.js';
import type { LocatedHit } from '../merge.js';
import { lowered, type Verdict } from './nodes.js';

/**
 * Syntax of a Python that the settings at the root call too new, in a project that says it runs on nothing older: ruff has its own word
 * for the oldest one, which is often forgotten, and a project within the tree has settings of its own.
 */
export function newerPython(
  hits: readonly LocatedHit[],
  { folder, files }: { folder: string; files: readonly string[] },
): Map<LocatedHit, Verdict> {
  const verdicts = new Map<LocatedHit, Verdict>();
  const known = new Map<string, number | null>();
  for (const hit of hits) {
    const needed = hit.rule.class === 'syntax-error' ? / \(syntax was added in Python 3\.(\d+)\)/.exec(hit.message)?.[1] : undefined;
    if (needed === undefined || hit.agent !== undefined) continue;
    const project = projectsAround(hit.file).find((each) => files.includes(each));
    if (project === undefined) continue;
    if (!known.has(project)) known.set(project, oldestPython(join(folder, project)));
    if ((known.get(project) ?? 0) >= Number(needed))
      verdicts.set(hit, lowered('newer Python', `${project} says that it runs on Python 3.${known.get(project)} and later only`));
  }
  return verdicts;
}

/** From the folder of the file to the root. */
function projectsAround(file: string): string[] {
  const folders = file.split('/').slice(0, -1);
  return [...folders.map((_, at) => [...folders.slice(0, folders.length - at), 'pyproject.toml'].join('/')), 'pyproject.toml'];
}
