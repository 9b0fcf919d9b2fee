// Child process: looks a second time at places that were reported, in the syntax trees of their files (RV-7). Started by refute.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSource } from '../analyzers/ast-grep-parser.js';
import { languageOf } from '../languages.js';
import { endless, race } from './concurrency.js';
import { type Examined, nodeAt, type Verdict } from './nodes.js';
import { unboundName } from './unbound-name.js';
import { undefinedName } from './undefined-name.js';
import { unreachable } from './unreachable.js';

export interface ExamineRequest {
  folder: string;
  places: { file: string; class: string; start: number; end: number }[];
}

export interface ExamineAnswer {
  /** In the order of the places; null: nothing speaks against it. */
  verdicts: (Verdict | null)[];
  unreadable: { file: string; message: string }[];
}

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
process.stdout.write(JSON.stringify(examine(JSON.parse(Buffer.concat(chunks).toString('utf8')) as ExamineRequest)));

function examine({ folder, places }: ExamineRequest): ExamineAnswer {
  const verdicts: (Verdict | null)[] = places.map(() => null);
  const unreadable: ExamineAnswer['unreadable'] = [];
  const byFile = new Map<string, number[]>();
  for (const [at, { file }] of places.entries()) byFile.set(file, [...(byFile.get(file) ?? []), at]);
  for (const [file, indexes] of byFile) {
    const language = languageOf(file);
    if (language === null) continue;
    try {
      const text = readFileSync(join(folder, file), 'utf8');
      const root = parseSource(file, text);
      for (const at of indexes) {
        const { start, end, class: kind } = places[at]!;
        verdicts[at] = judge({ language, text, root, node: nodeAt(root, start, end), start, end, class: kind });
      }
    } catch (error) {
      unreadable.push({ file, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return { verdicts, unreadable };
}

function judge(examined: Examined): Verdict | null {
  return unreachable(examined) ?? ofClass(examined);
}

function ofClass(examined: Examined): Verdict | null {
  switch (examined.class) {
    case 'undefined-name':
      return undefinedName(examined);
    case 'unbound-name':
      return unboundName(examined) ?? null;
    case 'race-condition':
      return race(examined);
    case 'endless-task':
      return endless(examined);
    default:
      return null;
  }
}
