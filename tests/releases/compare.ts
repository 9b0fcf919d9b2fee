import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReviewResult } from '../../src/review/finding.js';
import { reviewTree } from '../../src/review/review-tree.js';
import { ruleTable } from '../../src/review/rules/table.js';
import { fetchRelease } from './fetch.js';
import type { ReleaseRow, ReleaseSide } from './rows.js';

export interface Outcome {
  package: string;
  class: string;
  advisory: string;
  old: string;
  fixed: string;
  /** What the review reports of the old release at the lines of the defect: rule and place. */
  reported: string[];
  /** What it still reports there of the fixed one. */
  remains: string[];
  found: boolean;
  /** Found, and not reported any more. */
  gone: boolean;
  /** What the reviews could not read to the end, other than the file of the defect. */
  incomplete: string[];
}

/** Reviews the whole of both releases. A defect is found when a finding of its class stands at its lines. */
export async function compareReleases(row: ReleaseRow, keep: string): Promise<Outcome> {
  const [before, after] = [await look(row, row.old, keep), await look(row, row.fixed, keep)];
  const found = before.hits.length > 0;
  return {
    package: row.package,
    class: row.class,
    advisory: row.advisory,
    old: row.old.version,
    fixed: row.fixed.version,
    reported: before.hits,
    remains: after.hits,
    found,
    gone: found && after.hits.length === 0,
    incomplete: [...before.problems, ...after.problems],
  };
}

const reviews = new Map<string, Promise<ReviewResult>>();

async function look(row: ReleaseRow, side: ReleaseSide, keep: string): Promise<{ hits: string[]; problems: string[] }> {
  const folder = await fetchRelease(row, side.version, keep);
  const known = reviews.get(folder) ?? review(folder);
  reviews.set(folder, known);
  const { findings, readFiles, coverage } = await known;
  if (!readFiles.includes(side.file)) throw new Error(`${side.file} of ${row.package} ${side.version} was not read`);
  const table = await ruleTable();
  const [first, last] = side.lines;
  const hits = findings.flatMap(({ rule, places }) =>
    table.byId(rule)?.class !== row.class
      ? []
      : places.flatMap(({ file, startLine }) =>
          file === side.file && startLine >= first && startLine <= last ? [`${rule} ${file}:${startLine}`] : [],
        ),
  );
  const reasons = [...new Set(coverage.agents.flatMap(({ reason }) => reason?.split('; ') ?? []))];
  // An analyzer that did not run at all would make every defect look gone.
  const failed = reasons.filter((reason) => !/^\S+ could not read \d+ of \d+ files?\b/.test(reason));
  if (failed.length > 0) throw new Error(`The review of ${row.package} ${side.version} failed: ${failed.join('; ')}`);
  return { hits, problems: reasons.map((reason) => `${side.version}: ${reason}`) };
}

async function review(folder: string): Promise<ReviewResult> {
  const scratch = await mkdtemp(join(tmpdir(), 'review-'));
  try {
    return await reviewTree({ folder, commit: 'release', scope: 'security', scratch });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
