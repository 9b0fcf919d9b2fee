import type { Run, SuppressedFinding, TrackedFinding } from '../bot.js';
import type { RefutedSummary } from '../runs/events.js';
import { colourOf, coloursFor, commandLine, count, oneLine, shorten, shortenPath, signs, table, widthOf } from './text.js';
import { countsLine, coverageLine, fixWords, outcomeLine, suppressionLines } from './words.js';

const mostShown = 40;

/** The end of a review: a table that fits the terminal, how much was read, one line of outcome, the next command worth typing. */
export function endReport(run: Run, findings: readonly TrackedFinding[], { again }: { again: string }): string {
  const width = widthOf(process.stdout);
  const colours = coloursFor(process.stdout);
  const { review, fixes } = run.progress;
  const { sign, words } = outcomeLine(run);
  return [
    ...(review ? [`${oneLine(run.repository)} · ${countsLine(review.counts)}${changes(run)}`, ...findingRows(findings, width)] : []),
    ...(review ? wrap(coverageLine(review.coverage), width) : []),
    ...refutedLines(review?.refuted ?? []),
    ...suppressionLines(review?.suppressed).flatMap((text) => wrap(text, width)),
    ...fixes.flatMap((fix) => {
      const { sign: mark, words: text } = fixWords(fix);
      return wrap(`${mark} ${text}`, width).map((line) => line.replace(mark, colourOf(mark, colours)(mark)));
    }),
    ...wrap(`${sign} ${words}`, width).map((line) => line.replace(sign, colourOf(sign, colours)(sign))),
    ...next(run, findings, again),
  ].join('\n');
}

function refutedLines(refuted: readonly RefutedSummary[]): string[] {
  const below = refuted.filter(({ belowScope }) => belowScope).length;
  const disproved = refuted.length - below;
  return [
    ...(disproved > 0 ? [`${disproved} refuted by a second look; the reasons are in --json`] : []),
    ...(below > 0 ? [`${below} in doubt, and so below this scope; --scope all lists ${below === 1 ? 'it' : 'them'}`] : []),
  ];
}

function changes({ progress: { review } }: Run): string {
  if (!review?.tracked) return '';
  const { created, known, reopened, resolved } = review.tracked;
  const said = [
    [created, 'new'],
    [known, 'known'],
    [reopened, 'back'],
    [resolved, 'gone'],
  ] as const;
  return said
    .filter(([n]) => n > 0)
    .map(([n, word], at) => `${at === 0 ? '   ' : ' · '}${n} ${word}`)
    .join('');
}

function findingRows(findings: readonly TrackedFinding[], width: number): string[] {
  if (findings.length === 0) return [];
  const rows = findings.slice(0, mostShown).map(({ finding, issueId }) => {
    const more = finding.places.length > 1 ? ` +${finding.places.length - 1}` : '';
    const place = `${shortenPath(`${finding.file}:${finding.startLine}`, Math.floor(width * 0.36) - more.length)}${more}`;
    return [finding.priority, issueId ?? finding.id, finding.title, place];
  });
  const left = findings.length - rows.length;
  return [...table(rows, { width, flexible: 2 }), ...(left > 0 ? [`… ${left} more, all of them with --json`] : [])];
}

/** At spaces, so that a line of reasons stays within the table's width. */
export function wrap(text: string, width: number): string[] {
  const indent = /^ */.exec(text)?.[0] ?? '';
  const wrapped: string[] = [];
  let line = '';
  for (const word of text.trim().split(' ')) {
    const longer = line === '' ? `${indent}${word}` : `${line} ${word}`;
    if (line !== '' && longer.length > width) {
      wrapped.push(line);
      line = `${indent}  ${word}`;
    } else line = longer;
  }
  return [...wrapped, line];
}

function next(run: Run, findings: readonly TrackedFinding[], again: string): string[] {
  const { handover, end } = run.progress;
  if (end?.status === 'failed') return [`Next: ${commandLine(['runs', 'show', run.id])}`];
  if (handover?.how === 'patch') return [`Next: ${commandLine(['runs', 'patch', run.id])} | git apply`];
  if (run.request.autoFix && !run.request.dryRun) return [`Next: ${commandLine(['runs', 'show', run.id])}`];
  const fixable = findings.filter(({ finding }) => finding.fixer !== null).length;
  if (fixable > 0) return [`Next: ${again}   (${count(fixable, 'finding')} can be fixed by a tool)`];
  return findings.length > 0 ? [`Next: ${commandLine(['runs', 'show', run.id])}`] : [];
}

/** One finding with everything, for `runs show`. */
export function findingDetail({ finding, issueId, change }: TrackedFinding): string[] {
  const places = finding.places.map(({ file, startLine }) => `${oneLine(file)}:${startLine}`);
  const shown = places.slice(0, 5).join(', ');
  return [
    `${finding.priority}  ${issueId ?? finding.id}  ${oneLine(finding.title)}${change ? ` (${change})` : ''}`,
    `    ${shown}${places.length > 5 ? ` and ${places.length - 5} more` : ''} · ${finding.rule} · pool ${finding.pool}`,
    ...(finding.suggestedFix ? [`    ${signs.waiting} ${shorten(finding.suggestedFix, 200)}`] : []),
  ];
}

/** One finding that people hold back, with their reason. */
export function suppressedDetail({ finding, suppressed: { id, reason, by, until } }: SuppressedFinding): string[] {
  const place = `${oneLine(finding.file)}:${finding.startLine}`;
  return [
    `suppressed  ${finding.priority} ${finding.rule} ${place} · ${oneLine(id)}, ${oneLine(by)}${until ? `, until ${until.slice(0, 10)}` : ''}: ${oneLine(reason)}`,
  ];
}
