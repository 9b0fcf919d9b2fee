import { Lang, parse } from '@ast-grep/napi';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/review/finding.js';
import { ruleTable } from '../../src/review/rules/table.js';
import { importSarif } from '../../src/review/sarif/import.js';
import { readSarif } from '../../src/review/sarif/read.js';
import { introduced } from '../../src/review/since.js';
import { type Change, changesOf, commitsBefore, movedTo, touchedAbove } from './history.js';
import { review, scratchFolder, tree } from './support.js';

/** A commit of this repository: what is walked back from here stays the same while the history grows. */
const LAST = 'c572136c3ea1b24192119b92fafa92c5282ee381';
/** Further back, where a file got another name and half of its lines. */
const RENAMING = '93d583386ad3d5e5a6a541cf990b7c0977dd3b65';
const COMMITS = 40;
const FOLDER = 'src';
/** Four looks at some 250 files: how long that takes is the machine's affair. */
const PATIENCE = 900_000;

const commits = commitsBefore(LAST, COMMITS, FOLDER);
const without = `the ${COMMITS} commits up to ${LAST} are not in this clone: fetch the whole history ("git fetch --unshallow")`;
if (!commits && process.env.CI !== 'true') console.warn(`Not run here: ${without}.`);

const oldName = ({ commit, oldPath }: Change): string => `${commit}/${oldPath}`;
const newName = ({ commit, path }: Change): string => `${commit}/${path}`;

interface Print {
  file: string;
  rule: string;
  startLine: number;
  endLine: number;
  print: string;
  /** Of the whole finding, where it is this place alone. */
  whole: string | undefined;
  /** What stands there, without blanks. */
  words: string;
}

const printsOf = (findings: readonly Finding[], wordsAt: (place: Finding['places'][number], rule: string) => string): Print[] =>
  findings.flatMap(({ rule, places, fingerprint }) =>
    places.flatMap((place) => {
      const { file, startLine, endLine, print } = place;
      const whole = places.length === 1 ? fingerprint : undefined;
      const words = wordsAt(place, rule).replace(/\s/g, '');
      return print === undefined ? [] : [{ file, rule, startLine, endLine, print, whole, words }];
    }),
  );

const keyOf = (rule: string, file: string, startLine: number, endLine: number): string => [rule, file, startLine, endLine].join('\0');
const linesOf = (text: string, startLine: number, endLine: number): string =>
  text
    .split('\n')
    .slice(startLine - 1, endLine)
    .join('\n');

interface Followed {
  kept: number;
  lost: string[];
  /** The commit renamed or moved into something else what encloses the place. */
  enclosed: number;
  /** The commit added, removed or moved an equal place: which one of them is the new one is not to be told apart. */
  twins: number;
  /** Untouched itself, but no longer a defect: its cause stood elsewhere. */
  gone: number;
  /** Touched by the commit. */
  touched: number;
}

/** What became of every place that stood before on lines that git says the commit left alone. */
function follow(changes: readonly Change[], before: readonly Print[], after: readonly Print[]): Followed {
  const result: Followed = { kept: 0, lost: [], enclosed: 0, twins: 0, gone: 0, touched: 0 };
  const there = new Map(after.map((one) => [keyOf(one.rule, one.file, one.startLine, one.endLine), one]));
  for (const change of changes) {
    const mine = before.filter(({ file }) => file === oldName(change));
    const others = after.filter(({ file }) => file === newName(change));
    const equals = (all: readonly Print[], { rule, words }: Print) => all.filter((other) => other.rule === rule && other.words === words);
    const isTouched = ({ startLine, endLine }: Print): boolean => {
      const moved = movedTo(change.hunks, startLine, endLine);
      return moved === null || touchedAbove(change, startLine, moved);
    };
    for (const one of mine) {
      const startLine = movedTo(change.hunks, one.startLine, one.endLine);
      if (startLine === null) {
        result.touched += 1;
        continue;
      }
      const now = there.get(keyOf(one.rule, newName(change), startLine, startLine + one.endLine - one.startLine));
      if (!now) result.gone += 1;
      else if (now.print === one.print && (change.path !== change.oldPath || !one.whole || !now.whole || now.whole === one.whole))
        result.kept += 1;
      else if (touchedAbove(change, one.startLine, startLine)) result.enclosed += 1;
      else if (equals(mine, one).length !== equals(others, one).length || equals(mine, one).some(isTouched)) result.twins += 1;
      else result.lost.push(`${one.rule} ${newName(change)}:${startLine} (was ${one.startLine}): ${one.words.slice(0, 80)}`);
    }
  }
  return result;
}

/** Without copied code: the same file of two commits is a copy, here and nowhere else. */
const printsHere = (findings: readonly Finding[], files: Record<string, string>): Print[] =>
  printsOf(
    findings.filter(({ rule }) => !rule.startsWith('jscpd/')),
    ({ file, startLine, endLine }) => linesOf(files[file] ?? '', startLine, endLine),
  );

