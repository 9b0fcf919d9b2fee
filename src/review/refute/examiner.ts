import { z } from 'zod';
import { entryPoint } from '../../process/entry-point.js';
import { runProcess } from '../../process/runner.js';
import { toolBuild } from '../analyzers/kept/build.js';
import { digest, type KeptFolder, KeptResults } from '../analyzers/kept/kept-results.js';
import { parseJson, whyUnusable } from '../analyzers/outcome.js';
import { groupBy, type LocatedHit } from '../merge.js';
import type { ExamineRequest } from './examine.js';

/** The child that looks at syntax trees: it starts while the analyzers are still at work, and waits for what they report. */
export interface Examiner {
  examine(hits: readonly LocatedHit[]): Promise<{ verdicts: Map<LocatedHit, TreeVerdict>; problem: string | null }>;
  /** Writes down what was said of files, for reviews in which they and their hits are the same. */
  keep(mask: (text: string) => string): Promise<void>;
  /** Ends it when it was asked nothing. */
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

const Verdicts = z.array(TreeVerdict.nullable());
const Answer = z.object({ verdicts: Verdicts, unreadable: z.array(z.object({ file: z.string(), message: z.string() })) });

export function openExaminer({ folder, scratch, timeoutMs, signal, kept, hashes }: ExaminerParts): Examiner {
  let give: (request: ExamineRequest) => void = () => {};
  const input = new Promise<string>((resolve) => {
    give = (request) => resolve(JSON.stringify(request));
  });
  const running = runProcess({
    command: process.execPath,
    args: [entryPoint('review/refute/examine')],
    cwd: scratch,
    input,
    timeoutMs,
    maxOutputBytes: 64 * 1024 * 1024,
    signal,
  });
  running.catch(() => {}); // Told to whoever asks it.
  let results: KeptResults<z.infer<typeof Verdicts>> | null = null;

  return {
    close: () => give({ folder, places: [] }),
    async keep(mask) {
      await results?.save((verdicts) => verdicts.map((verdict) => verdict && { ...verdict, reason: mask(verdict.reason) }));
    },
    async examine(hits) {
      const verdicts = new Map<LocatedHit, TreeVerdict>();
      const take = (some: readonly LocatedHit[], said: z.infer<typeof Verdicts>) => {
        for (const [at, verdict] of said.entries()) if (verdict) verdicts.set(some[at]!, verdict);
      };
      if (kept && hits.length > 0) results = await KeptResults.open(kept, 'second-look', toolBuild('ast-grep'), Verdicts);
      const asked: { id: string | null; file: string; hits: LocatedHit[] }[] = [];
      for (const [file, group] of groupBy(hits, (hit) => hit.file)) {
        const hash = hashes.get(file);
        // A verdict depends on the file alone.
        const id = hash === undefined ? null : digest(file, hash, JSON.stringify(group.map(placeOf)));
        const said = id === null ? undefined : results?.get(id);
        if (said?.length === group.length) take(group, said);
        else asked.push({ id, file, hits: group });
      }
      const open = asked.flatMap((each) => each.hits);
      if (open.length === 0) return { verdicts, problem: null };

      give({ folder, places: open.map(placeOf) });
      const result = await running;
      const unusable = whyUnusable('the second look', result, timeoutMs);
      if (unusable !== null) return { verdicts, problem: unusable };
      const answer = Answer.safeParse(parseJson(result.stdout));
      if (!answer.success || answer.data.verdicts.length !== open.length) {
        return { verdicts, problem: 'the second look printed something that cannot be read' };
      }
      const unread = new Set(answer.data.unreadable.map(({ file }) => file));
      let from = 0;
      for (const { id, file, hits: group } of asked) {
        const said = answer.data.verdicts.slice(from, from + group.length);
        from += group.length;
        take(group, said);
        if (id !== null && !unread.has(file)) results?.put(id, said);
      }
      const [first] = unread;
      return {
        verdicts,
        problem: first === undefined ? null : `the second look could not read ${unread.size} files, such as ${first}`,
      };
    },
  };
}

const placeOf = ({ file, start, end, rule }: LocatedHit): ExamineRequest['places'][number] => ({
  file,
  start,
  end,
  class: rule.class,
  rule: rule.id,
  words: `${rule.title} ${rule.description}`,
});
