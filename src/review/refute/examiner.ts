import { PassThrough } from 'node:stream';
import { z } from 'zod';
import { entryPoint } from '../../process/entry-point.js';
import { type ProcessResult, runProcess } from '../../process/runner.js';
import { toolBuild } from '../analyzers/kept/build.js';
import { digest, type KeptFolder, KeptResults } from '../analyzers/kept/kept-results.js';
import { parseJson, whyUnusable } from '../analyzers/outcome.js';
import type { LocatedHit } from '../merge.js';
import type { ExamineRequest } from './examine.js';

/** The child that looks at syntax trees: it starts at the first question at the latest, and looks at what one analyzer reports while others go on. */
export interface Examiner {
  /** For reviews in which there is no time for that later. */
  start(): void;
  /** What is known already of what will be asked. */
  begin(hits: readonly LocatedHit[]): void;
  /** The last word; to be called once. */
  examine(hits: readonly LocatedHit[]): Promise<{ verdicts: Map<LocatedHit, TreeVerdict>; problem: string | null }>;
  /** Writes down what was said, for reviews in which a file and what is reported of it are the same. */
  keep(mask: (text: string) => string): Promise<void>;
  /** Ends it when nobody asks for the last word. */
  close(): void;
}

interface ExaminerParts {
  folder: string;
  scratch: string;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  kept?: KeptFolder | undefined;
  /** Of the text of each file that is read. */
  hashes: ReadonlyMap<string, string>;
}

const TreeVerdict = z.object({ verdict: z.enum(['kept', 'lowered', 'dropped']), reason: z.string(), by: z.string() });
type TreeVerdict = z.infer<typeof TreeVerdict>;

const Answer = z.object({
  verdicts: z.array(TreeVerdict.nullable()),
  unreadable: z.array(z.object({ file: z.string(), message: z.string() })),
});

export function openExaminer({ folder, scratch, timeoutMs, signal, kept, hashes }: ExaminerParts): Examiner {
  const input = new PassThrough();
  let running: Promise<ProcessResult> | null = null;
  const start = () => {
    running ??= runProcess({
      command: process.execPath,
      args: [entryPoint('review/refute/examine')],
      cwd: scratch,
      input,
      timeoutMs,
      maxOutputBytes: 64 * 1024 * 1024,
      signal,
    });
    running.catch(() => {}); // Told to whoever asks for the last word.
  };
  const opening = kept
    ? KeptResults.open<{ verdict: TreeVerdict | null }>(kept, 'second-look', toolBuild('ast-grep'))
    : Promise.resolve(null);
  opening.catch(() => {}); // The same.
  const verdicts = new Map<string, TreeVerdict | null>();
  /** Places of each request, in the order in which they are answered. */
  const asked: Place[][] = [];
  const underWay = new Set<string>();
  let results: Awaited<typeof opening> = null;

  const ask = async (hits: readonly LocatedHit[]) => {
    results = await opening;
    const open: Place[] = [];
    for (const hit of hits) {
      const place = placeOf(hit);
      const key = JSON.stringify(place);
      if (verdicts.has(key) || underWay.has(key)) continue;
      const id = idOf(place);
      const known = id === null ? undefined : results?.get(id);
      if (known) verdicts.set(key, known.verdict);
      else {
        underWay.add(key);
        open.push(place);
      }
    }
    // A review that was given up may still have an analyzer that ends.
    if (open.length === 0 || input.writableEnded) return;
    start();
    asked.push(open);
    input.write(`${JSON.stringify({ folder, places: open } satisfies ExamineRequest)}\n`);
  };
  // A verdict depends on the file alone.
  const idOf = (place: Place) => {
    const hash = hashes.get(place.file);
    return hash === undefined ? null : digest(hash, JSON.stringify(place));
  };
  let turn: Promise<void> = Promise.resolve();

  return {
    start,
    close: () => void input.end(),
    begin(hits) {
      turn = turn.then(() => ask(hits));
      turn.catch(() => {}); // Told when the last word is asked for.
    },
    async keep(mask) {
      await results?.save(({ verdict }) => ({ verdict: verdict && { ...verdict, reason: mask(verdict.reason) } }));
    },
    async examine(hits) {
      await turn;
      await ask(hits);
      input.end();
      let problem: string | null = null;
      if (running && asked.length > 0) {
        const result = await running;
        problem = whyUnusable('the second look', result, timeoutMs) ?? take(result.stdout);
      }
      const found = hits.flatMap((hit) => {
        const verdict = verdicts.get(JSON.stringify(placeOf(hit)));
        return verdict ? [[hit, verdict] as const] : [];
      });
      return { verdicts: new Map(found), problem };
    },
  };

  /** Why it is not whole; null when it is. */
  function take(stdout: string): string | null {
    const answers = stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => Answer.safeParse(parseJson(line)).data);
    const unread = new Map<string, string>();
    for (const [at, places] of asked.entries()) {
      const answer = answers[at];
      if (answer?.verdicts.length !== places.length) return 'the second look printed something that cannot be read';
      for (const { file, message } of answer.unreadable) unread.set(file, message);
      for (const [index, place] of places.entries()) {
        const verdict = answer.verdicts[index] ?? null;
        verdicts.set(JSON.stringify(place), verdict);
        const id = idOf(place);
        if (id !== null && !unread.has(place.file)) results?.put(id, { verdict });
      }
    }
    const [first] = unread;
    return first === undefined ? null : `the second look could not read ${unread.size} files, such as ${first[0]} (${first[1]})`;
  }
}

type Place = ExamineRequest['places'][number];

const placeOf = ({ file, start, end, rule, message }: LocatedHit): Place => ({
  file,
  start,
  end,
  class: rule.class,
  rule: rule.id,
  words: `${rule.title} ${rule.description} ${message}`,
});
