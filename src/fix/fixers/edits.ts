export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** One thing to repair takes all of its edits or none: an import without the line that needs it is worse than neither. */
export type EditGroup = readonly Edit[];

/** Applies the groups that do not overlap one another, first come first served, and says whether any was. */
export function applyEdits(text: string, groups: readonly EditGroup[]): { text: string; applied: number } {
  const taken: Edit[] = [];
  let applied = 0;
  for (const group of groups) {
    if (group.some((edit) => taken.some((other) => overlaps(edit, other)))) continue;
    taken.push(...group);
    applied += 1;
  }
  let result = text;
  for (const { start, end, text: replacement } of taken.sort((a, b) => b.start - a.start || b.end - a.end)) {
    result = result.slice(0, start) + replacement + result.slice(end);
  }
  return { text: result, applied };
}

/** Touching counts: two edits at one spot depend on their order. */
function overlaps(a: Edit, b: Edit): boolean {
  return a.start <= b.end && b.start <= a.end;
}

/**
 * Takes away what the removal of a statement leaves behind: its indentation, and blank lines that now begin the file. A formatter
 * would reject both.
 */
export function withoutTraces(before: string, after: string): string {
  const known = new Set(before.split('\n'));
  const kept = after
    .split('\n')
    .filter((line) => !/^[ \t]+\r?$/.test(line) || known.has(line))
    .join('\n');
  return /^\s*\n/.test(before) ? kept : kept.replace(/^(?:[ \t]*\r?\n)+/, '');
}
