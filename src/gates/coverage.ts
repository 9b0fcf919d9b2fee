import { z } from 'zod';
import type { GateReport } from './gate.js';
import { attribute, elements, parseXml } from './xml.js';

const Totals = z.object({ totals: z.object({ percent_covered: z.number().min(0).max(100) }) });
const Summary = z.object({ total: z.object({ lines: z.object({ total: z.number().min(0), covered: z.number().min(0) }) }) });

/**
 * Percent of lines covered, from lcov, Cobertura XML, coverage.py JSON or istanbul's json-summary, told apart by their
 * content; null when the text is none of them or counts no line (GT-4). `skip` leaves files out of an lcov count.
 */
export function readCoverage(text: string, skip: (file: string) => boolean = () => false): number | null {
  const start = text.trimStart();
  if (start.startsWith('<')) return fromCobertura(start);
  if (start.startsWith('{')) return fromJson(start);
  return fromLcov(text, skip);
}

/** The coverage of a whole report: that of its tests. */
export function coverageOf(report: Pick<GateReport, 'results'>): number | null {
  return report.results.find((result) => result.coverage !== null)?.coverage ?? null;
}

/** Says in words how coverage fell by more than is allowed, or null when it did not (GT-5). Without a base there is nothing to fall from. */
export function coverageFell(base: number | null, now: number | null, allowed: number): string | null {
  if (base === null) return null;
  if (now === null) return `coverage cannot be read any more; the base commit has ${percent(base)}`;
  // Compared as shown, to two digits: the last bits of a division are no loss of coverage.
  if (round(base) - round(now) <= allowed + 1e-9) return null;
  return `coverage fell from ${percent(base)} to ${percent(now)}; at most ${percent(allowed)} less is allowed`;
}

const round = (value: number) => Math.round(value * 100) / 100;
const percent = (value: number) => `${round(value)} %`;

function fromLcov(text: string, skip: (file: string) => boolean): number | null {
  let found = 0;
  let hit = 0;
  let skipped = false;
  let seen = new Map<string, boolean>();
  const close = () => {
    if (!skipped) {
      found += seen.size;
      for (const covered of seen.values()) if (covered) hit += 1;
    }
    seen = new Map();
  };
  for (const line of text.split('\n')) {
    if (line.startsWith('SF:')) {
      skipped = skip(line.slice(3).trim());
    } else if (line.startsWith('DA:')) {
      const match = /^DA:(\d+),(-?\d+)/.exec(line);
      if (match?.[1] && match[2]) seen.set(match[1], seen.get(match[1]) === true || Number(match[2]) > 0);
    } else if (line.startsWith('end_of_record')) close();
  }
  close();
  return ratio(hit, found);
}

function fromCobertura(text: string): number | null {
  const root = elements(parseXml(text), 'coverage')[0];
  if (!root) return null;
  const counted = ratio(numeric(attribute(root, 'lines-covered')), numeric(attribute(root, 'lines-valid')));
  if (counted !== null) return counted;
  const rate = numeric(attribute(root, 'line-rate'));
  return rate >= 0 && rate <= 1 && attribute(root, 'lines-valid') !== '0' ? rate * 100 : null;
}

function fromJson(text: string): number | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const python = Totals.safeParse(parsed);
  if (python.success) return python.data.totals.percent_covered;
  const istanbul = Summary.safeParse(parsed);
  return istanbul.success ? ratio(istanbul.data.total.lines.covered, istanbul.data.total.lines.total) : null;
}

const numeric = (text: string | undefined) => (text === undefined || text.trim() === '' ? Number.NaN : Number(text));

function ratio(covered: number, total: number): number | null {
  return total > 0 && covered >= 0 && covered <= total ? (covered / total) * 100 : null;
}
