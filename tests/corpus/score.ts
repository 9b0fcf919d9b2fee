import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Finding } from '../../src/review/finding.js';
import { reviewTree } from '../../src/review/review-tree.js';
import { ruleTable } from '../../src/review/rules/table.js';
import type { CorpusCase } from './cases.js';
import { corpusClasses } from './classes.js';

interface FalseAlarm {
  case: string;
  rule: string;
  line: number;
}

interface Miss {
  case: string;
  /** The class that was expected. */
  rule: string;
  line: number;
}

export interface Score {
  cases: number;
  /** Of the bad cases found and the false alarms together, the part that is bad cases. */
  precision: number;
  /** The part of the bad cases that was found. */
  recall: number;
  misses: Miss[];
  false_alarms: FalseAlarm[];
}

/** One place of one finding, in one case. */
interface Alarm extends FalseAlarm {
  class: string;
  priority: Finding['priority'];
  expected: boolean;
}

/** Reviews all cases as one tree, a folder each, and compares what is reported with what is known. */
export async function scoreCorpus(cases: readonly CorpusCase[]): Promise<Score> {
  const base = await mkdtemp(join(tmpdir(), 'corpus-'));
  try {
    const folder = join(base, 'tree');
    for (const one of cases) {
      for (const { name, text } of one.files) {
        const path = join(folder, one.folder, name);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, text);
      }
    }
    const result = await reviewTree({ folder, commit: 'corpus', scope: 'all', scratch: join(base, 'scratch') });
    const failed = result.coverage.agents.filter(({ status }) => status === 'failed');
    if (failed.length > 0) throw new Error(`The review failed: ${failed.map(({ agent, reason }) => `${agent}: ${reason}`).join('; ')}`);
    const unread = result.coverage.files - result.coverage.read;
    if (unread > 0) throw new Error(`${unread} files of the corpus were not read: ${JSON.stringify(result.coverage.skipped)}`);
    return score(cases, await alarmsOf(cases, result.findings));
  } finally {
    await rm(base, { recursive: true, force: true });
  }
}

async function alarmsOf(cases: readonly CorpusCase[], findings: readonly Finding[]): Promise<Alarm[]> {
  const table = await ruleTable();
  const files = new Map<string, { one: CorpusCase; file: CorpusCase['files'][number] }>(
    cases.flatMap((one) => one.files.map((file) => [`${one.folder}/${file.name}`, { one, file }] as const)),
  );
  return findings.flatMap(({ rule, priority, places }) =>
    places.map(({ file, startLine, endLine }) => {
      const at = files.get(file);
      if (!at) throw new Error(`${rule} is reported in ${file}, which no case holds`);
      const expected = [...at.file.expected].some((line) => line >= startLine && line <= endLine);
      return { case: at.one.id, rule, line: startLine, class: table.byId(rule)?.class ?? rule, priority, expected };
    }),
  );
}

const covered = new Set<string>(corpusClasses);

/**
 * A bad case is found by its class at an expected line. What people would act on (P0, P1) or what the corpus is about is a false
 * alarm anywhere else: in a good case, and at any other line of a bad one.
 */
function score(cases: readonly CorpusCase[], alarms: readonly Alarm[]): Score {
  const counts = (alarm: Alarm) => alarm.priority !== 'P2' || covered.has(alarm.class);
  const falseAlarms = alarms.filter((alarm) => !alarm.expected && counts(alarm));
  const bad = cases.filter(({ verdict }) => verdict === 'bad');
  const missed = bad.filter((one) => !alarms.some((alarm) => alarm.case === one.id && alarm.expected && alarm.class === one.class));
  const found = bad.length - missed.length;
  return {
    cases: cases.length,
    precision: round(found / Math.max(1, found + falseAlarms.length)),
    recall: round(found / Math.max(1, bad.length)),
    misses: missed.map((one) => ({ case: one.id, rule: one.class, line: Math.min(...one.files.flatMap(({ expected }) => [...expected])) })),
    false_alarms: falseAlarms.map(({ case: id, rule, line }) => ({ case: id, rule, line })).sort(byPlace),
  };
}

const byPlace = (a: FalseAlarm, b: FalseAlarm) => (a.case === b.case ? a.line - b.line : a.case < b.case ? -1 : 1);
const round = (share: number) => Math.round(share * 1000) / 1000;
