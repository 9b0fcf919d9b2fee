import { PositionEncoding, Workspace } from '@astral-sh/ruff-wasm-nodejs';
import { readRuffSettings } from '../../review/analyzers/ruff-settings.js';
import { TextIndex } from '../../review/analyzers/text-index.js';
import type { ApplyAnswer } from './apply.js';
import { applyEdits, type EditGroup, withoutTraces } from './edits.js';

const MAX_ROUNDS = 50;

interface Location {
  row: number;
  column: number;
}
interface Diagnostic {
  code: string | null;
  fix: { edits: { location: Location; end_location: Location; content: string | null }[] } | null;
}

/** Runs in a child. Fixes of one file overlap (two unused names of one import), so: apply what fits, look again, until nothing is left. */
export function applyRuff({ folder, text, code }: { folder: string; text: string; code: string }): ApplyAnswer {
  const workspace = new Workspace(
    { ...readRuffSettings(folder).options, lint: { select: [code, 'F82', 'F63', 'F7'] } },
    PositionEncoding.Utf16,
  );
  const check = (source: string) => workspace.check(source) as Diagnostic[];
  const before = check(text);
  let current = text;
  let applied = 0;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const index = new TextIndex(current);
    const at = ({ row, column }: Location) => index.offsetOf(row, column);
    const groups = check(current)
      .filter((diagnostic) => diagnostic.code === code && diagnostic.fix !== null)
      .map(
        (diagnostic): EditGroup =>
          diagnostic.fix!.edits.map(({ location, end_location, content }) => ({
            start: at(location),
            end: at(end_location),
            text: content ?? '',
          })),
      );
    const next = applyEdits(current, groups);
    if (next.applied === 0 || next.text === current) break;
    current = next.text;
    applied += next.applied;
  }
  current = withoutTraces(text, current);
  const after = check(current);
  return { text: current, applied, problem: newProblem(before, after, code) };
}

function newProblem(before: readonly Diagnostic[], after: readonly Diagnostic[], code: string): string | null {
  if (after.some((diagnostic) => diagnostic.code === code && diagnostic.fix !== null))
    return `${code} is still there after ${MAX_ROUNDS} rounds`;
  const count = (list: readonly Diagnostic[]) => list.filter((diagnostic) => diagnostic.code !== code).length;
  return count(after) > count(before) ? `the fix of ${code} would break other code of the file` : null;
}
