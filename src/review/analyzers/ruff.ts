import { join } from 'node:path';
import { PositionEncoding, Workspace } from '@astral-sh/ruff-wasm-nodejs';
import type { AnalyzerAnswer, RawHit } from '../hit.js';
import { ruffFixable } from '../rules/ruff.js';
import { readRuffSettings } from './ruff-settings.js';
import { readSource } from './source-file.js';
import { TextIndex } from './text-index.js';

/** Runs in a child. Ruff's engine gets no file names, so what depends on them is decided here. */
export function openRuff({ folder, select }: { folder: string; select: string[] }): (file: string) => AnalyzerAnswer {
  const settings = readRuffSettings(folder);
  const open = () => new Workspace({ ...settings.options, lint: { select } }, PositionEncoding.Utf16);
  let workspace = open();
  return (file) => {
    const text = readSource(join(folder, file));
    let diagnostics: Diagnostic[];
    try {
      diagnostics = workspace.check(text) as Diagnostic[];
    } catch (error) {
      // A panic leaves the engine unusable: the file is named, the others get a fresh one.
      workspace = open();
      return { hits: [], unreadable: [{ file, message: error instanceof Error ? error.message : String(error) }] };
    }
    const hits: RawHit[] = [];
    if (diagnostics.length === 0) return { hits, unreadable: [] };
    const index = new TextIndex(text);
    for (const { code, message, start_location: start, end_location: end, fix } of diagnostics) {
      if (code === null || settings.ignores(code, file) || meaningless(code, file)) continue;
      const from = index.offsetOf(start.row, start.column);
      hits.push({
        code,
        file,
        start: from,
        end: Math.max(from, index.offsetOf(end.row, end.column)),
        message,
        fixable: fix !== null && ruffFixable(code) && !(code === 'F401' && isPackageFile(file)),
      });
    }
    return { hits, unreadable: [] };
  };
}

interface Location {
  row: number;
  column: number;
}
interface Diagnostic {
  code: string | null;
  message: string;
  start_location: Location;
  end_location: Location;
  fix: object | null;
}

const isPackageFile = (file: string): boolean => file === '__init__.py' || file.endsWith('/__init__.py');

/** What an `__init__` imports and a stub declares is meant for others; the names a package exports may be its modules. */
function meaningless(code: string, file: string): boolean {
  if (code === 'F822') return isPackageFile(file);
  if (code === 'F401' || code === 'F811') return isPackageFile(file) || file.endsWith('.pyi');
  return false;
}