const told = (what: string, { lost, ...counts }: Followed, changes: readonly Change[]): void =>
  console.info(
    `${what}, ${new Set(changes.map(({ commit }) => commit)).size} commits, ${changes.length} files: ${JSON.stringify({ ...counts, lost: lost.length })}`,
  );

describe.runIf(commits !== null || process.env.CI === 'true')(`fingerprints over ${COMMITS} real commits of this repository`, () => {
  const changes = (commits ? [...commits, RENAMING] : []).flatMap((commit) => changesOf(commit, FOLDER));
  const sides = {
    before: Object.fromEntries(changes.map((change) => [oldName(change), change.before])),
    after: Object.fromEntries(changes.map((change) => [newName(change), change.after])),
  };

  it('has the history it follows', () => {
    expect(commits, without).toHaveLength(COMMITS);
    expect(changes.length).toBeGreaterThan(COMMITS);
    expect(changes.filter(({ oldPath, path }) => oldPath !== path)).toHaveLength(1);
  });

  it(
    'our own findings keep theirs where the commit left their lines alone',
    async () => {
      const [before, after] = [await review(tree(sides.before)), await review(tree(sides.after))];
      for (const { coverage } of [before, after]) expect(coverage.agents.filter(({ status }) => status === 'failed')).toEqual([]);
      const stood = printsHere(before.findings, sides.before);
      const followed = follow(changes, stood, printsHere(after.findings, sides.after));
      told('findings', followed, changes);
      expect(followed.lost).toEqual([]);
      expect(followed.kept).toBeGreaterThan(10);
      // And so does the question what a commit brought: it names nothing that stood there before.
      const renames = new Map(changes.map((change) => [newName(change), oldName(change)]));
      const brought = new Set(
        printsHere(introduced(after.findings, before.findings, renames), sides.after).map(({ file, print }) => `${file} ${print}`),
      );
      for (const change of changes) {
        const known = stood.filter(({ file }) => file === oldName(change)).map(({ print }) => `${newName(change)} ${print}`);
        expect(known.filter((one) => brought.has(one))).toEqual([]);
      }
    },
    PATIENCE,
  );

  it(
    'and so do results of another tool on every call, function and wait of the code',
    async () => {
      const [before, after] = await Promise.all([everywhere(sides.before), everywhere(sides.after)]);
      const followed = follow(changes, before, after);
      told('places', followed, changes);
      expect(followed.lost).toEqual([]);
      expect(followed.gone).toBe(0);
      expect(followed.kept).toBeGreaterThan(100 * COMMITS);
      // What has a reason to change is rare: else the reasons would hide a loss.
      expect(followed.enclosed + followed.twins).toBeLessThan(followed.kept / 20);
    },
    PATIENCE,
  );
});

const KINDS = ['call_expression', 'arrow_function', 'function_declaration', 'await_expression', 'new_expression', 'throw_statement'];

/** A log in which every call, function and wait is a result: more places than any tool reports, through the door for such tools. */
async function everywhere(files: Record<string, string>): Promise<Print[]> {
  const words = new Map<string, string>();
  const results = Object.entries(files).flatMap(([file, text]) => {
    const root = parse(file.endsWith('.tsx') ? Lang.Tsx : Lang.TypeScript, text).root();
    return KINDS.flatMap((kind) => {
      const seen = new Set<number>();
      return root.findAll({ rule: { kind } }).flatMap((node) => {
        const { start, end } = node.range();
        // One per line and kind: places are told by their lines.
        if (seen.has(start.line)) return [];
        seen.add(start.line);
        words.set(`everywhere/${kind} ${file}:${start.line + 1}`, node.text());
        const region = { startLine: start.line + 1, startColumn: start.column + 1, endLine: end.line + 1, endColumn: end.column + 1 };
        return [{ ruleId: kind, message: { text: kind }, locations: [{ physicalLocation: { artifactLocation: { uri: file }, region } }] }];
      });
    });
  });
  const log = { version: '2.1.0', runs: [{ columnKind: 'utf16CodeUnits', tool: { driver: { name: 'everywhere' } }, results }] };
  const { findings, agents } = await importSarif({
    runs: readSarif(JSON.stringify(log)),
    readable: Object.keys(files),
    scope: 'all',
    table: await ruleTable(),
    folder: tree(files),
    scratch: scratchFolder(),
    timeoutMs: 300_000,
  });
  expect(agents.map(({ status, reason }) => ({ status, reason }))).toEqual([{ status: 'done', reason: null }]);
  return printsOf(findings, ({ file, startLine }, rule) => words.get(`${rule} ${file}:${startLine}`) ?? '');
}
